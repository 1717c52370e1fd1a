"""Human3.6M as VideoPose3D packs it: ``data_3d_h36m.npz``, and 2D in ``data_2d_h36m_*.npz``.

``positions_3d`` is {subject: {action: (T, 32, 3)}}, metres, world, z up, 50 frames a second;
``positions_2d`` is {subject: {action: [a camera each: (T, 17, 2) px]}}. Neither has cameras.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.camera import Camera, from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.base import (
    VIRTUAL_CAMERA,
    Benchmark,
    at_virtual_distance,
    named,
    require_image,
    require_people,
    world_poses,
)
from gfpose_core.io.datasets.poses_hdf5 import PoseSet
from gfpose_core.io.datasets.resection import Place, fit_camera
from gfpose_core.io.npz import read_dict
from gfpose_core.io.pickles import as_array, is_list

SPLITS = {"train": ("S1", "S5", "S6", "S7", "S8"), "test": ("S9", "S11")}

TRUE_2D = "data_2d_h36m_gt.npz"
"""The true 2D by VideoPose3D's name for it; where it lies beside the poses, it gives the cameras."""

_KEPT = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]  # of Human3.6M's 32 joints

Views = dict[tuple[str, str], list[np.ndarray]]
"""Of a subject's action, the image in every camera: (T, 17, 2) px."""


@dataclass(frozen=True)
class _Clip:
    subject: str
    action: str
    world: np.ndarray  # (T, 17, 3) mm, z up

    @property
    def key(self) -> tuple[str, str]:
        return self.subject, self.action

    @property
    def groups(self) -> np.ndarray:  # (T,)
        return np.full(len(self.world), re.sub(r" \d+$", "", self.action))


def read_videopose3d(path: Path, split: str, detections: Path | None) -> Benchmark:
    """The poses of ``split`` before every camera that 2D is there for, or before one virtual camera.

    The cameras are fitted to the true 2D beside the file, else to ``detections``.

    Raises:
        FormatError: other content, no such split, or 2D or 3D that is no people's.
    """
    clips = _clips(path, split)
    name = f"Human3.6M, {split} ({path.name})"
    true_2d = path.with_name(TRUE_2D)
    source = true_2d if true_2d.exists() else detections
    if source is None:
        return _before_a_virtual_camera(clips, name)
    seen = _views(source, clips)
    detected = None if detections is None else _views(detections, clips)
    places = _places(clips, seen)
    taken = [
        (clip, view, places[clip.subject, view]) for clip in clips for view in range(len(seen[clip.key]))
    ]
    points = np.concatenate([place.points(clip.world) for clip, _, place in taken])
    camera = Camera(
        np.concatenate([np.tile(place.camera.K, (len(clip.world), 1, 1)) for clip, _, place in taken])
    )
    require_people(points)
    require_image(camera, points, np.concatenate([seen[clip.key][view] for clip, view, _ in taken]))
    if detected is not None:
        _require_as_many(seen, detected)
        detected = np.concatenate([detected[clip.key][view] for clip, view, _ in taken])
    return Benchmark(
        name,
        points,
        groups=np.concatenate([clip.groups for clip, _, _ in taken]),
        camera=camera,
        keypoints=camera.project(points),
        detected=detected,
        notes=(f"cameras fitted to {source.name}, without lens distortion; true 2D is what they see",),
    )


def _before_a_virtual_camera(clips: list[_Clip], name: str) -> Benchmark:
    points = at_virtual_distance(to_camera_axes(np.concatenate([clip.world for clip in clips]), "z-up"))
    require_people(points)
    return Benchmark(
        name,
        points,
        groups=np.concatenate([clip.groups for clip in clips]),
        camera=VIRTUAL_CAMERA,
        keypoints=VIRTUAL_CAMERA.project(points),
        notes=("virtual camera: the file has none; level, 5 m before each hip, f = 1145 px",),
    )


def videopose3d_poses(path: Path, split: str) -> PoseSet:
    """The same poses to train on, world, y up; a clip is a subject's action.

    Raises:
        FormatError: as :func:`read_videopose3d`.
    """
    clips = _clips(path, split)
    world = np.concatenate([clip.world for clip in clips])
    names = np.concatenate([np.full(len(clip.world), f"{clip.subject} {clip.action}") for clip in clips])
    y_up = from_camera_axes(to_camera_axes(world, "z-up"), "y-up")
    return world_poses(y_up, names, source="Human3.6M, VideoPose3D's packing", fps="50")


def all_clips(path: Path) -> dict[str, np.ndarray]:
    """Every subject's actions as "S9/Walking 1": (T, 17, 3) mm, world, z up.

    Raises:
        FormatError: other content.
    """
    clips = {
        f"{subject}/{action}": _world(array, f"{subject} {action}")
        for subject, of_subject in read_dict(path, "positions_3d").items()
        for action, array in _entries(of_subject)
    }
    if not clips:
        raise FormatError("there is no subject in it")
    return clips


def _clips(path: Path, split: str) -> list[_Clip]:
    if split not in SPLITS:
        raise FormatError(f"there is no split {split!r}: choose one of {', '.join(SPLITS)}")
    given = read_dict(path, "positions_3d")
    clips = [
        _Clip(subject, action, _world(array, f"{subject} {action}"))
        for subject in SPLITS[split]
        for action, array in _entries(given.get(subject, {}))
    ]
    if not clips:
        raise FormatError(f"there is none of the {split} subjects {', '.join(SPLITS[split])}")
    return clips


def _world(array: Any, what: str) -> np.ndarray:  # (T, 32 or 17, 3) m -> (T, 17, 3) mm
    array = as_array(array)
    if array.ndim != 3 or array.shape[1:] not in ((32, 3), (17, 3)) or array.dtype.kind != "f":
        raise FormatError(f"{what} is {array.dtype} {array.shape}; (T, 32, 3) metres are needed")
    if not np.isfinite(array).all():
        raise FormatError(f"{what} has NaN or infinity")
    kept = array[:, _KEPT] if array.shape[1] == 32 else array
    return kept.astype(np.float64) * 1000


def _views(path: Path, clips: list[_Clip]) -> Views:
    with named(path.name):
        given = read_dict(path, "positions_2d")
        return {clip.key: _images(given.get(clip.subject), clip) for clip in clips}


def _images(of_subject: Any, clip: _Clip) -> list[np.ndarray]:
    """Detections go on for some frames after the capture has ended: those are left out."""
    given = of_subject.get(clip.action) if isinstance(of_subject, dict) else None
    images = [as_array(image) for image in given] if is_list(given) else []
    frames = len(clip.world)
    fits = [i.ndim == 3 and i.shape[1] == 17 and i.shape[2] >= 2 and len(i) >= frames for i in images]
    if not images or not all(fits) or not all(i.dtype.kind == "f" and np.isfinite(i).all() for i in images):
        raise FormatError(
            f"there is no usable {' '.join(clip.key)}: a list of (at least {frames}, 17, 2) px is needed"
        )
    return [image[:frames, :, :2].astype(np.float64) for image in images]


def _places(clips: list[_Clip], seen: Views) -> dict[tuple[str, int], Place]:
    """A camera keeps its place for all of a subject's actions."""
    places = {}
    for subject in dict.fromkeys(clip.subject for clip in clips):
        own = [clip for clip in clips if clip.subject == subject]
        for view in range(max(len(seen[clip.key]) for clip in own)):
            both = [(c.world, seen[c.key][view]) for c in own if view < len(seen[c.key])]
            world, image = (np.concatenate(arrays) for arrays in zip(*both))
            places[subject, view] = fit_camera(world, image)
    return places


def _require_as_many(seen: Views, detected: Views) -> None:
    for key, images in seen.items():
        if len(images) != len(detected[key]):
            raise FormatError(
                f"{' '.join(key)} is seen by {len(images)} cameras and detected in {len(detected[key])}"
            )


def _entries(of_subject: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(of_subject, dict):
        raise FormatError("a subject is no dict of actions")
    for action, array in of_subject.items():
        yield str(action), array
