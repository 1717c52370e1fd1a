"""All menus of the window, and the actions that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.menus import (
    edit_menu,
    file_menu,
    gallery_menu,
    help_menu,
    image_menu,
    sample_menu,
    sequence_menu,
    view_menu,
)

if TYPE_CHECKING:
    from app.main_window import MainWindow

BAR = (file_menu, edit_menu, view_menu, sample_menu, image_menu, sequence_menu, help_menu)
"""Modules, each with ``specs`` and ``build``."""


def add_actions(window: MainWindow) -> None:
    """Make every action of the window."""
    for menu in (*BAR, gallery_menu):
        for spec in menu.specs(window):
            window.actions_.add(spec)


def build_menus(window: MainWindow) -> None:
    """Fill the menu bar, and the Export button's menu."""
    for menu in BAR:
        window.menuBar().addMenu(menu.build(window))
