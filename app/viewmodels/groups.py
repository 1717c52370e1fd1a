"""Which hypotheses belong together, and which say the same twice: worked out on a thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.engine.runner import Runner
from app.viewmodels.arrangement import Arrangement
from gfpose_core.modes import Clusters, clusters, near_duplicates

NUMERALS = "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"
"""Clusters are called by these: hypotheses have numbers, the two sides of a comparison letters."""


@dataclass(frozen=True)
class Group:
    """The cluster of a hypothesis: which, from the largest on, and its share of all."""

    index: int
    share: float
    medoid: bool

    @property
    def numeral(self) -> str:
        return NUMERALS[self.index]


class Groups(QObject):
    """Clusters and near-duplicates of the newest poses asked about."""

    changed = Signal()

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._asked: object = None
        self.clusters: Clusters | None = None
        self._repeats = np.zeros(0, np.int64)  # (S,) the one that each repeats, or itself
        self._repeated = self._repeats  # (S,) how many repeat each

    def forget(self) -> None:
        """Other poses are shown."""
        self._asked = self.clusters = None
        self._repeats = self._repeated = np.zeros(0, np.int64)

    def ask(self, poses: np.ndarray, how: Arrangement) -> None:
        """Have (S, 17, 3) mm grouped; what was asked before is dropped."""
        self._asked = asked = object()
        if len(poses) < 2:
            return

        def take(found: tuple[Clusters | None, np.ndarray]) -> None:
            if asked is self._asked:
                self.clusters, self._repeats = found
                self._repeated = np.bincount(self._repeats, minlength=len(self._repeats)) - 1
                self.changed.emit()

        count = how.clusters if how.grouped else 0
        work = partial(_grouped, poses, count, how.turned_alike, how.same_mm)
        self._runner.call("group the hypotheses", work, take)

    def of(self, index: int) -> Group | None:
        """The cluster of a hypothesis."""
        if self.clusters is None or index >= len(self.clusters.of):
            return None
        which = int(self.clusters.of[index])
        return Group(which, float(self.clusters.shares[which]), int(self.clusters.medoids[which]) == index)

    def repeats(self, index: int) -> int | None:
        """The hypothesis that this one all but repeats."""
        first = int(self._repeats[index]) if index < len(self._repeats) else index
        return first if first != index else None

    def repeated(self, index: int) -> int:
        """How many others all but repeat this one."""
        return max(int(self._repeated[index]), 0) if index < len(self._repeated) else 0

    @property
    def n_repeats(self) -> int:
        return int((self._repeats != np.arange(len(self._repeats))).sum())

    def fold(self, rows: np.ndarray) -> np.ndarray:
        """``rows`` without those that repeat another, unless one stands for its cluster."""
        if not len(self._repeats):
            return rows
        medoids = self.clusters.medoids if self.clusters else []
        return rows[(self._repeats[rows] == rows) | np.isin(rows, medoids)]

    def gather(self, rows: np.ndarray, medoids_only: bool) -> np.ndarray:
        """The clusters by falling share, each with its medoid first and the others as they were."""
        if self.clusters is None:
            return rows
        if medoids_only:
            return self.clusters.medoids
        first = np.isin(rows, self.clusters.medoids)
        return rows[np.lexsort((~first, self.clusters.of[rows]))]


def _grouped(
    poses: np.ndarray, count: int, turned_alike: bool, same_mm: float
) -> tuple[Clusters | None, np.ndarray]:
    return clusters(poses, count, turned_alike) if count else None, near_duplicates(poses, same_mm)
