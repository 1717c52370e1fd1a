"""Human3.6M as GFPose's authors pack it: ``h36m_train.pkl``, ``h36m_test.pkl``, ``h36m_sh_dt_ft.pkl``.

A pose is a dict with ``joint_3d_image`` (17, 3) px, ``joint_3d_camera`` (17, 3) mm, absolute,
``camera_param`` {fx, fy, cx, cy} and ``action``; see lib/dataset/h36m.py of their code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.camera import Camera, from_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.base import Benchmark, named, require_image, require_people, world_poses
from gfpose_core.io.datasets.poses_hdf5 import PoseSet
from gfpose_core.io.pickles import as_array, read_pickle

ACTIONS = {
    2: "Directions", 3: "Discussion", 4: "Eating", 5: "Greeting", 6: "Phoning", 7: "Photo", 8: "Posing",
    9: "Purchases", 10: "Sitting", 11: "SittingDown", 12: "Smoking", 13: "Waiting", 14: "WalkDog",
    15: "Walking", 16: "WalkTogether",
}  # fmt: skip
"""Human3.6M's numbers; the papers' tables have their columns in this order."""


def read_h36m(path: Path, split: str, detections: Path | None) -> Benchmark:
    """All poses of the file, which is of one split; ``split`` says which, to find its ``detections``.

    Raises:
        FormatError: other content, or 2D or 3D that is no people's.
    """
    items = _items(path)
    points = _column(items, "joint_3d_camera", (17, 3))
    keypoints = _column(items, "joint_3d_image", (17, 3))[..., :2]
    camera = _cameras(items)
    require_people(points)
    require_image(camera, points, keypoints)
    return Benchmark(
        name=f"Human3.6M ({path.name})",
        points=points,
        groups=_actions(items),
        camera=camera,
        keypoints=keypoints,
        detected=None if detections is None else _detected(detections, split, len(items)),
        notes=("the depth of every hip is taken from the file",),
    )


def h36m_poses(path: Path) -> PoseSet:
    """The same poses to train on: relative to the hip, y up.

    The file knows no world, so the tilt of its cameras stays in the poses.

    Raises:
        FormatError: as :func:`read_h36m`.
    """
    items = _items(path)
    points = _column(items, "joint_3d_camera", (17, 3))
    return world_poses(
        from_camera_axes(points - points[:, :1], "y-up"),
        _actions(items),
        source="Human3.6M, GFPose's packing",
        note="the tilt of the cameras is kept in the poses",
    )


def _items(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        items = read_pickle(file)
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise FormatError("a pickle, but no list of poses")
    return items


def _column(items: list[dict[str, Any]], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """(N, *shape) of what every item has under ``name``."""
    try:
        return np.array([item[name] for item in items], np.float64).reshape(len(items), *shape)
    except KeyError:
        raise FormatError(f"there are poses without {name}") from None
    except Exception:  # numbers, text or containers of any shape may stand there
        raise FormatError(f"there are poses whose {name} is no array of {shape or 'one number'}") from None


def _cameras(items: list[dict[str, Any]]) -> Camera:
    given = [item.get("camera_param") for item in items]
    if not all(isinstance(camera, dict) for camera in given):
        raise FormatError("there are poses without camera_param")
    K = np.tile(np.eye(3), (len(items), 1, 1))
    for name, (row, column) in {"fx": (0, 0), "fy": (1, 1), "cx": (0, 2), "cy": (1, 2)}.items():
        K[:, row, column] = _column(given, name, ())
    return Camera(K)


def _actions(items: list[dict[str, Any]]) -> np.ndarray:
    numbers = _column(items, "action", ())
    if unknown := set(numbers.tolist()) - ACTIONS.keys():
        raise FormatError(f"there are poses of action {min(unknown):g}; Human3.6M's are 2 to 16")
    return np.array([ACTIONS[int(number)] for number in numbers])


def _detected(path: Path, split: str, n: int) -> np.ndarray:  # -> (n, 17, 2) px
    with named(path.name):
        with path.open("rb") as file:
            given = read_pickle(file)
        subset = given.get(split) if isinstance(given, dict) else None
        if not isinstance(subset, dict):
            raise FormatError(f"there are no detections for {split!r}")
        image = as_array(subset.get("joint3d_image"))
        if image.ndim != 3 or image.shape[:2] != (n, 17) or image.shape[2] < 2:
            raise FormatError(
                f"detections for {split!r} are {image.shape}, ({n}, 17, 2 or 3) are needed: "
                "do the two files belong together?"
            )
        if image.dtype.kind not in "fiu" or not np.isfinite(image).all():
            raise FormatError("there are detections that are not finite numbers")
    return image[..., :2].astype(np.float64)
