"""Steps, depth and width, with speed: GFPose Table 9."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace

from gfpose_core.condition import SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.models import data_note, trained, training_note
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.base import image_note, task, without
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.training.recipes import recipe

STEPS = 300
TIMED = 64


@dataclass(frozen=True)
class _Variant:
    times_steps: float = 1.0
    blocks: int = 2
    hidden: int = 1024


VARIANTS = (
    _Variant(), _Variant(times_steps=0.5), _Variant(times_steps=2.0), _Variant(blocks=3), _Variant(blocks=4),
    _Variant(hidden=512), _Variant(hidden=2048), _Variant(hidden=4096),
)  # fmt: skip


def ablation(exam: Exam) -> Table:
    """Table 9: lifting models of several shapes, trained here, by the exam's sampler.

    The paper's own steps are those of ``--sampler euler-maruyama --steps 1000``.

    Raises:
        ConditionError: a sampler without steps.
    """
    if "steps" not in {field.name for field in fields(exam.sampler)}:
        raise ConditionError("this table varies the sampler's steps: choose a --sampler that has steps")
    base, rows = recipe("hpj-000"), []
    for variant, published in zip(VARIANTS, papers.ABLATION, strict=True):
        network = replace(base.model.network, blocks=variant.blocks, hidden=variant.hidden)
        prior = trained(exam, replace(base, model=replace(base.model, network=network)), STEPS)
        sampler = replace(exam.sampler, steps=max(2, round(exam.sampler.steps * variant.times_steps)))
        label = f"{sampler.steps} steps, {variant.blocks} blocks, {variant.hidden} wide"
        lifted = task(exam, f"lift, {label}", without(SEEN_2D, ()), sampler=sampler)
        (scores,) = exam.run([lifted], prior)
        figures = {
            f"min of {exam.hypotheses}": scores.best(exam.hypotheses),
            "mean": scores.mean(),
            "poses/s": _speed(exam, prior, sampler),
        }
        paper = {"min of 200": published[0], "poses/s": published[1]}
        rows.append(Row(label, figures, paper))
    speed = f"*poses/s*: one sample for each of {TIMED} poses together; the paper's on an NVIDIA 2080 Ti."
    notes = (training_note(exam, STEPS), data_note(exam), image_note(exam), speed)
    return Table("ablation", "Ablation: MPJPE, mm, and speed", "GFPose Table 9", rows, notes=notes)


def _speed(exam: Exam, prior: PosePrior, sampler: Sampler) -> float:
    """Poses a second, one sample each."""
    condition = task(exam, "", without(SEEN_2D, ())).condition[:TIMED]
    began = time.perf_counter()
    for step in prior.generate(condition, 1, sampler, exam.seed):
        last = step
    assert last.clean.shape[1] == 1
    return len(condition) / (time.perf_counter() - began)
