"""Beyond the papers: whether the spread of the hypotheses can be believed, and whether they are bodies."""

from __future__ import annotations

from functools import partial

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.scores import Scores
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.base import FLOOR, floor, task, without
from gfpose_core.evaluation.tables.lifting import lifting_task, noisy


def calibration(exam: Exam) -> Table:
    """Quantile coverage, energy score, point estimates and bodies of the hypotheses, by task.

    minMPJPE favours sets that are too wide (Pierzchlewicz et al. 2022); these measures do not.

    Raises:
        ConditionError: one hypothesis alone, which is no set.
    """
    if exam.hypotheses < 2:
        raise ConditionError("one hypothesis has no spread to judge: choose --hypotheses 2 or more")
    tasks = [
        lifting_task(exam, "lift, true 2D", exam.subjects.keypoints),
        lifting_task(exam, "lift, noisy 2D", noisy(exam)),
        task(exam, "2 legs from 2D", without(SEEN_2D, ("left leg", "right leg"))),
        task(exam, "right leg from 3D", without(FIXED_3D, ("right leg",))),
        task(exam, "left arm from 3D", without(FIXED_3D, ("left arm",))),
        task(exam, "generate", without(FREE, ())),
    ]
    rows = [Row(of.name, figures(exam, scores)) for of, scores in zip(tasks, exam.run(tasks), strict=True)]
    rows += floor(exam, FLOOR, without(FREE, ()), partial(figures, exam))
    return Table(
        "calibration",
        f"Sets of {exam.hypotheses} hypotheses: mm, but calibration error and implausible joints in %",
        "Pierzchlewicz et al. 2022, Gneiting & Raftery 2007",
        rows,
        notes=(
            f"*2 legs from 2D*: {exam.image_kind}.",
            "*calibration error*: mean gap between nominal and true coverage of the quantiles, 0 is perfect. "
            "*energy score*: a proper score, lower is better. *mean pose* and *medoid*: MPJPE of these "
            "single answers. *bone variation*: standard deviation of a bone's length among the hypotheses.",
        ),
    )


def figures(exam: Exam, scores: Scores) -> dict[str, float]:
    """The measures of a set, and the accuracy that they qualify."""
    return {
        "calibration error, %": 100 * scores.calibration_error(),
        "energy score": scores.of("energy"),
        "spread": scores.of("spread"),
        "mean": scores.mean(),
        f"min of {exam.hypotheses}": scores.best(exam.hypotheses),
        "mean pose": scores.of("mean pose"),
        "medoid": scores.of("medoid"),
        "bone variation": scores.of("bone variation"),
        "implausible joints, %": 100 * scores.of("implausible"),
    }
