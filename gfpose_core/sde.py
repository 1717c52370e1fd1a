"""Forward SDEs with Gaussian marginals x(t) ~ N(alpha(t) x(0), sigma(t)^2 I), all in closed form.

Every one of them is the same path seen in EDM coordinates, x/alpha with noise level sigma/alpha, so a
solver written there serves them all. Times and coefficients are worked out in the precision they are
given in; samplers give float64.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class SDE(ABC):
    """dx = -1/2 beta(t) x dt + g(t) dw on t in [0, 1], beta linear (GFPose supplementary Eq. 1-2).

    Its prior, which the marginal at t = 1 has all but reached, is N(0, ``prior_std``^2 I).
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    name: ClassVar[str]
    prior_std: ClassVar[float] = 1.0

    def beta(self, t: Tensor) -> Tensor:
        """beta(t), Eq. 2."""
        return self.beta_min + t * (self.beta_max - self.beta_min)

    def beta_integral(self, t: Tensor) -> Tensor:
        """Integral of beta from 0 to t."""
        return self.beta_min * t + 0.5 * (self.beta_max - self.beta_min) * t**2

    def drift(self, x: Tensor, t: Tensor) -> Tensor:
        """f(x, t); ``t`` broadcasts against ``x``."""
        return -0.5 * self.beta(t) * x

    @abstractmethod
    def diffusion(self, t: Tensor) -> Tensor:
        """g(t)."""

    @abstractmethod
    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """alpha(t), the factor of the mean, and sigma(t), the standard deviation (Eq. 3)."""

    def noise_level(self, t: Tensor) -> Tensor:
        """sigma(t) / alpha(t), in the unit of x(0)."""
        alpha, sigma = self.marginal(t)
        return sigma / alpha

    def time_of(self, noise_level: Tensor) -> Tensor:
        """The t whose sigma/alpha is ``noise_level``; not clipped to [0, 1]."""
        slope = self.beta_max - self.beta_min
        integral = self._integral_of(noise_level)
        return 2 * integral / (self.beta_min + torch.sqrt(self.beta_min**2 + 2 * slope * integral))

    @abstractmethod
    def _integral_of(self, noise_level: Tensor) -> Tensor:
        """The integral of beta up to the time whose sigma/alpha is ``noise_level``."""


@dataclass(frozen=True)
class SubVPSDE(SDE):
    """The paper's SDE: sigma(t) = 1 - exp(-int beta), variance below that of the VP SDE (Eq. 1-3)."""

    name: ClassVar[str] = "subvp"

    def diffusion(self, t: Tensor) -> Tensor:
        return torch.sqrt(-self.beta(t) * torch.expm1(-2 * self.beta_integral(t)))

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        integral = self.beta_integral(t)
        return torch.exp(-0.5 * integral), -torch.expm1(-integral)

    def _integral_of(self, noise_level: Tensor) -> Tensor:
        return 2 * torch.asinh(noise_level / 2)


@dataclass(frozen=True)
class VPSDE(SDE):
    """The variance-preserving SDE: alpha^2 + sigma^2 = 1 (Song et al. 2021)."""

    name: ClassVar[str] = "vp"

    def diffusion(self, t: Tensor) -> Tensor:
        return torch.sqrt(self.beta(t))

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        integral = self.beta_integral(t)
        return torch.exp(-0.5 * integral), torch.sqrt(-torch.expm1(-integral))

    def _integral_of(self, noise_level: Tensor) -> Tensor:
        return torch.log1p(noise_level**2)


SDES: dict[str, type[SDE]] = {sde.name: sde for sde in (SubVPSDE, VPSDE)}
