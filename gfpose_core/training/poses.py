"""From world poses to training samples: body jitter, mirroring, random cameras, random evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol

import numpy as np

from gfpose_core.camera import Camera, to_camera_axes
from gfpose_core.condition import SEEN_2D, Condition
from gfpose_core.skeleton import H36M17, Skeleton

FOCAL_PX = 1145.0
"""Of Human3.6M's cameras, for images of 1000 x 1000 pixels."""


class LevelDraw(Protocol):
    """A training mask: see :mod:`gfpose_core.masks`."""

    def levels(self, n: int, rng: np.random.Generator) -> np.ndarray: ...  # (n, J) int


@dataclass(frozen=True)
class CameraDraw:
    """Random cameras around a pose, the root on their axis. Angles in radians, distances in mm.

    ``pitch`` is positive where the camera looks down.
    """

    pitch: tuple[float, float] = (-0.35, 0.6)
    roll_std: float = 0.05
    distance: tuple[float, float] = (3500.0, 7000.0)

    def points(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Camera-frame points (n, J, 3) mm of root-relative y-up ``poses`` (n, J, 3) mm."""
        n = len(poses)
        yaw = rng.uniform(0, 2 * np.pi, n)
        pitch = rng.uniform(*self.pitch, n)
        roll = rng.normal(0, self.roll_std, n)
        turned = to_camera_axes(poses @ _about(1, yaw), "y-up")
        points = turned @ _about(0, pitch) @ _about(2, roll)
        points[..., 2] += rng.uniform(*self.distance, n)[:, None]
        return points


EVALUATION_CAMERAS = CameraDraw(pitch=(-0.18, 0.42), roll_std=0.0, distance=(4000.0, 5500.0))
"""The cameras every published figure of this project is measured with."""


@dataclass(frozen=True)
class BodyJitter:
    """Varied bodies: overall scale and bone groups (left and right alike), each N(1, std^2)."""

    scale_std: float = 0.05
    bone_std: float = 0.03
    mirror: bool = True
    skeleton: ClassVar[Skeleton] = H36M17

    def vary(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Root-relative poses (n, J, 3) mm from ``poses`` (n, J, 3) mm, anywhere."""
        n = len(poses)
        from_bones, group = _bone_tables(self.skeleton)
        parents, children = np.asarray(self.skeleton.bones).T
        factor = 1 + self.bone_std * rng.standard_normal((n, group.max() + 1))[:, group]
        factor *= 1 + self.scale_std * rng.standard_normal((n, 1))
        bones = (poses[:, children] - poses[:, parents]) * np.clip(factor, 0.7, 1.3)[..., None].astype(
            poses.dtype
        )
        varied = from_bones @ bones
        if self.mirror:
            flipped = varied[:, list(self.skeleton.mirror)] * np.array([-1, 1, 1], poses.dtype)
            varied = np.where(rng.random((n, 1, 1)) < 0.5, flipped, varied)
        return varied


@dataclass(frozen=True)
class PoseBatches:
    """Endless training samples from world poses (N, J, 3) mm, y up.

    ``noise_px`` is the standard deviation of a detector's error on each coordinate of the joints that are
    seen in 2D, in pixels of Human3.6M's cameras (f = :data:`FOCAL_PX`).
    """

    positions: np.ndarray
    masks: LevelDraw
    cameras: CameraDraw = CameraDraw()
    jitter: BodyJitter = BodyJitter()
    noise_px: float = 0.0

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What is trained on, to tell it from other data."""
        return (self.positions,)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, Condition]:
        """Clean poses (n, J, 3) float32 mm in network space, and the evidence shown of each."""
        picked = self.positions[rng.integers(len(self.positions), size=n)]
        points = self.cameras.points(self.jitter.vary(picked, rng), rng)
        levels = self.masks.levels(n, rng)
        detected = points.copy()
        if self.noise_px:
            error = rng.normal(0, self.noise_px / FOCAL_PX, points[..., :2].shape) * points[..., 2:]
            detected[..., :2] += error * (levels == SEEN_2D)[..., None]
        condition = Condition.from_camera(detected, levels)
        return condition.view.to_network(points).astype(np.float32), condition


@dataclass(frozen=True)
class ViewBatches:
    """Endless training samples from poses as they were filmed: before their own cameras, with their own 2D.

    No bodies, cameras or noise are made up, so that a detector's errors are learned as they are.

    Attributes:
        points: (N, J, 3) mm, camera axes.
        keypoints: (N, J, 2) px, true or detected: where joints are that are seen in 2D.
        camera: one for all poses, or one each.
    """

    points: np.ndarray
    keypoints: np.ndarray
    camera: Camera
    masks: LevelDraw

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What is trained on, to tell it from other data."""
        return self.points, self.keypoints, self.camera.K

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, Condition]:
        """Clean poses (n, J, 3) float32 mm in network space, and the evidence shown of each."""
        picked = rng.integers(len(self.points), size=n)
        points, levels = self.points[picked], self.masks.levels(n, rng)
        K = self.camera.K
        camera = Camera(K if K.ndim == 2 else K[picked])
        seen = camera.rays(self.keypoints[picked]) * points[..., 2:]
        shown = np.where((levels == SEEN_2D)[..., None], seen, points)
        condition = Condition.from_camera(shown, levels)
        return condition.view.to_network(points).astype(np.float32), condition


@lru_cache
def _bone_tables(skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """(J, J-1) matrix from bone vectors to root-relative joints, and each bone's left-right group."""
    children = [child for _, child in skeleton.bones]
    matrix = np.zeros((skeleton.n_joints, len(children)), np.float32)
    for joint in range(skeleton.n_joints):
        above = joint
        while skeleton.parents[above] >= 0:
            matrix[joint, children.index(above)] = 1
            above = skeleton.parents[above]
    keys = [min(child, skeleton.mirror[child]) for child in children]
    return matrix, np.array([sorted(set(keys)).index(key) for key in keys])


def _about(axis: int, angle: np.ndarray) -> np.ndarray:  # (n,) -> (n, 3, 3)
    """Rotations about a coordinate axis, to be multiplied from the right."""
    i, j = [k for k in range(3) if k != axis]
    rotation = np.tile(np.eye(3, dtype=np.float32), (len(angle), 1, 1))
    rotation[:, i, i] = rotation[:, j, j] = np.cos(angle)
    rotation[:, i, j] = np.sin(angle)
    rotation[:, j, i] = -np.sin(angle)
    return rotation
