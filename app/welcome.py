"""The hint at the very first start. Once it is closed, or something has been edited, it is gone for good."""

from __future__ import annotations

from collections.abc import Callable

from app.models import Models
from app.settings import Settings
from app.viewmodels.notices import Notice

WELCOMED = "window/welcomed"


def welcome(models: Models, settings: Settings, open_guide: Callable[[], None]) -> None:
    """Say how to begin, to whoever is here for the first time."""
    if settings.choice(WELCOMED):
        return
    hint = Notice(
        "info",
        "New here?",
        "Shift-click a leg on the stage to take it away and see it completed; drag the timeline to scrub.",
        choices=(("Guide", open_guide), ("Got it", lambda: None)),
    )

    def follow() -> None:
        if hint not in models.notices.shown:
            settings.keep_choice(WELCOMED, True)

    def edited(*_: object) -> None:
        if hint in models.notices.shown and models.session.undo_stack.canUndo():
            models.notices.dismiss(hint)

    models.notices.add(hint)
    models.notices.changed.connect(follow)
    models.session.undo_stack.indexChanged.connect(edited)
