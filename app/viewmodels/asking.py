"""From a document to the request that samples it, whole or as a quick preview."""

from __future__ import annotations

from app.document import POSTERIOR_MEAN, Document
from app.request import PriorInfo, SampleRequest

PREVIEW_STEPS = 6
"""Enough of the default sampler for one hypothesis to follow a drag."""


def request_for(document: Document, prior: PriorInfo, animate: bool, preview: bool = False) -> SampleRequest:
    """What the worker is to do. A preview draws one hypothesis in few steps.

    Raises:
        ConditionError: evidence that contradicts itself.
    """
    options, hypotheses = document.sampler_options, document.hypotheses
    if preview and document.sampler == Document.sampler:
        options = {**options, "steps": PREVIEW_STEPS}
    if preview or document.sampler == POSTERIOR_MEAN:
        hypotheses = 1
    return SampleRequest(
        id=0,
        condition=document.condition(start_time(document, prior)),
        hypotheses=hypotheses,
        sampler=document.sampler,
        options=options,
        evidence=document.evidence,
        seed=document.seed,
        checkpoint=document.checkpoint,
        device=document.device,
        animate=animate,
    )


def start_time(document: Document, prior: PriorInfo) -> float:
    """Where denoising starts: as the document says, or matched to its noise."""
    if document.start_time is not None:
        return document.start_time
    return prior.time_of_noise(document.noise.std_mm)


def same_request(before: Document, after: Document) -> bool:
    """Whether two documents ask for the same result."""
    names = [name for name in Document.__dataclass_fields__ if name != "seed_locked"]
    return all(getattr(before, name) is getattr(after, name) for name in names)


def can_preview(before: Document, after: Document) -> bool:
    """Whether a preview helps: a joint or the noise was moved, and the sampler is quick enough to follow."""
    moved = before.pose is not after.pose or before.noise != after.noise
    return moved and after.sampler in (Document.sampler, POSTERIOR_MEAN)
