"""The command palette: every action of the menus, found by typing a few of its letters."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.looks.fuzzy import fit
from app.looks.overlay import Overlay
from app.looks.plain import plain_label, plain_tip
from app.looks.theme import theme_of
from app.menus.menu_entries import Entry, entries
from app.settings import Settings

WIDTH, ROWS, ROW = 620, 11, 40  # px, of them visible, px
ENTRY = Qt.ItemDataRole.UserRole
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}


class CommandPalette(Overlay):
    """Lies over the window's upper middle; those used last come first, those that are grey say why."""

    def __init__(self, window: QMainWindow, settings: Settings) -> None:
        super().__init__(
            window,
            "command-palette",
            "What do you want to do?",
            "Find an action",
            "Letters of an action or its menu · ↑ ↓ choose · Return does it · Esc leaves",
        )
        self._settings = settings
        self._list = QListWidget()
        self._list.setObjectName("command-palette-list")
        self._list.setAccessibleName("Actions found")
        self._list.setToolTip("Return or a click does it")
        self._list.setItemDelegate(_Row(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(lambda _: self._do())
        inner = self.card.layout()
        inner.setContentsMargins(10, 10, 10, 10)
        inner.addWidget(self._list)
        self._nothing = plain_label("Nothing fits: fewer letters find more", "command-palette-nothing")
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner.addWidget(self._nothing, 1)

    def place(self) -> None:
        room = self.parentWidget().rect()
        width, height = min(WIDTH, room.width() - 40), min(ROW * ROWS + 72, room.height() - 100)
        self.setGeometry((room.width() - width) // 2, 70, width, height)

    def typed(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do()
        elif key in _MOVES and self._list.count():
            row = self._list.currentRow() + _MOVES[key]
            self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and event.type() == QEvent.Type.FocusOut and self.isActiveWindow():
            self.hide()  # a click elsewhere
        return super().eventFilter(watched, event)

    def fill(self, typed: str) -> None:
        recent = self._settings.recent_actions
        found = []
        for entry in entries(self.parentWidget()):
            fits = (fit(typed, entry.text), fit(typed, f"{entry.path} {entry.text}"))
            score = max((score for score in fits if score is not None), default=None)
            if score is not None:
                lately = recent.index(entry.name) if entry.name in recent else len(recent)
                found.append(((-score if typed.strip() else 0.0, lately), entry))
        found.sort(key=lambda pair: pair[0])
        self._list.clear()
        for _, entry in found:
            item = QListWidgetItem(entry.text)
            item.setData(ENTRY, entry)
            told = (entry.text, entry.path, entry.keys, entry.reason and f"not now: {entry.reason}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, told)))
            item.setToolTip(plain_tip(entry.words))
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(found))
        self._nothing.setVisible(not found)

    def _do(self) -> None:
        item = self._list.currentItem()
        if item is None or item.data(ENTRY).reason:
            return
        entry = item.data(ENTRY)
        self.hide()
        self._settings.add_recent_action(entry.name)
        entry.do()


class _Row(QStyledItemDelegate):
    """An action: its text and key, below them its menu, or why it cannot be done now."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(ENTRY)
        colours = theme_of(option.palette)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 6, 6)
        room = option.rect.adjusted(10, 4, -10, -4)
        mark = "✓ " if entry.checked else ""
        small = QFont(option.font)
        small.setPointSizeF(0.86 * option.font.pointSizeF())
        keys = _width(option.font, entry.keys)
        top, bottom = QRect(room), QRect(room)
        top.setHeight(room.height() // 2)
        bottom.setTop(top.bottom())
        painter.setPen(QColor(colours.muted if entry.reason else colours.text))
        _write(painter, option.font, top.adjusted(0, 0, -keys - 12, 0), mark + entry.text)
        painter.setPen(QColor(colours.muted))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, entry.keys)
        painter.setFont(small)
        _write(painter, small, bottom, f"Not now: {entry.reason}" if entry.reason else entry.path)
        painter.restore()


def _width(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)


def _write(painter: QPainter, font: QFont, room: QRect, text: str) -> None:
    short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
