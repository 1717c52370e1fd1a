"""Predictor-corrector sampling: Euler-Maruyama and Langevin dynamics (Song et al. 2021, Alg. 1 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gfpose_core.options import option
from gfpose_core.samplers.base import Problem, State
from gfpose_core.samplers.euler_maruyama import reverse_sde
from gfpose_core.samplers.grids import GridName


@dataclass(frozen=True)
class PredictorCorrector:
    """Each step is corrected towards its own marginal before the next is taken.

    The corrector forgets where it came from: going on from a state draws from p(x(0) | x(t)) only without it.
    """

    steps: int = option(500, "predictor steps", min=1, max=10_000)
    corrections: int = option(1, "Langevin steps after each predictor step", min=0, max=10)
    snr: float = option(0.16, "signal-to-noise ratio of a Langevin step", label="SNR", min=0.01, max=1.0)
    end_time: float = option(1e-3, "where the SDE is left (eps)", min=1e-5, max=0.5)
    grid: GridName = option("time", "how the noise levels are spaced")

    def run(self, problem: Problem) -> Iterator[State]:
        def correct(x: Tensor, t: Tensor) -> Tensor:
            for _ in range(self.corrections):
                x = problem.constrain_anew(self._langevin(problem, x, t), t)
            return x

        return reverse_sde(problem, self.steps, self.end_time, self.grid, correct)

    def _langevin(self, problem: Problem, x: Tensor, t: Tensor) -> Tensor:
        """One Langevin step of size 2 (snr sigma)^2: the norms of Alg. 5 at their expectation, sqrt(3J) and
        sqrt(3J) / sigma, so that a sample does not depend on its batch."""
        _, sigma = problem.sde.marginal(t)
        size = 2 * (self.snr * sigma) ** 2
        score = problem.score(x, t, problem.denoise(x, t))
        return x + size * score + torch.sqrt(2 * size) * problem.noise()
