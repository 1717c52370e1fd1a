"""How good samples are against how many network calls they cost: what the ladder of qualities rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.evaluation.exam import Exam, Task
from gfpose_core.evaluation.picture import grid
from gfpose_core.evaluation.scores import Scores
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.base import task, without
from gfpose_core.samplers.base import Sampler
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.samplers.euler_maruyama import EulerMaruyama
from gfpose_core.samplers.exponential import ExponentialEuler
from gfpose_core.samplers.probability_flow import ProbabilityFlow
from gfpose_core.samplers.unipc import UniPC

NOISE_MM = 60.0
"""Standard deviation, per coordinate, of the noise that is taken off again."""

CALLS = (4, 5, 6, 8, 10, 14, 20, 30, 50)

REFERENCE = "Euler-Maruyama", 1000

SOLVERS: Mapping[str, tuple[Callable[[int], Sampler], Sequence[int]]] = {
    REFERENCE[0]: (lambda calls: EulerMaruyama(steps=calls), (100, REFERENCE[1])),
    "exponential Euler": (lambda calls: ExponentialEuler(steps=calls), CALLS),
    "DPM-Solver++ SDE": (lambda calls: DPMSolver(steps=calls), CALLS),
    "DPM-Solver++ SDE, Karras grid": (
        lambda calls: DPMSolver(steps=calls, grid="karras", lowest=1.7),
        CALLS,
    ),
    "UniPC, flow": (lambda calls: UniPC(steps=calls), CALLS),
    "Heun, flow": (lambda calls: ProbabilityFlow(steps=calls // 2), (5, 9, 15, 21, 31, 51)),
}
"""Name of a curve -> (network calls -> sampler), and the numbers of calls along it."""

MEASURES: Mapping[str, Callable[[Scores], float]] = {
    "minMPJPE": lambda scores: scores.best(scores.errors.shape[1]),
    "MPJPE": Scores.mean,
    "energy score": lambda scores: scores.of("energy"),
    "spread": lambda scores: scores.of("spread"),
    "calibration error, %": lambda scores: 100 * scores.calibration_error(),
    "implausible joints, %": lambda scores: 100 * scores.of("implausible"),
}


@dataclass(frozen=True)
class Point:
    """A task's scores after so many network calls of a solver."""

    task: str
    solver: str
    calls: int
    scores: Scores

    def __getitem__(self, measure: str) -> float:
        return MEASURES[measure](self.scores)


def quality(exam: Exam) -> list[Point]:
    """Every curve of every task; the runs of one number of calls share their parts, as in any exam."""
    tasks = _tasks(exam)
    runs = [(name, make(calls), calls) for name, (make, along) in SOLVERS.items() for calls in along]
    total, done = sum(calls for *_, calls in runs), 0
    points = []
    for name, sampler, calls in runs:

        def report(share: float, doing: str, done=done, name=name, calls=calls) -> None:
            exam.report((done + share * calls) / total, f"{name}, {calls} calls: {doing}")

        for of, scores in zip(tasks, replace(exam, sampler=sampler, report=report).run(tasks), strict=True):
            points.append(Point(of.name, name, calls, scores))
        done += calls
    return points


def table(exam: Exam, points: Sequence[Point]) -> Table:
    """A row a point, and how far from the reference, as a share, its minMPJPE and its spread are."""
    reference = {p.task: p for p in points if (p.solver, p.calls) == REFERENCE}
    rows = []
    for point in points:
        figures = {measure: point[measure] for measure in MEASURES}
        figures = {measure: value for measure, value in figures.items() if math.isfinite(value)}
        for measure in ("minMPJPE", "spread"):
            figures[f"{measure} off, %"] = 100 * (point[measure] / reference[point.task][measure] - 1)
        rows.append(Row(f"{point.task}: {point.solver}, {point.calls} calls", figures))
    facts = {name: value for name, value in exam.facts.items() if name != "sampler"}
    return Table(
        "quality",
        f"Quality against network calls, {exam.hypotheses} hypotheses: mm unless said otherwise",
        "",
        rows,
        facts=facts,
        notes=(f"*off*: against {REFERENCE[1]} calls of {REFERENCE[0]}, itself a draw.",),
    )


def picture(points: Sequence[Point]) -> str:
    """The curves as SVG: a row of plots a task, the reference as a level."""
    shown = ("minMPJPE", "MPJPE", "energy score", "spread", "calibration error, %")
    rows = []
    for name in dict.fromkeys(point.task for point in points):
        mine = [p for p in points if p.task == name and (p.solver != REFERENCE[0] or p.calls == REFERENCE[1])]
        row = []
        for measure in shown:
            curves: dict[str, list[tuple[float, float]]] = {}
            for point in mine:
                if not math.isfinite(point[measure]):  # the flow gives one answer to a noisy pose
                    continue
                label = (
                    f"{point.solver}, {point.calls} calls" if point.solver == REFERENCE[0] else point.solver
                )
                curves.setdefault(label, []).append((point.calls, point[measure]))
            row.append((f"{name}: {measure}", curves))
        rows.append(row)
    return grid(rows, "network calls")


def _tasks(exam: Exam) -> list[Task]:
    noisy = exam.truth + exam.rng(7).normal(0, NOISE_MM, exam.truth.shape)
    start = Condition.denoise(noisy, exam.prior.time_of_noise(NOISE_MM))
    levels = {
        "lift": without(SEEN_2D, ()),
        "legs from 2D": without(SEEN_2D, ("left leg", "right leg")),
        "left arm from 3D": without(FIXED_3D, ("left arm",)),
        "generate": without(FREE, ()),
    }
    tasks = [task(exam, name, np.asarray(shown)) for name, shown in levels.items()]
    return [*tasks, Task("denoise", start, exam.truth, exam.hypotheses)]
