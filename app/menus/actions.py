"""Every action of the window in one table: name, words, key and what it does; menus are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.menus.menu_entries import NOT_NOW

SEPARATOR = "-"


@dataclass(frozen=True)
class Spec:
    """One action. ``keys`` are shortcuts; ``checkable`` ones are called with their state.

    ``why_not`` says why it cannot be done just now, in a clause; None where it can.
    """

    name: str
    text: str
    slot: Callable[..., object]
    keys: tuple[str, ...] = ()
    tip: str = ""
    checkable: bool = False
    why_not: Callable[[], str | None] | None = None

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
    _reasons: dict[str, str | None] = field(default_factory=dict)

    def add(self, spec: Spec) -> QAction:
        """Make the action; its keys work in the whole window."""
        action = QAction(spec.text, self.window)
        action.setObjectName(f"action-{spec.name}")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(_tip(spec))
        action.setCheckable(spec.checkable)
        (action.toggled if spec.checkable else action.triggered).connect(
            spec.slot if spec.checkable else lambda _=False: spec.slot()
        )
        self.window.addAction(action)
        self.by_name[spec.name] = action
        self.specs.append(spec)
        return action

    def refresh(self) -> None:
        """Grey what cannot be done now, with the reason in its tooltip."""
        for spec in self.specs:
            if spec.why_not is None:
                continue
            reason, action = spec.why_not(), self.by_name[spec.name]
            if self._reasons.get(spec.name, "") != reason:
                self._reasons[spec.name] = reason
                action.setEnabled(reason is None)
                action.setToolTip(_tip(spec) + (NOT_NOW + reason if reason else ""))

    def fill(self, menu: QMenu, *names: str) -> QMenu:
        """Hang the actions of these names into ``menu``; :data:`SEPARATOR` stands for a line between them."""
        for name in names:
            menu.addSeparator() if name == SEPARATOR else menu.addAction(self[name])
        return menu

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]


def _tip(spec: Spec) -> str:
    return spec.words + (f" ({QKeySequence(spec.keys[0]).toString()})" if spec.keys else "")
