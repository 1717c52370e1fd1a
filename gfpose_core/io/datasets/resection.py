"""Cameras out of pairs of 2D and 3D: files that give both often leave out what relates them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.errors import FormatError

_ENOUGH = 20_000  # pairs; more do not move the camera


@dataclass(frozen=True)
class Place:
    """A camera and where it stands: rotation (3, 3), world to camera axes, and translation (3,) mm."""

    camera: Camera
    rotation: np.ndarray
    translation: np.ndarray

    def points(self, world: np.ndarray) -> np.ndarray:  # (N, 17, 3) mm -> (N, 17, 3) mm
        """World points in the camera's axes."""
        return world @ self.rotation.T + self.translation


def fit_intrinsics(points: np.ndarray, pixels: np.ndarray) -> Camera:
    """The pinhole that sees camera-frame ``points`` (N, J, 3) mm nearest to ``pixels`` (N, J, 2) px."""
    points, pixels = points.reshape(-1, 3), pixels.reshape(-1, 2)
    K = np.eye(3)
    for axis in (0, 1):
        rays = np.stack([points[:, axis] / points[:, 2], np.ones(len(points))], axis=1)
        K[axis, axis], K[axis, 2] = np.linalg.lstsq(rays, pixels[:, axis])[0]
    return Camera(K)


def fit_camera(world: np.ndarray, pixels: np.ndarray) -> Place:
    """The camera and its place by direct linear transformation (Hartley and Zisserman, algorithm 7.1).

    It is fitted to ``world`` (N, J, 3) mm and ``pixels`` (N, J, 2) px twice: the second time without
    pairs that miss by more than three times the median.

    Raises:
        FormatError: the pairs do not fix a camera.
    """
    world, pixels = world.reshape(-1, 3).astype(np.float64), pixels.reshape(-1, 2).astype(np.float64)
    step = max(1, len(world) // _ENOUGH)
    world, pixels = world[::step], pixels[::step]
    try:
        with np.errstate(all="ignore"):  # points that fix nothing end in NaN, and NaN in a LinAlgError
            P = _dlt(world, pixels)
            image = np.c_[world, np.ones(len(world))] @ P.T
            miss = np.linalg.norm(image[:, :2] / image[:, 2:] - pixels, axis=1)
            near = miss <= 3 * np.median(miss)
            return _decompose(_dlt(world[near], pixels[near]), world.mean(axis=0))
    except (np.linalg.LinAlgError, FormatError, ValueError):
        raise FormatError("2D and 3D do not fix a camera: do they belong together?") from None


def _dlt(world: np.ndarray, pixels: np.ndarray) -> np.ndarray:  # (M, 3), (M, 2) -> (3, 4)
    T, x = _normalised(pixels)
    U, X = _normalised(world)
    zero = np.zeros_like(X)
    rows = np.concatenate([np.c_[X, zero, -x[:, :1] * X], np.c_[zero, X, -x[:, 1:2] * X]])
    P = np.linalg.svd(rows, full_matrices=False)[2][-1].reshape(3, 4)
    return np.linalg.inv(T) @ P @ U


def _normalised(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The similarity that centres points and makes their mean square 1, and the points, homogeneous."""
    centre, size = points.mean(axis=0), points.std()
    T = np.eye(points.shape[1] + 1)
    T[:-1] /= size
    T[:-1, -1] = -centre / size
    return T, np.c_[points, np.ones(len(points))] @ T.T


def _decompose(P: np.ndarray, seen: np.ndarray) -> Place:
    """K (R | t) out of a projection (3, 4) that ``seen`` (3,) lies in front of."""
    P = P * np.sign(P[2, :3] @ seen + P[2, 3])
    Q, R = np.linalg.qr(P[::-1, :3].T)  # a QR of the rows from the last one up is an RQ
    K, rotation = R.T[::-1, ::-1], Q.T[::-1]
    signs = np.sign(np.diag(K))
    K, rotation = K * signs, rotation * signs[:, None]
    if np.linalg.det(rotation) < 0:
        raise FormatError("a camera that mirrors")
    return Place(Camera(K), rotation, np.linalg.solve(K, P[:, 3]))
