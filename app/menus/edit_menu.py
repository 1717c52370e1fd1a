"""The Edit menu: its actions with their keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.files.copying import copy_command
from app.looks.words import LEVEL_WORDS
from app.menus.actions import SEPARATOR, Spec
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MENU = (
    "undo", "redo", SEPARATOR, "copy-command", SEPARATOR, "select-all", "level-free", "level-2d", "level-3d",
    SEPARATOR, "snap", "snap-after-drag", SEPARATOR, "use", "pin",
)  # fmt: skip


SAID_MS = 3000


def specs(window: MainWindow) -> list[Spec]:
    """Undoing, and editing the evidence."""
    models, stack = window.models, window.models.session.undo_stack
    return [
        Spec(
            "undo",
            "&Undo",
            lambda: _step(window, "Undone", stack.undoText(), stack.undo),
            ("Ctrl+Z",),
            why_not=lambda: None if stack.canUndo() else "nothing was done yet",
        ),
        Spec(
            "redo",
            "&Redo",
            lambda: _step(window, "Redone", stack.redoText(), stack.redo),
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            why_not=lambda: None if stack.canRedo() else "nothing was undone",
        ),
        Spec(
            "copy-command",
            "&Copy as command line",
            lambda: copy_command(models, window.keeper, window.settings, window),
            ("Ctrl+Shift+C",),
            "Copy the gfpose line that makes the same poses, and write the evidence that it reads",
        ),
        Spec("select-all", "Select &all joints", lambda: models.conditioning.select(range(17)), ("Ctrl+A",)),
        *(
            Spec(
                f"level-{name}",
                f"Selected joints: {LEVEL_WORDS[level]}",
                lambda level=level: models.conditioning.set_selected(level),
                (key,),
                why_not=models.conditioning.why_not_set,
            )
            for name, level, key in (("free", FREE, "F"), ("2d", SEEN_2D, "2"), ("3d", FIXED_3D, "3"))
        ),
        Spec(
            "snap",
            "S&nap bones to their lengths",
            models.conditioning.snap,
            ("L",),
            "Put fixed joints, the selected ones or all, to the nearest places that their bones reach",
            why_not=models.conditioning.why_not_snap,
        ),
        Spec(
            "snap-after-drag",
            "Snap bones after every &drag",
            models.conditioning.set_snaps,
            ("Shift+L",),
            checkable=True,
        ),
        Spec("use", "&Use hypothesis as evidence", lambda: window.panels["gallery"].use_focused(), ("U",)),
        Spec("pin", "&Pin hypothesis", lambda: window.panels["gallery"].pin_focused(), ("P",)),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them."""
    return window.actions_.fill(QMenu("&Edit", window), *_MENU)


def _step(window: MainWindow, done: str, text: str, step: Callable[[], None]) -> None:
    """Undo or redo, and say for a moment what that was."""
    step()
    window.statusBar().showMessage(f"{done}: {text}", SAID_MS)
