"""A sampling run as data: its states along the way, and all it takes to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gfpose_core.camera import Camera
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

    def fits(self, poses: tuple[int, ...]) -> bool:
        """Whether these are moments of one run that came to poses of this shape, (N, S, J, 3)."""
        moments = self.times.shape
        states = (*moments, *poses)
        return (
            len(moments) == 1
            and self.noise_levels.shape == moments
            and self.states.shape == self.clean.shape == states
        )

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
        camera: the pixels that the evidence was given in, where it was.
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
    camera: Camera | None = None

    @property
    def hypotheses(self) -> int:
        return self.poses.shape[1]
