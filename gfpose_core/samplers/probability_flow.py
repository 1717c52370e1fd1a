"""The probability-flow ODE, deterministic but for its start (Song et al. 2021, Eq. 13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from gfpose_core.options import option
from gfpose_core.samplers.base import Problem, State
from gfpose_core.samplers.grids import GridName


@dataclass(frozen=True)
class ProbabilityFlow:
    """Heun's method in EDM coordinates, d(x/alpha)/ds = (x/alpha - D)/s (Karras et al. 2022, Alg. 1)."""

    steps: int = option(30, "steps of two network calls each", min=1, max=1000)
    lowest: float = option(
        1.5,
        "noise level at which the flow ends in a clean estimate",
        label="Last level",
        unit="mm",
        min=0.01,
        max=50.0,
    )
    grid: GridName = option("karras", "how the noise levels are spaced")

    def run(self, problem: Problem) -> Iterator[State]:
        levels, times, _ = problem.grid(self.grid, self.lowest * problem.units_per_mm, self.steps + 1)
        steps = len(times) - 1
        x, held = problem.begin(times[0], anew=False)
        for i, t in enumerate(times):
            clean = problem.denoise(x, t)
            yield State(i, steps + 2, t, x, clean)
            if i == steps:
                break
            y, slope = _slope(problem, x, t, clean)
            after, step = times[i + 1], levels[i + 1] - levels[i]
            x = _at(problem, y + step * slope, after)
            _, slope_after = _slope(problem, x, after, problem.denoise(x, after))
            x = problem.constrain(_at(problem, y + step * (slope + slope_after) / 2, after), after, held)
        yield State(steps + 1, steps + 2, times[-1], x, clean)


def _slope(problem: Problem, x: Tensor, t: Tensor, clean: Tensor) -> tuple[Tensor, Tensor]:
    """y = x/alpha and its derivative by the noise level."""
    alpha, _ = problem.sde.marginal(t)
    y = x / alpha
    return y, (y - clean) / problem.sde.noise_level(t)


def _at(problem: Problem, y: Tensor, t: Tensor) -> Tensor:
    return y * problem.sde.marginal(t)[0]
