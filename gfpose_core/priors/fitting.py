"""ZeDO's iterations as steps that show how well the poses fit the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gfpose_core import rays
from gfpose_core.condition import FIXED_3D, SEEN_2D, Condition

if TYPE_CHECKING:
    from torch import Tensor

LEAST_CONFIDENCE = 1e-4
"""Confidences are held to this and 1, as in the authors' release; 0 is no confidence at all."""


@dataclass(frozen=True)
class ZeDOStep:
    """One iteration: a Step, FitsImage and CountsCalls of :mod:`gfpose_core.priors.base`.

    ``before`` (N, S, J, 3) mm is the pose that it began with, ``estimate`` the clean estimate after the
    joints had been moved onto their rays, both relative to ``translation`` (N, S, 1, 3) mm from the camera.
    The initial pose optimiser estimates nothing: both are its pose.
    """

    index: int
    calls: int
    time: float
    noise_level: float
    before: Tensor
    estimate: Tensor
    translation: Tensor
    count: int
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


def fit_iterations(condition: Condition, fit_steps: int, turn_given: bool) -> int:
    """How many iterations the initial pose optimiser has: none where poses are given and keep their turn."""
    return fit_steps if condition.start is None or turn_given else 0


def refusal(condition: Condition) -> str | None:
    """Why ZeDO cannot look for poses under ``condition``, in one sentence; None where it can."""
    if condition.resume is not None:
        return "ZeDO goes on from poses, not from the states of a run: give it a start"
    levels = condition.levels
    if (levels == FIXED_3D).any():
        return "ZeDO takes joints as an image shows them: see them in 2D instead of fixing them in 3D"
    if not (levels == SEEN_2D).any(axis=1).all():
        return "ZeDO needs an image: see joints in 2D"
    seen = weights_of(condition) > 0
    if not seen.any(axis=1).all():
        return "a pose has no joint of any confidence: there is nothing to optimise"
    uv = condition.rays[..., :2]
    extent = np.where(seen[..., None], uv, -np.inf).max(1) - np.where(seen[..., None], uv, np.inf).min(1)
    if not (extent > 1e-6).any(axis=1).all():
        return "all joints that are seen of a pose lie on one ray: its distance is unknowable"
    return None
