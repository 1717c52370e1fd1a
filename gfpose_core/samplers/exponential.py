"""Exponential integrators: solvers with one network call a step that are exact where the clean estimate is.

In EDM coordinates, y = x/alpha at noise level s = sigma/alpha, with u = -ln s and the clean estimate D,

    dy = (1 + eta) (D - y) du + sqrt(2 eta) s dw

is the reverse SDE for eta = 1 and the probability flow for eta = 0, with the same marginals for every eta.
A step from u to u + h is, exactly,

    y(u + h) = exp(-kappa h) y(u) + integral of kappa exp(-kappa (h - v)) D(u + v) dv, v from 0 to h,
               + s(u + h) sqrt(1 - exp(-2 eta h)) z,    kappa = 1 + eta, z standard normal.

Solvers differ in how they guess D along the step from the estimates they have seen: a weighted sum of them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gfpose_core.options import option
from gfpose_core.samplers.base import SAME, Problem, State
from gfpose_core.samplers.grids import GridName

Seen = Sequence[tuple[float, Tensor]]
"""Clean estimates and the u they were made at, newest first."""


@dataclass(frozen=True)
class Exponential(ABC):
    """What the exponential integrators share: their options and the way down the grid."""

    steps: int = option(20, "network calls", min=1, max=1000)
    eta: float = option(
        1.0,
        "share of fresh noise: 1 the reverse SDE, 0 the probability flow",
        label="Fresh noise",
        min=0.0,
        max=1.0,
    )
    lowest: float = option(
        4.0, "last noise level before the clean estimate", label="Last level", unit="mm", min=0.01, max=50.0
    )
    grid: GridName = option("log-snr", "how the noise levels are spaced")

    @abstractmethod
    def weights(self, nodes: Sequence[float], h: float, kappa: float) -> Sequence[float]:
        """Of the newest estimates, made at ``nodes`` (u from the step's start, newest first), in a step's
        integral; they add up to 1 - exp(-kappa h). Fewer than the nodes leave the oldest ones out."""

    def correct(self, taken: Taken, seen: Seen) -> Tensor | None:
        """y where the step ``taken`` ended, now that an estimate has been made there; None leaves it."""
        return None

    def run(self, problem: Problem) -> Iterator[State]:
        levels, times, before = problem.grid(self.grid, self.lowest * problem.units_per_mm, self.steps)
        steps = len(times)
        alphas = problem.sde.marginal(torch.stack(times))[0].unbind()
        anew = problem.imputes and self.eta > 0
        x, held = problem.begin(times[0], anew)
        seen = _seen_before(problem, before)
        taken = self._taken_before(x / alphas[0], levels[0], seen)
        for i, t in enumerate(times):
            clean = problem.denoise(x, t)
            yield State(i, steps + 1, t, x, clean)
            if i + 1 == steps:
                break
            u = -math.log(levels[i])
            seen = ((u, clean), *seen[:3])
            if taken is not None and (corrected := self.correct(taken, seen)) is not None:
                x = problem.constrain(alphas[i] * corrected, t, held)
            h = math.log(levels[i] / levels[i + 1])
            fresh = levels[i + 1] * math.sqrt(-math.expm1(-2 * self.eta * h))
            taken = Taken(x / alphas[i], u, h, 1 + self.eta, fresh * problem.noise() if self.eta else None)
            y = taken.end(seen, self.weights([v - u for v, _ in seen], h, 1 + self.eta))
            held = problem.noise() if anew else held
            x = problem.constrain(alphas[i + 1] * y, times[i + 1], held)
        yield State(steps, steps + 1, times[-1], x, clean)

    def _taken_before(self, y: Tensor, level: float, seen: Seen) -> Taken | None:
        """The step that had led to ``y`` where it drew no noise: it began where undoing it leads."""
        if not seen or self.eta > 0:
            return None
        u = seen[0][0]
        h, kappa = -math.log(level) - u, 1 + self.eta
        weights = self.weights([v - u for v, _ in seen], h, kappa)
        moved = Taken(torch.zeros_like(y), u, h, kappa, None).end(seen, weights)
        return Taken(math.exp(kappa * h) * (y - moved), u, h, kappa, None)


def _seen_before(problem: Problem, before: float | None) -> Seen:
    """The estimates a run that goes on had seen, if it stopped where this grid does."""
    earlier = problem.resumed.seen if problem.resumed else ()
    if not earlier or before is None or abs(math.log(earlier[0][0] / before)) > SAME:
        return ()
    return tuple((-math.log(level), clean) for level, clean in earlier)


@dataclass(frozen=True)
class Taken:
    """A step from ``y`` at ``u`` over ``h``, with the ``noise`` it draws."""

    y: Tensor
    u: float
    h: float
    kappa: float
    noise: Tensor | None

    def end(self, seen: Seen, weights: Sequence[float]) -> Tensor:
        """y after the step; ``weights`` are those of the newest estimates in ``seen``."""
        y = math.exp(-self.kappa * self.h) * self.y
        for weight, (_, clean) in zip(weights, seen):
            y = y + weight * clean
        return y if self.noise is None else y + self.noise


@dataclass(frozen=True)
class ExponentialEuler(Exponential):
    """Euler-Maruyama with the linear part exact: the clean estimate is held fixed over each step.

    With eta = 0 it is DDIM (Song et al. 2021, "Denoising diffusion implicit models").
    """

    def weights(self, nodes: Sequence[float], h: float, kappa: float) -> Sequence[float]:
        return [-math.expm1(-kappa * h)]


def polynomial_weights(nodes: Sequence[float], h: float, kappa: float) -> list[float]:
    """Of the values at ``nodes`` in a step's integral, taken along the polynomial through them: an Adams
    method in exponential form."""
    moments = [-math.expm1(-kappa * h)]
    for power in range(1, len(nodes)):  # by parts, for p(v) = v^power
        moments.append(h**power - power / kappa * moments[-1])
    weights = []
    for node in nodes:  # the Lagrange polynomial of ``node``, by rising powers of v
        basis = [1.0]
        for other in nodes:
            if other != node:
                gap = node - other
                basis = [(low - other * high) / gap for low, high in zip([0.0, *basis], [*basis, 0.0])]
        weights.append(sum(factor * moment for factor, moment in zip(basis, moments)))
    return weights
