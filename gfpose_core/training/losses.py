"""The denoising score-matching loss, in both forms of the network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gfpose_core.networks.denoiser import Denoiser


@dataclass(frozen=True)
class TimeDraw:
    """Which times a training step sees.

    Attributes:
        eps: earliest time; t is uniform in [eps, 1] (the paper) unless ``log_rho`` is given.
        log_rho: mean and standard deviation of ln((sigma / alpha) / sigma_data), as EDM draws noise.
    """

    eps: float = 1e-3
    log_rho: tuple[float, float] | None = (-0.8, 1.4)

    def draw(self, shape: tuple[int, ...], denoiser: Denoiser, device: torch.device) -> Tensor:
        """Times of the given shape, float64, stratified: one in each equal share of the distribution."""
        n = math.prod(shape)
        strata = torch.randperm(n, device=device) + torch.rand(n, dtype=torch.float64, device=device)
        quantile = (strata / n).view(shape)
        if self.log_rho is None:
            return self.eps + (1 - self.eps) * quantile
        mean, std = self.log_rho
        rho = torch.exp(mean + std * torch.special.ndtri(quantile.clamp(1e-6, 1 - 1e-6)))
        return denoiser.config.sde.time_of(rho * denoiser.config.sigma_data).clamp(self.eps, 1.0)


def denoising_loss(
    denoiser: Denoiser,
    times: TimeDraw,
    clean: Tensor,
    values: Tensor,
    observed: Tensor,
    noises: int,
    sharing: int,
    part: slice = slice(None),
) -> Tensor:
    """Mean squared error of the network's raw output, a scalar.

    Where evidence is exact, the mean of each pose runs over its unobserved coordinates, so that a pose with
    one limb missing weighs as much as one of which nothing is known.

    In the plain form this is GFPose's supplementary Eq. 4 with lambda = sigma^2; in the EDM form it is the
    same objective with EDM's unit weight on F (Karras et al. 2022, Eq. 8). Each pose is seen at ``noises``
    noise levels, and ``sharing`` poses see the same ones: what the network works out of the evidence, or of
    the time, alone is then worked out once for all of them.

    Args:
        clean: (P, 3J) poses in units of x.
        values, observed: (P, 3J) evidence, in units of x and as 0 or 1.
        part: which of the P / ``sharing`` groups to work out. Times and noise are drawn for all of them, and
            the results of parts that make up the whole add up to its loss.
    """
    groups = len(clean) // sharing
    clean, values, observed = (a.view(groups, sharing, 1, -1) for a in (clean, values, observed))
    t = times.draw((groups, 1, noises, 1), denoiser, clean.device)
    alpha, sigma = (m.to(clean.dtype) for m in denoiser.config.sde.marginal(t))
    noise = torch.randn(groups, sharing, noises, clean.shape[-1], device=clean.device)
    clean, values, observed, t, noise, alpha, sigma = (
        whole[part] for whole in (clean, values, observed, t, noise, alpha, sigma)
    )
    raw = denoiser.raw(alpha * clean + sigma * noise, t, denoiser.embed(values, observed))
    error = (raw.float() - denoiser.target(clean, noise, t)).square()
    exact = denoiser.config.network.condition == "exact"
    learned = (1 - observed).sum(-1).clamp(min=1) if exact else clean.shape[-1]
    return (error.sum(-1) / learned).sum() / (groups * sharing * noises)
