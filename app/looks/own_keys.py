"""Keys that are a widget's own while it has the keyboard, though the window has shortcuts of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class OwnKeys(QObject):
    """Sees to it that ``widget`` is given the keys that are ``wanted`` at the time.

    A filter, as no widget here overrides ``event``: what its handlers raise would come by two calls from C++,
    and there PySide (6.8 to 6.12) ends Python 3.11, which passes on errors that are not yet objects.
    """

    def __init__(self, widget: QWidget, wanted: Callable[[QKeyEvent], bool]) -> None:
        super().__init__(widget)
        self._wanted = wanted
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        own = event.type() == QEvent.Type.ShortcutOverride and self._wanted(event)
        if own:
            event.accept()
        return own


def is_escape(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape
