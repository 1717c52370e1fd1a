"""Clips as named arrays, in npz: what `gfpose convert` writes and the other commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.camera import AXES, Camera
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import Clip, PoseClip
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections
from gfpose_core.io.keypoints.people import one_person
from gfpose_core.io.magic import Kind
from gfpose_core.io.mocap.capture import UP_OF_AXES, Capture, People
from gfpose_core.io.npz import read_arrays
from gfpose_core.skeleton import H36M17

NAMES = (
    "poses_3d", "observed", "keypoints_2d", "visible", "confidence", "derived", "fps", "axes", "camera_K",
    "K", "image_size", "root_depth", "joint_names",
)  # fmt: skip


def write_clip(clip: Clip, path: Path) -> None:
    """The arrays of :func:`arrays_of`."""
    with path.open("wb") as file:
        np.savez(file, **arrays_of(clip))


def arrays_of(clip: Clip) -> dict[str, Any]:
    """``poses_3d`` (T, 17, 3) mm, ``observed`` and ``axes``, or ``keypoints_2d`` (T, 17, 2) px, ``visible``,
    ``confidence`` and what is known of the camera; ``derived`` and ``fps``. Unknown places are NaN."""
    arrays: dict[str, Any] = {"derived": clip.derived, "joint_names": np.array(H36M17.names)}
    if clip.fps is not None:
        arrays["fps"] = clip.fps
    if isinstance(clip, PoseClip):
        arrays |= {"poses_3d": clip.poses, "observed": clip.observed, "axes": clip.axes}
    else:
        arrays |= {
            "keypoints_2d": clip.keypoints,
            "visible": clip.visible,
            "confidence": clip.confidence,
        }
        for name in ("image_size", "camera_K", "root_depth"):
            if getattr(clip, name) is not None:
                arrays[name] = np.asarray(getattr(clip, name), np.float64)
    return arrays


def _claims(path: Path, kind: Kind) -> bool:
    return kind.name == "npz" and bool({"poses_3d", "keypoints_2d"} & set(kind.members))


def source_of(arrays: dict[str, np.ndarray], container: str) -> Source:
    """Inverse of :func:`arrays_of`, for arrays out of a ``container`` of such a name.

    Raises:
        FormatError: arrays of another form.
    """
    fps = float(arrays["fps"]) if "fps" in arrays else None
    if "poses_3d" not in arrays:
        return _keypoints(arrays, fps, container)
    poses = _numbers(arrays, "poses_3d", 3)
    axes = str(arrays["axes"]) if "axes" in arrays else ""
    if axes and axes not in AXES:
        raise FormatError(f"unknown axes {axes!r}: use one of {', '.join(AXES)}")
    capture = Capture(
        label=f"Poses of 17 joints ({container})",
        names=H36M17.names,
        parents=np.array(H36M17.parents),
        points=poses,
        seen=_flags(arrays, "observed", poses),
        fps=fps,
        units="millimetres" if axes else "",
        up=UP_OF_AXES.get(axes, ""),
        joints={name: j for j, name in enumerate(H36M17.names)},
        derived=_derived(arrays),
    )
    return People((capture,))


NPZ = Importer("npz", (".npz",), _claims, lambda path: source_of(read_arrays(path, NAMES), "npz"))


def _keypoints(arrays: dict[str, np.ndarray], fps: float | None, container: str) -> Detections:
    arrays = _with_third_column(arrays)
    places = _numbers(arrays, "keypoints_2d", 2)
    visible = _flags(arrays, "visible", places)
    confidence = arrays.get("confidence", np.ones(visible.shape))
    if confidence.shape != visible.shape or confidence.dtype.kind not in "fiu":
        raise FormatError(f"confidence is {confidence.dtype} {confidence.shape}; {visible.shape} is needed")
    if not (np.isfinite(confidence) & (confidence >= 0)).all():
        raise FormatError("confidences must be finite numbers, 0 where a joint was not found")
    depth = arrays.get("root_depth")
    if depth is not None and depth.dtype.kind not in "fiu":
        raise FormatError(f"root_depth is {depth.dtype}; numbers are needed")
    ours = tuple(map(str, arrays.get("joint_names", np.zeros(0)).ravel())) == H36M17.names
    return Detections(
        f"Keypoints of 17 joints ({container})",
        one_person(places, np.where(visible, confidence, 0.0)),
        names=H36M17.names if ours else (),
        layouts=("H36M-17",),
        image_size=size_of(arrays.get("image_size")),
        camera_K=matrix_of(arrays.get("camera_K", arrays.get("K")), len(places)),
        fps=fps,
        derived=_derived(arrays),
        root_depth=depth,
    )


def _with_third_column(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """``arrays``, where ``keypoints_2d`` is (T, 17, 3) with its last column as ``confidence``, and joints
    without any not ``visible`` unless that is told."""
    places = arrays["keypoints_2d"]
    if places.ndim != 3 or places.shape[2] != 3 or "confidence" in arrays:
        return arrays
    confidence = places[..., 2]
    return {"visible": confidence > 0, **arrays, "keypoints_2d": places[..., :2], "confidence": confidence}


def size_of(told: np.ndarray | None) -> tuple[float, float] | None:
    """(width, height) px, as told in a file.

    Raises:
        FormatError: it is none.
    """
    if told is None:
        return None
    if told.shape != (2,) or told.dtype.kind not in "fiu" or not (np.isfinite(told) & (told > 0)).all():
        raise FormatError("image_size must be a positive width and height in pixels")
    return float(told[0]), float(told[1])


def matrix_of(told: np.ndarray | None, frames: int) -> np.ndarray | None:
    """The camera's matrix, (3, 3) or one for each of so many ``frames``, as told in a file.

    Raises:
        FormatError: it is none.
    """
    if told is None:
        return None
    if told.dtype.kind not in "fiu" or (told.ndim == 3 and len(told) != frames):
        raise FormatError(f"camera_K is {told.dtype} {told.shape}; (3, 3) or ({frames}, 3, 3) is needed")
    return Camera(told).K


def _numbers(arrays: dict[str, np.ndarray], name: str, axes: int) -> np.ndarray:  # -> (T, 17, axes) float64
    array = arrays[name]
    if array.ndim != 3 or array.shape[1:] != (17, axes) or array.dtype.kind not in "fiu" or not len(array):
        raise FormatError(f"{name} is {array.dtype} {array.shape}; (T, 17, {axes}) numbers are needed")
    return array.astype(np.float64)


def _flags(arrays: dict[str, np.ndarray], name: str, points: np.ndarray) -> np.ndarray:  # -> (T, 17) bool
    flags = arrays.get(name, np.ones(points.shape[:2], bool))
    if flags.shape == points.shape:
        flags = flags.all(axis=-1)
    if flags.shape != points.shape[:2] or not np.isin(flags, (0, 1)).all():
        raise FormatError(f"{name} is {flags.dtype} {flags.shape}; {points.shape[:2]} bool is needed")
    known = flags.astype(bool)
    if not np.isfinite(points[known]).all():
        raise FormatError(f"there are places that are not finite numbers: mark them in `{name}`")
    return known


def _derived(arrays: dict[str, np.ndarray]) -> tuple[str, ...]:
    flags = arrays.get("derived", np.zeros(H36M17.n_joints, bool))
    if flags.shape != (H36M17.n_joints,) or not np.isin(flags, (0, 1)).all():
        raise FormatError(f"derived is {flags.dtype} {flags.shape}; (17,) bool is needed")
    return tuple(name for name, flag in zip(H36M17.names, flags) if flag)
