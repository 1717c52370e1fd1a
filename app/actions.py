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

    @property
    def words(self) -> str:
        """What it does, for tooltips and the `?` overlay."""
        return self.tip or self.text.rstrip("…").replace("&", "")


@dataclass
class Actions:
    """The window's actions by name."""

    window: QMainWindow
    by_name: dict[str, QAction] = field(default_factory=dict)
    specs: list[Spec] = field(default_factory=list)

    def add(self, spec: Spec) -> QAction:
        """Make the action; its keys work in the whole window."""
        action = QAction(spec.text, self.window)
        action.setObjectName(f"action-{spec.name}")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        keys = f" ({spec.keys[0]})" if spec.keys else ""
        action.setToolTip(spec.words + keys)
        action.setCheckable(spec.checkable)
        (action.toggled if spec.checkable else action.triggered).connect(
            spec.slot if spec.checkable else lambda _=False: spec.slot()
        )
        self.window.addAction(action)
        self.by_name[spec.name] = action
        self.specs.append(spec)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def with_keys(self) -> list[tuple[str, str]]:
        """(keys, words) of every action that has a key, for the `?` overlay."""
        return [
            (" or ".join(QKeySequence(key).toString() for key in spec.keys), spec.words)
            for spec in self.specs
            if spec.keys
        ]
