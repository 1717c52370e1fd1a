"""What a sampler is and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gfpose_core.samplers.grids import GRIDS, GridName
from gfpose_core.sde import SDE

SAME = 1e-6
"""Noise levels, or times, whose ratio is closer to 1 are the same."""


class Grid(NamedTuple):
    """Where a solver stops: falling noise levels sigma/alpha (units of x), and their times.

    ``before`` is the level it came from where it goes on with a run; None at a run's own start.
    """

    levels: list[float]
    times: list[Tensor]
    before: float | None = None


@dataclass(frozen=True)
class Resumed:
    """Where to go on from: the states and what a solver remembers of the way there.

    Attributes:
        x: (N, S, 3J) units of x.
        time: of the SDE.
        seen: noise levels and clean estimates before it, newest first; empty where they are of no use.
        held: the noise that observed coordinates were overwritten with, where a solver holds it.
    """

    x: Tensor
    time: float
    seen: tuple[tuple[float, Tensor], ...] = ()
    held: Tensor | None = None


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
        resumed: a run to go on with: the rest of its grid is done, from the states it had reached.
    """

    sde: SDE
    denoise: Callable[[Tensor, Tensor], Tensor]
    noise: Callable[[], Tensor]
    constrain: Callable[[Tensor, Tensor, Tensor], Tensor]
    imputes: bool
    start: Tensor | None
    start_time: float
    units_per_mm: float
    resumed: Resumed | None = None

    def begin(self, t: Tensor, anew: bool) -> tuple[Tensor, Tensor]:
        """The first x, at ``t``, and the noise that its observed coordinates are overwritten with: a draw of
        their own where it is to be ``anew``, else the noise that the run starts from.

        States gone on from under the evidence that had led to them stay as they are.
        """
        x = self.initial()
        if self.resumed is not None and self.resumed.held is not None:
            return x, self.resumed.held
        held = self.noise() if self.imputes and (anew or self.resumed is not None) else x
        return self.constrain(x, t, held), held

    def initial(self) -> Tensor:
        """Noise, the noisy pose brought to the marginal's mean scale, or the states reached."""
        noise = self.noise()
        if self.resumed is not None:
            return self.resumed.x
        if self.start is None:
            return self.sde.prior_std * noise
        alpha, _ = self.sde.marginal(as_time(self.start_time))
        return alpha * self.start.expand_as(noise)

    def constrain_anew(self, x: Tensor, t: Tensor) -> Tensor:
        """:attr:`constrain` with a fresh draw, as stochastic samplers impute."""
        return self.constrain(x, t, self.noise()) if self.imputes else x

    def grid(self, name: GridName, lowest: float, count: int) -> Grid:
        """``count`` noise levels from the start time down to ``lowest`` (units of x).

        A run that starts near ``lowest`` or below it ends at a quarter of its first level. One that goes on
        has its own level, and what lies below it of the grid that the whole run would have.
        """
        highest = self.sde.noise_level(as_time(self.start_time))
        levels = GRIDS[name](self.sde, highest, torch.clamp(highest / 4, max=lowest), count)
        if self.resumed is None:
            return Grid(levels.tolist(), list(self.sde.time_of(levels)))
        here = self.sde.noise_level(as_time(self.resumed.time))
        passed, ahead = levels[levels > here * (1 + SAME)], levels[levels < here * (1 - SAME)]
        rest = torch.cat([here[None], ahead])
        return Grid(rest.tolist(), list(self.sde.time_of(rest)), float(passed[-1]) if len(passed) else None)

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
