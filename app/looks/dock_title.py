"""The title bar of a dock, with a button to close it that can be seen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from app.looks.icons import icon


class DockTitle(QWidget):
    """Presses beside the button are the dock's, which is dragged by them. The button takes no keyboard: what
    opens a dock by key closes it as well."""

    def __init__(self, dock: QDockWidget, tip: str) -> None:
        super().__init__(dock)
        close = QToolButton()
        close.setObjectName(f"{dock.objectName()}-close")
        close.setAccessibleName(f"Close {dock.windowTitle()}")
        close.setToolTip(tip)
        close.setIcon(icon("close"))
        close.setIconSize(QSize(14, 14))
        close.setProperty("quiet", True)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(dock.close)
        title = QLabel(dock.windowTitle())
        title.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 2)
        row.addWidget(title, 1)
        row.addWidget(close)
