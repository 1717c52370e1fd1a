"""Poses and the rays on which a camera saw their joints: the two closed forms of ZeDO's loop.

Poses are (N, S, J, 3) mm in camera axes, rays (N, 1, J, 3) directions (x, y, 1), weights (N, 1, J).
"""

from __future__ import annotations

from functools import reduce

import torch
from torch import Tensor

NEAREST_MM = 100.0
"""No joint is placed nearer to the camera's plane than this."""


def onto_rays(points: Tensor, rays: Tensor) -> Tensor:  # (N, S, J, 3) -> (N, S, J, 3)
    """The feet of the perpendiculars from ``points``, in the camera frame, on their rays."""
    unit = rays / rays.norm(dim=-1, keepdim=True)
    return (points * unit).sum(-1, keepdim=True) * unit


def best_translation(poses: Tensor, rays: Tensor, weights: Tensor) -> Tensor:  # -> (N, S, 1, 3) mm
    """The translations that bring ``poses`` onto their rays best: ZeDO supplementary Eq. 3 and 4.

    With the ray (u, v, 1), which the printed r divides by its norm by mistake, a row of A T = b is
    u T_z - T_x = X - u Z and its like in y, weighted by the confidence. T_x and T_y are intercepts of a
    weighted regression with the slope T_z, which is well conditioned however far the person is, where
    A^T A is not. No joint comes nearer than :data:`NEAREST_MM`; the sum is least under that condition.
    """
    uv = rays[..., :2]
    share = weights[..., None] ** 2
    share = share / over_joints(share)
    offset = poses[..., :2] - uv * poses[..., 2:]
    mean_uv, mean_offset = over_joints(share * uv), over_joints(share * offset)
    apart = uv - mean_uv
    along = over_joints(share * apart * (offset - mean_offset)).sum(-1, keepdim=True)
    slope = along / over_joints(share * apart**2).sum(-1, keepdim=True)
    depth = torch.maximum(slope, NEAREST_MM - poses[..., 2:].amin(-2, keepdim=True))
    return torch.cat([mean_uv * depth - mean_offset, depth], dim=-1)


def over_joints(values: Tensor) -> Tensor:  # (N, S, J, C) -> (N, S, 1, C)
    """The sum, one joint after the other: the same bits however many poses there are, which torch's is not.

    A last bit would turn a rounding of the network's, and that comes to a millimetre.
    """
    return reduce(torch.add, values.split(1, dim=-2))
