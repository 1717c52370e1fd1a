"""A sampling run as data: its states along the way, and all it takes to run it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Mapping

import numpy as np

from gfpose_core.condition import Condition

Status = Literal["finished", "cancelled", "failed"]


@dataclass(frozen=True)
class Trajectory:
    """States of N poses x S hypotheses at T recorded moments, from noise to pose.

    Attributes:
        times: (T,) SDE time of each moment, falling.
        noise_levels: (T,) mm, sigma/alpha at each moment.
        states: (T, N, S, J, 3) mm float32, x(t) scaled to be drawn: network space, divided by
            alpha sqrt(1 + rho^2), so that the spread is that of poses at every t.
        clean: (T, N, S, J, 3) mm float32, the clean estimate E[x(0) | x(t)], camera axes, relative to
            the condition's origin.
    """

    times: np.ndarray
    noise_levels: np.ndarray
    states: np.ndarray
    clean: np.ndarray

    def __len__(self) -> int:
        return len(self.times)

    def nearest(self, time: float) -> int:
        """The index of the recorded moment closest to ``time``."""
        return int(np.abs(self.times - time).argmin())


@dataclass(frozen=True)
class Recording:
    """A trajectory with everything needed to run it again and get the same bits.

    Attributes:
        poses: (N, S, J, 3) mm float32, the result, camera axes, relative to the condition's origin.
        trajectory: the states along the way; it may hold none.
        condition: what was known.
        seed: of the noise.
        checkpoint: name and content hash of the prior.
        sampler, options: the sampler's name and its options.
        status: a cancelled run holds what had been reached.
    """

    poses: np.ndarray
    trajectory: Trajectory
    condition: Condition
    seed: int
    checkpoint: str
    checkpoint_sha256: str
    sampler: str
    options: Mapping[str, Any] = field(default_factory=dict)
    status: Status = "finished"

    @property
    def hypotheses(self) -> int:
        return self.poses.shape[1]


class Recorder:
    """Gathers the steps of a run into a :class:`Recording`, at most ``limit`` moments of them.

    Steps are kept evenly by index, the first and the last always.
    """

    def __init__(self, count: int, limit: int = 300) -> None:
        self._kept = set(np.linspace(0, count - 1, min(count, limit)).round().astype(int).tolist())
        self._steps: list[Any] = []
        self._last: Any = None

    def add(self, step: Any) -> None:
        """Take note of a :class:`gfpose_core.priors.base.Step`."""
        self._last = step
        if step.index in self._kept:
            self._steps.append(step)

    def finish(self, status: Status, **facts: Any) -> Recording:
        """The recording so far; ``facts`` are the fields of :class:`Recording` that steps do not know."""
        steps = self._steps if self._steps[-1] is self._last else [*self._steps, self._last]
        trajectory = Trajectory(
            times=np.array([step.time for step in steps]),
            noise_levels=np.array([step.noise_level for step in steps]),
            states=np.stack([step.states for step in steps]),
            clean=np.stack([step.clean for step in steps]),
        )
        return Recording(poses=self._last.clean, trajectory=trajectory, status=status, **facts)
