"""Which coordinates of a pose have a density, and what network space does to it."""

from __future__ import annotations

import numpy as np

from gfpose_core.condition import FIXED_3D, Condition
from gfpose_core.priors.steps import Space


def free_coordinates(condition: Condition) -> np.ndarray:  # -> (N, J, 3) bool
    """The coordinates that evidence leaves open, but for those of the root that follow from where network
    space has its centre: a root on the centre is at zero in every pose."""
    free, levels = ~condition.observed, condition.levels
    placed = ~(levels == FIXED_3D).any(1)  # the centre is as far away as the root
    free[placed, 0, 2] = False
    free[placed & ((levels[:, 0] > 0) | ~levels.any(1)), 0] = False
    return free


def log_stretch(space: Space, points: np.ndarray, free: np.ndarray) -> np.ndarray:  # (N, S, J, 3) -> (N, S)
    """ln |d network / d camera| at camera-frame ``points`` mm, over the ``free`` (N, J, 3) coordinates.

    Perspective multiplies x and y by Z_c / Z each; the depth stays, and so does all that a turn does.
    """
    if not space.perspective:
        return np.zeros(points.shape[:2])
    depth = space.view.depth[:, None, None]
    shrunk = np.log(depth / (depth + space.view.to_network(points)[..., 2]))
    return (shrunk * free[:, None, :, :2].sum(-1)).sum(-1)
