"""Missing joints from 2D and from 3D, and the ways of using evidence: GFPose Tables 5, 6, S6 to S8."""

from __future__ import annotations

from functools import partial

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam, Task
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.base import (
    FLOOR,
    FLOOR_NOTE,
    accuracy,
    floor,
    image_note,
    task,
    without,
)
from gfpose_core.priors.base import EvidenceUse
from gfpose_core.skeleton import H36M17

WAYS: tuple[EvidenceUse, ...] = ("condition", "imputation", "both")


def complete_2d(exam: Exam) -> Table:
    """Table 5: some joints not seen, the others in 2D."""
    tasks = tasks_2d(exam)
    rows = [
        Row(f"{kind} unseen", accuracy(exam, scores), {"min of 200": papers.COMPLETE_2D[kind]})
        for kind, scores in zip(tasks, exam.run(list(tasks.values())), strict=True)
    ]
    rows += floor(exam, FLOOR, without(SEEN_2D, ()), partial(accuracy, exam))
    return Table(
        "complete-2d",
        "Completion from partial 2D: MPJPE, mm",
        "GFPose Table 5",
        rows,
        notes=(image_note(exam), FLOOR_NOTE),
    )


def tasks_2d(exam: Exam) -> dict[str, Task]:
    """Table 5's six kinds of missing joints, by name; single ones are drawn anew for every pose."""
    rng, n = exam.rng(3), len(exam.truth)
    kinds = {}
    for count in (1, 2):
        order = rng.permuted(np.tile(np.arange(H36M17.n_joints), (n, 1)), axis=1)
        kinds[f"{count} joint{'s' * (count > 1)}"] = np.where(order < count, FREE, SEEN_2D)
    for side in ("leg", "arm"):
        kinds[f"2 {side}s"] = without(SEEN_2D, (f"left {side}", f"right {side}"))
    for side in ("left", "right"):
        kinds[f"{side} leg + {side} arm"] = without(SEEN_2D, (f"{side} leg", f"{side} arm"))
    return {kind: task(exam, f"{kind} unseen", levels) for kind, levels in kinds.items()}


def complete_3d(exam: Exam) -> Table:
    """Table 6: one limb missing, the other joints fixed in 3D."""
    tasks = tasks_3d(exam)
    rows = []
    for part, scores in zip(tasks, exam.run(list(tasks.values())), strict=True):
        rows.append(Row(f"{part} from 3D", accuracy(exam, scores), papers.COMPLETE_3D[part]))
        rows += floor(exam, f"{part}: {FLOOR}", without(FIXED_3D, (part,)), partial(accuracy, exam))
    return Table(
        "complete-3d", "Completion from partial 3D: MPJPE, mm", "GFPose Table 6", rows, notes=(FLOOR_NOTE,)
    )


def tasks_3d(exam: Exam) -> dict[str, Task]:
    """Table 6's four limbs, by name."""
    return {part: task(exam, f"{part} from 3D", without(FIXED_3D, (part,))) for part in papers.COMPLETE_3D}


def inference(exam: Exam) -> Table:
    """Tables S6 to S8: evidence through the network, by overwriting x(t), or both."""
    kinds = {
        "lift": without(SEEN_2D, ()),
        "2 legs from 2D": without(SEEN_2D, ("left leg", "right leg")),
        "right leg from 3D": without(FIXED_3D, ("right leg",)),
    }
    tasks = [
        task(exam, f"{kind}, {way}", levels, evidence=way) for kind, levels in kinds.items() for way in WAYS
    ]
    scores = iter(exam.run(tasks))
    rows = []
    for kind in kinds:
        best = {way: next(scores).best(exam.hypotheses) for way in WAYS}
        published = papers.INFERENCE[kind] if exam.hypotheses == 200 else {}
        rows.append(Row(kind, best, published))
    notes = [image_note(exam)]
    if exam.prior.takes_evidence_as_exact:
        notes.append(
            "*condition* and *both* are the same distribution here, drawn twice: this checkpoint's network "
            "takes evidence as exact, so imputing it changes nothing."
        )
    return Table(
        "inference",
        f"Ways of using evidence: min of {exam.hypotheses} MPJPE, mm",
        "GFPose supplementary Tables 6 to 8 (its unified model U3D)",
        rows,
        notes=notes,
    )
