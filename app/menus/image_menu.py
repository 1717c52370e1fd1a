"""The Image menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.menus.actions import SEPARATOR, Spec
from gfpose_core.condition import FREE

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MENU = (
    "open-image", "blank-canvas", "remove-image", SEPARATOR, "find-person", "place-joints", "hide-joints",
    "swap-sides", "clear-joints", SEPARATOR, "guess-camera", "detector-model",
)  # fmt: skip


def specs(window: MainWindow) -> list[Spec]:
    """Every action on the image."""
    imaging, panel, session = window.models.imaging, lambda: window.panels["image"], window.models.session
    detecting = window.models.detecting

    def no_image() -> str | None:
        return None if session.document.photo else "there is no image"

    def no_joint() -> str | None:
        return no_image() or (None if session.document.known.any() else "no joint is on the image")

    def none_free() -> str | None:
        return no_image() or (None if (session.document.known == FREE).any() else "every joint is placed")

    def none_selected() -> str | None:
        levels = session.document.known
        known = any(levels[joint] for joint in window.models.conditioning.selection)
        return no_image() or (None if known else "no known joint is selected")

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
            "An empty canvas to place joints on",
        ),
        Spec("remove-image", "&Remove the image", imaging.remove, why_not=no_image),
        Spec(
            "place-joints",
            "&Place the joints",
            lambda: imaging.guide(True),
            ("Ctrl+J",),
            "Place joint after joint on the image",
            why_not=none_free,
        ),
        Spec(
            "hide-joints",
            "&Hide the selected joints",
            lambda: panel().hide_selected(),
            ("Ctrl+H",),
            "Hide the selected joints: they are not seen on the image",
            why_not=none_selected,
        ),
        Spec(
            "swap-sides",
            "&Swap left and right",
            imaging.swap_sides,
            ("Ctrl+M",),
            "Swap left and right joints of the image",
            why_not=no_joint,
        ),
        Spec("clear-joints", "&Clear the joints", imaging.clear, why_not=no_joint),
        Spec(
            "find-person",
            "&Find the person",
            detecting.find,
            ("Ctrl+F",),
            "Find the joints of the largest person in the picture; done again, of the next one",
            why_not=detecting.why_not,
        ),
        Spec(
            "detector-model",
            "&Model of the detector…",
            window.files.ask_and_choose_model,
            tip="Choose the file that finds people in pictures: a pose_landmarker_*.task of MediaPipe",
            why_not=detecting.why_no_model,
        ),
        Spec("guess-camera", "&Guess the camera", imaging.guess_camera, why_not=no_image),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them."""
    return window.actions_.fill(QMenu("&Image", window), *_MENU)
