"""What can be plotted over a run: one number for each hypothesis, or for all of them, at every moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from app.documents.score import ScoreSpace
from gfpose_core.calibration import bone_length_variation, left_right_asymmetry, mean_pose
from gfpose_core.camera import Camera
from gfpose_core.condition import SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.metrics import mpjpe, pa_mpjpe, reprojection_error
from gfpose_core.rays import ray_distance


@dataclass(frozen=True, eq=False)
class Slice:
    """Some moments of a recorded pose: T of them, S hypotheses, millimetres.

    Attributes:
        states, clean: (T, S, 17, 3), as in a trajectory.
        noise_levels: (T,) sigma/alpha.
        space: where the score lives.
        condition: what the run was given, N = 1.
        camera: the one whose pixels 2D evidence is in; None where there are no pixels.
        optimised: the states are poses, those that iterations begin with.
        truth: (17, 3), or None where it is not known.
    """

    states: np.ndarray
    clean: np.ndarray
    noise_levels: np.ndarray
    space: ScoreSpace
    condition: Condition
    camera: Camera | None = None
    optimised: bool = False
    truth: np.ndarray | None = None

    @property
    def standing(self) -> np.ndarray:  # (T, S, 17, 3) mm
        """The poses whose fit to the image is asked for: those that an optimisation moves onto the rays."""
        return self.states if self.optimised else self.clean


@dataclass(frozen=True)
class Quantity:
    """``of`` gives (T, S), or (T, 1) where it takes all hypotheses to make one number: ``joint``.

    ``in_pixels`` is one whose unit is px where the evidence was given in pixels.
    """

    label: str
    unit: str
    tip: str
    of: Callable[[Slice], np.ndarray]
    log: bool = False
    joint: bool = False
    needs_truth: bool = False
    needs_sight: bool = False
    in_pixels: bool = False


def _score_norm(part: Slice) -> np.ndarray:
    score = part.space.score(part.states, part.clean, part.noise_levels[:, None])
    norm = np.sqrt(np.einsum("tsjk,tsjk->ts", score, score))
    return np.where((part.noise_levels[:, None] > 0) & (norm > 0), norm, np.nan)


def _to_mean(part: Slice) -> np.ndarray:
    return mpjpe(part.clean, mean_pose(part.clean)[:, None])


def _reprojection(part: Slice) -> np.ndarray:
    errors = np.full(part.standing.shape[:2], np.nan)
    for at, poses in enumerate(part.standing):
        with suppress(ConditionError):  # one of them reaches behind the camera
            errors[at] = reprojection_error(poses[None], part.condition, part.camera)[0]
    return errors


def _to_rays(part: Slice) -> np.ndarray:
    points = part.standing + part.condition.origin[0]
    flat = points.reshape(1, -1, *points.shape[2:]).astype(np.float64)
    seen = (part.condition.levels == SEEN_2D).astype(np.float64)
    return ray_distance(flat, part.condition.rays, seen).reshape(points.shape[:2])


QUANTITIES: dict[str, Quantity] = {
    "score": Quantity(
        "Score norm", "1/mm", "Length of the score, all joints together", _score_norm, log=True
    ),
    "bones": Quantity(
        "Bone-length spread",
        "mm",
        "Standard deviation of a bone's length over the hypotheses' clean estimates, mean over bones",
        lambda part: bone_length_variation(part.clean)[:, None],
        joint=True,
    ),
    "asymmetry": Quantity(
        "Left-right asymmetry",
        "mm",
        "Difference in length of bones that come in pairs, mean over pairs, of the clean estimate",
        lambda part: left_right_asymmetry(part.clean),
    ),
    "mean": Quantity(
        "Distance to the mean", "mm", "MPJPE of each clean estimate to the mean of them all", _to_mean
    ),
    "reprojection": Quantity(
        "Reprojection error",
        "mm",
        "Mean distance of the joints seen in 2D to where they were seen: in pixels of the photo,\n"
        "without one in millimetres at the depth of the root",
        _reprojection,
        needs_sight=True,
        in_pixels=True,
    ),
    "rays": Quantity(
        "Joint-to-ray distance",
        "mm",
        "Mean distance in space of the joints seen in 2D to the camera's rays through them",
        _to_rays,
        needs_sight=True,
    ),
    "mpjpe": Quantity(
        "MPJPE",
        "mm",
        "Mean joint error of the clean estimate, root on root",
        lambda part: mpjpe(part.clean, part.truth),
        needs_truth=True,
    ),
    "pa-mpjpe": Quantity(
        "PA-MPJPE",
        "mm",
        "Mean joint error of the clean estimate after Procrustes alignment",
        lambda part: pa_mpjpe(part.clean, part.truth),
        needs_truth=True,
    ),
}
