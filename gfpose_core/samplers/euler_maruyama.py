"""The reverse-time SDE by Euler-Maruyama (GFPose supplementary Alg. 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from gfpose_core.options import option
from gfpose_core.samplers.base import SAME, Problem, State, as_time
from gfpose_core.samplers.grids import GridName


@dataclass(frozen=True)
class EulerMaruyama:
    """Alg. 1 with the step taken from its grid, so that any start time T is integrated right."""

    steps: int = option(1000, "network calls", min=1, max=10_000)
    end_time: float = option(1e-3, "where the SDE is left (eps)", min=1e-5, max=0.5)
    grid: GridName = option("time", "how the noise levels are spaced")

    def run(self, problem: Problem) -> Iterator[State]:
        return reverse_sde(problem, self.steps, self.end_time, self.grid)


@dataclass(frozen=True)
class Algorithm1:
    """Alg. 1 to the letter: dt = 1/N even when T < 1, and a noisy pose is x(T) as it stands.

    The paper's Table 7 was made so. From a small T it travels 1/T times too far, which also lets bodies
    grow, by a third from T = 0.05; protocol 2, which fits the scale, does not see that.
    """

    steps: int = option(1000, "network calls (N)", min=1, max=10_000)
    end_time: float = option(1e-3, "eps", min=1e-5, max=0.5)

    def run(self, problem: Problem) -> Iterator[State]:
        dt = as_time(1 / self.steps)
        times = [
            self.end_time + (problem.start_time - self.end_time) * (i + 1) / self.steps
            for i in range(self.steps - 1, -1, -1)
        ]
        x = problem.initial()
        if problem.resumed is not None:
            here = problem.resumed.time
            times = [here, *(t for t in times if t < here * (1 - SAME))]
        elif problem.start is not None:
            x = problem.start.expand_as(x).contiguous()
        for i, t in enumerate(map(as_time, times)):
            x = problem.constrain_anew(x, t)
            clean = problem.denoise(x, t)
            yield State(i, len(times) + 1, t, x, clean)
            x = reverse_step(problem, x, t, clean, dt)
        yield State(len(times), len(times) + 1, as_time(self.end_time), x, x)


def reverse_sde(
    problem: Problem,
    steps: int,
    end_time: float,
    grid: GridName,
    correct: Callable[[Tensor, Tensor], Tensor] = lambda x, t: x,
) -> Iterator[State]:
    """Reverse steps down ``grid`` to ``end_time``, each state first put through ``correct`` (x, t)."""
    times = problem.grid(grid, float(problem.sde.noise_level(as_time(end_time))), steps + 1).times
    steps = len(times) - 1
    x, _ = problem.begin(times[0], anew=True)
    for i in range(steps):
        t = times[i]
        if i or problem.resumed is None:  # a state gone on from is where it is
            x = correct(x, t)
        clean = problem.denoise(x, t)
        yield State(i, steps + 1, t, x, clean)
        x = reverse_step(problem, x, t, clean, times[i] - times[i + 1])
        x = problem.constrain_anew(x, times[i + 1])
    yield State(steps, steps + 1, times[-1], x, x)


def reverse_step(problem: Problem, x: Tensor, t: Tensor, clean: Tensor, dt: Tensor) -> Tensor:
    """Lines 7-9 of Alg. 1: x - [f - g^2 score] dt + g sqrt(dt) z."""
    g = problem.sde.diffusion(t)
    mean = x - (problem.sde.drift(x, t) - g**2 * problem.score(x, t, clean)) * dt
    return mean + g * dt.sqrt() * problem.noise()
