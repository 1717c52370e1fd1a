"""What is known of a pose before it is sampled: evidence per joint, or a noisy pose to start from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.camera import Camera, View
from gfpose_core.errors import ConditionError
from gfpose_core.skeleton import H36M17, Skeleton

FREE, SEEN_2D, FIXED_3D = 0, 1, 2
"""Evidence levels of a joint: nothing known, its image position known, its place in space known."""

MOST_GUIDANCE = 10.0
"""The largest weight that evidence can be given: :mod:`gfpose_core.priors.guidance`."""


@dataclass(frozen=True)
class NoiseStart:
    """Start the reverse SDE from a noisy pose instead of pure noise (GFPose supplementary section 5).

    Attributes:
        poses: (N, J, 3) mm, camera axes, any translation: it is estimated, not taken from the root. ZeDO
            takes (N, S, J, 3) too, one for each hypothesis.
        time: where on the SDE to start, 0 < time <= 1. ZeDO does not look at it: the noise that it takes the
            poses to have is its ``refined`` (:class:`gfpose_core.priors.optimisation.Optimisation`).
    """

    poses: np.ndarray
    time: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.time <= 1.0:
            raise ConditionError(f"the start time is {self.time:g}; it must lie in (0, 1]")
        shape = self.poses.shape
        if self.poses.ndim not in (3, 4) or shape[-1] != 3 or not np.isfinite(self.poses).all():
            raise ConditionError(f"noisy poses must be finite and (N, J, 3) or (N, S, J, 3), not {shape}")


@dataclass(frozen=True)
class Resume:
    """Go on from states x(t) that a run had reached, instead of from noise: a branch.

    Attributes:
        states: (N, K, J, 3) mm, as a trajectory holds them; K = 1 is where every hypothesis goes on from,
            else hypothesis s goes on from ``states[:, s]``.
        time: of the SDE, where the states lie.
        earlier_times: (M,) the moments just before, the newest first.
        earlier: (M, N, K, J, 3) mm, the clean estimates there, as a trajectory holds them. Only for the very
            sampler and evidence that had led to the states: with them it goes on as if it had never stopped.
            None where anything has changed.
    """

    states: np.ndarray
    time: float
    earlier_times: np.ndarray | None = None
    earlier: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.time <= 1.0:
            raise ConditionError(f"the time to go on from is {self.time:g}; it must lie in (0, 1]")
        if self.states.ndim != 4 or self.states.shape[-1] != 3 or not np.isfinite(self.states).all():
            raise ConditionError(f"states must be finite and (N, K, J, 3); these are {self.states.shape}")
        if (self.earlier is None) != (self.earlier_times is None):
            raise ConditionError("earlier estimates need their times, and times their estimates")
        if self.earlier is not None and self.earlier.shape != (len(self.earlier_times), *self.states.shape):
            raise ConditionError(f"estimates {self.earlier.shape} before states {self.states.shape}")

    def __getitem__(self, index: slice) -> Resume:
        earlier = self.earlier if self.earlier is None else self.earlier[:, index]
        return replace(self, states=self.states[index], earlier=earlier)


@dataclass(frozen=True)
class Condition:
    """Evidence on N poses, in network space, with the views that made it.

    One type says every task: nothing observed generates, x and y observed lifts, all three complete
    from 3D, some joints each way is mixed evidence, and ``start`` denoises.

    Attributes:
        values: (N, J, 3) float32 mm, network space; zero where unobserved.
        observed: (N, J, 3) bool; a joint is free, seen (x and y) or fixed (x, y and z).
        view: the N turned cameras that take network space back to the camera frame.
        origin: (N, 3) mm, camera frame; results are given relative to it.
        start: the noisy poses to start from, if any; results then keep those poses' own frame.
        confidence: (N, J) in [0, 1], of a detector in what it saw; None for certainty.
        resume: the states to go on from, if any, in the space that the rest of the condition makes: view,
            origin and start are those of the run that had reached them.

    Raises:
        ConditionError: shapes that disagree, values that are not finite, or other flag patterns.
    """

    values: np.ndarray
    observed: np.ndarray
    view: View
    origin: np.ndarray
    start: NoiseStart | None = None
    confidence: np.ndarray | None = None
    resume: Resume | None = None

    def __post_init__(self) -> None:
        observed, values = np.array(self.observed, bool), np.asarray(self.values)
        if values.ndim != 3 or values.shape[-1] != 3 or values.shape != observed.shape:
            raise ConditionError(
                f"values {values.shape} and observed {observed.shape} must both be (N, J, 3)"
            )
        values = np.where(observed, values, 0.0).astype(np.float32)
        if len(self.view) != len(values) or self.origin.shape != (len(values), 3):
            raise ConditionError("values, view and origin must describe the same poses")
        if self.start:
            given = self.start.poses.shape
            if (given[0], *given[-2:]) != values.shape:
                raise ConditionError(f"noisy poses {given} must have the shape {values.shape} or S for each")
        if self.confidence is not None:
            if self.confidence.shape != values.shape[:2]:
                raise ConditionError(f"confidence {self.confidence.shape} must be {values.shape[:2]}")
            if not (np.isfinite(self.confidence) & (self.confidence >= 0)).all():
                raise ConditionError("confidences must be finite numbers, 0 where a joint was not found")
        if self.resume and (len(self.resume.states), *self.resume.states.shape[2:]) != values.shape:
            raise ConditionError(f"states {self.resume.states.shape} do not belong to poses {values.shape}")
        if not np.isfinite(values).all():
            raise ConditionError("observed coordinates must be finite numbers")
        x, y, z = np.moveaxis(observed, -1, 0)
        if (x != y).any() or (z & ~x).any():
            raise ConditionError(
                "a joint is free, seen in 2D (x and y) or fixed in 3D (x, y and z), nothing else"
            )
        for array in (values, observed):
            array.setflags(write=False)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "observed", observed)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: slice) -> Condition:
        start = self.start and replace(self.start, poses=self.start.poses[index])
        confidence = None if self.confidence is None else self.confidence[index]
        return Condition(
            self.values[index],
            self.observed[index],
            self.view[index],
            self.origin[index],
            start,
            confidence,
            self.resume and self.resume[index],
        )

    @property
    def levels(self) -> np.ndarray:
        """(N, J) int: FREE, SEEN_2D or FIXED_3D."""
        return self.observed[..., 0].astype(np.int64) + self.observed[..., 2]

    @classmethod
    def nothing(cls, n: int = 1, skeleton: Skeleton = H36M17) -> Condition:
        """No evidence on ``n`` poses: generation."""
        shape = (n, skeleton.n_joints, 3)
        view = View.level(n)
        return cls(np.zeros(shape, np.float32), np.zeros(shape, bool), view, view.centre)

    @classmethod
    def denoise(cls, poses: np.ndarray, time: float) -> Condition:
        """Only noisy ``poses`` (N, J, 3) mm in camera axes, taken to lie at ``time`` of the SDE."""
        return replace(cls.nothing(len(poses)), start=NoiseStart(np.asarray(poses, np.float32), time))

    @classmethod
    def from_camera(
        cls, points: np.ndarray, levels: np.ndarray, origin: np.ndarray | None = None
    ) -> Condition:
        """Evidence at ``levels`` (N, J) on camera-frame ``points`` (N, J, 3) mm.

        ``origin`` is the root by default. Free joints are not looked at, but for the root: its ray is the
        axis when nothing is seen, its depth is Z_c when nothing is fixed (a lifter knows the root's depth).
        """
        levels = np.asarray(levels)
        view = View.towards(_axis(points[..., :2] / points[..., 2:], levels), np.ones(len(points)))
        turned_depth = np.einsum("nj,nkj->nk", view.rotation[:, 2], points)
        fixed = (levels == FIXED_3D) * 1.0
        fixed[(fixed[:, 0] > 0) | ~fixed.any(axis=1)] = np.eye(levels.shape[1])[0]
        depth = (np.where(fixed > 0, turned_depth, 0.0) * fixed).sum(1) / fixed.sum(1)
        view = View(view.rotation, depth)
        return cls.in_view(points, levels, view, points[:, 0] if origin is None else origin)

    @classmethod
    def in_view(cls, points: np.ndarray, levels: np.ndarray, view: View, origin: np.ndarray) -> Condition:
        """Evidence at ``levels`` (N, J) on camera-frame ``points`` (N, J, 3) mm, in the network space of a
        view that is given. Free joints are not looked at."""
        known = np.where((np.asarray(levels) > FREE)[..., None], points, view.centre[:, None])
        return cls(view.to_network(known), _observed(np.asarray(levels)), view, origin)

    @classmethod
    def from_keypoints(
        cls,
        keypoints: np.ndarray,
        camera: Camera,
        root_depth: np.ndarray,
        visible: np.ndarray,
        confidence: np.ndarray | None = None,
    ) -> Condition:
        """2D evidence: ``keypoints`` (N, J, 2) px, ``root_depth`` (N,) mm along the camera's z,
        ``visible`` (N, J) bool, ``confidence`` (N, J)."""
        levels = np.where(visible, SEEN_2D, FREE)
        rays = camera.rays(np.where(visible[..., None], keypoints, 0.0))
        axis = _axis(rays[..., :2], levels)
        view = View.towards(axis, root_depth * np.linalg.norm(axis, axis=-1))
        known = np.where(visible[..., None], rays, axis[:, None]) * root_depth[:, None, None]
        return cls(view.to_network(known), _observed(levels), view, view.centre, confidence=confidence)

    @property
    def rays(self) -> np.ndarray:
        """(N, J, 3) the directions (x, y, 1) of the joints from the camera; of those not seen, the axis'."""
        x, y = np.moveaxis(np.where(self.observed, self.values, 0.0).astype(np.float64)[..., :2], -1, 0)
        depth = self.view.depth[:, None]
        turned = np.stack([x / depth, y / depth, np.ones_like(x)], axis=-1)
        directions = np.einsum("nji,nkj->nki", self.view.rotation, turned)
        return directions / directions[..., 2:]


def _axis(rays: np.ndarray, levels: np.ndarray) -> np.ndarray:  # (N, J, 2), (N, J) -> (N, 3)
    """The ray of the centre: the root's where it is seen (or nothing is), else the mean of those seen."""
    weights = (levels > FREE) * 1.0
    weights[(weights[:, 0] > 0) | ~weights.any(axis=1)] = np.eye(levels.shape[1])[0]
    mean = (np.where(weights[..., None] > 0, rays, 0.0) * weights[..., None]).sum(1) / weights.sum(1)[:, None]
    return np.concatenate([mean, np.ones_like(mean[:, :1])], axis=-1)


def _observed(levels: np.ndarray) -> np.ndarray:  # (N, J) -> (N, J, 3)
    seen, fixed = levels > FREE, levels == FIXED_3D
    return np.stack([seen, seen, fixed], axis=-1)
