"""Curves over the run that is shown: worked out piece by piece between events, and only while looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.documents.score import ScoreSpace
from app.session import Session
from app.viewmodels.gallery import Gallery
from app.viewmodels.layers import Layers
from app.viewmodels.playback import Playback
from app.viewmodels.quantities import QUANTITIES, Slice
from gfpose_core.condition import SEEN_2D
from gfpose_core.registry import OPTIMISERS

BAND = (0.1, 0.9)
"""The quantiles of the hypotheses that a band spans."""

AT_ONCE = 512
"""Poses worked out in one go, or those of one moment where there are more."""

BUSY_MS, REST_MS = 8, 8
"""Work lasts so long, then the window has its turn."""

SHOW_EVERY_MS = 150

BURST_MS = 250
"""Runs that follow each other so soon, as those of a drag do, are plotted once no more come."""

MOST = 4
"""Plots at a time: more would leave the stage no room."""


@dataclass(frozen=True, eq=False)
class Curves:
    """One quantity over a run of T moments; NaN where it is not known yet.

    Attributes:
        values: (T, S), or (T, 1) where all hypotheses make one number.
        middle, low, high: (T,) median and the quantiles of BAND.
    """

    values: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def unknown(cls, moments: int, hypotheses: int) -> Curves:
        return cls(np.full((moments, hypotheses), np.nan), *np.full((3, moments), np.nan))


class Plots(QObject):
    """The chosen quantities of the recording that is open, for every hypothesis of the pose shown."""

    changed = Signal()
    chosen_changed = Signal()

    def __init__(
        self,
        playback: Playback,
        gallery: Gallery,
        session: Session,
        layers: Layers,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._playback, self._gallery, self._session, self._layers = playback, gallery, session, layers
        self._chosen: tuple[str, ...] = ("score",)
        self._curves: dict[str, Curves] = {}
        self._made_of: dict[str, tuple] = {}
        self._done: dict[str, int] = {}
        self._space: ScoreSpace | None = None
        self._timer = QTimer(self, interval=REST_MS, timeout=self._work)
        self._shown, self._newest = QElapsedTimer(), QElapsedTimer()
        for signal in (
            playback.recording_changed, playback.state_changed, layers.changed, gallery.reference_changed,
        ):  # fmt: skip
            signal.connect(self._begin)

    chosen = property(lambda self: self._chosen, doc="Keys of QUANTITIES, in its order; one at least.")
    working = property(lambda self: self._timer.isActive())
    waiting = property(
        lambda self: self.working and self._timer.interval() == BURST_MS, doc="Whether more runs may come."
    )

    @property
    def curves(self) -> Mapping[str, Curves]:
        """By key, of those chosen that there is something to plot of."""
        return self._curves

    def unit(self, key: str) -> str:
        """Of a quantity, in this run."""
        recording, quantity = self._playback.recording, QUANTITIES[key]
        pixels = quantity.in_pixels and recording is not None and recording.camera is not None
        return "px" if pixels else quantity.unit

    @property
    def available(self) -> list[str]:
        """The quantities that this run has."""
        known, seen = self._truth() is not None, self._seen()
        return [
            key
            for key, quantity in QUANTITIES.items()
            if (known or not quantity.needs_truth) and (seen or not quantity.needs_sight)
        ]

    def choose(self, keys: Iterable[str]) -> None:
        """Plot these, those that are known and as many as there is room for; none changes nothing."""
        wanted = set(keys)
        chosen = tuple(key for key in QUANTITIES if key in wanted)[:MOST]
        if chosen and chosen != self._chosen:
            self._chosen = chosen
            self.chosen_changed.emit()
            self._begin()
            self.changed.emit()

    def set_plotted(self, key: str, on: bool) -> None:
        """Plot a quantity too, where there is room, or no more."""
        if not on or len(self._chosen) < MOST:
            self.choose({*self._chosen, key} if on else {*self._chosen} - {key})

    def why_not_set(self, key: str) -> str | None:
        """Why a quantity cannot be plotted too, or no more, in a clause; None where it can."""
        if key in self._chosen:
            return "one is always plotted" if len(self._chosen) == 1 else None
        if len(self._chosen) == MOST:
            return f"{MOST} are plotted, and there is room for no more: take one away"
        return self.lacking(key)

    def lacking(self, key: str) -> str | None:
        """What this run lacks for a quantity, in a clause; None where it has it."""
        if key in self.available:
            return None
        lacks = "a pose to compare with" if QUANTITIES[key].needs_truth else "joints seen in 2D"
        return f"it needs {lacks}"

    def choose_next(self) -> None:
        """Plot the next of those there are, alone."""
        keys = self.available
        at = keys.index(self._chosen[-1]) + 1 if self._chosen[-1] in keys else 0
        self.choose([keys[at % len(keys)]])

    def add_next(self) -> None:
        """Plot the next of those there are as well."""
        keys = self.available
        at = keys.index(self._chosen[-1]) + 1 if self._chosen[-1] in keys else 0
        more = [key for key in (*keys[at:], *keys[:at]) if key not in self._chosen]
        if more:
            self.set_plotted(more[0], True)

    def _truth(self) -> np.ndarray | None:
        document = self._session.document
        own = document.denoising and document.noise.kind == "own"  # what it was before is not known
        return None if own else self._gallery.reference

    def _seen(self) -> bool:
        """Whether any joint of the pose shown was seen in 2D."""
        recording, pose = self._playback.recording, self._playback.pose
        return recording is not None and bool((recording.condition.levels[pose] == SEEN_2D).any())

    def _begin(self) -> None:
        """Start anew with what is plotted of something else by now; what is there already stays."""
        playback, truth = self._playback, self._truth()
        looked_at = "plots" in self._layers.on and playback.last > 0
        possible = [key for key in self.available if key in self._chosen] if looked_at else []
        run = playback.recording, playback.pose
        made_of = {key: (*run, truth if QUANTITIES[key].needs_truth else None) for key in possible}
        same = {key for key in made_of if _alike(made_of[key], self._made_of.get(key))}
        if same == made_of.keys() == self._made_of.keys():
            return
        hypotheses = playback.recording.hypotheses if possible else 0
        self._curves = {
            key: self._curves[key]
            if key in same
            else Curves.unknown(playback.last + 1, 1 if QUANTITIES[key].joint else hypotheses)
            for key in possible
        }
        self._done = {key: self._done[key] if key in same else 0 for key in possible}
        burst = False
        if self._made_of.keys() & made_of.keys() - same:  # another run, or another truth
            burst = self._newest.isValid() and self._newest.elapsed() < BURST_MS
            self._newest.start()
        self._made_of = made_of
        self._timer.stop()
        if possible:
            self._space = ScoreSpace.of(*run)
            self._shown.start()
            self._timer.start(BURST_MS if burst else REST_MS)
            if burst:
                return
            self._work()
        self.changed.emit()

    def _work(self) -> None:
        self._timer.setInterval(REST_MS)
        clock = QElapsedTimer()
        clock.start()
        while (left := self._left()) is not None and clock.elapsed() < BUSY_MS:
            self._add_some(left)
        if left is None:
            self._timer.stop()
        if left is None or self._shown.elapsed() > SHOW_EVERY_MS:
            self._shown.start()
            self.changed.emit()

    def _left(self) -> str | None:
        """The first quantity that is not plotted to its end."""
        return next((key for key, done in self._done.items() if done < len(self._curves[key].middle)), None)

    def _add_some(self, key: str) -> None:
        recording, pose, truth = self._made_of[key]
        trajectory, hypotheses = recording.trajectory, recording.hypotheses
        some = slice(self._done[key], self._done[key] + max(1, AT_ONCE // hypotheses))
        values = QUANTITIES[key].of(
            Slice(
                trajectory.states[some, pose], trajectory.clean[some, pose], trajectory.noise_levels[some],
                self._space, recording.condition[[pose]], recording.camera,
                recording.sampler in OPTIMISERS, truth,
            )
        )  # fmt: skip
        curves = self._curves[key]
        curves.values[some] = values
        curves.low[some], curves.middle[some], curves.high[some] = np.quantile(
            values, (BAND[0], 0.5, BAND[1]), axis=1
        )
        self._done[key] += len(values)


def _alike(one: tuple, other: tuple | None) -> bool:
    return other is not None and all(a is b for a, b in zip(one, other, strict=True))
