"""The loop that samples. It knows no Qt and no thread: whoever calls ``run`` lends it theirs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from app.documents.moments import MAX_MOMENTS
from app.documents.request import (
    ClipDone,
    ClipRequest,
    ClipTask,
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

AT_ONCE: dict[ClipTask, int] = {"lift": 512, "complete": 512, "denoise": 128}
"""Frames of a clip that a processor takes at a time: few enough that an edit, which is answered between two
of their steps, waits for hundredths of a second, and hardly slower than more. Before its first step denoising
makes ten network calls."""

MOST_PRIORS = 3
"""Checkpoints kept loaded: the window's, and both of the lab."""


class Superseded(Exception):
    """Ends a job that was cancelled and leaves nothing."""


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
    """Takes jobs out of ``inbox``, leaves what is seen of them, and events, in ``mailbox``.

    Between two steps of a job those that are more urgent are done, each as if it were alone.
    """

    def __init__(self, inbox: Inbox, mailbox: Mailbox, backend: Backend) -> None:
        self._inbox = inbox
        self._mailbox = mailbox
        self._backend = backend
        self._greeted = False
        self._loaded: dict[tuple[str | None, str, str], Any] = {}

    def run(self) -> None:
        """Work until the inbox is closed."""
        while (job := self._inbox.take()) is not None:
            self._attend(job)

    def _attend(self, job: Job) -> None:
        """Do ``job``, whatever comes of it."""
        try:
            if not self._greeted:
                self._mailbox.post(self._backend.ready())
                self._greeted = True
            self._use_threads(job)
            self._do(job)
        except Superseded:
            self._mailbox.post(Dropped(job.request.id))
        except Exception as error:
            self._mailbox.post(failure(job.request, error))
        finally:
            self._inbox.done(job)

    def _do(self, job: Job) -> None:
        if isinstance(job.request, LoadRequest):
            self._open(job.request)
        elif job.cancelled:
            raise Superseded
        elif isinstance(job.request, LikelihoodRequest):
            self._weigh(job, job.request)
        elif isinstance(job.request, ClipRequest):
            self._go_through(job, job.request)
        else:
            self._sample(job, job.request)

    def _give_way(self, job: Job) -> None:
        """Between two steps of ``job``, do what is more urgent."""
        while not job.cancelled and (urgent := self._inbox.take_before(job)) is not None:
            began = time.perf_counter()
            self._attend(urgent)
            job.away += time.perf_counter() - began
            self._use_threads(job)  # with as many as before, that its bits be the same

    def _use_threads(self, job: Job) -> None:
        request = job.request
        self._backend.use_threads(request.animate if isinstance(request, SampleRequest) else True)

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
        for first in range(0, len(request.poses), LIKELY_AT_ONCE):
            poses = request.poses[first : first + LIKELY_AT_ONCE]
            nats = self._backend.likelihoods(prior, request.condition, poses, lambda _: self._pause(job))
            last = first + len(poses) == len(request.poses)
            self._mailbox.post(Likelihoods(request.id, first, nats, last))

    def _go_through(self, job: Job, request: ClipRequest) -> None:
        """A clip, whole; nothing of it is kept where it is cancelled."""
        from gfpose_core import sampling, sequences  # on this thread: they bring torch

        prior = self._prior(request)
        sampler = self._backend.sampler(request.sampler, dict(request.options))

        def progress(share: float) -> None:
            self._mailbox.leave(request.id, share)
            self._pause(job)

        rest = {
            "seed": request.seed,
            "hypotheses": request.hypotheses,
            "shared_noise": request.shared_noise,
            "progress": progress,
            "rows": AT_ONCE[request.task] if request.device == "cpu" else sampling.ROWS,
        }
        told = {"evidence": request.evidence, "guidance": request.guidance}
        if request.task == "lift":
            clip = sequences.lift(prior, request.clip, sampler, **told, **rest)
        elif request.task == "complete":
            clip = sequences.complete(prior, request.clip, sampler, **told, **rest)
        else:
            clip = sequences.denoise(prior, request.clip, sampler, request.noise_mm, **rest)
        self._mailbox.post(ClipDone(request.id, clip, time.perf_counter() - job.asked))

    def _pause(self, job: Job) -> None:
        """Give way, or end what was cancelled: for work whose steps are gone through elsewhere."""
        self._give_way(job)
        if job.cancelled:
            raise Superseded

    def _sample(self, job: Job, request: SampleRequest) -> None:
        from gfpose_core.priors.base import CountsCalls  # on this thread: it brings torch

        prior = self._prior(request)
        sampler = self._backend.sampler(request.sampler, dict(request.options))
        started = time.perf_counter()
        recorder = Recorder(MAX_MOMENTS, MAX_BYTES)
        for step in prior.generate(
            request.condition, request.hypotheses, sampler, request.seed, request.evidence,
            guidance=request.guidance,
        ):  # fmt: skip
            recorder.add(step)
            self._mailbox.leave(request.id, _moment(step, request.sampler in OPTIMISERS))
            self._give_way(job)
            if job.cancelled:
                break
        recording = recorder.finish(
            "cancelled" if job.cancelled else "finished",
            condition=request.condition,
            seed=request.seed,
            checkpoint=prior.name,
            checkpoint_sha256=prior.sha256,
            sampler=request.sampler,
            options={**asdict(sampler), "evidence": request.evidence, "guidance": request.guidance},
            camera=request.camera,
        )
        calls = step.calls if isinstance(step, CountsCalls) else None
        seconds = time.perf_counter() - started - job.away
        self._mailbox.post(Finished(request.id, recording, seconds, calls, step.index + 1))


def _moment(step: Step, optimised: bool) -> Moment:
    states, clean = _frozen(step.states[0]), _frozen(step.clean[0])
    return Moment(step.index, step.count, step.time, step.noise_level, states, clean, optimised)


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.array(array, np.float32)
    array.setflags(write=False)
    return array
