"""Keypoints in npz: VideoPose3D's, and those that ZeDO is run on with one's own images."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections, Takes
from gfpose_core.io.keypoints.people import one_person
from gfpose_core.io.magic import Kind
from gfpose_core.io.npz import MOST_BYTES, read_arrays, read_dict, read_header
from gfpose_core.io.pickles import as_array, is_list
from gfpose_core.skeleton import H36M17

H36M = ("H36M-17",)


def _claims_videopose3d(path: Path, kind: Kind) -> bool:
    return "positions_2d" in kind.members


def _open_videopose3d(path: Path) -> Source:
    meta = read_dict(path, "metadata") if "metadata" in _members(path) else {}
    positions = read_dict(path, "positions_2d")
    told = str(meta.get("layout_name", "")).lower()
    layouts = H36M if told == "h36m" else ("COCO-17",) if told == "coco" else ()
    clips = {
        name: partial(
            _clip, array, layouts, _image_size(meta, subject, view), 50.0 if told == "h36m" else None
        )
        for name, subject, view, array in _views(positions)
    }
    if not clips:
        raise FormatError("positions_2d holds no clip")
    return Takes(clips)


VIDEOPOSE3D = Importer("VideoPose3D keypoints", (), _claims_videopose3d, _open_videopose3d)


def _clip(
    array: Any, layouts: tuple[str, ...], size: tuple[float, float] | None, fps: float | None
) -> Detections:
    points, confidence = _columns(as_array(array))
    return Detections(
        "VideoPose3D keypoints", one_person(points, confidence), layouts=layouts, image_size=size, fps=fps
    )


def _columns(array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:  # (T, K, 2 or 3)
    """Places, and confidence where there is a third column."""
    if array.ndim != 3 or array.shape[2] not in (2, 3):
        raise FormatError(f"keypoints are {array.dtype} {array.shape}: (T, K, 2) or (T, K, 3) are needed")
    return array[..., :2], array[..., 2] if array.shape[2] == 3 else None


def _views(positions: dict[Any, Any]) -> Iterator[tuple[str, str, int, Any]]:
    """(clip, subject, camera, places)."""
    for subject, actions in positions.items():
        if not isinstance(actions, dict):
            raise FormatError(f"{subject!r} is no dict of actions")
        for action, views in actions.items():
            if not is_list(views):
                raise FormatError(f"{subject} {action} is no list of cameras")
            for view, array in enumerate(views):
                camera = f", camera {view}" if len(views) > 1 else ""
                yield f"{subject} {action}{camera}", str(subject), view, array


def _image_size(meta: dict[Any, Any], subject: str, view: int) -> tuple[float, float] | None:
    """Of a video of one's own; the cameras of Human3.6M are 1000 px wide, and 1002 or 1000 high."""
    videos = meta.get("video_metadata")
    video = videos.get(subject) if isinstance(videos, dict) else None
    if isinstance(video, dict) and all(isinstance(video.get(side), int | float) for side in "wh"):
        return float(video["w"]), float(video["h"])
    if str(meta.get("layout_name", "")).lower() == "h36m":
        return 1000.0, 1002.0 if view in (0, 3) else 1000.0
    return None


def _members(path: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist())


def _claims_zedo(path: Path, kind: Kind) -> bool:
    try:
        return kind.name == "npz" and _roles(path) is not None
    except Exception:  # zipfile, zlib, numpy
        return False


def _open_zedo(path: Path) -> Source:
    roles = _roles(path)
    if roles is None:
        raise FormatError("no keypoints (N, 17, 3) with a camera matrix (N, 3, 3) in it")
    arrays = read_arrays(path, roles)
    points, K = (arrays[name] for name in roles)
    Camera(K.astype(np.float64))  # refuses what is none
    if K.ndim == 3 and len(K) not in (1, len(points)):
        raise FormatError(f"{len(points)} frames with {len(K)} camera matrices")
    K = K.astype(np.float64)
    return Detections(
        "ZeDO keypoints",
        one_person(*_columns(points)),
        layouts=H36M,
        camera_K=K[0] if len(K) == 1 else K,
    )


ZEDO = Importer("ZeDO keypoints", (), _claims_zedo, _open_zedo)


def _roles(path: Path) -> tuple[str, str] | None:
    """Which array holds the keypoints and which the camera, by their shapes."""
    points = cameras = None
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                shape, _, dtype = read_header(file)
            if dtype.kind not in "fiu" or dtype.itemsize * np.prod(shape, dtype=float) > MOST_BYTES:
                continue
            name = name.removesuffix(".npy")
            if len(shape) == 3 and shape[1] == H36M17.n_joints and shape[2] in (2, 3):
                points = points or name
            elif shape[-2:] == (3, 3) and len(shape) in (2, 3):
                cameras = cameras or name
    return (points, cameras) if points and cameras else None
