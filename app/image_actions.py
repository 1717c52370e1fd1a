"""The Image menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.actions import SEPARATOR, Actions, Spec

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MENU = (
    "open-image", "blank-canvas", "remove-image", SEPARATOR, "place-joints", "hide-joints", "swap-sides",
    "clear-joints", SEPARATOR, "guess-camera",
)  # fmt: skip


def image_specs(window: MainWindow) -> list[Spec]:
    """Every action on the image."""
    imaging, panel = window.models.imaging, lambda: window.panels["image"]
    return [
        Spec(
            "open-image",
            "&Open picture or keypoints…",
            window.files.ask_and_open_picture,
            ("Ctrl+I",),
            "Open a picture or keypoints",
        ),
        Spec(
            "blank-canvas",
            "&Blank canvas",
            imaging.show_canvas,
            ("Ctrl+Shift+I",),
            "A blank canvas to place joints on",
        ),
        Spec("remove-image", "&Remove the image", imaging.remove),
        Spec(
            "place-joints",
            "&Place the joints",
            lambda: imaging.guide(True),
            ("Ctrl+J",),
            "Place joint after joint on the image",
        ),
        Spec("hide-joints", "&Hide the selected joints", lambda: panel().hide_selected(), ("Ctrl+H",)),
        Spec(
            "swap-sides",
            "&Swap left and right",
            imaging.swap_sides,
            ("Ctrl+M",),
            "Swap left and right joints of the image",
        ),
        Spec("clear-joints", "&Clear the joints", imaging.clear),
        Spec("guess-camera", "&Guess the camera", imaging.guess_camera),
    ]


def image_menu(window: MainWindow) -> QMenu:
    """Enabled where there is an image to act on."""
    menu, actions, session = QMenu("&Image", window), window.actions_, window.models.session
    for name in _MENU:
        menu.addSeparator() if name == SEPARATOR else menu.addAction(actions[name])

    def follow(*_: object) -> None:
        enable(actions, session.document.photo is not None)

    session.changed.connect(follow)
    follow()
    return menu


def enable(actions: Actions, on: bool) -> None:
    """Only where there is an image."""
    for name in _MENU[2:]:
        if name != SEPARATOR:
            actions[name].setEnabled(on)
