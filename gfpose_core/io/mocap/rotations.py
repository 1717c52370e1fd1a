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


def shortest_arc(start: np.ndarray, end: np.ndarray) -> np.ndarray:  # (..., 3) twice -> (..., 3, 3)
    """The smallest rotations that take the direction of ``start`` to that of ``end``.

    Of opposite directions the axis is any that is square to them; of no direction there is no rotation.
    """
    lengths = np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1)
    a, b = _unit(start), _unit(end)
    middle = a + b
    opposite = np.linalg.norm(middle, axis=-1) < 1e-6
    square = np.cross(a, np.eye(3)[np.abs(a).argmin(axis=-1)])
    middle = _unit(np.where(opposite[..., None], square, middle))
    # two half-turns: about a, then about the middle of a and b
    rotation = _half_turn(middle) @ _half_turn(a)
    rotation = np.where(opposite[..., None, None], _half_turn(middle), rotation)
    return np.where((lengths > 1e-12)[..., None, None], rotation, np.eye(3))


def frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:  # (..., 3) twice -> (..., 3, 3)
    """Right-handed axes in columns: the first along ``x``, the second towards ``y``; whatever fits where
    these lie on one line."""
    first = _unit(x)
    third = np.cross(first, y)
    flat = np.linalg.norm(third, axis=-1) < 1e-9 * np.linalg.norm(y, axis=-1)
    square = np.cross(first, np.eye(3)[np.abs(first).argmin(axis=-1)])
    third = _unit(np.where(flat[..., None], square, third))
    return np.stack([first, np.cross(third, first), third], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)


def _half_turn(axis: np.ndarray) -> np.ndarray:  # (..., 3) unit -> (..., 3, 3)
    return 2 * axis[..., :, None] * axis[..., None, :] - np.eye(3)
