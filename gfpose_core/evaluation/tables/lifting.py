"""From 2D to many hypotheses: GFPose Tables 1 to 3."""

from __future__ import annotations

from functools import partial

import numpy as np

from gfpose_core.condition import SEEN_2D
from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam, Task
from gfpose_core.evaluation.scores import Scores
from gfpose_core.evaluation.table import Table
from gfpose_core.evaluation.tables.base import (
    FLOOR,
    FLOOR_NOTE,
    accuracy,
    floor,
    group_rows,
    seen_in,
    without,
)

NOISE_PX = 5.0
"""Standard deviation of the noisy 2D, as Table 4's N(0, 25), in pixels of the 1000 x 1000 image."""


def lift(exam: Exam) -> Table:
    """Tables 1 and 3: from true, noisy and (where the data has them) detected 2D, the root's depth known."""
    images = {"true 2D": exam.subjects.keypoints}
    images["noisy 2D"] = noisy(exam)
    if exam.subjects.detected is not None:
        images["detected 2D"] = exam.subjects.detected
    tasks = [lifting_task(exam, f"lift, {kind}", image) for kind, image in images.items()]
    published = {"true 2D": papers.LIFT_TRUE, "detected 2D": papers.LIFT_DETECTED}
    rows = []
    for kind, scores in zip(images, exam.run(tasks), strict=True):
        rows += group_rows(exam, kind, scores, partial(accuracy, exam), published.get(kind, {}))
    rows += floor(exam, FLOOR, without(SEEN_2D, ()), partial(accuracy, exam))
    return Table(
        "lift",
        "Lifting: MPJPE, mm",
        "GFPose Tables 1 and 3",
        rows,
        notes=(f"Noisy 2D has N(0, {NOISE_PX**2:g}) px on every joint.", FLOOR_NOTE),
    )


def cross_dataset(exam: Exam) -> Table:
    """Table 2: how well a prior does on data it was not made for, by scene."""
    (scores,) = exam.run([lifting_task(exam, f"lift, {exam.image_kind}", exam.image)])

    def figures(part: Scores) -> dict[str, float]:
        best = {"PCK, %": 100 * part.of("pck"), "AUC, %": 100 * part.of("auc")}
        return best | {f"min of {exam.hypotheses}": part.best(exam.hypotheses)}

    published = papers.CROSS_DATASET if exam.hypotheses == 200 else {}
    return Table(
        "cross-dataset",
        f"Lifting from {exam.image_kind}: PCK within 150 mm and AUC of the best of {exam.hypotheses}, "
        "and MPJPE, mm",
        "GFPose Table 2",
        group_rows(exam, exam.image_kind, scores, figures, published),
        paper_data="MPI-INF-3DHP, detected 2D",
        notes=("All 17 joints count, among them the root, which is always right.",),
    )


def noisy(exam: Exam) -> np.ndarray:  # -> (N, J, 2) px
    """The true 2D with :data:`NOISE_PX` on every joint."""
    true = exam.subjects.keypoints
    return true + exam.rng(2).normal(0, NOISE_PX, true.shape)


def lifting_task(exam: Exam, name: str, image: np.ndarray, **options: object) -> Task:
    """Find the poses again from joints seen at ``image`` (N, J, 2) px."""
    condition = seen_in(exam, image, np.ones(image.shape[:2], bool))
    return Task(name, condition, exam.truth, exam.hypotheses, **options)
