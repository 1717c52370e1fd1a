"""Tables of the papers, on open data: one function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.metrics import min_mpjpe, mpjpe, pa_mpjpe, spread
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.sampling import sample
from gfpose_core.skeleton import H36M17
from gfpose_core.training.poses import EVALUATION_CAMERAS


@dataclass(frozen=True)
class Row:
    """One line of a table, all in mm, means over the poses."""

    name: str
    mean: float  # MPJPE of the average hypothesis, protocol 1
    best: float  # minMPJPE over S, protocol 1
    best_aligned: float  # the same after a similarity alignment, protocol 2
    spread: float


@dataclass(frozen=True)
class Protocol:
    """What every table shares.

    Attributes:
        poses: (N, J, 3) mm, world, y up: the test poses.
        floor: (M, J, 3) mm: training poses, from which a guess without a model is drawn.
        seed: of cameras, noise and the floor.
    """

    poses: np.ndarray
    floor: np.ndarray
    hypotheses: int
    sampler: Sampler
    seed: int

    def camera_points(self) -> np.ndarray:
        """(N, J, 3) mm: each pose before a random camera of :data:`EVALUATION_CAMERAS`."""
        rooted = self.poses - self.poses[:, :1]
        return EVALUATION_CAMERAS.points(rooted, np.random.default_rng([self.seed, 0]))

    def random_training_poses(self) -> np.ndarray:
        """(N, S, J, 3) mm: the floor, training poses before random cameras, drawn anew for each pose."""
        rng = np.random.default_rng([self.seed, 1])
        picked = self.floor[rng.integers(len(self.floor), size=len(self.poses) * self.hypotheses)]
        points = EVALUATION_CAMERAS.points(picked - picked[:, :1], rng)
        return (points - points[:, :1]).reshape(len(self.poses), self.hypotheses, *points.shape[1:])


Progress = Callable[[float], None]


def lift(prior: PosePrior, protocol: Protocol, progress: Progress) -> list[Row]:
    """Lifting from true 2D, the root's depth known (GFPose Table 1's task)."""
    levels = np.full(H36M17.n_joints, SEEN_2D)
    return _with_floor([("lift, true 2D", levels)], prior, protocol, progress)


def complete_3d(prior: PosePrior, protocol: Protocol, progress: Progress) -> list[Row]:
    """Completing one limb from the other joints in 3D (GFPose Table 6)."""
    tasks = []
    for part in ("right leg", "left leg", "left arm", "right arm"):
        levels = np.full(H36M17.n_joints, FIXED_3D)
        levels[list(H36M17.parts[part])] = FREE
        tasks.append((f"{part} from 3D", levels))
    return _with_floor(tasks, prior, protocol, progress)


TABLES: dict[str, Callable[[PosePrior, Protocol, Progress], list[Row]]] = {
    "lift": lift,
    "complete-3d": complete_3d,
}


def _with_floor(
    tasks: list[tuple[str, np.ndarray]], prior: PosePrior, protocol: Protocol, progress: Progress
) -> list[Row]:
    """A row a task, then the same measures of random training poses, with the evidence's joints put right."""
    points = protocol.camera_points()
    truth = points - points[:, :1]
    rows = []
    for i, (name, levels) in enumerate(tasks):
        condition = Condition.from_camera(points, np.tile(levels, (len(points), 1)))
        poses = sample(
            prior, condition, protocol.hypotheses, protocol.sampler, protocol.seed,
            progress=lambda share, i=i: progress((i + share) / len(tasks)),
        )  # fmt: skip
        rows.append(_row(name, poses, truth))
        fixed = (levels == FIXED_3D)[:, None]
        rows.append(
            _row(
                "  random training poses",
                np.where(fixed, truth[:, None], protocol.random_training_poses()),
                truth,
            )
        )
    return rows


def _row(name: str, poses: np.ndarray, truth: np.ndarray) -> Row:
    return Row(
        name,
        mean=float(mpjpe(poses, truth[:, None]).mean()),
        best=float(min_mpjpe(poses, truth).mean()),
        best_aligned=float(pa_mpjpe(poses, truth[:, None]).min(-1).mean()),
        spread=float(spread(poses).mean()),
    )
