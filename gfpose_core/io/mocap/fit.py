"""Angles and places that bring points nearest to where they are wanted, frame by frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

ROUNDS = 40
STILL = 1e-3
"""A step that lowers no frame's squared distance by a larger share of it is the last."""

_NOTHING = 1e-12
"""A squared distance, as a share of the points' size, that counts for none."""

Model = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(T, D) values -> (T, P, 3) points and their slopes (T, P, 3, D)."""


def fit(model: Model, start: np.ndarray, targets: np.ndarray) -> np.ndarray:  # (T, D), (T, P, 3) -> (T, D)
    """The values near ``start`` at which ``model`` comes nearest to ``targets``; a NaN one is not looked at.

    Levenberg-Marquardt on the squared distances, each frame with its own damping. Values that move no point
    stay as they are.
    """
    known = np.isfinite(targets)
    wanted = np.where(known, targets, 0.0)

    def look(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        points, slopes = model(values)
        apart = np.where(known, points - wanted, 0.0).reshape(len(values), -1)
        slopes = np.where(known[..., None], slopes, 0.0).reshape(*apart.shape, -1)
        return apart, slopes, (apart**2).sum(axis=1)

    nothing = _NOTHING * max(float((wanted**2).sum(axis=(1, 2)).max()), 1e-300)
    values, damping = start, np.full((len(start), 1), 1e-3)
    apart, slopes, cost = look(values)
    for _ in range(ROUNDS):
        across = slopes.swapaxes(-1, -2)
        normal = across @ slopes
        size = np.einsum("tdd->td", normal)
        ridge = damping * size + 1e-9 * size.max(axis=1, keepdims=True) + 1e-12
        gradient = across @ apart[..., None]
        step = -np.linalg.solve(normal + ridge[..., None] * np.eye(size.shape[1]), gradient)
        there = values + step[..., 0]
        apart_there, slopes_there, cost_there = look(there)
        better = cost_there < cost
        gained = np.max(
            np.where(better & (cost > nothing), cost - cost_there, 0.0) / np.maximum(cost, nothing)
        )
        values = np.where(better[:, None], there, values)
        apart = np.where(better[:, None], apart_there, apart)
        slopes = np.where(better[:, None, None], slopes_there, slopes)
        cost = np.where(better, cost_there, cost)
        damping = np.where(better[:, None], damping / 5, damping * 8)
        if gained < STILL and (better.any() or damping.min() > 1e6):
            break
    return values
