"""The sampler lab: two ways of sampling what the document asks, from the same noise. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.optimising import ZEDO, why_not_optimise
from app.documents.request import Samplers, draws
from app.looks.words import capital
from gfpose_core.ladder import LADDER, LADDERS
from gfpose_core.registry import DEFAULT_PRIOR, family_of


@dataclass(frozen=True)
class Setup:
    """One way of sampling: options that differ from the defaults, and a checkpoint.

    ``own`` takes the checkpoint of the document, whichever that is.
    """

    sampler: str = Document.sampler
    options: Mapping[str, Any] = field(default_factory=dict)
    own: bool = True
    checkpoint: str | None = None

    @classmethod
    def of_quality(cls, name: str) -> Setup:
        """A rung of the ladder."""
        return cls(LADDER[name].sampler, LADDER[name].options)

    def with_sampler(self, sampler: str, options: Mapping[str, Any] | None = None) -> Setup:
        """Another sampler; an optimiser without options is that of the standard quality."""
        family = family_of(sampler)
        if options is None and family != DEFAULT_PRIOR:
            options = LADDERS[family]["standard"].options
        return replace(self, sampler=sampler, options=dict(options or {}))

    @property
    def family(self) -> str:
        """Of priors."""
        return family_of(self.sampler)

    def with_steps(self, steps: int) -> Setup:
        return replace(self, options={**self.options, "steps": steps})

    def with_checkpoint(self, own: bool, checkpoint: str | None) -> Setup:
        return replace(self, own=own, checkpoint=checkpoint)

    def asked_of(self, document: Document, start_time: float) -> Document:
        """What ``document`` asks, sampled this way; denoising starts where ``start_time`` says in both."""
        return replace(
            document,
            sampler=self.sampler,
            options={**document.options, self.sampler: self.options},
            checkpoint=document.checkpoint if self.own else self.checkpoint,
            start_time=start_time if document.denoising else document.start_time,
        )


Setups = tuple[Setup, Setup]
FIRST: Setups = (Setup.of_quality("preview"), Setup.of_quality("standard"))


def refusal(setups: Setups, document: Document) -> str | None:
    """Why the two cannot be compared, in a sentence; None where they can."""
    if any(setup.sampler == POSTERIOR_MEAN for setup in setups) and not document.denoising:
        return "The posterior mean is for denoising: choose another sampler, or the task Denoise."
    if any(setup.sampler == ZEDO for setup in setups):
        if why_not := why_not_optimise(document):
            return f"{capital(why_not)}."
        if document.branch is not None:
            return "ZeDO goes on from no x(t): choose another sampler, or start from noise."
    if document.branch is not None:
        if any(not setup.own and setup.checkpoint != document.checkpoint for setup in setups):
            return "A branch goes on from one checkpoint's states: choose the window's, or start from noise."
        if any(setup.sampler == POSTERIOR_MEAN for setup in setups):
            return "The posterior mean draws nothing: choose another sampler, or start from noise."
    return None


def shared(setups: Setups, document: Document, samplers: Samplers) -> str:
    """What the two have in common, said so that nobody takes it for more."""
    a, b = setups
    if a.sampler == b.sampler == ZEDO:
        return "Both start from the same typical poses and draw no noise: nothing is left to chance."
    if ZEDO in (a.sampler, b.sampler):
        letter = "A" if a.sampler == ZEDO else "B"
        return (
            f"Both are given the same keypoints. {letter}, ZeDO, starts from typical poses instead of noise: "
            "hypotheses of one number have nothing else in common."
        )
    noisy = [draws(samplers, setup.sampler, setup.options) for setup in setups]
    one_network = a.checkpoint == b.checkpoint and a.own == b.own
    if document.branch is not None:
        start = f"Both go on from the branch's states, the same x(t) at t = {document.branch.time:.2f}"
    elif document.denoising:
        start = "Both start from the same noisy pose"
    else:
        start = "Both start from the same noise, hypothesis by hypothesis"
        start += "" if one_network else ", each scaled to its own network's units"
    if not any(noisy):
        return f"{start}, and draw none on the way: nothing else is left to chance."
    if not all(noisy):
        letter = "A" if noisy[0] else "B"
        return f"{start}. Only {letter} draws noise on the way, so its way there is left to chance."
    if (a.sampler, a.options) == (b.sampler, b.options):
        return f"{start}, and every draw on the way is the same too."
    return (
        f"{start}; on the way each draws noise as its own sampler and steps ask, "
        "so chance too sets their poses apart."
    )
