"""Keeps the moments of a run, thinned so that a long one stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gfpose_core.trajectory import Recording, Status, Trajectory

if TYPE_CHECKING:
    from gfpose_core.priors.base import Step


class Recorder:
    """Collects evenly spaced steps, ``moments`` and ``nbytes`` at most; the first and the newest always.

    Room for all of them is made with the first: moment by moment it would come to lie between what sampling
    needs for a while, whose room would then be too small for the next.
    """

    def __init__(self, moments: int, nbytes: int) -> None:
        self._moments = moments
        self._nbytes = nbytes
        self._stride = 1
        self._levels: list[tuple[float, float]] = []  # (time, noise level) of the moments kept
        self._last_is_spare = False

    def add(self, step: Step) -> None:
        """Keep a step; the newest is always there, to be replaced where it is between two strides."""
        if not self._levels:
            limit = max(2, min(self._moments, self._nbytes // (step.states.nbytes + step.clean.nbytes)))
            self._stride = -(-step.count // limit)
            room = -(-step.count // self._stride) + 1
            self._states = np.empty((room, *step.states.shape), np.float32)
            self._clean = np.empty((room, *step.clean.shape), np.float32)
        if self._last_is_spare:
            self._levels.pop()
        self._states[len(self._levels)], self._clean[len(self._levels)] = step.states, step.clean
        self._levels.append((step.time, step.noise_level))
        self._last_is_spare = step.index % self._stride != 0

    def finish(self, status: Status, **facts: Any) -> Recording:
        """The recording, with the ``facts`` it needs to be run again."""
        kept = len(self._levels)
        times, levels = np.array(self._levels).T.copy()
        trajectory = Trajectory(times, levels, self._states[:kept], self._clean[:kept])
        return Recording(poses=trajectory.clean[-1], trajectory=trajectory, status=status, **facts)
