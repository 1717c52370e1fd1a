"""What can be plotted over a run: one number for each hypothesis, or for all of them, at every moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.score import ScoreSpace
from gfpose_core.calibration import bone_length_variation, left_right_asymmetry, mean_pose
from gfpose_core.metrics import mpjpe, pa_mpjpe


@dataclass(frozen=True, eq=False)
class Slice:
    """Some moments of a recorded pose: T of them, S hypotheses, millimetres.

    Attributes:
        states, clean: (T, S, 17, 3), as in a trajectory.
        noise_levels: (T,) sigma/alpha.
        space: where the score lives.
        truth: (17, 3), or None where it is not known.
    """

    states: np.ndarray
    clean: np.ndarray
    noise_levels: np.ndarray
    space: ScoreSpace
    truth: np.ndarray | None = None


@dataclass(frozen=True)
class Quantity:
    """``of`` gives (T, S), or (T, 1) where it takes all hypotheses to make one number: ``joint``."""

    label: str
    unit: str
    tip: str
    of: Callable[[Slice], np.ndarray]
    log: bool = False
    joint: bool = False
    needs_truth: bool = False


def _score_norm(part: Slice) -> np.ndarray:
    score = part.space.score(part.states, part.clean, part.noise_levels[:, None])
    norm = np.sqrt(np.einsum("tsjk,tsjk->ts", score, score))
    return np.where(part.noise_levels[:, None] > 0, norm, np.nan)


def _to_mean(part: Slice) -> np.ndarray:
    return mpjpe(part.clean, mean_pose(part.clean)[:, None])


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
