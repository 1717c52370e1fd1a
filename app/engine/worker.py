"""The loop that samples. It knows no Qt and no thread: whoever calls ``run`` lends it theirs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from app.documents.moments import MAX_MOMENTS
from app.documents.request import (
    Called,
    CallRequest,
    ClipDone,
    ClipProgress,
    ClipRequest,
    Dropped,
    Finished,
    LikelihoodRequest,
    Likelihoods,
    Loaded,
    LoadRequest,
    Moment,
    PriorInfo,
    Ready,
    SampleRequest,
)
from app.engine.failure import failure
from app.engine.inbox import Inbox, Job
from app.engine.mailbox import Mailbox
from app.engine.recorder import Recorder
from gfpose_core.registry import DEFAULT_PRIOR, OPTIMISERS, family_of

if TYPE_CHECKING:
    from gfpose_core.condition import Condition
    from gfpose_core.priors.base import Step

MAX_BYTES = 512 * 2**20
"""... and takes at most this much memory."""


LIKELY_AT_ONCE = 4
"""Poses whose likelihoods are worked out together: few, as cancelling waits for one pass through them."""


class Superseded(Exception):
    """Raised by whoever watches slow work, to end it."""


MOST_PRIORS = 3
"""Checkpoints kept loaded: the window's, and both of the lab."""


class Backend(Protocol):
    """What the worker needs of torch and the core; :class:`.backend.TorchBackend` is the real one."""

    def ready(self) -> Ready: ...

    def load(self, checkpoint: str | None, device: str, family: str) -> Any: ...  # a PosePrior

    def describe(self, prior: Any, checkpoint: str | None, device: str) -> PriorInfo: ...

    def sampler(self, name: str, options: dict[str, Any]) -> Any: ...  # a Sampler

    def use_threads(self, animate: bool) -> None: ...

    def likelihoods(
        self, prior: Any, condition: Condition, poses: np.ndarray, heard: Callable[[float], None]
    ) -> np.ndarray: ...  # (S, 17, 3) mm -> (S,) nats a free coordinate


class Worker:
    """Takes jobs out of ``inbox``, leaves moments and events in ``mailbox``."""

    def __init__(self, inbox: Inbox, mailbox: Mailbox, backend: Backend) -> None:
        self._inbox = inbox
        self._mailbox = mailbox
        self._backend = backend
        self._loaded: dict[tuple[str | None, str, str], Any] = {}

    def run(self) -> None:
        """Work until the inbox is closed."""
        greeted = False
        while (job := self._inbox.take()) is not None:
            try:
                if not greeted:
                    self._mailbox.post(self._backend.ready())
                    greeted = True
                self._do(job)
            except Exception as error:
                self._mailbox.post(failure(job.request, error))

    def _do(self, job: Job) -> None:
        if isinstance(job.request, LoadRequest):
            self._open(job.request)
        elif isinstance(job.request, CallRequest):
            self._mailbox.post(Called(job.request.id, job.request.function()))
        elif job.cancelled:
            self._mailbox.post(Dropped(job.request.id))
        elif isinstance(job.request, LikelihoodRequest):
            self._weigh(job, job.request)
        elif isinstance(job.request, ClipRequest):
            self._go_through(job, job.request)
        else:
            self._sample(job, job.request)

    def _open(self, request: LoadRequest) -> None:
        changed = (request.checkpoint, request.device)  # the file may have
        self._loaded = {key: prior for key, prior in self._loaded.items() if key[:2] != changed}
        prior = self._prior(request)
        self._mailbox.post(
            Loaded(request.id, self._backend.describe(prior, request.checkpoint, request.device))
        )

    def _prior(self, request: LoadRequest | SampleRequest | LikelihoodRequest | ClipRequest) -> Any:
        """The prior of the request; those asked for longest ago are let go."""
        samples = isinstance(request, SampleRequest | ClipRequest)
        family = family_of(request.sampler) if samples else DEFAULT_PRIOR
        key = (request.checkpoint, request.device, family)
        prior = self._loaded.pop(key, None) or self._backend.load(*key)
        newest = list(self._loaded.items())[: MOST_PRIORS - 1]
        self._loaded = {key: prior, **dict(newest)}
        return prior

    def _weigh(self, job: Job, request: LikelihoodRequest) -> None:
        """Likelihoods, a few at a time; each few are posted as they come."""
        prior = self._prior(request)
        watch = self._watch(job)
        try:
            for first in range(0, len(request.poses), LIKELY_AT_ONCE):
                poses = request.poses[first : first + LIKELY_AT_ONCE]
                nats = self._backend.likelihoods(prior, request.condition, poses, watch)
                last = first + len(poses) == len(request.poses)
                self._mailbox.post(Likelihoods(request.id, first, nats, last))
        except Superseded:
            self._mailbox.post(Dropped(request.id))

    def _go_through(self, job: Job, request: ClipRequest) -> None:
        """A clip, whole; nothing of it is kept where it is cancelled."""
        from gfpose_core import sequences  # on this thread: it brings torch

        prior = self._prior(request)
        self._backend.use_threads(True)
        sampler = self._backend.sampler(request.sampler, dict(request.options))
        started = time.perf_counter()
        rest = {
            "seed": request.seed,
            "hypotheses": request.hypotheses,
            "shared_noise": request.shared_noise,
            "progress": self._watch(job),
        }
        try:
            if request.task == "lift":
                clip = sequences.lift(prior, request.clip, sampler, evidence=request.evidence, **rest)
            elif request.task == "complete":
                clip = sequences.complete(prior, request.clip, sampler, evidence=request.evidence, **rest)
            else:
                clip = sequences.denoise(prior, request.clip, sampler, request.noise_mm, **rest)
        except Superseded:
            self._mailbox.post(Dropped(request.id))
        else:
            self._mailbox.post(ClipDone(request.id, clip, time.perf_counter() - started))

    def _watch(self, job: Job) -> Callable[[float], None]:
        """Hears how far slow work is, and ends it where its job is cancelled."""

        def watch(share: float) -> None:
            if job.cancelled:
                raise Superseded
            if isinstance(job.request, ClipRequest):
                self._mailbox.post(ClipProgress(job.request.id, share))

        return watch

    def _sample(self, job: Job, request: SampleRequest) -> None:
        from gfpose_core.priors.base import CountsCalls  # on this thread: it brings torch

        prior = self._prior(request)
        self._backend.use_threads(request.animate)
        sampler = self._backend.sampler(request.sampler, dict(request.options))
        started = time.perf_counter()
        recorder = Recorder(MAX_MOMENTS, MAX_BYTES)
        for step in prior.generate(
            request.condition, request.hypotheses, sampler, request.seed, request.evidence
        ):  # fmt: skip
            recorder.add(step)
            self._mailbox.leave(request.id, _moment(step, request.sampler in OPTIMISERS))
            if job.cancelled:
                break
        recording = recorder.finish(
            "cancelled" if job.cancelled else "finished",
            condition=request.condition,
            seed=request.seed,
            checkpoint=prior.name,
            checkpoint_sha256=prior.sha256,
            sampler=request.sampler,
            options={**asdict(sampler), "evidence": request.evidence},
            camera=request.camera,
        )
        calls = step.calls if isinstance(step, CountsCalls) else None
        seconds = time.perf_counter() - started
        self._mailbox.post(Finished(request.id, recording, seconds, calls, step.index + 1))


def _moment(step: Step, optimised: bool) -> Moment:
    states, clean = _frozen(step.states[0]), _frozen(step.clean[0])
    return Moment(step.index, step.count, step.time, step.noise_level, states, clean, optimised)


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.array(array, np.float32)
    array.setflags(write=False)
    return array
