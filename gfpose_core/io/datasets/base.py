"""What the readers of benchmarks give, and what is asked of every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.camera import VIRTUAL_DISTANCE_MM, Camera, from_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.poses_hdf5 import PoseSet, check_poses
from gfpose_core.skeleton import H36M17

VIRTUAL_CAMERA = Camera(np.array([[1145.0, 0, 500.0], [0, 1145.0, 500.0], [0, 0, 1]]))
"""The mean camera of Human3.6M, 1000 x 1000 px: what poses without a camera are seen by."""

_LEAST_DEPTH_MM, _MOST_AWAY_MM, _MOST_AWAY_PX = 1.0, 1e6, 1e5
_MOST_APART_PX = 20.0  # lenses and detectors give a few pixels, left for right 30 and more


@dataclass(frozen=True, eq=False)
class Benchmark:
    """Poses before their own cameras, as a published protocol measures them.

    Attributes:
        name: for titles: "Human3.6M (h36m_test.pkl)".
        points: (N, 17, 3) mm, camera axes (x right, y down, z forward), H36M-17 order.
        groups: (N,) str: the action, scene or clip, what a table has a column for.
        camera: one for all poses, or one each.
        keypoints: (N, 17, 2) px, the true image: the file's own where it has it.
        detected: (N, 17, 2) px, a detector's.
        notes: what was assumed, to be told.

    Raises:
        FormatError: arrays that do not describe the same poses.
    """

    name: str
    points: np.ndarray
    groups: np.ndarray
    camera: Camera
    keypoints: np.ndarray
    detected: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n, joints = len(self.points), H36M17.n_joints
        wanted = {"points": (n, joints, 3), "groups": (n,), "keypoints": (n, joints, 2)}
        if self.detected is not None:
            wanted["detected"] = (n, joints, 2)
        for name, shape in wanted.items():
            if (found := getattr(self, name).shape) != shape:
                raise FormatError(f"{self.name}: {name} are {found}, {shape} are needed")
        if self.camera.K.ndim == 3 and len(self.camera.K) != n:
            raise FormatError(f"{self.name}: {len(self.camera.K)} cameras for {n} poses")

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: slice | np.ndarray) -> Benchmark:
        K = self.camera.K
        return replace(
            self,
            points=self.points[index],
            groups=self.groups[index],
            camera=self.camera if K.ndim == 2 else Camera(K[index]),
            keypoints=self.keypoints[index],
            detected=None if self.detected is None else self.detected[index],
        )


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put ``name``, a file's, before what is found wrong with it."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from error


def at_virtual_distance(points: np.ndarray) -> np.ndarray:  # (N, 17, 3) mm -> (N, 17, 3) mm
    """Points in camera axes, moved so that every hip is straight before the camera."""
    return points - points[:, :1] + [0.0, 0.0, VIRTUAL_DISTANCE_MM]


def require_people(points: np.ndarray) -> None:
    """Refuse what cannot be people, (N, 17, 3) mm, before a camera that is held upright.

    Raises:
        FormatError: the likely cause: units, order of joints, left and right, axes, no absolute depth.
    """
    _require_near(points)
    check_poses(from_camera_axes(points, "y-up"))
    if (points[..., 2] < _LEAST_DEPTH_MM).any():  # a depth of 1e-320 is above 0, and no image follows from it
        raise FormatError("joints lie at or behind the camera: their places before it are needed, in mm")


def require_image(camera: Camera, points: np.ndarray, keypoints: np.ndarray) -> None:
    """Refuse ``keypoints`` (N, 17, 2) px that are no image of ``points`` (N, 17, 3) mm.

    Raises:
        FormatError: says by how much they miss.
    """
    if not (np.abs(keypoints) < _MOST_AWAY_PX).all():
        raise FormatError("its 2D has NaN or infinity, or lies far outside of any image")
    with np.errstate(over="ignore"):  # a damaged camera, then: refused below
        apart = np.median(np.linalg.norm(camera.project(points) - keypoints, axis=-1))
    if not apart < _MOST_APART_PX:
        raise FormatError(
            f"its 2D lies {apart:.0f} px (median) from where its camera sees the 3D: are the joints in one "
            "order, and do the two belong together?"
        )


def world_poses(points: np.ndarray, clips: np.ndarray, **facts: str) -> PoseSet:
    """What training takes, from y-up ``points`` (N, 17, 3) mm and the names of their ``clips`` (N,).

    Raises:
        FormatError: these are no poses of people.
    """
    _require_near(points)
    positions = points.astype(np.float32)
    check_poses(positions)
    names, index = np.unique(clips, return_inverse=True)
    return PoseSet(positions, index, tuple(names.tolist()), facts)


def _require_near(points: np.ndarray) -> None:
    """One broken pose among many moves no median."""
    if (np.abs(points) > _MOST_AWAY_MM).any():
        raise FormatError("joints lie more than a kilometre away: is the file damaged, or not in mm?")
