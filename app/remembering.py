"""View choices that outlive the window: kept in the settings when they change, put back at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import SignalInstance

from app.models import Models
from app.settings import Settings
from app.viewmodels.arrangement import Arrangement
from app.viewmodels.playback import SPEEDS

SHOWS = ("both", "clean", "noisy")


class Choice(NamedTuple):
    """One of them: where it is kept, what tells that it changed, how it is read, put back and checked."""

    key: str
    changed: SignalInstance
    read: Callable[[], Any]
    put: Callable[[Any], None]
    valid: Callable[[Any], bool] = lambda value: isinstance(value, bool)


def choices(models: Models) -> tuple[Choice, ...]:
    """What is remembered."""
    sampling, playback = models.sampling, models.playback
    conditioning, layers, ranking = models.conditioning, models.layers, models.ranking
    detecting, plots = models.detecting, models.plots
    return (
        Choice("sampling/live", sampling.changed, lambda: sampling.live, sampling.set_live),
        Choice(
            "playback/speed",
            playback.state_changed,
            lambda: playback.speed,
            playback.set_speed,
            SPEEDS.__contains__,
        ),
        Choice(
            "playback/show",
            playback.state_changed,
            lambda: playback.show,
            playback.set_show,
            SHOWS.__contains__,
        ),
        Choice("playback/loop", playback.state_changed, lambda: playback.loop, playback.set_loop),
        Choice(
            "evidence/snaps", conditioning.snaps_changed, lambda: conditioning.snaps, conditioning.set_snaps
        ),
        Choice(
            "detector/model",
            detecting.changed,
            lambda: detecting.model,
            detecting.restore,
            lambda value: isinstance(value, str),
        ),
        Choice(
            "window/layers",
            layers.changed,
            lambda: sorted(layers.on),
            layers.restore,
            lambda value: isinstance(value, list),
        ),
        Choice(
            "plots/chosen",
            plots.chosen_changed,
            lambda: list(plots.chosen),
            plots.choose,
            lambda value: isinstance(value, list) and all(isinstance(key, str) for key in value),
        ),
        Choice(
            "gallery/arrangement",
            ranking.changed,
            lambda: ranking.arrangement.to_text(),
            lambda text: ranking.arrange(**vars(Arrangement.of_text(text))),
            lambda value: isinstance(value, str),
        ),
    )


def remember(models: Models, settings: Settings) -> None:
    """Put back what was chosen, and keep what is chosen from now on."""
    for choice in choices(models):
        value = settings.choice(choice.key)
        if value is not None and choice.valid(value):
            choice.put(value)
        choice.changed.connect(lambda *_, choice=choice: settings.keep_choice(choice.key, choice.read()))
