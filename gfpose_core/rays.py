"""How well poses fit an image: the camera's rays through the joints that it saw, and distances to them.

Poses are (N, S, J, 3) mm in the camera frame, rays (N, J, 3) directions (x, y, 1) such as
:attr:`gfpose_core.condition.Condition.rays`, weights (N, J): 0 for joints that do not count.
"""

from __future__ import annotations

import numpy as np

NOMINAL_FOCAL_PX = 1145.0
"""Of Human3.6M's cameras, for images of 1000 x 1000 px: what a pixel is where no camera is told."""


def reprojection_error(
    poses: np.ndarray, rays: np.ndarray, weights: np.ndarray, focal: float = NOMINAL_FOCAL_PX
) -> np.ndarray:  # -> (N, S) px
    """Mean distance in the image between the joints and where they were seen."""
    image = poses[..., :2] / poses[..., 2:]
    return focal * _mean(np.linalg.norm(image - rays[:, None, :, :2], axis=-1), weights)


def ray_distance(poses: np.ndarray, rays: np.ndarray, weights: np.ndarray) -> np.ndarray:  # -> (N, S) mm
    """Mean distance in space of the joints to their rays."""
    unit = (rays / np.linalg.norm(rays, axis=-1, keepdims=True))[:, None]
    away = poses - (poses * unit).sum(-1, keepdims=True) * unit
    return _mean(np.linalg.norm(away, axis=-1), weights)


def _mean(distances: np.ndarray, weights: np.ndarray) -> np.ndarray:  # (N, S, J), (N, J) -> (N, S)
    return np.einsum("nsj,nj->ns", distances, weights / weights.sum(-1, keepdims=True))
