"""Every action of the window in one table: name, words, key and what it does; menus are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

SEPARATOR = "-"


@dataclass(frozen=True)
class Spec:
    """One action. ``keys`` are shortcuts; ``checkable`` ones are called with their state."""

    name: str
    text: str
    slot: Callable[..., object]
    keys: tuple[str, ...] = ()
    tip: str = ""
    checkable: bool = False


@dataclass
class Actions:
    """The window's actions by name."""

    window: QMainWindow
    by_name: dict[str, QAction] = field(default_factory=dict)

    def add(self, spec: Spec) -> QAction:
        """Make the action; its keys work in the whole window."""
        action = QAction(spec.text, self.window)
        action.setObjectName(f"action-{spec.name}")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        keys = f" ({spec.keys[0]})" if spec.keys else ""
        action.setToolTip((spec.tip or spec.text.rstrip("…").replace("&", "")) + keys)
        action.setCheckable(spec.checkable)
        (action.toggled if spec.checkable else action.triggered).connect(
            spec.slot if spec.checkable else lambda _=False: spec.slot()
        )
        self.window.addAction(action)
        self.by_name[spec.name] = action
        return action

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def with_keys(self) -> list[tuple[str, str]]:
        """(keys, words) of every action that has a key, for the cheat-sheet."""
        return [
            (
                " or ".join(key.toString() for key in action.shortcuts()),
                action.text().replace("&", "").rstrip("…"),
            )
            for action in self.by_name.values()
            if action.shortcuts()
        ]
