"""The Help menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.logs import log_path
from app.looks.plain import plain_action
from app.menus.actions import SEPARATOR, Spec

if TYPE_CHECKING:
    from app.main_window import MainWindow


def specs(window: MainWindow) -> list[Spec]:
    """Finding one's way."""
    return [
        Spec(
            "guide",
            "&Guide",
            window.toggle_guide,
            ("Shift+F1",),
            "Short pages, to be read beside the work",
        ),
        Spec(
            "palette",
            "&Find an action…",
            window.palette_.toggle,
            ("Ctrl+Shift+P", "Ctrl+K"),
            "Find any action by a few of its letters",
        ),
        Spec("keys", "&Keyboard and mouse", window.show_keys, ("?", "F1")),
        Spec("log-folder", "Open &log folder", window.open_log_folder),
        Spec("about", "&About", window.about),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them."""
    menu, fill = QMenu("&Help", window), window.actions_.fill
    fill(menu, "guide", "palette", "keys", "log-folder")
    place = menu.addAction(f"Log: {plain_action(str(log_path()))}")
    place.setObjectName("action-log-path")
    place.setEnabled(False)
    return fill(menu, SEPARATOR, "about")
