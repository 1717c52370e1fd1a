"""The orbit camera: where the eye is, what it sees of a point, and which point lies under the pointer.

Pure numpy and immutable; both stages, the thumbnails and the tests look through it. World axes are metres,
z up: x to the camera's right, y away from it. Screen coordinates are logical px, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

NEAR, FAR = 0.05, 200.0  # m
MIN_DISTANCE, MAX_DISTANCE = 0.6, 25.0  # m


@dataclass(frozen=True)
class OrbitCamera:
    """An eye at ``distance`` m from ``target``, ``azimuth`` and ``elevation`` degrees around it.

    Azimuth 0 looks along +y, the way the camera that took the 2D points looks, and grows as the eye moves to
    the right. ``fov`` is the angle, in degrees, of the smaller side of the window.
    """

    azimuth: float = 0.0
    elevation: float = 0.0
    distance: float = 4.6
    target: tuple[float, float, float] = (0.0, 0.0, -0.1)
    fov: float = 28.0

    @cached_property
    def basis(self) -> np.ndarray:  # (3,3) rows right, up, backward
        az, el = np.radians([self.azimuth, self.elevation])
        right = [np.cos(az), np.sin(az), 0.0]
        backward = [np.cos(el) * np.sin(az), -np.cos(el) * np.cos(az), np.sin(el)]
        return np.array([right, np.cross(backward, right), backward])

    @cached_property
    def eye(self) -> np.ndarray:  # (3,) m
        return np.asarray(self.target) + self.distance * self.basis[2]

    @cached_property
    def view_matrix(self) -> np.ndarray:  # (4,4) world → eye
        matrix = np.eye(4)
        matrix[:3, :3] = self.basis
        matrix[:3, 3] = -self.basis @ self.eye
        return matrix

    def _scale(self, size: tuple[float, float]) -> np.ndarray:  # (2,) 1/tan of the half angles
        width, height = size
        return min(width, height) / np.array([width, height]) / np.tan(np.radians(self.fov) / 2)

    def projection_matrix(self, size: tuple[float, float]) -> np.ndarray:  # (4,4) eye → clip
        sx, sy = self._scale(size)
        a, b = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
        return np.array([[sx, 0, 0, 0], [0, sy, 0, 0], [0, 0, a, b], [0, 0, -1, 0]])

    def project(self, points: np.ndarray, size: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 3) m to screen (..., 2) px and depth (...) m; NaN px for what lies behind the eye."""
        local = (np.asarray(points, float) - self.eye) @ self.basis.T
        depth = -local[..., 2]
        reach = np.where(depth > NEAR, depth, np.nan)
        ndc = local[..., :2] * self._scale(size) / reach[..., None]
        return (ndc * [1, -1] + 1) * np.asarray(size) / 2, depth

    def unproject(self, xy: np.ndarray, depth: np.ndarray, size: tuple[float, float]) -> np.ndarray:
        """The inverse of ``project``: screen (..., 2) px at depth (...) m to world (..., 3) m."""
        ndc = (np.asarray(xy, float) / np.asarray(size) * 2 - 1) * [1, -1]
        depth = np.asarray(depth, float)[..., None]
        return self.eye + np.concatenate([ndc / self._scale(size) * depth, -depth], -1) @ self.basis

    def metres_per_pixel(self, size: tuple[float, float], depth: float | None = None) -> float:
        """Size of a logical px at ``depth`` m (at the target, unless told)."""
        depth = self.distance if depth is None else depth
        return 2 * depth * float(np.tan(np.radians(self.fov) / 2)) / min(size)

    def orbited(self, dx: float, dy: float) -> OrbitCamera:
        """After a drag of (dx, dy) px: the scene turns with the pointer."""
        azimuth = (self.azimuth - 0.4 * dx + 180) % 360 - 180
        return replace(self, azimuth=azimuth, elevation=float(np.clip(self.elevation + 0.4 * dy, -89, 90)))

    def panned(self, dx: float, dy: float, size: tuple[float, float]) -> OrbitCamera:
        """After a drag of (dx, dy) px: the scene slides with the pointer."""
        step = self.metres_per_pixel(size) * (dy * self.basis[1] - dx * self.basis[0])
        return replace(self, target=tuple((np.asarray(self.target) + step).tolist()))

    def zoomed(self, notches: float, at: tuple[float, float], size: tuple[float, float]) -> OrbitCamera:
        """After ``notches`` of the wheel, keeping what lies under the pointer where it is."""
        distance = float(np.clip(self.distance * 0.88**notches, MIN_DISTANCE, MAX_DISTANCE))
        under = self.unproject(np.asarray(at), np.asarray(self.distance), size)
        target = under + (np.asarray(self.target) - under) * (distance / self.distance)
        return replace(self, distance=distance, target=tuple(target.tolist()))


PRESETS = {
    "front": OrbitCamera(0, 0),
    "left": OrbitCamera(-90, 0),
    "right": OrbitCamera(90, 0),
    "back": OrbitCamera(-180, 0),
    "top": OrbitCamera(0, 90),
    "three-quarter": OrbitCamera(32, 14),
    "camera": OrbitCamera(0, 0),
}
"""Views by name. "camera" is the view the 2D evidence was taken from; left and right are the viewer's."""

HOME = "three-quarter"


def pick_line(
    ends: np.ndarray, depth: np.ndarray, at: tuple[float, float], radius: np.ndarray
) -> tuple[int, int] | None:
    """Which of the lines (n,2,2) px lies under ``at`` within its radius (n,) px, and which end is nearer.

    Of several, the one nearest the eye there is meant; ``depth`` (n,2) is that of the ends.
    """
    here, along = np.asarray(at) - ends[:, 0], ends[:, 1] - ends[:, 0]
    share = np.clip((here * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0.0, 1.0)
    under = np.hypot(*(here - share[:, None] * along).T) <= radius  # false behind the eye: NaN px
    if not under.any():
        return None
    line = int(np.argmin(np.where(under, depth[:, 0] + share * (depth[:, 1] - depth[:, 0]), np.inf)))
    return line, int(share[line] > 0.5)


def pick(xy: np.ndarray, depth: np.ndarray, at: tuple[float, float], radius: float = 12.0) -> int | None:
    """Index of the point (n,2) px under ``at``, or None when none lies within ``radius`` px.

    Of points that are about equally near the pointer (2 px), the one nearest the eye is meant.
    """
    away = np.hypot(*(xy - np.asarray(at)).T)
    away[np.isnan(away)] = np.inf
    if away.size == 0 or away.min() > radius:
        return None
    ties = np.flatnonzero(away <= away.min() + 2.0)
    return int(ties[np.argmin(depth[ties])])
