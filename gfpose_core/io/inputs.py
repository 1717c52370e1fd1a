"""The npz files that `gfpose sample` takes: evidence on many poses, and how to give the answer back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from gfpose_core.camera import AXES, Camera, View, to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError, FormatError
from gfpose_core.io.magic import sniff
from gfpose_core.io.npz import read_arrays
from gfpose_core.pose import estimate_root_depth, require_millimetres
from gfpose_core.skeleton import H36M17

J = H36M17.n_joints

Shape = tuple[int | tuple[int, ...] | None, ...]
"""Sizes of an array's axes: one, one of several, or any."""


@dataclass(frozen=True)
class TaskInput:
    """Evidence read from a file, and where its poses stand.

    Attributes:
        origin: (N, 3) mm, the file's axes: joint 0 where it is observed, else 0. Results are written
            relative to it.
        shift: (N, 3) mm, camera axes, what takes results relative to the condition's origin there.
        notes: what had to be assumed, to be told.
    """

    condition: Condition
    origin: np.ndarray
    shift: np.ndarray
    notes: tuple[str, ...] = ()


def read_keypoints(path: str | os.PathLike[str]) -> TaskInput:
    """2D evidence: ``keypoints_2d`` (N, 17, 2) px, and ``camera_K``, ``root_depth``, ``visible``,
    ``image_size`` where the file has them.

    ZeDO's layout is read as well: a third column of ``keypoints_2d`` is the confidence, 0 for a joint that
    was not found, and ``camera_K`` may be called ``K``.

    Raises:
        FormatError: arrays missing, of the wrong shape, or not finite where visible.
        ConditionError: no visible joint, or depths that are not positive.
    """
    arrays = _Arrays(path)
    keypoints, confidence = arrays.need("keypoints_2d", (None, J, (2, 3))), None
    n = len(keypoints)
    visible = arrays.get("visible", (n, J), np.ones((n, J), bool), kind=bool)
    if keypoints.shape[-1] == 3:
        keypoints, confidence = keypoints[..., :2], keypoints[..., 2]
        if not (np.isfinite(confidence) & (confidence >= 0)).all():
            raise FormatError("the third column of keypoints_2d must be confidences, 0 or more")
        visible &= confidence > 0
    if not visible.any(axis=1).all():
        raise ConditionError("a pose has no visible joint: there is nothing to lift")
    notes: list[str] = []
    if not np.isfinite(keypoints[visible]).all():
        raise FormatError(
            "keypoints_2d has visible joints that are not finite numbers: mark them in `visible`"
        )
    camera = _camera(arrays, n, keypoints, visible, notes)
    depth = arrays.get("root_depth", (n,), None)
    if depth is None:
        rays = camera.rays(np.where(visible[..., None], keypoints, 0.0))
        depth = estimate_root_depth(rays[..., :2], visible)
        notes.append(f"no root_depth: taken from human bone lengths, {np.median(depth):.0f} mm in the median")
    if not (np.isfinite(depth) & (depth > 0)).all():
        raise ConditionError("root_depth must be positive millimetres")
    condition = Condition.from_keypoints(keypoints, camera, depth, visible, confidence)
    rooted = visible[:, :1]
    origin = np.where(rooted, condition.origin, 0.0)
    return TaskInput(condition, origin, condition.origin - origin, tuple(notes))


def read_partial(path: str | os.PathLike[str], axes: str) -> TaskInput:
    """Evidence in space: ``poses_3d`` (N, 17, 3) mm and ``observed`` (N, 17) or (N, 17, 3) bool.

    A level camera stands at ``camera_at`` (N, 3) mm in the file's axes, else 5 m before the hip, or before
    the mean of what is known. Of a joint whose depth is not observed only its place in the view counts, at
    the depth of the file's zero. Unobserved numbers are never looked at.

    Raises:
        FormatError: arrays missing, of the wrong shape, observed and not finite, or not in mm.
        ConditionError: flags that make neither a free, a seen nor a fixed joint; a pose without evidence.
    """
    arrays = _Arrays(path)
    poses = arrays.need("poses_3d", (None, J, 3))
    n = len(poses)
    observed = arrays.need("observed", None, kind=bool)
    if observed.shape == (n, J):
        observed = np.repeat(observed[..., None], 3, axis=-1)
    if observed.shape != (n, J, 3):
        raise FormatError(f"observed has shape {observed.shape}; give ({n}, {J}) or ({n}, {J}, 3)")
    if not np.isfinite(poses[observed]).all():
        raise FormatError("poses_3d has observed coordinates that are not finite numbers")
    require_millimetres(np.where(observed, poses, 0.0), observed.all(axis=-1))
    flags = (observed @ np.abs(AXES[axes]).T) > 0  # the camera's x, y, z each come from one axis
    levels = _levels(flags, axes)
    points = to_camera_axes(np.where(observed, poses, 0.0).astype(np.float64), axes)
    camera_at = arrays.get("camera_at", (n, 3), None)
    if camera_at is None:
        condition, reference = from_afar(points, flags, levels)
    else:
        zero, reference = -to_camera_axes(camera_at, axes), np.zeros((n, 3))
        condition = Condition.from_camera(points + zero[:, None], levels, origin=zero)
    rooted = flags[:, :1].all(axis=-1)
    origin = np.where(rooted, poses[:, 0], 0.0)
    return TaskInput(condition, origin, reference - np.where(rooted, points[:, 0], 0.0))


def from_afar(
    points: np.ndarray, flags: np.ndarray, levels: np.ndarray
) -> tuple[Condition, np.ndarray]:  # (N, J, 3) mm camera axes, (N, J, 3) bool, (N, J) -> ..., (N, 3) mm
    """Evidence before a level virtual camera, and the point of each pose that results are relative to: its
    root, else the mean of what is known."""
    rooted = flags[:, 0].all(axis=-1)
    reference = np.where(rooted[:, None], points[:, 0], _mean_where(points, flags))
    placed = np.where(flags, points - reference[:, None], 0.0)
    far = View.level(len(points)).centre
    return Condition.from_camera(placed + far[:, None], levels, origin=far), reference


def read_noisy(path: str | os.PathLike[str], axes: str) -> np.ndarray:  # -> (N, 17, 3) mm, camera axes
    """Noisy ``poses_3d`` (N, 17, 3) mm.

    Raises:
        FormatError: missing, of the wrong shape, not finite, or not in mm.
    """
    poses = _Arrays(path).need("poses_3d", (None, J, 3))
    if not np.isfinite(poses).all():
        raise FormatError("poses_3d must hold finite numbers: complete poses with missing joints first")
    require_millimetres(poses, np.ones(poses.shape[:2], bool))
    return to_camera_axes(poses.astype(np.float64), axes)


def has_keypoints(path: str | os.PathLike[str]) -> bool:
    """Whether the file's evidence is in the image."""
    return "keypoints_2d" in _Arrays(path).names


class _Arrays:
    """An npz file's arrays, with refusals in words."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        kind = sniff(path)
        if kind.name == "npy":
            raise FormatError(f"{path} is a single array: save named arrays with numpy.savez")
        if not kind.members:
            raise FormatError(f"{path} is {kind.words}: an npz with arrays of numbers is needed")
        try:
            self._arrays = read_arrays(path)
        except FormatError as error:
            raise FormatError(f"{path} cannot be read as npz ({error})") from error.__cause__
        self._path = path

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._arrays)

    def need(self, name: str, shape: Shape | None, kind: type = float) -> np.ndarray:
        if name not in self._arrays:
            raise FormatError(
                f"{self._path} has no {name!r} (it holds {', '.join(sorted(self.names)) or 'nothing'})"
            )
        array = self._arrays[name]
        number = np.issubdtype(array.dtype, np.number) or array.dtype == bool
        if not number or (shape is not None and not _fits(array.shape, shape)):
            wanted = "numbers" if shape is None else _shown(shape)
            raise FormatError(f"{name} is {array.dtype} {array.shape}; {wanted} is needed")
        if array.ndim and len(array) == 0:
            raise FormatError(f"{name} holds no poses")
        if kind is bool and not np.isin(array, (0, 1)).all():
            raise FormatError(f"{name} must hold true and false (or 1 and 0) only")
        return array.astype(kind)

    def get(self, name: str, shape: Shape | None, default: Any, kind: type = float) -> Any:
        return self.need(name, shape, kind) if name in self._arrays else default


def _fits(shape: tuple[int, ...], wanted: Shape) -> bool:
    if len(shape) != len(wanted):
        return False
    sizes = zip(shape, wanted, strict=True)
    return all(w is None or s == w or (isinstance(w, tuple) and s in w) for s, w in sizes)


def _shown(wanted: Shape) -> str:
    sizes = ("N" if w is None else " or ".join(map(str, w)) if isinstance(w, tuple) else w for w in wanted)
    return f"({', '.join(map(str, sizes))})"


def _camera(arrays: _Arrays, n: int, keypoints: np.ndarray, visible: np.ndarray, notes: list[str]) -> Camera:
    K = arrays.get("camera_K", None, arrays.get("K", None, None))
    if K is not None:
        if K.shape not in ((3, 3), (n, 3, 3)):
            raise FormatError(f"camera_K has shape {K.shape}; give (3, 3) or ({n}, 3, 3)")
        return Camera(K)
    size = arrays.get("image_size", (2,), None)
    known = size is not None
    if not known:
        size = np.nanmax(np.where(visible[..., None], keypoints, np.nan), axis=(0, 1), initial=1.0)
    if not (np.isfinite(size) & (size > 0)).all():
        raise FormatError("image_size must be positive pixels (width, height)")
    notes.append(
        f"no camera_K: assuming f = {1.2 * size.max():.0f} px and the centre of "
        + (f"the {size[0]:.0f} x {size[1]:.0f} image" if known else
           f"an image of {size[0]:.0f} x {size[1]:.0f} px, as far as the keypoints reach")
    )  # fmt: skip
    return Camera.guess(*size)


def _levels(flags: np.ndarray, axes: str) -> np.ndarray:  # (N, J, 3) bool -> (N, J)
    x, y, z = np.moveaxis(flags, -1, 0)
    if (x != y).any() or (z & ~x).any():
        plane = "x and z" if axes == "z-up" else "x and y"
        raise ConditionError(f"observe all three coordinates of a joint, only {plane} (as seen), or none")
    if not x.any(axis=1).all():
        raise ConditionError("a pose has no observed joint: to make poses from nothing use `gfpose generate`")
    return np.where(z, FIXED_3D, np.where(x, SEEN_2D, FREE))


def _mean_where(points: np.ndarray, flags: np.ndarray) -> np.ndarray:  # (N, J, 3) x 2 -> (N, 3)
    """Each coordinate's mean over the joints that have it, 0 where none has."""
    return (points * flags).sum(axis=1) / np.maximum(flags.sum(axis=1), 1)
