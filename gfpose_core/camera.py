"""From camera to network space and back.

Three frames are spoken of. *World*: a file's own axes. *Camera*: x right, y down, z away from the
viewer, millimetres, origin at the camera. *Network*: the space the prior lives in, GFPose's image
space made metric and root-centred: the camera is turned until its axis points at the centre, then

    x = Z_c X / Z,    y = Z_c Y / Z,    z = Z - Z_c        (millimetres, Z > 0)

with Z_c the centre's depth. A 2D observation is therefore exactly the x, y of the pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.errors import ConditionError, FormatError

VIRTUAL_DISTANCE_MM = 5000.0
"""Where 3D input without a camera is looked at from."""

_FLIP_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
_FLIP_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
AXES: dict[str, np.ndarray] = {"camera": np.eye(3), "y-up": _FLIP_Y_UP, "z-up": _FLIP_Z_UP}
"""Rotations that take each world convention to level-camera axes (columns in, rows out)."""


def to_camera_axes(points: np.ndarray, axes: str) -> np.ndarray:  # (..., 3) mm -> (..., 3) mm
    """Turn points given in ``axes`` into the axes of a level camera looking along -Z (y-up) or +Y (z-up)."""
    return points @ _axes(axes).T.astype(points.dtype)


def from_camera_axes(points: np.ndarray, axes: str) -> np.ndarray:  # (..., 3) mm -> (..., 3) mm
    """Inverse of :func:`to_camera_axes`."""
    return points @ _axes(axes).astype(points.dtype)


def _axes(name: str) -> np.ndarray:
    try:
        return AXES[name]
    except KeyError:
        raise FormatError(f"unknown axes {name!r}: use one of {', '.join(AXES)}") from None


@dataclass(frozen=True)
class Camera:
    """Pinhole intrinsics, one matrix for all poses or one each.

    Attributes:
        K: (3, 3) or (N, 3, 3), pixels.
        size: width and height of the image in pixels, where they are known.
    """

    K: np.ndarray
    size: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        K = np.asarray(self.K, np.float64)
        if K.shape[-2:] != (3, 3) or K.ndim not in (2, 3):
            raise FormatError(f"camera_K has shape {K.shape}; give (3, 3) or (N, 3, 3)")
        if not np.isfinite(K).all() or (np.abs(K[..., [0, 1, 2], [0, 1, 2]]) < 1e-6).any():
            raise FormatError("camera_K needs finite entries and non-zero focal lengths")
        K = K / K[..., 2:, 2:]
        if (K[..., 2, :2] != 0).any():
            raise FormatError("the last row of camera_K must be 0, 0, 1: is the matrix transposed?")
        if self.size is not None and not (np.isfinite(self.size).all() and min(self.size) > 0):
            raise FormatError(f"an image of {self.size[0]:g} x {self.size[1]:g} px cannot be")
        object.__setattr__(self, "K", K)

    @classmethod
    def guess(cls, width: float, height: float) -> Camera:
        """A usual camera for an image of this size: f = 1.2 max(width, height), centred (pixels)."""
        return cls.centred(1.2 * max(width, height), (width, height))

    @classmethod
    def centred(cls, focal: float, size: tuple[float, float]) -> Camera:
        """Square pixels, ``focal`` px, looking through the middle of an image of ``size`` px."""
        width, height = size
        return cls(np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]]), size)

    @property
    def field_of_view(self) -> float:
        """Degrees across the width of a centred image, 2 atan(w / 2 f); K (3, 3) and ``size`` are needed."""
        return float(2 * np.degrees(np.arctan(self.size[0] / (2 * self.K[0, 0]))))

    @staticmethod
    def focal_of(field_of_view: float, width: float) -> float:
        """The focal length in px that sees so many degrees across ``width`` px."""
        return float(width / (2 * np.tan(np.radians(field_of_view) / 2)))

    def rays(self, pixels: np.ndarray) -> np.ndarray:  # (N, J, 2) px -> (N, J, 3)
        """Directions (x, y, 1) through ``pixels``."""
        homogeneous = np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=-1, dtype=np.float64)
        return homogeneous @ np.linalg.inv(self.K).swapaxes(-1, -2)

    def project(self, points: np.ndarray) -> np.ndarray:  # (N, J, 3) mm -> (N, J, 2) px
        """Pixels of camera-frame points; their depth must be positive."""
        _require_positive(points[..., 2])
        image = points @ self.K.swapaxes(-1, -2)
        return image[..., :2] / image[..., 2:]


@dataclass(frozen=True)
class View:
    """A camera turned at a centre: what makes network space, for N poses at once.

    Attributes:
        rotation: (N, 3, 3), takes camera axes to turned axes.
        depth: (N,) mm, Z_c, the centre's depth along the turned axis.
    """

    rotation: np.ndarray
    depth: np.ndarray

    @classmethod
    def towards(cls, ray: np.ndarray, depth: np.ndarray) -> View:
        """The view whose axis is ``ray`` (N, 3) with the centre ``depth`` (N,) mm along it.

        Raises:
            ConditionError: a ray that does not point forward, or a depth that is not positive.
        """
        ray = np.asarray(ray, np.float64)
        depth = np.broadcast_to(np.asarray(depth, np.float64), ray.shape[:1]).copy()
        _require_positive(ray[:, 2])
        _require_positive(depth)
        return cls(_turn(ray), depth)

    @classmethod
    def level(cls, n: int = 1, distance: float = VIRTUAL_DISTANCE_MM) -> View:
        """A camera that already looks straight at the centre from ``distance`` mm."""
        return cls(np.tile(np.eye(3), (n, 1, 1)), np.full(n, distance))

    def __len__(self) -> int:
        return len(self.depth)

    def __getitem__(self, index) -> View:
        return View(self.rotation[index], self.depth[index])

    def to_network(self, points: np.ndarray) -> np.ndarray:  # (N, ..., 3) mm -> (N, ..., 3) mm
        """Camera-frame points in network space.

        Raises:
            ConditionError: a point at or behind the turned camera's plane.
        """
        rotation, depth = self._aligned(points)
        turned = np.einsum("...ij,...j->...i", rotation, points)
        _require_positive(turned[..., 2])
        return np.concatenate(
            [turned[..., :2] * (depth / turned[..., 2])[..., None], (turned[..., 2] - depth)[..., None]],
            axis=-1,
        )

    def to_camera(self, points: np.ndarray) -> np.ndarray:  # (N, ..., 3) mm -> (N, ..., 3) mm
        """Exact inverse of :meth:`to_network`; a depth is held at least a tenth of Z_c from the camera."""
        rotation, depth = self._aligned(points)
        Z = np.maximum(points[..., 2] + depth, 0.1 * depth)
        turned = np.concatenate([points[..., :2] * (Z / depth)[..., None], Z[..., None]], axis=-1)
        return np.einsum("...ji,...j->...i", rotation, turned)

    @property
    def centre(self) -> np.ndarray:
        """(N, 3) mm, the centre in the camera frame."""
        return self.rotation[:, 2] * self.depth[:, None]

    def _aligned(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        extra = (1,) * (points.ndim - 2)
        n = len(self.depth)
        return self.rotation.reshape(n, *extra, 3, 3), self.depth.reshape(n, *extra)


def _turn(ray: np.ndarray) -> np.ndarray:  # (N, 3) -> (N, 3, 3)
    """The smallest rotations that take each ray to +z (Rodrigues, axis = ray x z)."""
    x, y, z = np.moveaxis(ray / np.linalg.norm(ray, axis=-1, keepdims=True), -1, 0)
    k = 1.0 / (1.0 + z)
    rows = [[1 - k * x * x, -k * x * y, -x], [-k * x * y, 1 - k * y * y, -y], [x, y, z]]
    return np.moveaxis(np.array(rows), -1, 0)


def _require_positive(depth: np.ndarray) -> None:
    if not (depth > 0).all():
        raise ConditionError("a point lies at or behind the camera: depths must be positive millimetres")
