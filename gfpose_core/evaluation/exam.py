"""Running a prior through tasks: in parts that survive a kill, over any number of processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from gfpose_core import distributed
from gfpose_core.condition import Condition
from gfpose_core.evaluation.scores import NAMES, WHOLE, Scores
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.datasets.base import Benchmark
from gfpose_core.priors.base import EvidenceUse, PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.sampling import ROWS

Report = Callable[[float, str], None]
"""Hears the share of the work, in [0, 1], that is done, and what is being done."""


@dataclass(frozen=True)
class Task:
    """Poses to be found again.

    Attributes:
        condition: what is shown of the N poses.
        truth: (N, J, 3) mm, camera axes, any translation.
        hypotheses: S.
        evidence: how evidence is used; None for the prior's own way.
        sampler: None for the exam's.
        guidance: the weight of the evidence.
    """

    name: str
    condition: Condition
    truth: np.ndarray
    hypotheses: int
    evidence: EvidenceUse | None = None
    sampler: Sampler | None = None
    guidance: float = 1.0


@dataclass(frozen=True)
class Exam:
    """What all tables share.

    Attributes:
        subjects: the poses to measure on.
        training: (M, J, 3) mm, world, y up: poses that models may be trained on, and guesses drawn from;
            None where there are none.
        views: the same poses as they were filmed, where the data tell; models are then trained on these.
        hypotheses: the largest S.
        folder: where finished parts, trained models and tables are kept.
        quality: of optimisation, a rung of ZeDO's ladder.
        train_steps: for tables that train; None for their own small number.
        batch: samples (poses x hypotheses) at a time; it changes the speed alone.
    """

    prior: PosePrior
    subjects: Benchmark
    training: np.ndarray | None
    hypotheses: int
    sampler: Sampler
    seed: int
    folder: Path
    device: str = "cpu"
    train_steps: int | None = None
    batch: int = ROWS
    report: Report = lambda share, doing: None
    views: Benchmark | None = None
    quality: str = "standard"

    @cached_property
    def truth(self) -> np.ndarray:
        """(N, J, 3) mm, camera axes, relative to the root."""
        return self.subjects.points - self.subjects.points[:, :1]

    @property
    def image(self) -> np.ndarray:
        """(N, J, 2) px, the 2D that evidence is taken from: detected, as the papers', where there is such."""
        return self.subjects.keypoints if self.subjects.detected is None else self.subjects.detected

    @property
    def image_kind(self) -> str:
        """What :attr:`image` is, in words."""
        return "true 2D" if self.subjects.detected is None else "detected 2D"

    @property
    def counts(self) -> list[int]:
        """The S of the tables: the 1, 10 and 200 of the paper, and 50, up to this exam's largest."""
        return sorted({1, *(count for count in (10, 50, 200) if count < self.hypotheses), self.hypotheses})

    @property
    def facts(self) -> dict[str, object]:
        """What made the figures, for whoever reads them."""
        return {
            "checkpoint": self.prior.name,
            "checkpoint sha256": self.prior.sha256,
            "data": self.subjects.name,
            **{f"data, note {i}": note for i, note in enumerate(self.subjects.notes, 1)},
            "poses": len(self.subjects),
            "hypotheses": self.hypotheses,
            "sampler": f"{self.sampler}",
            "seed": self.seed,
        }

    def rng(self, *key: int) -> np.random.Generator:
        """Random numbers of this exam's seed and a table's own ``key``."""
        return np.random.default_rng([self.seed, *key])

    def origin(self, prior: PosePrior, sampler: Sampler) -> dict[str, object]:
        """What decides the samples that ``prior`` draws here: the key under which they are kept."""
        return {
            "prior": prior.sha256,
            "precision": prior.precision,
            "sampler": [type(sampler).__name__, asdict(sampler)],
            "seed": self.seed,
        }

    def run(self, tasks: Sequence[Task], prior: PosePrior | None = None) -> list[Scores]:
        """Each task's scores by ``prior`` (the exam's own unless given), the same in every process.

        A task is cut into parts; each is computed once, by one process, and kept in :attr:`folder`.
        """
        prior = prior or self.prior
        parts = [(task, part) for task in tasks for part in self._parts(task)]
        numbers = range(len(parts))[distributed.share(len(parts))]
        found = []
        for number in numbers:
            task, part = parts[number]
            self.report((number - numbers[0]) / len(numbers), task.name)
            found.append(self._score(prior, task, part))
        self.report(1.0, tasks[-1].name)
        every = iter([scores for theirs in distributed.gather(found) for scores in theirs])
        return [Scores.join([next(every) for _ in self._parts(task)]) for task in tasks]

    def _parts(self, task: Task) -> list[slice]:
        size = max(1, self.batch // task.hypotheses)
        return [slice(first, first + size) for first in range(0, len(task.truth), size)]

    def _score(self, prior: PosePrior, task: Task, part: slice) -> Scores:
        condition, truth = task.condition[part], task.truth[part]
        evidence = task.evidence or prior.default_evidence(task.condition)
        sampler = task.sampler or self.sampler
        key = {
            **self.origin(prior, sampler),
            "hypotheses": task.hypotheses,
            "evidence": evidence,
            "guidance": task.guidance,
            "first": part.start,
            "measures": [*NAMES, *WHOLE],
        }
        path = self.folder / "parts" / f"{_digest(key, condition, truth)}.npz"
        if path.exists():
            with np.load(path) as stored:
                return Scores(**{name: stored[name] for name in NAMES})
        for step in prior.generate(
            condition, task.hypotheses, sampler, self.seed, evidence, part.start, guidance=task.guidance
        ):
            last = step
        scores = Scores.measure(last.clean, truth)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **vars(scores))
        return scores


def _digest(key: dict, condition: Condition, truth: np.ndarray) -> str:
    """A name for a part's result: of everything that decides it."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode())
    start = () if condition.start is None else (condition.start.poses, np.array(condition.start.time))
    sure = () if condition.confidence is None else (condition.confidence,)
    view = condition.view
    for array in (condition.values, condition.observed, view.rotation, view.depth, truth, *start, *sure):
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:32]
