"""Where a document goes on from a run instead of from noise. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gfpose_core.condition import Condition, Resume
from gfpose_core.trajectory import Recording

if TYPE_CHECKING:
    from app.documents.document import Document

REMEMBERED = 3
"""Estimates before the moment that a solver may want: no more go into any step."""

NO_MEAN = "poses go on from a run here, and the posterior mean draws none: start from noise again for it"
"""Why that sampler cannot be chosen on a branch."""


@dataclass(frozen=True, eq=False)
class Branch:
    """The states of a recorded run at one moment, and what had led to them.

    Attributes:
        run: number of the run they are of; 0 where it is not in the list.
        hypothesis: the one that all go on from; None where each goes on from its own.
        condition: N = 1, that of the run, with the states to go on from.
        sampler, options, evidence, guidance: what the run was asked to do, and
        checkpoint, start_time: by what, and from where; without these the states mean something else.
    """

    run: int
    hypothesis: int | None
    condition: Condition
    sampler: str
    options: Mapping[str, Any] = field(default_factory=dict)
    evidence: str | None = None
    checkpoint: str | None = None
    start_time: float | None = None
    guidance: float = 1.0

    @classmethod
    def of(
        cls, recording: Recording, asked: Document, moment: int, pose: int, hypothesis: int | None, run: int
    ) -> Branch:
        """From the recorded ``moment`` of a run that was ``asked`` for."""
        trajectory = recording.trajectory
        which = slice(None) if hypothesis is None else slice(hypothesis, hypothesis + 1)
        before = np.arange(moment - 1, max(moment - 1 - REMEMBERED, -1), -1)
        resume = Resume(
            states=trajectory.states[moment, [pose]][:, which],
            time=float(trajectory.times[moment]),
            earlier_times=trajectory.times[before],
            earlier=trajectory.clean[before][:, [pose]][:, :, which],
        )
        return cls._asked(asked, run, hypothesis, replace(recording.condition[[pose]], resume=resume))

    @classmethod
    def from_recording(cls, recording: Recording, asked: Document) -> Branch:
        """What a recorded run had itself gone on from; ``asked`` is the rest of its document."""
        condition = recording.condition[:1]
        fanned = condition.resume.states.shape[1] == 1
        return cls._asked(asked, 0, 0 if fanned else None, condition)

    @classmethod
    def _asked(cls, asked: Document, run: int, hypothesis: int | None, condition: Condition) -> Branch:
        return cls(
            run=run,
            hypothesis=hypothesis,
            condition=condition,
            sampler=asked.sampler,
            options=asked.sampler_options,
            evidence=asked.evidence,
            checkpoint=asked.checkpoint,
            start_time=asked.start_time,
            guidance=asked.guidance,
        )

    @property
    def time(self) -> float:
        """Of the SDE, where it goes on from."""
        return self.condition.resume.time

    @property
    def most_hypotheses(self) -> int | None:
        """How many can go on; None where it is as many as one likes."""
        return None if self.hypothesis is not None else self.condition.resume.states.shape[1]

    def fits(self, document: Document) -> bool:
        """Whether ``document`` lives in the space of the states: another checkpoint, another place before the
        camera or another noisy pose makes another one, and an optimisation has none."""
        start, then = self.condition.start, self.condition
        if document.optimises:
            return False
        if document.checkpoint != self.checkpoint or document.denoising != (start is not None):
            return False
        if start is not None:
            same_pose = np.allclose(document.noisy_pose, start.poses[0], atol=1e-2)
            return same_pose and document.start_time == self.start_time
        return not document.levels.any() or np.allclose(document.origin, then.origin[0])

    def condition_of(self, document: Document) -> Condition:
        """The evidence of ``document``, in the view of the states that it goes on from."""
        then = self.condition
        if document.denoising:
            given = then
        elif not document.levels.any():
            given = replace(then, observed=np.zeros_like(then.observed), confidence=None)
        else:
            points, levels = (document.pose + document.origin)[None], document.levels[None]
            sure = None if document.confidence is None else document.confidence[None]
            given = replace(Condition.in_view(points, levels, then.view, then.origin), confidence=sure)
        if self._unchanged(given, document):
            return then
        resume = replace(then.resume, earlier_times=None, earlier=None)
        return replace(given, start=then.start, resume=resume)

    def _unchanged(self, given: Condition, document: Document) -> bool:
        """Whether nothing but the seed is other than in the run."""
        then, asked = self.condition, (self.sampler, self.options, self.evidence, self.guidance)
        return (
            asked == (document.sampler, document.sampler_options, document.evidence, document.guidance)
            and np.array_equal(given.observed, then.observed)
            and np.allclose(given.values, then.values, atol=1e-2)
            and np.array_equal(given.confidence, then.confidence)
        )
