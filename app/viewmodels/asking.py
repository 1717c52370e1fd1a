"""From a document to the request that samples it, whole or as a quick preview, and back from a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from app.documents.branch import Branch
from app.documents.document import EVIDENCE, MOST_HYPOTHESES, POSTERIOR_MEAN, Document, Noise
from app.documents.guiding import weight_of
from app.documents.photo import Photo
from app.documents.request import ClipRequest, ClipTask, OptionField, PriorInfo, SampleRequest
from gfpose_core.condition import FIXED_3D, MOST_GUIDANCE
from gfpose_core.io.clip import Clip
from gfpose_core.ladder import LADDER, LADDERS
from gfpose_core.trajectory import Recording


def request_for(document: Document, prior: PriorInfo, animate: bool, preview: int = 0) -> SampleRequest:
    """What the worker is to do: all of it, or a ``preview`` of so many hypotheses, as the ladder has it.

    Raises:
        ConditionError: evidence that contradicts itself.
    """
    options, hypotheses = document.sampler_options, document.hypotheses
    if preview and document.sampler == Document.sampler:
        options = {**options, **LADDER["preview"].options}
    if preview:
        hypotheses = min(hypotheses, preview)
    if document.sampler == POSTERIOR_MEAN:
        hypotheses = 1
    if document.branch is not None and document.branch.most_hypotheses is not None:
        hypotheses = min(hypotheses, document.branch.most_hypotheses)
    if document.to_refine is not None:
        hypotheses = min(hypotheses, len(document.to_refine))
    return SampleRequest(
        id=0,
        condition=document.condition(start_time(document, prior)),
        hypotheses=hypotheses,
        sampler=document.sampler,
        options=options,
        evidence=None if document.optimises else document.evidence,
        guidance=weight_of(document),
        seed=document.seed,
        checkpoint=document.checkpoint,
        device=document.device,
        animate=animate,
        camera=document.camera,
    )


def request_for_clip(document: Document, task: ClipTask, clip: Clip, shared_noise: bool) -> ClipRequest:
    """Denoising by the posterior mean, the best single estimate; else by the document's sampler."""
    sampler = POSTERIOR_MEAN if task == "denoise" else document.sampler
    if sampler == POSTERIOR_MEAN and task != "denoise":
        sampler = Document.sampler
    return ClipRequest(
        id=0,
        task=task,
        clip=clip,
        hypotheses=1,
        sampler=sampler,
        options=document.options.get(sampler, {}),
        evidence=None if document.optimises else document.evidence,
        guidance=weight_of(document, task),
        noise_mm=document.noise.std_mm,
        shared_noise=shared_noise,
        seed=document.seed,
        checkpoint=document.checkpoint,
        device=document.device,
    )


def document_of(
    recording: Recording, before: Document, samplers: Mapping[str, tuple[OptionField, ...]]
) -> Document:
    """The document that asks for the first pose of a recorded run once more.

    What the recording does not tell is as ``before``. ``samplers`` are those known here: of a run by another,
    evidence and seed are all there is to take over.
    """
    document = _evidence_of(recording, replace(before, branch=None))
    document = replace(document, seed=recording.seed, seed_locked=True)
    fields, told = samplers.get(recording.sampler), recording.options
    if fields is None:
        return document
    options = {o.name: told[o.name] for o in fields if told.get(o.name, o.default) != o.default}
    mean, start = recording.sampler == POSTERIOR_MEAN, recording.condition.start
    document = replace(
        document,
        sampler=recording.sampler,
        options={**document.options, recording.sampler: options},
        evidence=told.get("evidence") if told.get("evidence") in EVIDENCE else None,
        guidance=_weight(told.get("guidance")),
        hypotheses=document.hypotheses if mean else min(recording.hypotheses, MOST_HYPOTHESES),
        to_refine=None if start is None else start.poses[0].reshape(-1, *start.poses.shape[-2:]),
    )
    if recording.condition.resume is None:
        return document
    return replace(document, branch=Branch.from_recording(recording, document))


def _weight(told: object) -> float:
    """The guidance that a recording tells; it may come from elsewhere, or from before there was any."""
    fits = isinstance(told, int | float) and 0 <= told <= MOST_GUIDANCE
    return float(told) if fits else 1.0


def _evidence_of(recording: Recording, before: Document) -> Document:
    condition = recording.condition
    if condition.start is not None and not condition.observed.any():
        noisy, stds = condition.start.poses[0], recording.trajectory.noise_levels
        noise = Noise(float(stds[0]) if len(stds) else before.noise.std_mm, "own")
        denoising = replace(
            before, pose=noisy, levels=np.full(len(noisy), FIXED_3D), bones=None, denoising=True
        )
        return replace(denoising, noise=noise, start_time=condition.start.time)
    view, origin = condition.view[:1], condition.origin[:1]
    shown = view.to_network(recording.poses[:1, 0] + origin[:, None])  # gives what the evidence leaves open
    places = view.to_camera(np.where(condition.observed[:1], condition.values[:1], shown))[0] - origin[0]
    camera = recording.camera
    photo = None
    if camera is not None and camera.size is not None and camera.K.ndim == 2:
        photo = Photo(camera, guessed=False, depth_guessed=False)
    return replace(
        before,
        pose=places,
        levels=condition.levels[0],
        bones=None,
        origin=origin[0],
        photo=photo,
        denoising=False,
    )


def quality_of(document: Document, samplers: Mapping[str, tuple[OptionField, ...]]) -> str | None:
    """The name of the quality that the document's sampler and options amount to; None where they are none."""
    defaults = {option.name: option.default for option in samplers.get(document.sampler, ())}
    for name, quality in LADDERS[document.family].items():
        same = {**defaults, **document.sampler_options} == {**defaults, **quality.options}
        if quality.sampler == document.sampler and same:
            return name
    return None


def start_time(document: Document, prior: PriorInfo) -> float:
    """Where denoising starts: as the document says, or matched to its noise."""
    if document.start_time is not None:
        return document.start_time
    return prior.time_of_noise(document.noise.std_mm)


def same_request(before: Document, after: Document) -> bool:
    """Whether two documents ask for the same result."""
    unasked = ("seed_locked", "photo", "bones")
    names = [name for name in Document.__dataclass_fields__ if name not in unasked]
    return all(getattr(before, name) is getattr(after, name) for name in names)


def can_preview(before: Document, after: Document) -> bool:
    """Whether a preview helps: evidence or noise changed, and the sampler is quick enough to follow."""
    same = before.pose is after.pose and before.levels is after.levels and before.noise == after.noise
    return not same and after.sampler in (Document.sampler, POSTERIOR_MEAN)
