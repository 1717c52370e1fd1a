"""What generated poses are worth as training data: GFPose Table 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gfpose_core.camera import from_camera_axes
from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.models import generated, real_poses, trained, training_note
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.lifting import lifting_task
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.training.poses import CameraDraw
from gfpose_core.training.recipes import recipe

STEPS = 1000
SCARCE = 2438
SYNTHETIC = 20_000


def generate(exam: Exam) -> Table:
    """Table 8: regressors trained on real poses, on generated ones and on both, tested on real ones."""
    synthetic = generated(exam, exam.prior, SYNTHETIC)
    real = seen_by_cameras(exam)
    scarce = real[:: max(1, len(real) // SCARCE)][:SCARCE]
    mixtures = [
        (scarce, synthetic[:0]), (scarce, synthetic[: len(scarce) // 2]), (scarce, synthetic[: len(scarce)]),
        (scarce, synthetic), (real, synthetic[:0]), (real, synthetic),
        (real[:0], synthetic[: len(scarce)]), (real[:0], synthetic),
    ]  # fmt: skip
    rows = []
    for (measured, made), published in zip(mixtures, papers.GENERATE, strict=True):
        label = f"{len(measured):,} real + {len(made):,} generated"
        error = regressor_error(exam, np.concatenate([measured, made]), label)
        rows.append(Row(label, {"MPJPE": error}, {"MPJPE": published}))
    return Table(
        "generate",
        "Regressors trained on real and generated poses: MPJPE from true 2D, mm",
        "GFPose Table 8",
        rows,
        notes=(
            training_note(exam, STEPS),
            "The paper's rows have 2,438 and 1,559,752 real poses, 1,219 to 177,200 generated ones.",
        ),
    )


def seen_by_cameras(exam: Exam) -> np.ndarray:  # -> (M, J, 3) mm, y up
    """The training poses tilted by cameras, as generated ones are: by their own, or by random ones."""
    poses = real_poses(exam)
    rooted = poses - poses[:, :1]
    if exam.views is not None:  # the tilt of its cameras is in them
        return rooted
    points = recipe("lifter").cameras.points(rooted, exam.rng(6))
    return from_camera_axes(points - points[:, :1], "y-up").astype(np.float32)


def regressor_error(exam: Exam, poses: np.ndarray, name: str) -> float:
    """MPJPE in mm on the exam's subjects of a regressor trained on ``poses`` (M, J, 3), already tilted."""
    chosen = recipe("lifter")
    upright = CameraDraw(pitch=(0.0, 0.0), roll_std=0.0, distance=chosen.cameras.distance)
    prior: PosePrior = trained(exam, replace(chosen, cameras=upright), STEPS, poses)
    task = lifting_task(exam, f"lift, {name}", exam.subjects.keypoints, sampler=PosteriorMean())
    (scores,) = exam.run([replace(task, hypotheses=1)], prior)
    return scores.mean()
