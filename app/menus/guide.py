"""Help > Guide: short pages over the window; keys and names in them are those of the actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QListWidget, QMainWindow, QTextBrowser, QWidget

from app.looks.dock_title import DockTitle
from app.looks.own_keys import OwnKeys, is_escape
from app.looks.theme import theme_of
from app.menus.menu_entries import Entry, entries
from gfpose_core.assets import asset
from gfpose_core.errors import GfposeError

TEXT = Path(__file__).with_name("guide.md")
SIZE = QSize(760, 640)  # px
_ABOUT = re.compile(r"\{(key|menu|text):([^}]+)\}")
_PICTURE = re.compile(r"^!\[[^]]*\]\(([^)]+)\)\n", re.MULTILINE)


def pages(text: str, actions: Mapping[str, Entry]) -> dict[str, str]:
    """The pages by their titles, in Markdown, with the words of ``actions`` put in by name.

    ``{key:NAME}`` is an action's shortcuts, ``{menu:NAME}`` its way through the menus, ``{text:NAME}`` what
    it is called.

    Raises:
        KeyError: an action that is not there.
    """

    def words(found: re.Match[str]) -> str:
        entry = actions[found[2]]
        told = {"key": entry.keys, "menu": f"{entry.path} › {entry.text}", "text": entry.text}[found[1]]
        return f"**{told}**" if found[1] == "key" else told

    parts = re.split(r"^# (.+)\n", _ABOUT.sub(words, text), flags=re.MULTILINE)[1:]
    return {title: f"# {title}\n{body}" for title, body in zip(parts[::2], parts[1::2], strict=True)}


class Guide(QDockWidget):
    """The pages' titles and the page chosen; it floats, so that what it tells of can be tried beside it.

    Esc closes it. It is laid where the menus and the left of the stage stay free, and stays where it is put.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__("Guide", window)
        self.setObjectName("dock-guide")
        self._window = window
        self._pages: dict[str, str] = {}
        self._titles = QListWidget()
        self._titles.setObjectName("guide-titles")
        self._titles.setAccessibleName("Pages of the guide")
        self._titles.setToolTip("Pages of the guide (↑ ↓)")
        self._titles.setFixedWidth(130)
        self._titles.currentTextChanged.connect(self._open)
        self._page = _Page()
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self._titles)
        row.addWidget(self._page, 1)
        self.setWidget(content)
        self.setTitleBarWidget(DockTitle(self, "Close (Esc, or Shift+F1)"))
        OwnKeys(self, is_escape)  # not to stop sampling
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self)
        self.setFloating(True)
        self.hide()

    def open(self) -> None:
        """Show it, with the keys as they are now."""
        actions = {entry.name.removeprefix("action-"): entry for entry in entries(self._window)}
        self._pages = pages(TEXT.read_text("utf-8"), actions)
        if self.isFloating() and not (self._titles.count() and self._room().contains(self.geometry())):
            self.setGeometry(self._first_place())
        if not self._titles.count():
            self._titles.addItems(list(self._pages))
            self._titles.setCurrentRow(0)
        self.show()
        self.raise_()
        self.activateWindow()
        self._titles.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_escape(event):
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line around it: not every system frames what floats."""
        if self.isFloating():
            painter = QPainter(self)
            painter.setPen(QColor(theme_of(self.palette()).border))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self._window.activateWindow()

    def _room(self) -> QRect:
        return self._window.screen().availableGeometry()

    def _first_place(self) -> QRect:
        """At the right of the window, below its toolbar, all of it on the screen."""
        room, centre = self._room(), self._window.centralWidget()
        size = SIZE.boundedTo(QSize(room.width() // 2, room.height() * 3 // 4))
        right, top = self._window.geometry().right() - 8, centre.mapToGlobal(QPoint()).y() + 8
        return QRect(
            max(min(right, room.right()) - size.width(), room.left()),
            max(min(top, room.bottom() - size.height()), room.top()),
            *size.toTuple(),
        )

    def _open(self, title: str) -> None:
        self._page.show_page(self._pages[title])


class _Page(QTextBrowser):
    """Markdown with pictures out of the assets, as wide as there is room; what is not there is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("guide-page")
        self.setAccessibleName("The page")
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # one that comes while a page is set changes the width, and with it the page, half-way
        self._text = ""

    def show_page(self, text: str) -> None:
        self._text = _PICTURE.sub(lambda found: found[0] if _picture(found[1]) else "", text)
        self.setMarkdown(self._text)

    def loadResource(self, kind: int, name: QUrl) -> Any:
        path = _picture(name.toString())
        if path is None:
            return super().loadResource(kind, name)
        image, ratio = QImage(str(path)), self.devicePixelRatioF()
        width = min(image.width(), round((self.viewport().width() - 24) * ratio))
        image = image.scaledToWidth(max(width, 1), Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and self._text:
            self.setMarkdown(self._text)  # the pictures in their new size


def _picture(name: str) -> Path | None:
    try:
        return asset(name)
    except GfposeError:
        return None
