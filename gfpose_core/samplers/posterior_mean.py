"""The clean estimate itself: the mean of all poses that could have given the noisy one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gfpose_core.errors import ConditionError
from gfpose_core.samplers.base import Problem, State, as_time


@dataclass(frozen=True)
class PosteriorMean:
    """One network call at the start time; the best single answer to denoising in the mean square."""

    def run(self, problem: Problem) -> Iterator[State]:
        if problem.resumed is not None:
            raise ConditionError("the posterior mean draws nothing: choose another sampler to go on with")
        t = as_time(problem.start_time)
        x = problem.initial()
        yield State(0, 1, t, x, problem.denoise(x, t))
