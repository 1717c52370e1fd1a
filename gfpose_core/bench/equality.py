"""How few network calls are as good as the paper's 1000 steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path

import numpy as np

from gfpose_core.condition import SEEN_2D
from gfpose_core.evaluation.exam import Exam, Report
from gfpose_core.evaluation.scores import WHOLE, Scores
from gfpose_core.evaluation.tables.base import task, without
from gfpose_core.io.datasets.benchmark import Benchmark
from gfpose_core.ladder import LADDER
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.samplers.euler_maruyama import Algorithm1

POSES, HYPOTHESES, BEST_OF = 200, 50, 25
CALLS = (6, 8, 10, 12, 16, 20, 25, 30, 40, 50)

PER_POSE: Mapping[str, Callable[[Scores], np.ndarray]] = {
    "minMPJPE": lambda scores: best_of(scores.errors, BEST_OF),
    "spread": lambda scores: scores.whole[:, list(WHOLE).index("spread")],
}
WITHIN = {"minMPJPE": 0.01, "spread": 0.03}
"""How far from the reference, as a share of it, is equal."""


@dataclass(frozen=True)
class Comparison:
    """A sampler beside the reference: ratios of the means over the poses, with their 95 % intervals."""

    sampler: Sampler
    calls: int
    ratios: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]

    @property
    def equal(self) -> bool:
        return all(abs(self.ratios[name] - 1) <= share for name, share in WITHIN.items())


def comparisons(
    prior: PosePrior,
    subjects: Benchmark,
    folder: Path,
    seed: int,
    report: Report = lambda share, doing: None,
) -> Iterator[Comparison]:
    """Lifting :data:`POSES` poses with the standard sampler at more and more calls, until it is equal.

    Finished parts are kept in ``folder``, so that a killed run goes on where it was.
    """
    subjects = subjects[:: max(1, len(subjects) // POSES)][:POSES]
    exam = Exam(prior, subjects, None, HYPOTHESES, Algorithm1(), seed, folder, report=report)
    lift = task(exam, "lift", without(SEEN_2D, ()))

    def scores_of(sampler: Sampler, name: str) -> Scores:
        return exam.run([replace(lift, name=name, sampler=sampler)])[0]

    reference = scores_of(exam.sampler, "quality of 1000 steps")
    for calls in CALLS:
        sampler = replace(LADDER["standard"].solver(), steps=calls)
        found = compare(sampler, scores_of(sampler, f"quality of {calls} calls"), reference)
        yield found
        if found.equal:
            return


def compare(sampler: Sampler, scores: Scores, reference: Scores) -> Comparison:
    """Ratios of ``scores`` to ``reference``, on the same poses, and how they vary when poses are redrawn."""
    picked = np.random.default_rng(0).integers(len(reference), size=(2000, len(reference)))
    ratios, intervals = {}, {}
    for name, measure in PER_POSE.items():
        these, those = measure(scores), measure(reference)
        ratios[name] = float(these.mean() / those.mean())
        redrawn = these[picked].mean(1) / those[picked].mean(1)
        intervals[name] = tuple(float(end) for end in np.quantile(redrawn, (0.025, 0.975)))
    return Comparison(sampler, sampler.steps, ratios, intervals)


def best_of(errors: np.ndarray, count: int) -> np.ndarray:  # (N, S) -> (N,)
    """The smallest of ``count`` errors, its mean over every choice of ``count`` among the S.

    The smallest of all S depends on one draw; this varies far less from run to run.
    """
    total = errors.shape[1]
    weights = [comb(total - rank, count - 1) / comb(total, count) for rank in range(1, total + 1)]
    return np.sort(errors, axis=1) @ np.array(weights)
