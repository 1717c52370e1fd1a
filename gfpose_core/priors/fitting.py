"""ZeDO's iterations as steps that show how well the poses fit the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from gfpose_core import rays
from gfpose_core.condition import SEEN_2D, Condition

LEAST_CONFIDENCE = 1e-4
"""Confidences are held to this and 1, as in the authors' release; 0 is no confidence at all."""


@dataclass(frozen=True)
class ZeDOStep:
    """One iteration: a Step and FitsImage of :mod:`gfpose_core.priors.base`.

    ``before`` (N, S, J, 3) mm is the pose that it began with, ``estimate`` the clean estimate after the
    joints had been moved onto their rays, both relative to ``translation`` (N, S, 1, 3) mm from the camera.
    """

    index: int
    count: int
    time: float
    noise_level: float
    before: Tensor
    estimate: Tensor
    translation: Tensor
    condition: Condition

    @cached_property
    def states(self) -> np.ndarray:
        return self._placed(self.before).astype(np.float32)

    @cached_property
    def clean(self) -> np.ndarray:
        return self._placed(self.estimate).astype(np.float32)

    @cached_property
    def score(self) -> np.ndarray:
        return ((self.estimate - self.before) / self.noise_level**2).cpu().numpy().astype(np.float32)

    @cached_property
    def reprojection_error(self) -> np.ndarray:
        return rays.reprojection_error(*self._seen())

    @cached_property
    def ray_distance(self) -> np.ndarray:
        return rays.ray_distance(*self._seen())

    def _placed(self, poses: Tensor) -> np.ndarray:
        return (poses + self.translation).cpu().numpy() - self.condition.origin[:, None, None]

    def _seen(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        points = (self.before + self.translation).cpu().numpy()
        return points, self.condition.rays, weights_of(self.condition)


def weights_of(condition: Condition) -> np.ndarray:  # -> (N, J)
    """The confidence in what is seen, 0 in what is not: such joints are left to the prior."""
    seen = condition.levels == SEEN_2D
    if condition.confidence is None:
        return seen.astype(np.float64)
    seen &= condition.confidence > 0
    return np.where(seen, np.clip(condition.confidence, LEAST_CONFIDENCE, 1.0), 0.0)
