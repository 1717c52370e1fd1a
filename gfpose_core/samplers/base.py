"""What a sampler is and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gfpose_core.options import option as option
from gfpose_core.samplers.grids import GRIDS, GridName
from gfpose_core.sde import SDE


@dataclass(frozen=True)
class Problem:
    """A reverse SDE to be solved; all tensors are (N, S, 3J) in units of x.

    Attributes:
        denoise: E[x(0) | x(t) = x, evidence] from (x, t), one network call.
        noise: the next standard normal draw.
        constrain: overwrite the observed coordinates of x at time t with noise (x, t, noise) of their own;
            the identity where nothing is imputed.
        imputes: whether ``constrain`` does anything.
        start: a noisy pose to start from at ``start_time``, instead of pure noise.
        units_per_mm: to give noise levels in millimetres.
    """

    sde: SDE
    denoise: Callable[[Tensor, Tensor], Tensor]
    noise: Callable[[], Tensor]
    constrain: Callable[[Tensor, Tensor, Tensor], Tensor]
    imputes: bool
    start: Tensor | None
    start_time: float
    units_per_mm: float

    def initial(self) -> Tensor:
        """x at ``start_time``: noise, or the noisy pose brought to the marginal's mean scale."""
        noise = self.noise()
        if self.start is None:
            return self.sde.prior_std * noise
        alpha, _ = self.sde.marginal(as_time(self.start_time))
        return alpha * self.start.expand_as(noise)

    def constrain_anew(self, x: Tensor, t: Tensor) -> Tensor:
        """:attr:`constrain` with a fresh draw, as stochastic samplers impute."""
        return self.constrain(x, t, self.noise()) if self.imputes else x

    def grid(self, name: GridName, lowest: float, count: int) -> tuple[list[float], list[Tensor]]:
        """``count`` noise levels from the start time down to ``lowest`` (units of x), and their times.

        A run that starts near ``lowest`` or below it ends at a quarter of its first level.
        """
        highest = self.sde.noise_level(as_time(self.start_time))
        levels = GRIDS[name](self.sde, highest, torch.clamp(highest / 4, max=lowest), count)
        return levels.tolist(), list(self.sde.time_of(levels))

    def score(self, x: Tensor, t: Tensor, clean: Tensor) -> Tensor:
        """d log p_t / dx from the clean estimate."""
        return tweedie(self.sde, x, t, clean)


@dataclass(frozen=True)
class State:
    """Where a sampler stands: ``x`` at ``t`` and the clean estimate there. The last one's is the result."""

    index: int
    count: int
    t: Tensor
    x: Tensor
    clean: Tensor


class Sampler(Protocol):
    """A frozen dataclass of options that can solve a :class:`Problem`."""

    def run(self, problem: Problem) -> Iterator[State]: ...


def tweedie(sde: SDE, x: Tensor, t: Tensor, clean: Tensor) -> Tensor:
    """The score d log p_t(x) / dx that belongs to the clean estimate E[x(0) | x(t) = x]."""
    alpha, sigma = sde.marginal(t)
    return (alpha * clean - x) / sigma**2


def as_time(t: float) -> Tensor:
    """A time as the 0-dimensional float64 tensor that samplers reckon with."""
    return torch.tensor(t, dtype=torch.float64)
