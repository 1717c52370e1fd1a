"""The `?` overlay: every key, by the menus they are in, and every gesture, on one page to be searched."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.looks.overlay import Overlay
from app.looks.plain import plain_label
from app.looks.theme import theme_of
from app.menus.menu_entries import entries

OTHERS = {
    "Mouse": (
        ("Click a joint", "free → seen in 2D → fixed in 3D"),
        ("Shift-click a joint", "its whole part"),
        ("Ctrl-click, Shift-drag", "select joints, a box of them"),
        ("Drag on the stage", "turn · Ctrl or right button: move · wheel: nearer"),
        ("Drag a fixed joint", "move it, or all selected · Shift: its whole part"),
        ("… X, Y or Z while dragging", "along that axis, again: freely · wheel: in depth"),
        ("Double-click a hypothesis", "make it the evidence"),
        ("Drop a file", "open it, whatever it is"),
    ),
    "Keys of panels": (
        ("Arrows, + and − on the stage", "turn, nearer and farther"),
        ("J, K, Return on the body map", "walk the joints, click one"),
        ("J, K on the image", "walk the joints"),
        ("Arrows on the image", "move the selected joints 1 px · Shift: 10 px"),
        ("Delete, S on the image", "hide the selected joints, skip the one asked for"),
        ("0, + and − on the image", "show all of it, enlarge, reduce"),
        ("Return, F2, Delete on a run", "show, rename, delete it"),
    ),
}
"""What no action stands for."""

COLUMN = 400  # px

Rows = list[tuple[str, str, str]]
"""Keys, what they do, and other words to find that by."""


class CheatSheet(Overlay):
    """Lies over the whole window until Esc or a click beside it takes it away; typing searches it."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(
            window,
            "cheat-sheet",
            "Type to search · Esc leaves",
            "Search the keys",
            "Letters of what you look for",
        )
        self._page = QScrollArea()
        self._page.setObjectName("cheat-sheet-page")
        self._page.setWidgetResizable(True)
        inner = self.card.layout()
        inner.setContentsMargins(24, 18, 16, 18)
        inner.setSpacing(12)
        inner.addWidget(self._page)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        shade = QColor(theme_of(self.palette()).window)
        shade.setAlphaF(0.72)
        painter = QPainter(self)
        painter.fillRect(self.rect(), shade)
        painter.end()

    def place(self) -> None:
        super().place()
        room = self.rect()
        side, above = max(20, (room.width() - 3 * COLUMN - 90) // 2), max(20, room.height() // 16)
        self.layout().setContentsMargins(side, above, side, above)

    def fill(self, typed: str) -> None:
        columns: list[list[tuple[str, Rows]]] = [
            [] for _ in range(max(1, min(3, (self.parentWidget().width() - 90) // COLUMN)))
        ]
        for group in self._groups(typed):  # each into the column that is the shortest so far
            min(columns, key=lambda column: sum(len(rows) + 2 for _, rows in column)).append(group)
        content = QWidget()
        across = QHBoxLayout(content)
        across.setContentsMargins(0, 0, 8, 0)
        across.setSpacing(36)
        for column in columns:
            down = QVBoxLayout()
            down.setSpacing(6)
            for title, rows in column:
                down.addLayout(_group(title, rows))
                down.addSpacing(12)
            down.addStretch(1)
            across.addLayout(down, 1)
        self._page.setWidget(content)
        for plate in (content, self._page.viewport()):
            plate.setAutoFillBackground(False)  # the card shows through

    def _groups(self, typed: str) -> Iterator[tuple[str, Rows]]:
        """What fits, by the menus of the menu bar."""
        menus: dict[str, Rows] = {}
        for entry in entries(self.parentWidget()):
            if entry.keys:
                menus.setdefault(entry.menus[0], []).append((entry.keys, entry.words, entry.text))
        others = {title: [(*row, "") for row in rows] for title, rows in OTHERS.items()}
        sought = typed.lower().split()
        for title, rows in {**menus, **others}.items():
            fitting = [row for row in rows if all(word in " ".join((title, *row)).lower() for word in sought)]
            if fitting:
                yield title, fitting


def _group(title: str, rows: Rows) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    heading = QLabel(title)
    heading.setProperty("role", "title")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, (keys, words, _) in enumerate(rows, 1):
        label, meaning = plain_label(keys), plain_label(words)
        label.setProperty("role", "muted")
        for widget in (label, meaning):
            widget.setWordWrap(True)
            widget.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setFixedWidth(128)
        grid.addWidget(label, row, 0)
        grid.addWidget(meaning, row, 1)
    return grid
