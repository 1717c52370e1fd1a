"""A score network in the frame of its SDE: clean estimates and scores in the network's units."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from gfpose_core.networks.score_mlp import Evidence, ScoreMLP, ScoreMLPConfig
from gfpose_core.sde import SDE, SubVPSDE


@dataclass(frozen=True)
class DenoiserConfig:
    """How the raw output of the network becomes a score.

    Attributes:
        form: ``"edm"`` wraps the network in EDM preconditioning (Karras et al. 2022, Table 1);
            ``"plain"`` is the paper's, score = -output / sigma(t).
        units_per_mm: factor from millimetres to the units of x (the authors' is ``data_scale`` 30 on
            image coordinates, about 0.0136 per mm).
        sigma_data: standard deviation of the data's coordinates, in units of x.
        projection: ``"perspective"`` poses live in network space; ``"orthographic"`` ones are
            root-relative camera coordinates (ZeDO's files).
    """

    network: ScoreMLPConfig = field(default_factory=ScoreMLPConfig)
    sde: SDE = field(default_factory=SubVPSDE)
    form: Literal["edm", "plain"] = "edm"
    units_per_mm: float = 0.03
    sigma_data: float = 8.1
    projection: Literal["perspective", "orthographic"] = "perspective"

    def levels(self, t: Tensor, dtype: torch.dtype = torch.float64) -> Levels:
        """Where times lie on the SDE; a single time's are kept, since samplers come back to it."""
        return _levels_at(self, float(t), dtype) if t.ndim == 0 else _levels(self, t, dtype)


class Levels(NamedTuple):
    """Where the times of a call lie on the SDE."""

    alpha: Tensor
    sigma: Tensor
    rho: Tensor  # (sigma / alpha) / sigma_data, the noise in EDM coordinates
    spread: Tensor  # sqrt(1 + rho^2), of noisy data there


def _levels(config: DenoiserConfig, t: Tensor, dtype: torch.dtype) -> Levels:
    alpha, sigma = config.sde.marginal(t.to(torch.float64))
    rho = sigma / alpha / config.sigma_data
    return Levels(*(level.to(dtype) for level in (alpha, sigma, rho, torch.sqrt(1 + rho**2))))


@lru_cache(maxsize=4096)
def _levels_at(config: DenoiserConfig, t: float, dtype: torch.dtype) -> Levels:
    return _levels(config, torch.tensor(t, dtype=torch.float64), dtype)


class Denoiser(nn.Module):
    """s(x, t | c) and E[x(0) | x(t), c] from one network call each. All tensors are (..., 3J)."""

    def __init__(self, config: DenoiserConfig, network: nn.Module | None = None) -> None:
        """``network``, by default a new :class:`ScoreMLP`, is anything that embeds and answers as it does."""
        super().__init__()
        self.config = config
        self.network = network or ScoreMLP(config.network)

    def embed(self, values: Tensor, observed: Tensor) -> Evidence:
        """Evidence in units of x, embedded once for a whole run."""
        c_in = 1.0 / self.config.sigma_data if self.config.form == "edm" else 1.0
        return self.network.embed(values * c_in, observed)

    def clean(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        """The clean estimate at state ``x`` and times ``t`` (broadcastable to (..., 1))."""
        levels = self.config.levels(t, x.dtype)
        raw = self.raw(x, t, evidence)
        if self.config.form == "plain":
            return (x - levels.sigma * raw) / levels.alpha
        # c_skip y + c_out F, with y = x / (alpha sigma_data)
        c_out = levels.rho / levels.spread
        return x / (levels.alpha * levels.spread**2) + (self.config.sigma_data * c_out) * raw

    def score(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        """d log p_t(x | c) / dx, straight from the raw output: no digits are lost at small t."""
        alpha, sigma, rho, spread = self.config.levels(t, x.dtype)
        raw = self.raw(x, t, evidence)
        if self.config.form == "plain":
            return -raw / sigma
        # (D - y) / rho^2 in EDM coordinates, with D = c_skip y + c_out F
        y = x / (alpha * self.config.sigma_data)
        return (raw / (rho * spread) - y / spread**2) / (alpha * self.config.sigma_data)

    def raw(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        """The network's own output: F of EDM, or the paper's noise estimate.

        Where evidence is exact, the noise on an observed coordinate is known: it says nothing of the
        others, so the network does not see it, and the output there is what it should be.
        """
        alpha, _, rho, spread = levels = self.config.levels(t, x.dtype)
        scale = self.config.sigma_data if self.config.form == "edm" else 1.0
        exact = self.config.network.condition == "exact"
        values = scale * evidence.values
        shown = torch.where(evidence.observed > 0, alpha * values, x) if exact else x
        if self.config.form == "edm":
            shown = shown / (alpha * scale * spread)
        raw = self.network(shown, t, evidence)
        if not exact:
            return raw
        noise = (x / alpha - values) / (rho * self.config.sigma_data)
        return torch.where(evidence.observed > 0, self._target(values, noise, levels), raw)

    def target(self, clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """What :meth:`raw` should say of a state made from ``clean`` and ``noise`` (unit normal)."""
        return self._target(clean, noise, self.config.levels(t, clean.dtype))

    def _target(self, clean: Tensor, noise: Tensor, levels: Levels) -> Tensor:
        if self.config.form == "plain":
            return noise
        # (D - c_skip y) / c_out with y = clean + rho noise
        return (levels.rho / self.config.sigma_data * clean - noise) / levels.spread
