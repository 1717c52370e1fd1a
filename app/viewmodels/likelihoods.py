"""How likely the prior holds the hypotheses to be: worked out by the worker, when asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.documents.request import LikelihoodRequest
from app.documents.request import Likelihoods as Answer
from app.engine.runner import Runner
from app.viewmodels.gallery import Gallery, Pinned
from app.viewmodels.playback import Playback
from app.viewmodels.sampling import Sampling


class Likelihoods(QObject):
    """Nats a free coordinate of the run's hypotheses and the pinned poses, under the run's evidence.

    Sampling takes the worker at once; what is still wanted is asked for again with the next result.
    """

    changed = Signal()

    def __init__(
        self,
        gallery: Gallery,
        playback: Playback,
        sampling: Sampling,
        runner: Runner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery, self._playback = gallery, playback
        self._sampling, self._runner = sampling, runner
        self._known: dict[int | Pinned, float] = {}
        self._asked: list[int | Pinned] = []
        self._all = False
        self._some: list[int | Pinned] = []
        gallery.results_changed.connect(self._restart)
        gallery.pins_changed.connect(self._ask)
        runner.likelihoods.connect(self._take)
        runner.weighing_changed.connect(self._on_weighing)
        sampling.changed.connect(self._ask)

    @property
    def values(self) -> np.ndarray:
        """(S + pins,) NaN where not known."""
        return np.array([self._known.get(key, np.nan) for key in self._keys()])

    @property
    def word(self) -> str:
        """How far it is, or where it was stopped; empty when nothing that is wanted is missing."""
        known = sum(key in self._known for key in self._asked)
        told = f"log-likelihood: {known} of {len(self._asked)} poses"
        if self.under_way:
            return f"{told}…"
        stopped = self._idle and any(key in self._asked for key in self._unknown())
        return f"{told}, stopped: choose this order again to go on" if stopped else ""

    @property
    def under_way(self) -> bool:
        return self._runner.weighing

    def want(self, all_: bool) -> None:
        """Those of all poses are wanted, or no longer."""
        self._all = all_
        if all_:
            self._ask(anew=True)
        elif not self._some:
            self._runner.stop_weighing()

    def want_of(self, indices: list[int]) -> None:
        """Those of some of ``gallery.poses`` are wanted, whatever else is."""
        keys = self._keys()
        self._some = [keys[index] for index in indices]
        self._ask(anew=True)

    def _keys(self) -> list[int | Pinned]:
        return [*range(self._gallery.count), *self._gallery.pinned]

    def _unknown(self) -> list[int | Pinned]:
        """What is wanted and not known yet."""
        return [key for key in (self._keys() if self._all else self._some) if key not in self._known]

    @property
    def _idle(self) -> bool:
        sampling = self._sampling
        return not (sampling.busy or sampling.waiting or sampling.loading or self._playback.live)

    def _restart(self) -> None:
        self._known.clear()
        self._asked = []
        self._some = [key for key in self._some if isinstance(key, Pinned)]
        self._runner.stop_weighing()
        self._ask()

    def _ask(self, anew: bool = False) -> None:
        """Ask for what is wanted and not known: once for each result, or ``anew`` after it was stopped."""
        recording, playback, sampling = self._playback.recording, self._playback, self._sampling
        if recording is None or sampling.prior is None or not self._idle or self.under_way:
            return
        wanted = [key for key in self._unknown() if anew or key not in self._asked]
        if not wanted:
            return
        self._asked = wanted
        results = self._gallery.results
        poses = np.stack([key.pose if isinstance(key, Pinned) else results[key] for key in wanted])
        document = sampling.document
        condition = recording.condition[[playback.pose]]
        if condition.start is not None:  # which says nothing of the others
            if not condition.observed.any():
                poses = poses - poses[:, :1]
            condition = replace(condition, start=None)
        self._runner.weigh(LikelihoodRequest(0, document.checkpoint, document.device, condition, poses))

    def _take(self, answer: Answer) -> None:
        keys = self._asked[answer.first : answer.first + len(answer.nats)]
        self._known.update(zip(keys, answer.nats.tolist()))
        self.changed.emit()

    def _on_weighing(self) -> None:
        self._ask()
        self.changed.emit()
