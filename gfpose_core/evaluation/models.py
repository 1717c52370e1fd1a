"""Models that a table trains for itself, kept so that a killed run goes on with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np

from gfpose_core import catalog, distributed
from gfpose_core.camera import from_camera_axes
from gfpose_core.condition import Condition
from gfpose_core.errors import TrainingError
from gfpose_core.evaluation.exam import Exam
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.priors.base import PosePrior
from gfpose_core.sampling import sample
from gfpose_core.training.poses import ViewBatches
from gfpose_core.training.recipes import Recipe
from gfpose_core.training.run import LAST, MODEL, describe, run

FILMED = "the data's own cameras and 2D: no cameras, bodies or noise of the recipe's were used"


def trained(
    exam: Exam, chosen: Recipe, steps: int, poses: np.ndarray | ViewBatches | None = None
) -> PosePrior:
    """The prior that ``chosen`` makes in ``steps`` (or the exam's train_steps) of ``poses``.

    ``poses``, (M, J, 3) mm, y up, or as they were filmed, are those of the exam unless given; see
    :func:`training_data`.

    Raises:
        TrainingError: there are none.
    """
    steps = exam.train_steps or steps
    if poses is None:
        chosen, poses = training_data(exam, chosen)
    filmed = isinstance(poses, ViewBatches)
    chosen = replace(chosen, seed=exam.seed, warmup=min(chosen.warmup, steps // 4))
    key = hashlib.sha256(json.dumps([describe(chosen), steps], sort_keys=True).encode())
    for array in poses.arrays if filmed else (poses,):
        key.update(np.ascontiguousarray(array))
    folder = exam.folder / "models" / f"{chosen.name}-{key.hexdigest()[:8]}"
    doing = f"training {chosen.name}"
    path = folder / MODEL
    unfinished = not path.exists() or read_checkpoint(path).facts["steps"] < steps
    if distributed.from_first(unfinished):
        run(
            chosen, poses, None, folder, steps, exam.device, resume=(folder / LAST).exists(),
            facts={"views": FILMED} if filmed else None,
            report=lambda done: exam.report(done.step / steps, doing),
        )  # fmt: skip
    return catalog.load(path, exam.device)


def training_data(exam: Exam, chosen: Recipe) -> tuple[Recipe, np.ndarray | ViewBatches]:
    """What ``chosen`` is trained on, and how it must be: the exam's poses as they were filmed, where it has
    such, else before the recipe's cameras.

    The 2D is detected where there are detections, and evidence then soft, as a detector errs.

    Raises:
        TrainingError: there are no poses.
    """
    views = exam.views
    if views is None:
        return chosen, real_poses(exam)
    if views.detected is None:
        return chosen, ViewBatches(views.points, views.keypoints, views.camera, chosen.masks)
    network = chosen.model.network
    if network.condition == "exact":
        chosen = replace(chosen, model=replace(chosen.model, network=replace(network, condition="soft")))
    return chosen, ViewBatches(views.points, views.detected, views.camera, chosen.masks)


def data_note(exam: Exam) -> str:
    """What :func:`training_data` is, for the notes of a table."""
    if exam.views is None:
        return "Models are trained on poses before random cameras, from true 2D."
    if exam.views.detected is None:
        return "Models are trained on poses before their own cameras, from true 2D."
    return "Models are trained on poses before their own cameras, from detected 2D, evidence being soft."


def training_note(exam: Exam, steps: int) -> str:
    """What a table that trains its models for ``steps``, or the exam's, says of them."""
    return f"Every model is trained here for {exam.train_steps or steps} steps."


def real_poses(exam: Exam) -> np.ndarray:  # -> (M, J, 3) mm, y up
    """The exam's training poses.

    Raises:
        TrainingError: there are none.
    """
    if exam.training is None:
        raise TrainingError("this table trains models, and --data has no poses for that: give --train-data")
    return exam.training


def generated(exam: Exam, prior: PosePrior, count: int) -> np.ndarray:  # -> (count, J, 3) mm, y up
    """Poses that ``prior`` makes of nothing, tilted as its cameras were; drawn once, and kept."""
    key = json.dumps({**exam.origin(prior, exam.sampler), "count": count}, sort_keys=True)
    path = exam.folder / "generated" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
    if path.exists():
        return np.load(path)
    poses = sample(
        prior, Condition.nothing(count), 1, exam.sampler, exam.seed,
        progress=lambda share: exam.report(share, "generating poses"),
    )  # fmt: skip
    upright = from_camera_axes(poses[:, 0], "y-up")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as unfinished:
        np.save(unfinished, upright)
    return upright
