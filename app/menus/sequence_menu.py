"""The Sequence menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.documents.request import ClipTask
from app.menus.actions import SEPARATOR, Spec

if TYPE_CHECKING:
    from app.main_window import MainWindow

TASKS: dict[ClipTask, tuple[str, str]] = {
    "lift": ("&Lift all frames", "Find the pose in space of every frame, with the sampler as it is set"),
    "complete": (
        "&Complete all frames",
        "Fill in the joints that are missing or were freed, in every frame, with the sampler as it is set",
    ),
    "denoise": ("&Denoise all frames", "Take noise as strong as the evidence panel says out of every frame"),
}

_MENU = (
    "sequence-play", "sequence-back", "sequence-on", SEPARATOR, *(f"sequence-{task}" for task in TASKS),
    "sequence-stop", SEPARATOR, "sequence-beside", "sequence-export", SEPARATOR,
    "sequence-close",
)  # fmt: skip


def specs(window: MainWindow) -> list[Spec]:
    """Every action on the sequence that was imported."""
    clips, panel = window.models.clips, lambda: window.panels["sequence"]

    def no_sequence() -> str | None:
        return None if clips.clip is not None else "no sequence was imported"

    def one_frame() -> str | None:
        return no_sequence() or (None if clips.last else "it has one frame")

    def nothing_came() -> str | None:
        return no_sequence() or (None if clips.result else "nothing has come of the sequence yet")

    def not_working() -> str | None:
        return None if clips.busy else "no sequence is worked on"

    return [
        Spec(
            "sequence-play",
            "&Play or pause",
            clips.toggle,
            ("Alt+P",),
            "Play the sequence, or pause",
            why_not=one_frame,
        ),
        Spec(
            "sequence-back",
            "Frame &back",
            lambda: clips.step(-1),
            ("Alt+,",),
            "Sequence: a frame back",
            why_not=one_frame,
        ),
        Spec(
            "sequence-on",
            "Frame &on",
            lambda: clips.step(1),
            ("Alt+.",),
            "Sequence: a frame on",
            why_not=one_frame,
        ),
        *(
            Spec(
                f"sequence-{task}",
                words,
                lambda task=task: panel().run(task),
                (),
                tip,
                why_not=lambda task=task: clips.refusal(task),
            )
            for task, (words, tip) in TASKS.items()
        ),
        Spec("sequence-stop", "&Stop", clips.cancel, (), "Stop: nothing comes of it", why_not=not_working),
        Spec(
            "sequence-beside",
            "Show results be&side",
            lambda: clips.compare(not clips.compared),
            ("Alt+B",),
            "Show the sequence and what came of it side by side",
            why_not=nothing_came,
        ),
        Spec(
            "sequence-export",
            "&Export sequence…",
            window.sequence_files.ask_and_export,
            ("Ctrl+Alt+E",),
            "Export what came of the sequence, or the sequence itself",
            why_not=no_sequence,
        ),
        Spec(
            "sequence-close",
            "&Close sequence",
            clips.close,
            ("Ctrl+Alt+W",),
            "Close the sequence and what came of it; evidence and poses stay",
            why_not=clips.why_not_close,
        ),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them."""
    menu = QMenu("Se&quence", window)
    menu.setObjectName("menu-sequence")
    return window.actions_.fill(menu, *_MENU)
