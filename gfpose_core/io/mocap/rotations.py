"""Rotations about coordinate axes, one after the other, as motion-capture files write them."""

from __future__ import annotations

import numpy as np


def about(axis: int, degrees: np.ndarray) -> np.ndarray:  # (...,) -> (..., 3, 3)
    """Rotations by ``degrees`` about the x (0), y (1) or z (2) axis."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.zeros((*angle.shape, 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[..., axis, axis] = 1.0
    matrix[..., i, i] = matrix[..., j, j] = cos
    matrix[..., i, j], matrix[..., j, i] = -sin, sin
    return matrix


def in_order(axes: str, degrees: np.ndarray) -> np.ndarray:  # (..., len(axes)) -> (..., 3, 3)
    """The product R_a R_b R_c of rotations about the axes "abc", some of "xyz": the first one outermost."""
    product = np.broadcast_to(np.eye(3), (*degrees.shape[:-1], 3, 3))
    for i, axis in enumerate(axes):
        product = product @ about("xyz".index(axis), degrees[..., i])
    return product
