"""What tables share: tasks from joints and levels, figures from scores, the floor of knowing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.evaluation.exam import Exam, Task
from gfpose_core.evaluation.scores import Scores
from gfpose_core.evaluation.table import Row
from gfpose_core.skeleton import H36M17
from gfpose_core.training.poses import EVALUATION_CAMERAS

FLOOR = "random training poses"

_AT_A_TIME = 64
"""Poses whose floor is measured together; what is drawn for them depends on it."""

FLOOR_NOTE = (
    f"*{FLOOR}*: what knowing nothing gives, other people's poses before random cameras, with the joints "
    "that the evidence fixes put right."
)


def without(level: int, parts: Iterable[str]) -> np.ndarray:  # -> (J,) levels
    """Every joint at ``level``, but those of ``parts``, which are free."""
    levels = np.full(H36M17.n_joints, level)
    for part in parts:
        levels[list(H36M17.parts[part])] = FREE
    return levels


def task(exam: Exam, name: str, levels: np.ndarray, **options: object) -> Task:
    """Find the exam's poses again from their joints at ``levels``, (J,) or one row a pose (N, J).

    What is seen in 2D alone is seen in the exam's image; joints in space, and those beside them, are true.
    """
    levels = np.broadcast_to(levels, exam.truth.shape[:2])
    if (levels == SEEN_2D).any() and not (levels == FIXED_3D).any():
        condition = seen_in(exam, exam.image, levels == SEEN_2D)
    else:
        condition = Condition.from_camera(exam.subjects.points, levels)
    return Task(name, condition, exam.truth, exam.hypotheses, **options)


def seen_in(exam: Exam, image: np.ndarray, visible: np.ndarray) -> Condition:
    """The ``visible`` (N, J) joints at ``image`` (N, J, 2) px, the depth of every root known."""
    return Condition.from_keypoints(image, exam.subjects.camera, exam.subjects.points[:, 0, 2], visible)


def image_note(exam: Exam) -> str:
    """Which 2D the evidence is, beside the paper's."""
    if exam.subjects.detected is None:
        return "The paper's 2D is detected, ours is true."
    return "2D is detected, as the paper's."


def accuracy(exam: Exam, scores: Scores) -> dict[str, float]:
    """Protocol 1 of the average and of the best hypothesis, protocol 2 of the best of all."""
    several = [count for count in exam.counts if count > 1]
    figures = {"mean": scores.mean()}
    figures |= {f"min of {count}": scores.best(count) for count in several}
    if several:
        figures[f"P2 min of {several[-1]}"] = scores.best_aligned(several[-1])
    return figures


def floor(
    exam: Exam, label: str, levels: np.ndarray, figures: Callable[[Scores], dict[str, float]]
) -> list[Row]:
    """A row ``label`` for random training poses in the place of hypotheses; none without such poses.

    The joints that ``levels`` fix are put right.
    """
    if exam.training is None:
        return []
    rng, known, parts = exam.rng(1), (levels == FIXED_3D)[:, None], []
    for first in range(0, len(exam.truth), _AT_A_TIME):
        truth = exam.truth[first : first + _AT_A_TIME]
        exam.report(first / len(exam.truth), label)
        picked = exam.training[rng.integers(len(exam.training), size=len(truth) * exam.hypotheses)]
        points = EVALUATION_CAMERAS.points(picked - picked[:, :1], rng)
        guesses = (points - points[:, :1]).reshape(len(truth), exam.hypotheses, *points.shape[1:])
        parts.append(Scores.measure(np.where(known, truth[:, None], guesses), truth))
    return [Row(label, figures(Scores.join(parts)))]


def group_rows(
    exam: Exam,
    kind: str,
    scores: Scores,
    figures: Callable[[Scores], dict[str, float]],
    paper: Mapping[str, Mapping[str, float]],
) -> list[Row]:
    """``kind`` in every group of the subjects, averaged over groups (as the paper over actions), over poses.

    ``paper`` has figures by group, and under ``average`` and ``all poses`` what it has for these.
    """
    groups = exam.subjects.groups
    names = [str(name) for name in np.unique(groups)]
    rows = [Row(f"{kind}: {name}", figures(scores[groups == name]), paper.get(name, {})) for name in names]
    over_groups = {key: float(np.mean([row.figures[key] for row in rows])) for key in rows[0].figures}
    return [
        *rows,
        Row(f"{kind}: average of groups", over_groups, paper.get("average", {})),
        Row(f"{kind}: all poses", figures(scores), paper.get("all poses", {})),
    ]
