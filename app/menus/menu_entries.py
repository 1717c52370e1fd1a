"""Everything the menus hold, as one list: what the command palette searches and the `?` overlay shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu
from shiboken6 import isValid

NOT_NOW = "\nNot now: "
"""In a tooltip, before the reason why an action is grey."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One action as it is now, and the menus above it.

    Attributes:
        name: what it is remembered by.
        keys: its shortcuts, as they are written on this system.
        words: what it does, in a few more words than its text.
        reason: why it cannot be done just now; empty where it can.
    """

    action: QAction
    menus: tuple[str, ...]
    name: str
    text: str
    keys: str
    words: str
    reason: str
    checked: bool

    @classmethod
    def of(cls, action: QAction, menus: tuple[str, ...]) -> Entry:
        text = plain(action.text())
        told, _, reason = action.toolTip().partition(NOT_NOW)
        for key in action.shortcuts():
            told = told.removesuffix(f" ({key.toString()})")
        native = QKeySequence.SequenceFormat.NativeText
        return cls(
            action=action,
            menus=menus,
            name=action.objectName() or "/".join((*menus, text)),
            text=text,
            keys=" or ".join(key.toString(native) for key in action.shortcuts()),
            words=told or text,
            reason="" if action.isEnabled() else reason or "not possible just now",
            checked=action.isChecked(),
        )

    @property
    def path(self) -> str:
        return " › ".join(self.menus)

    def do(self) -> None:
        """Trigger the action, unless its menu was filled anew and it is gone."""
        if isValid(self.action):
            self.action.trigger()


def entries(window: QMainWindow) -> list[Entry]:
    """All that the window's menu bar holds, menus that are filled on opening too, each action once."""
    found: dict[QAction, Entry] = {}
    for action in window.menuBar().actions():
        if action.menu() is not None:
            for entry in _walk(action.menu(), (plain(action.text()),)):
                found.setdefault(entry.action, entry)
    return list(found.values())


def _walk(menu: QMenu, path: tuple[str, ...]) -> Iterator[Entry]:
    menu.aboutToShow.emit()
    for action in menu.actions():
        if action.isSeparator():
            continue
        if action.menu() is not None:
            yield from _walk(action.menu(), (*path, plain(action.text())))
        else:
            yield Entry.of(action, path)


def plain(text: str) -> str:
    """A label without the marks of its mnemonic and the dots of a dialog."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")
