"""What lies over the window for a moment: it takes the keyboard, and gives it back to where it was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QLineEdit,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid


class Overlay(QWidget):
    """A ``card`` with a ``line`` to type in; Esc takes it away, whatever else that key does in the window.

    Docks that float would lie above it: they are away as long as it is there.
    """

    def __init__(self, window: QMainWindow, name: str, asks: str, said: str, tip: str) -> None:
        """``asks`` stands in the empty line, ``said`` is what a screen reader calls it."""
        super().__init__(window)
        self.setObjectName(name)
        self.line = QLineEdit(
            objectName=f"{name}-line", placeholderText=asks, accessibleName=said, toolTip=tip
        )
        self.line.textChanged.connect(self.fill)
        self.card = QFrame()
        self.card.setProperty("overlay", True)
        QVBoxLayout(self.card).addWidget(self.line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        self._before: QWidget | None = None
        self._floating: list[QDockWidget] = []
        self.line.installEventFilter(self)
        window.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show it afresh, or take it away."""
        if self.isVisible():
            self.hide()
            return
        self._before = QApplication.focusWidget()
        docks = self.parentWidget().findChildren(QDockWidget)
        self._floating = [dock for dock in docks if dock.isFloating() and dock.isVisible()]
        for dock in self._floating:
            dock.hide()
        with QSignalBlocker(self.line):  # it would fill the overlay as well
            self.line.clear()
        self.fill("")
        self.place()
        self.raise_()
        self.show()
        self.activateWindow()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def fill(self, typed: str) -> None:
        """Show what fits the text in the line, all of it where there is none."""

    def place(self) -> None:
        """Lie where it belongs in the window as large as it is now: over all of it."""
        self.setGeometry(self.parentWidget().rect())

    def typed(self, key: Qt.Key) -> bool:
        """A key pressed in the line; whether it meant something."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()

    def hideEvent(self, event: QEvent) -> None:
        super().hideEvent(event)
        for dock in self._floating:
            dock.setVisible(self.parentWidget().isVisible())  # the window may be closing
        self._floating = []
        before, self._before = self._before, None
        if before is not None and isValid(before):  # a banner may have gone meanwhile
            before.activateWindow()
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self.parentWidget():
            if kind == QEvent.Type.Resize and self.isVisible():
                self.place()
            return False
        escape = (
            kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and event.key() == Qt.Key.Key_Escape
        )
        if escape and kind == QEvent.Type.ShortcutOverride:
            event.accept()
        elif escape:
            self.hide()
        elif kind == QEvent.Type.KeyPress:
            return self.typed(Qt.Key(event.key()))
        return escape
