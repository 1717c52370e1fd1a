"""Log-densities by the probability-flow ODE (Song et al. 2021, "Score-based generative modeling through
stochastic differential equations", section 4.3 and Eq. 39).

In EDM coordinates, y = x/alpha at noise level s = sigma/alpha, with u = ln s and the clean estimate D, the
flow and the density carried along it obey, for every SDE,

    dy/du = y - D(y, s),        d log p_s(y)/du = -(n - tr dD/dy),

n coordinates being free. So log p at the lowest level is log p at the highest one, where the noise drowns
all but the first two moments of the data, plus the integral of n - tr dD/dy over u along the way.

The path needs only clean estimates, which cost a fiftieth of a divergence; so it is walked in many small
steps, and the integrand, smooth in u, is taken at a few Gauss-Legendre nodes. The trace is exact, by
derivatives of every free coordinate. One Rademacher probe (Hutchinson's estimate) would cost a twentieth
and be of no use here: on the shipped prior it leaves 12 nats, where its samples differ by 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gfpose_core.sde import SDE

NODES = 10
"""Divergences a density takes, one more aside; they are most of its cost. Ten are 0.1 nats (rms) away from
48 on samples of the shipped prior."""

STEP = 0.4
"""The path's steps in ln s are at most so long; half of it changes less than float32's own rounding."""

ROWS = 2048
"""Rows that a derivative is taken of at once, which bounds the memory of its graph."""

BLUR_MM = 4.0
"""Standard deviation per coordinate of the noise that densities of poses are taken with: the level at which
samplers make their last clean estimate."""

Heard = Callable[[float], None]
"""Hears the share done; what it raises ends the work."""

Denoise = Callable[[Tensor, Tensor], Tensor]
"""E[x(0) | x(t) = x] from (x, t), which may be differentiated."""


@dataclass(frozen=True)
class LogProb:
    """Log-densities of N poses x S hypotheses in their free coordinates, given the others.

    Attributes:
        nats: (N, S) ln of the density per mm of every free coordinate.
        coordinates: (N,) how many are free.
    """

    nats: np.ndarray
    coordinates: np.ndarray

    @property
    def per_coordinate(self) -> np.ndarray:
        """(N, S) nats a coordinate: a figure that tasks with more or fewer joints free share."""
        return self.nats / np.maximum(self.coordinates, 1)[:, None]


def log_density(
    sde: SDE,
    denoise: Denoise,
    clean: Tensor,  # (N, S, D)
    free: Tensor,  # (N, 1, D) bool
    lowest: float,
    nodes: int = NODES,
    heard: Heard = lambda share: None,
) -> Tensor:  # (N, S)
    """ln of the density, at ``clean`` and in its free coordinates, of the data with noise of ``lowest``.

    Everything is in units of x. Coordinates that are not free stay as they are in ``clean``. Data that lie on
    a surface (a pose has next to no freedom along its bones) have no density without such noise. ``heard`` is
    told after every divergence.
    """
    highest = float(sde.noise_level(torch.tensor(1.0, dtype=torch.float64)))
    start, end = math.log(lowest), math.log(highest)
    places, weights = np.polynomial.legendre.leggauss(nodes)
    at = [start + (end - start) * (1 + float(place)) / 2 for place in places]
    n = free.sum(-1).to(clean.dtype)  # (N, 1)
    y, u = clean, start
    total = torch.zeros_like(clean[..., 0])
    for i, (node, weight) in enumerate(zip(at, weights)):
        with torch.no_grad():
            y, u = _walk(sde, denoise, y, free, u, node), node
            total += (n - _trace(sde, denoise, y, free, u)) * (float(weight) * (end - start) / 2)
        heard((i + 1) / (nodes + 1))
    with torch.no_grad():
        y = _walk(sde, denoise, y, free, u, end)
        total += _log_normal(
            y, _estimate(sde, denoise, y, end), _trace(sde, denoise, y, free, end), free, highest
        )
    heard(1.0)
    return total


def _log_normal(y: Tensor, clean: Tensor, trace: Tensor, free: Tensor, level: float) -> Tensor:
    """ln N(y; m, v I) in the free coordinates, m and v being those that a Gaussian would show here:
    D = m + (1 - s^2/v) (y - m), and tr dD/dy = n (1 - s^2/v)."""
    n = free.sum(-1).to(y.dtype)
    variance = level**2 * n.clamp(min=1.0) / (n - trace).clamp(min=1.0)
    away = ((y - clean) * free).square().sum(-1) * variance / level**4
    return -0.5 * (n * torch.log(2 * math.pi * variance) + away)


def _walk(sde: SDE, denoise: Denoise, y: Tensor, free: Tensor, u: float, to: float) -> Tensor:
    """Along the flow from ``u`` to ``to`` by the classical Runge-Kutta method."""
    count = math.ceil((to - u) / STEP)
    h = (to - u) / max(count, 1)

    def slope(y: Tensor, u: float) -> Tensor:
        return (y - _estimate(sde, denoise, y, u)) * free

    for i in range(count):
        here = u + i * h
        k1 = slope(y, here)
        k2 = slope(y + h / 2 * k1, here + h / 2)
        k3 = slope(y + h / 2 * k2, here + h / 2)
        k4 = slope(y + h * k3, here + h)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def _trace(sde: SDE, denoise: Denoise, y: Tensor, free: Tensor, u: float) -> Tensor:  # -> (N, S)
    """tr dD/dy over the free coordinates: every pose once for each, and one backward pass through all.

    The sum that is differentiated is a scalar, as otherwise torch.autograd imports for a second.
    """
    total, count = torch.zeros_like(y[..., 0]), y.shape[1]
    for axes in torch.split(torch.nonzero(free.flatten(0, -2).any(0))[:, 0], max(1, ROWS // total.numel())):
        along = torch.eye(y.shape[-1], dtype=y.dtype, device=y.device)[axes].repeat_interleave(count, 0)
        along = along * free  # (N, k S, D)
        with torch.enable_grad():
            at = y.detach().repeat(1, len(axes), 1).requires_grad_(True)
            share = (_estimate(sde, denoise, at, u) * along).sum()
        (slope,) = torch.autograd.grad(share, at)
        total += (slope * along).sum(-1).unflatten(1, (-1, count)).sum(1)
    return total


def _estimate(sde: SDE, denoise: Denoise, y: Tensor, u: float) -> Tensor:
    t = sde.time_of(torch.tensor(math.exp(u), dtype=torch.float64))
    return denoise(y * sde.marginal(t)[0].to(y.dtype), t)
