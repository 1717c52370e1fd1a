"""ZeDO's initial pose optimiser: turn a typical pose, and move it away, until it fits the image (Eq. 1-2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.priors.sight import NEAREST_MM, over_joints

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

    The loss is the mean absolute difference in the image, as the authors' release has it, weighted by the
    confidence; Adam's steps do not depend on its scale, nor thus on the focal length. Of several headings
    to start from, the one that comes to the least loss is kept.

    Args:
        poses: (N, S, J, 3) mm, camera axes, root-relative.
        rays: (N, 1, J, 3) directions (x, y, 1).
        weights: (N, 1, J), 0 for joints not seen.
        towards: (N, 1, 1, 3) the unit direction in which the root was seen.
        options: iterations, headings, the camera's axes to turn about, and the bounds of the distance.
    """
    share = (weights / weights.sum(-1, keepdim=True))[..., None]
    found = None
    for heading in range(options.headings):
        half = math.pi * heading / options.headings
        about_y = poses.new_tensor([math.cos(half), 0.0, math.sin(half), 0.0]).expand(*poses.shape[:2], 4)
        fitted = _descend(turned(poses, about_y), rays, share, towards, options)
        if found is not None:
            better = fitted[0] < found[0]
            fitted = tuple(torch.where(better, new, old) for new, old in zip(fitted, found))
        found = fitted
    return found[1], found[2]


def _descend(
    poses: Tensor, rays: Tensor, share: Tensor, towards: Tensor, options: Optimisation
) -> tuple[Tensor, Tensor, Tensor]:  # -> (N, S, 1, 1), (N, S, J, 3) mm, (N, S, 1, 3) mm
    """The loss, the turned poses and the translations that Adam comes to from ``poses`` as they face."""
    free = torch.tensor([True, *(axis in options.axes for axis in "xyz")], device=poses.device)
    quaternion = poses.new_tensor([1.0, 0.0, 0.0, 0.0]).repeat(*poses.shape[:2], 1)
    distance = poses.new_ones(*poses.shape[:2], 1, 1)

    def misfit(turned_poses: Tensor) -> Tensor:  # -> (N, S, J, 2)
        points = turned_poses + START_MM * distance * towards
        return share * (points[..., :2] / points[..., 2:].clamp(min=NEAREST_MM) - rays[..., :2]).abs()

    with torch.enable_grad():
        quaternion.requires_grad_()
        distance.requires_grad_()
        adam = torch.optim.Adam([quaternion, distance], LEARNING_RATE)
        for _ in range(options.fit_steps):
            adam.zero_grad()
            misfit(turned(poses, quaternion * free)).sum().backward()
            adam.step()
            with torch.no_grad():
                distance.clamp_(options.nearest / START_MM, options.farthest / START_MM)
    with torch.no_grad():
        fitted = turned(poses, quaternion * free)
        loss = over_joints(misfit(fitted)).sum(-1, keepdim=True)
        return loss, fitted, START_MM * distance * towards


def turned(poses: Tensor, quaternion: Tensor) -> Tensor:  # (N, S, J, 3), (N, S, 4) -> (N, S, J, 3)
    """``poses`` rotated by the unit quaternions (w, x, y, z) in the direction of ``quaternion``."""
    w, vector = (quaternion / quaternion.norm(dim=-1, keepdim=True))[..., None, :].split((1, 3), dim=-1)
    vector = vector.expand_as(poses)
    across = 2 * torch.linalg.cross(vector, poses)
    return poses + w * across + torch.linalg.cross(vector, across)
