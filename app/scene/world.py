"""From camera axes in millimetres to the stage's world in metres, and the floor under the feet.

The root stays at the origin and the floor moves beneath it, so a figure never jumps on the screen.
"""

from __future__ import annotations

import numpy as np

STANDING = 0.92  # m, hip over floor when nothing better is known
SOLE = 0.06  # m, ankle over floor
DEAD_BAND = 0.03  # m; smaller changes of the lowest foot leave the floor alone
TIME_CONSTANT = 0.18  # s


def to_world(points: np.ndarray) -> np.ndarray:  # (..., 3) mm → m
    """Camera axes (x right, y down, z away) in mm to world (x, z, -y) in m, float32."""
    points = np.asarray(points, np.float32)
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], -1) * np.float32(1e-3)


def to_camera(points: np.ndarray) -> np.ndarray:  # (..., 3) m → mm
    """The inverse of ``to_world``."""
    points = np.asarray(points)
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1) * 1e3


class Floor:
    """Height of the floor (m, world z): calm under a pose that changes with every frame.

    It aims under the lowest joint of the poses shown (their median, when there are many), keeps still for
    changes within the dead band, and eases towards the rest.
    """

    def __init__(self) -> None:
        self.height = self.goal = -STANDING
        self._placed = False

    def aim(self, poses: np.ndarray) -> None:  # (n,17,3) m, world
        """Look where the feet are now. The first pose is met at once."""
        if len(poses) == 0:
            return
        lowest = np.median(poses[..., 2].min(axis=1)) - SOLE
        goal = float(np.clip(lowest, -1.25, -0.25))
        if abs(goal - self.goal) > DEAD_BAND or not self._placed:
            self.goal = goal
        if not self._placed:
            self.height, self._placed = goal, True

    @property
    def settled(self) -> bool:
        return self.height == self.goal

    def advance(self, seconds: float) -> None:
        """Ease towards the goal for this long."""
        self.height += (self.goal - self.height) * (1 - float(np.exp(-seconds / TIME_CONSTANT)))
        if abs(self.goal - self.height) < 5e-4:
            self.height = self.goal


def shadow_casters(poses: np.ndarray) -> np.ndarray:  # (n,17,3) → (≤6,3) m
    """The joints whose soft shadows stand for the body's: hip, knees, ankles, thorax, of the mean pose."""
    return poses.mean(0)[[0, 2, 3, 5, 6, 8]] if len(poses) else np.zeros((0, 3), np.float32)
