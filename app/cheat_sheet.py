"""The `?` overlay: every key and gesture on one page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme import theme_of

GESTURES = (
    ("Click a joint", "free → seen in 2D → fixed in 3D"),
    ("Shift-click a joint", "its whole part"),
    ("Ctrl-click, Shift-drag", "select joints, a box of them"),
    ("J, K, Return on the body map", "walk the joints, click one"),
    ("Drag on the stage", "turn · Ctrl or right button: move · wheel: nearer"),
    ("Drag a fixed joint", "move it, or all selected · Shift: its whole part"),
    ("… with X, Y or Z held", "along that axis · wheel: in depth"),
    ("Double-click a hypothesis", "make it the evidence"),
    ("Drop a file", "open it, whatever it is"),
)


class CheatSheet(QWidget):
    """Lies over the whole window until a key or a click takes it away."""

    def __init__(self, keys: list[tuple[str, str]], window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("cheat-sheet")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        card = QVBoxLayout(self)
        card.addStretch(1)
        self._card = QWidget()
        self._card.setObjectName("cheat-sheet-card")
        columns = QHBoxLayout(self._card)
        columns.setContentsMargins(28, 22, 28, 24)
        columns.setSpacing(36)
        half = -(-len(keys) // 2)
        for title, rows in (("Keys", keys[:half]), ("", keys[half:]), ("Mouse", list(GESTURES))):
            columns.addLayout(_column(title, rows))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._card)
        row.addStretch(1)
        card.addLayout(row)
        card.addStretch(1)
        window.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show it, or take it away."""
        if self.isVisible():
            self.hide()
            return
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QColor(colours.window)
        shade.setAlphaF(0.72)
        painter.fillRect(self.rect(), shade)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(self._card.geometry(), 12, 12)
        painter.end()


def _column(title: str, rows: list[tuple[str, str]]) -> QVBoxLayout:
    column = QVBoxLayout()
    heading = QLabel(title)
    heading.setProperty("role", "title")
    column.addWidget(heading)
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(5)
    for row, (keys, words) in enumerate(rows):
        label = QLabel(keys)
        label.setProperty("role", "muted")
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(QLabel(words), row, 1)
    column.addLayout(grid)
    column.addStretch(1)
    return column
