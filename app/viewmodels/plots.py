"""Curves over the run that is shown: worked out piece by piece between events, and only while looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.documents.score import ScoreSpace
from app.session import Session
from app.viewmodels.gallery import Gallery
from app.viewmodels.layers import Layers
from app.viewmodels.playback import Playback
from app.viewmodels.quantities import QUANTITIES, Quantity, Slice
from gfpose_core.condition import SEEN_2D
from gfpose_core.registry import OPTIMISERS

BAND = (0.1, 0.9)
"""The quantiles of the hypotheses that a band spans."""

AT_ONCE = 512
"""Poses worked out in one go, or those of one moment where there are more."""

BUSY_MS, REST_MS = 8, 8
"""Work lasts so long, then the window has its turn."""

SHOW_EVERY_MS = 150


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
    """The chosen quantity of the recording that is open, for every hypothesis of the pose shown."""

    changed = Signal()

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
        self._chosen = "score"
        self._curves: Curves | None = None
        self._made_of: tuple = ()
        self._space: ScoreSpace | None = None
        self._done = 0
        self._timer = QTimer(self, interval=REST_MS, timeout=self._work)
        self._shown = QElapsedTimer()
        for signal in (playback.recording_changed, playback.state_changed, layers.changed, session.changed):
            signal.connect(self._begin)

    chosen = property(lambda self: self._chosen, doc="A key of QUANTITIES.")
    curves = property(lambda self: self._curves, doc="None where there is nothing to plot.")
    working = property(lambda self: self._timer.isActive())

    @property
    def quantity(self) -> Quantity:
        return QUANTITIES[self._chosen]

    @property
    def unit(self) -> str:
        """Of the chosen quantity, in this run."""
        recording = self._playback.recording
        pixels = self.quantity.in_pixels and recording is not None and recording.camera is not None
        return "px" if pixels else self.quantity.unit

    @property
    def available(self) -> list[str]:
        """The quantities that this run has."""
        known, seen = self._truth() is not None, self._seen()
        return [
            key
            for key, quantity in QUANTITIES.items()
            if (known or not quantity.needs_truth) and (seen or not quantity.needs_sight)
        ]

    def choose(self, key: str) -> None:
        """Plot another quantity."""
        self._chosen = key
        self._begin()

    def choose_next(self) -> None:
        """Plot the next of those there are."""
        keys = self.available
        at = keys.index(self._chosen) + 1 if self._chosen in keys else 0
        self.choose(keys[at % len(keys)])

    def _truth(self) -> np.ndarray | None:
        document = self._session.document
        own = document.denoising and document.noise.kind == "own"  # what it was before is not known
        return None if own else self._gallery.reference

    def _seen(self) -> bool:
        """Whether any joint of the pose shown was seen in 2D."""
        recording, pose = self._playback.recording, self._playback.pose
        return recording is not None and bool((recording.condition.levels[pose] == SEEN_2D).any())

    def _begin(self) -> None:
        """Start anew where what is plotted has changed."""
        playback, truth = self._playback, self._truth()
        looked_at = "plots" in self._layers.on and playback.last > 0
        possible = looked_at and self._chosen in self.available
        made_of = (playback.recording, playback.pose, self._chosen, truth) if possible else ()
        if len(made_of) == len(self._made_of) and all(a is b for a, b in zip(made_of, self._made_of)):
            return
        self._made_of, self._done = made_of, 0
        self._timer.stop()
        self._curves = None
        if possible:
            hypotheses = 1 if self.quantity.joint else playback.recording.hypotheses
            self._curves = Curves.unknown(playback.last + 1, hypotheses)
            self._space = ScoreSpace.of(playback.recording, playback.pose)
            self._shown.start()
            self._timer.start()
            self._work()
        self.changed.emit()

    def _work(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        moments = len(self._curves.middle)
        while self._done < moments and clock.elapsed() < BUSY_MS:
            self._add_some()
        if self._done == moments:
            self._timer.stop()
        if self._done == moments or self._shown.elapsed() > SHOW_EVERY_MS:
            self._shown.start()
            self.changed.emit()

    def _add_some(self) -> None:
        recording, pose, _, truth = self._made_of
        trajectory, hypotheses = recording.trajectory, recording.hypotheses
        some = slice(self._done, self._done + max(1, AT_ONCE // hypotheses))
        values = self.quantity.of(
            Slice(
                trajectory.states[some, pose], trajectory.clean[some, pose], trajectory.noise_levels[some],
                self._space, recording.condition[[pose]], recording.camera,
                recording.sampler in OPTIMISERS, truth,
            )
        )  # fmt: skip
        curves = self._curves
        curves.values[some] = values
        curves.low[some], curves.middle[some], curves.high[some] = np.quantile(
            values, (BAND[0], 0.5, BAND[1]), axis=1
        )
        self._done += len(values)
