"""DPM-Solver++ (2M), an exponential integrator of second order with one network call a step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from gfpose_core.samplers.base import Problem, State, option


@dataclass(frozen=True)
class DPMSolver:
    """Lu et al. 2022 (Alg. 2) and its SDE form, in EDM coordinates on a Karras grid.

    With eta = 1 it follows the reverse SDE, with eta = 0 the probability flow.
    """

    steps: int = option(50, "network calls", min=1, max=1000)
    eta: float = option(
        1.0,
        "share of fresh noise: 1 the reverse SDE, 0 the probability flow",
        label="Fresh noise",
        min=0.0,
        max=1.0,
    )
    lowest: float = option(
        1.7, "last noise level before the clean estimate", label="Last level", unit="mm", min=0.01, max=50.0
    )

    def run(self, problem: Problem) -> Iterator[State]:
        sde = problem.sde
        x = start = problem.initial()
        levels, times = problem.karras_grid(self.lowest, self.steps)
        x = self._constrain(problem, x, times[0], start)
        earlier = None
        for i, t in enumerate(times):
            clean = problem.denoise(x, t)
            yield State(i, self.steps + 1, t, x, clean)
            if i + 1 == self.steps:
                break
            h = math.log(levels[i] / levels[i + 1])
            estimate = clean
            if earlier is not None:
                before, h_before = earlier
                estimate = clean + (clean - before) * (h / h_before / 2)
            decay = math.exp(-h * (1 + self.eta))
            y = decay * (x / sde.marginal(t)[0]) + (1 - decay) * estimate
            if self.eta:
                y = y + levels[i + 1] * math.sqrt(-math.expm1(-2 * self.eta * h)) * problem.noise()
            x = self._constrain(problem, y * sde.marginal(times[i + 1])[0], times[i + 1], start)
            earlier = clean, h
        yield State(self.steps, self.steps + 1, times[-1], x, clean)

    def _constrain(self, problem: Problem, x: Tensor, t: Tensor, start: Tensor) -> Tensor:
        return problem.constrain_anew(x, t) if self.eta else problem.constrain(x, t, start)
