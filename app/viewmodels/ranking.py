"""The order the hypotheses are listed in: sorted, grouped by cluster, repetitions folded away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.documents.document import Document
from app.engine.runner import Runner
from app.session import Session
from app.viewmodels.arrangement import Arrangement
from app.viewmodels.gallery import Gallery
from app.viewmodels.groups import Group, Groups
from app.viewmodels.likelihoods import Likelihoods
from app.viewmodels.measures import DRAWN, LIKELIHOOD, MEASURES, Measured
from app.viewmodels.playback import Playback
from app.viewmodels.sampling import Sampling


class Ranking(QObject):
    """Lists the gallery's rows as its arrangement says. View state, not undone.

    Measures are worked out when first asked for and kept until what they look at changes. While a run goes
    on, nothing is said of its hypotheses: what is known is of the run before.
    """

    changed = Signal()  # the arrangement, or anything that is said of a hypothesis

    def __init__(
        self,
        gallery: Gallery,
        playback: Playback,
        session: Session,
        sampling: Sampling,
        runner: Runner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery, self._playback, self._session = gallery, playback, session
        self.likelihoods = Likelihoods(gallery, playback, sampling, runner, self)
        self._groups = Groups(runner, self)
        self._arrangement = Arrangement()
        self._measured: Measured | None = None
        self._values: dict[str, np.ndarray] = {}
        gallery.results_changed.connect(self._restart)
        gallery.pins_changed.connect(self._on_pins)
        gallery.reference_changed.connect(self._on_reference)
        session.changed.connect(self._on_document)
        self.likelihoods.changed.connect(self._on_likelihoods)
        self._groups.changed.connect(self._list)

    # How they are listed

    @property
    def arrangement(self) -> Arrangement:
        return self._arrangement

    def arrange(self, **changes: Any) -> None:
        """Change how the hypotheses are listed; an order chosen again goes on where it was stopped."""
        before, self._arrangement = self._arrangement, replace(self._arrangement, **changes)
        if "order" in changes:
            self.likelihoods.want(self._arrangement.order == LIKELIHOOD)
        if before == self._arrangement:
            return
        if changes.keys() & {"grouped", "clusters", "turned_alike", "same_mm"}:
            self._groups.ask(self._gallery.results, self._arrangement)
        self._list()

    # What is said of them

    @property
    def measured(self) -> Measured:
        """What measures look at now: the run's hypotheses, then the pinned poses."""
        if self._measured is None:
            self._measured = self._look()
        return self._measured

    def missing(self, key: str) -> str | None:
        """Why a measure cannot be had now; None where it can."""
        return None if key == DRAWN else MEASURES[key].missing(self.measured)

    def value(self, key: str, index: int) -> float:
        """A measure of ``gallery.poses[index]``; NaN where it is not known (yet)."""
        values = self._of(key)
        return float(values[index]) if index < len(values) else float("nan")

    def say(self, key: str, index: int) -> str:
        """The same in words; empty where it is not known."""
        value = self.value(key, index)
        return MEASURES[key].say(value, self.measured) if np.isfinite(value) else ""

    @property
    def order_label(self) -> str:
        """What the list is sorted by."""
        order = self._arrangement.order
        return "As drawn" if order == DRAWN else MEASURES[order].label

    def caption(self, index: int) -> str:
        """What the list is sorted by, said of one pose."""
        order = self._arrangement.order
        return "" if order == DRAWN or self._playback.live else self.say(order, index)

    def group_of(self, index: int) -> Group | None:
        """The cluster of a hypothesis, where they are listed by them."""
        return self._groups.of(index) if self._arrangement.grouped and not self._playback.live else None

    def repeats(self, index: int) -> int | None:
        """The hypothesis that this one all but repeats."""
        return None if self._playback.live else self._groups.repeats(index)

    def repeated(self, index: int) -> int:
        """How many others all but repeat this one."""
        return 0 if self._playback.live else self._groups.repeated(index)

    @property
    def summary(self) -> str:
        """Clusters and repetitions in a line, and what is being worked out."""
        parts = [self.likelihoods.word]
        if not self._playback.live:
            if self._arrangement.grouped and self._groups.clusters:
                parts.append(f"{len(self._groups.clusters.shares)} clusters")
            if count := self._groups.n_repeats:
                parts.append(f"{count} near-duplicates (< {self._arrangement.same_mm:g} mm)")
        return " · ".join(filter(None, parts))

    def _look(self) -> Measured:
        gallery, recording = self._gallery, self._playback.recording
        return Measured(
            poses=np.concatenate([gallery.results, *(pinned.pose[None] for pinned in gallery.pinned)]),
            results=gallery.results,
            reference=gallery.reference,
            condition=recording.condition[[self._playback.pose]] if recording else None,
            camera=self._session.document.camera,
        )

    def _of(self, key: str) -> np.ndarray:  # (S + pins,)
        if key not in self._values:
            self._values[key] = self._work_out(key)
        return self._values[key]

    def _work_out(self, key: str) -> np.ndarray:
        if key == LIKELIHOOD:
            return self.likelihoods.values
        what = self.measured
        usable = len(what.poses) and MEASURES[key].missing(what) is None
        return MEASURES[key].of(what) if usable else np.full(len(what.poses), np.nan)

    # Keeping up

    def _restart(self) -> None:
        """Another run is shown, or the first moment of one."""
        self._groups.forget()
        self._forget()
        if not self._playback.live:
            self._groups.ask(self._gallery.results, self._arrangement)
            self._list()

    def _forget(self) -> None:
        self._measured = None
        self._values.clear()

    def _on_pins(self) -> None:
        self._forget()
        self.changed.emit()

    def _on_reference(self) -> None:
        self._forget()
        if self._arrangement.order == "reference" and not self._playback.live:
            self._list()

    def _on_document(self, before: Document, after: Document) -> None:
        if before.camera is not after.camera:
            self._forget()
            self._list()

    def _on_likelihoods(self) -> None:
        """Sorted anew when all are known, lest rows jump about under the pointer."""
        self._values.pop(LIKELIHOOD, None)
        if self._arrangement.order == LIKELIHOOD and not self.likelihoods.under_way:
            self._list()
        else:
            self.changed.emit()

    def _list(self) -> None:
        how, count = self._arrangement, self._gallery.count
        rows = np.arange(count)
        if how.order != DRAWN and len(values := self._of(how.order)[:count]) == count:
            downwards = MEASURES[how.order].high != how.worst_first
            rows = np.argsort(-values if downwards else values, kind="stable")  # NaN last
        elif how.worst_first:
            rows = rows[::-1]
        if how.folded:
            rows = self._groups.fold(rows)
        if how.grouped:
            rows = self._groups.gather(rows, how.medoids_only)
        self._gallery.list_rows(rows.tolist())
        self.changed.emit()
