"""The poses that tables are measured on, and those beside them to train on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.base import VIRTUAL_CAMERA, Benchmark
from gfpose_core.io.datasets.benchmark import read_benchmark, training_poses
from gfpose_core.io.datasets.poses_hdf5 import has_split, read_poses
from gfpose_core.io.magic import sniff
from gfpose_core.training.poses import EVALUATION_CAMERAS


def read_subjects(path: Path, split: str, seed: int, detections: Path | None = None) -> Benchmark:
    """The poses of ``split``, before the file's own cameras or, where it has none, before random ones.

    Random cameras are :data:`EVALUATION_CAMERAS`, drawn from ``seed`` for the whole split, whatever part of
    it is then measured. Groups are kinds of motion: the clips' names without their numbers.

    Raises:
        FormatError: see :func:`read_benchmark` and :func:`read_poses`; detections for random cameras.
    """
    if sniff(path).name != "poses":
        return read_benchmark(path, split, detections)
    if detections is not None:
        raise FormatError(f"{path.name} has no cameras that detections could belong to: leave them out")
    poses = read_poses(path, split)
    rooted = poses.positions - poses.positions[:, :1]
    points = EVALUATION_CAMERAS.points(rooted, np.random.default_rng([seed, 0]))
    kinds = np.array([re.sub(r"[ _-]*\d+$", "", name) or name for name in poses.clip_names])
    return Benchmark(
        name=f"{path.name}, {split}",
        points=points,
        groups=kinds[poses.clip_index],
        camera=VIRTUAL_CAMERA,
        keypoints=VIRTUAL_CAMERA.project(points),
        notes=("random cameras: see gfpose_core/training/poses.py",),
    )


def views_to_train_on(path: Path, given: Path | None, detections: Path | None) -> Benchmark | None:
    """The training poses in the file ``given`` as they were filmed, with their own ``detections``.

    None where it is no file of GFPose's packing, the one kind that has cameras of its own to train on.

    Raises:
        FormatError: it is the file of the test poses, or ``detections`` has none for ``train``.
    """
    if given is None or sniff(given).name != "h36m":
        return None
    _require_other(path, given)
    return read_benchmark(given, "train", detections)


def _require_other(path: Path, given: Path) -> None:
    if given.samefile(path):
        raise FormatError(f"{given.name} is what is measured on: give --train-data other poses")


def poses_to_train_on(path: Path, given: Path | None) -> np.ndarray | None:
    """The training poses (M, J, 3) mm, y up, in the file ``given``, else those beside the test poses.

    None where the file of the test poses has no others, as GFPose's pickles.

    Raises:
        FormatError: ``given`` has nothing but the test poses, or see :func:`training_poses`.
    """
    if given is not None and sniff(given).name == "h36m":
        _require_other(path, given)
    if given is None and not has_split(path, "train") and sniff(path).name != "videopose3d":
        return None
    return training_poses(given or path).positions
