"""ZeDO's initial pose optimiser: turn a typical pose, and move it away, until it fits the image (Eq. 1-2)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.priors.sight import NEAREST_MM, over_joints

LEARNING_RATE = 0.1
HIPS = [0, 1, 4]
"""The joints that the authors' release fits on Human3.6M: the root and both hips."""


def fit_to_image(
    poses: Tensor,
    rays: Tensor,
    weights: Tensor,
    towards: Tensor,
    options: Optimisation,
) -> Iterator[tuple[Tensor, Tensor]]:  # (N, S, J, 3) mm turned, (N, S, 1, 3) mm
    """Adam over a unit quaternion and a distance along ``towards``, each pose by itself.

    Yields where the descent begins, and then where each of its iterations leads, the last of which is the
    result. The loss is the mean absolute difference in the image, as the authors' release has it, weighted
    by the confidence; Adam's steps do not depend on its scale, nor thus on the focal length. Of several
    headings to start from, the one with the least loss is what is yielded.

    Args:
        poses: (N, S, J, 3) mm, camera axes, root-relative.
        rays: (N, 1, J, 3) directions (x, y, 1).
        weights: (N, 1, J), 0 for joints not seen.
        towards: (N, 1, 1, 3) the unit direction in which the root was seen.
        options: iterations, headings, the camera's axes to turn about, joints to fit, and the
            distance that it begins with, with its bounds.
    """
    share = _shares(weights, options)[:, :, None, :, None]
    rays, towards = rays[:, :, None], towards[:, :, None]
    facing = _headings(poses, options.headings)
    free = torch.tensor([True, *(axis in options.axes for axis in "xyz")], device=poses.device)
    quaternion = poses.new_tensor([1.0, 0.0, 0.0, 0.0]).repeat(*facing.shape[:3], 1).requires_grad_()
    scale = poses.new_ones(*facing.shape[:3], 1, 1).requires_grad_()
    adam = Adam([quaternion, scale], LEARNING_RATE)
    for left in reversed(range(options.fit_steps + 1)):
        with torch.enable_grad():
            fitted, place = turned(facing, quaternion * free), options.distance * scale * towards
            points = fitted + place
            image = points[..., :2] / points[..., 2:].clamp(min=NEAREST_MM)
            misfit = share * (image - rays[..., :2]).abs()
            if left:
                gradients = torch.autograd.grad(misfit.sum(), (quaternion, scale))
        with torch.no_grad():
            best = over_joints(misfit).sum(-1, keepdim=True).argmin(2, keepdim=True)
            found = tuple(torch.take_along_dim(of, best, dim=2).squeeze(2) for of in (fitted, place))
        yield found
        if left:
            adam.step(gradients)
            with torch.no_grad():
                scale.clamp_(options.nearest / options.distance, options.farthest / options.distance)


class Adam:
    """Kingma and Ba 2015, algorithm 1, with their beta and epsilon.

    torch's own has the same bits, but brings torch's compiler along: a second at the first step, and 90 MB.
    """

    BETAS, EPSILON = (0.9, 0.999), 1e-8

    def __init__(self, parameters: Sequence[Tensor], learning_rate: float) -> None:
        self._parameters, self._rate, self._steps = parameters, learning_rate, 0
        self._means = [torch.zeros_like(parameter) for parameter in parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move the parameters, which stay where they are in memory, against their gradients."""
        self._steps += 1
        (first, second), steps = self.BETAS, self._steps
        for parameter, gradient, mean, square in zip(
            self._parameters, gradients, self._means, self._squares, strict=True
        ):
            mean.lerp_(gradient, 1 - first)
            square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
            root = (square.sqrt() / math.sqrt(1 - second**steps)).add_(self.EPSILON)
            parameter.addcdiv_(mean, root, value=-self._rate / (1 - first**steps))


def _shares(weights: Tensor, options: Optimisation) -> Tensor:  # (N, 1, J) -> (N, 1, J)
    """What each joint counts; where none of those to be fitted was seen, all count that were."""
    if options.joints == "hips":
        hips = torch.zeros_like(weights)
        hips[..., HIPS] = weights[..., HIPS]
        weights = torch.where(hips.any(-1, keepdim=True), hips, weights)
    return weights / weights.sum(-1, keepdim=True)


def _headings(poses: Tensor, count: int) -> Tensor:  # (N, S, J, 3) -> (N, S, count, J, 3)
    """``poses`` turned about the vertical in even steps."""
    halves = [math.pi * heading / count for heading in range(count)]
    about_y = poses.new_tensor([[math.cos(half), 0.0, math.sin(half), 0.0] for half in halves])
    return turned(poses[:, :, None].expand(-1, -1, count, -1, -1), about_y)


def turned(poses: Tensor, quaternion: Tensor) -> Tensor:  # (..., J, 3), (..., 4) -> (..., J, 3)
    """``poses`` rotated by the unit quaternions (w, x, y, z) in the direction of ``quaternion``."""
    w, vector = (quaternion / quaternion.norm(dim=-1, keepdim=True))[..., None, :].split((1, 3), dim=-1)
    vector = vector.expand_as(poses)
    across = 2 * torch.linalg.cross(vector, poses)
    return poses + w * across + torch.linalg.cross(vector, across)
