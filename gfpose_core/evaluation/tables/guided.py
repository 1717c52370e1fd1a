"""Beyond the papers: what it gains and costs to give the evidence more weight than the prior does."""

from __future__ import annotations

from dataclasses import replace

from gfpose_core.condition import FIXED_3D, SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.base import accuracy, task, without

WEIGHTS = (1.0, 1.25, 1.5, 2.0, 3.0)


def guidance(exam: Exam) -> Table:
    """Accuracy, spread and calibration of the hypotheses against the weight, by task.

    Raises:
        ConditionError: one hypothesis alone, which has no spread.
    """
    if exam.hypotheses < 2:
        raise ConditionError("one hypothesis has no spread to judge: choose --hypotheses 2 or more")
    tasks = [
        task(exam, "lift", without(SEEN_2D, ())),
        task(exam, "2 legs from 2D", without(SEEN_2D, ("left leg", "right leg"))),
        task(exam, "left arm from 3D", without(FIXED_3D, ("left arm",))),
    ]
    tasks = [replace(of, name=f"{of.name}, w = {w:g}", guidance=w) for of in tasks for w in WEIGHTS]
    rows = [
        Row(
            of.name,
            accuracy(exam, scores)
            | {"spread": scores.of("spread"), "calibration error, %": 100 * scores.calibration_error()},
        )
        for of, scores in zip(tasks, exam.run(tasks), strict=True)
    ]
    return Table(
        "guidance",
        f"Classifier-free guidance of weight w, {exam.hypotheses} hypotheses: mm, but calibration error in %",
        "Ho & Salimans 2022",
        rows,
        notes=(f"2D: {exam.image_kind}.", "Every weight but 1 takes two network calls a step."),
    )
