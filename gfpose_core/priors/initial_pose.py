"""ZeDO's initial pose optimiser: turn a typical pose, and move it away, until it fits the image (Eq. 1-2)."""

from __future__ import annotations

import torch
from torch import Tensor

from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.priors.sight import NEAREST_MM

LEARNING_RATE = 0.1
START_MM = 8000.0
"""Where on the pelvis' ray the optimiser begins; ZeDO's T_min and T_max are a fifth of it and twice it."""


def fit_to_image(
    poses: Tensor,
    rays: Tensor,
    weights: Tensor,
    towards: Tensor,
    options: Optimisation,
) -> tuple[Tensor, Tensor]:  # -> (N, S, J, 3) mm turned, (N, S, 1, 3) mm
    """Adam over a unit quaternion and a distance along ``towards``, each pose by itself.

    The loss is the mean absolute difference in the image, weighted by the confidence, as the authors' release
    has it; that of Adam's steps does not depend on the focal length.

    Args:
        poses: (N, S, J, 3) mm, camera axes, root-relative.
        rays: (N, 1, J, 3) directions (x, y, 1).
        weights: (N, 1, J), 0 for joints not seen.
        towards: (N, 1, 1, 3) the unit direction in which the root was seen.
        options: iterations, the camera's axes to turn about, and the bounds of the distance.
    """
    quaternion = torch.zeros(*poses.shape[:2], 4, dtype=poses.dtype, device=poses.device)
    quaternion[..., 0] = 1.0
    free = torch.tensor([True, *(axis in options.axes for axis in "xyz")], device=poses.device)
    distance = torch.ones(*poses.shape[:2], 1, 1, dtype=poses.dtype, device=poses.device)
    share = (weights / weights.sum(-1, keepdim=True))[..., None]
    with torch.enable_grad():
        quaternion.requires_grad_()
        distance.requires_grad_()
        adam = torch.optim.Adam([quaternion, distance], LEARNING_RATE)
        for _ in range(options.fit_steps):
            points = turned(poses, quaternion * free) + START_MM * distance * towards
            image = points[..., :2] / points[..., 2:].clamp(min=NEAREST_MM)
            adam.zero_grad()
            (share * (image - rays[..., :2]).abs()).sum().backward()
            adam.step()
            with torch.no_grad():
                distance.clamp_(options.nearest / START_MM, options.farthest / START_MM)
    with torch.no_grad():
        return turned(poses, quaternion * free), START_MM * distance * towards


def turned(poses: Tensor, quaternion: Tensor) -> Tensor:  # (N, S, J, 3), (N, S, 4) -> (N, S, J, 3)
    """``poses`` rotated by the unit quaternions (w, x, y, z) in the direction of ``quaternion``."""
    w, vector = (quaternion / quaternion.norm(dim=-1, keepdim=True))[..., None, :].split((1, 3), dim=-1)
    vector = vector.expand_as(poses)
    across = 2 * torch.linalg.cross(vector, poses)
    return poses + w * across + torch.linalg.cross(vector, across)
