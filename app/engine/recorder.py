"""Keeps the moments of a run, thinned so that a long one stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gfpose_core.trajectory import Recording, Status, Trajectory

if TYPE_CHECKING:
    from gfpose_core.priors.base import Step


class Recorder:
    """Collects evenly spaced steps, ``moments`` and ``nbytes`` at most; the first and the newest always."""

    def __init__(self, moments: int, nbytes: int) -> None:
        self._moments = moments
        self._nbytes = nbytes
        self._stride = 1
        self._kept: list[tuple[float, float, np.ndarray, np.ndarray]] = []
        self._last_is_spare = False

    def add(self, step: Step) -> None:
        """Keep a step; the newest is always there, to be replaced where it is between two strides."""
        if not self._kept:
            limit = max(2, min(self._moments, self._nbytes // (step.states.nbytes + step.clean.nbytes)))
            self._stride = -(-step.count // limit)
        if self._last_is_spare:
            self._kept.pop()
        self._kept.append((step.time, step.noise_level, np.asarray(step.states), np.asarray(step.clean)))
        self._last_is_spare = step.index % self._stride != 0

    def finish(self, status: Status, **facts: Any) -> Recording:
        """The recording, with the ``facts`` it needs to be run again; nothing is left here."""
        times, levels, states, clean = zip(*self._kept)
        self._kept.clear()
        trajectory = Trajectory(
            np.array(times),
            np.array(levels),
            np.stack(states, dtype=np.float32, casting="same_kind"),
            np.stack(clean, dtype=np.float32, casting="same_kind"),
        )
        return Recording(poses=trajectory.clean[-1], trajectory=trajectory, status=status, **facts)
