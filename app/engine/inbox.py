"""Where the main thread leaves requests for the worker: a newer one supersedes an older of its kind."""

from __future__ import annotations

import threading
import time

from app.documents.request import (
    ClipRequest,
    LikelihoodRequest,
    LoadRequest,
    Request,
    SampleRequest,
    TrialRequest,
)

URGENCY = {
    kind: rank
    for rank, kind in enumerate((ClipRequest, LikelihoodRequest, TrialRequest, SampleRequest, LoadRequest))
}
"""What is done first, and in between the steps of what is less urgent: what answers a gesture before what
may take minutes."""


class Job:
    """A request with the flag that cancels it, when it was made, and the seconds it has given way for."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.asked = time.perf_counter()
        self.away = 0.0
        self._cancelled = threading.Event()

    @property
    def urgency(self) -> int:
        return URGENCY[type(self.request)]

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()


class Inbox:
    """Pending jobs and those begun, of which the last one runs. Any thread may call any method."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: list[Job] = []
        self._begun: list[Job] = []
        self._closed = False

    def put(self, request: Request, patiently: bool = False) -> None:
        """Queue a request; older ones of its kind are dropped, or cancelled if begun.

        ``patiently`` leaves those that are begun to end.
        """
        with self._changed:
            self._supersede(type(request), patiently)
            if isinstance(request, SampleRequest):
                self._supersede(LikelihoodRequest)  # of poses that are on their way out
            self._pending.append(Job(request))
            self._changed.notify()

    def _supersede(self, kind: type, patiently: bool = False) -> None:
        self._pending = [job for job in self._pending if type(job.request) is not kind]
        for job in self._begun:
            if type(job.request) is kind and not patiently:
                job.cancel()

    def take(self) -> Job | None:
        """Wait for the next job; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closed)
            return self._begin()

    def take_before(self, job: Job) -> Job | None:
        """The next job if it is more urgent than ``job``, which is begun and goes on once that is done."""
        with self._changed:
            if all(other.urgency <= job.urgency for other in self._pending):
                return None
            return self._begin()

    def _begin(self) -> Job | None:
        if self._closed:
            return None
        job = max(self._pending, key=lambda job: job.urgency)  # the oldest of those
        self._pending.remove(job)
        self._begun.append(job)
        return job

    def done(self, job: Job) -> None:
        """It ended, in whatever way."""
        with self._changed:
            self._begun.remove(job)

    def cancel(self, *kinds: type) -> None:
        """Cancel what was asked for, begun or waiting, of some kinds or of all; a checkpoint being opened is
        not stopped."""
        with self._changed:
            for job in (*self._pending, *self._begun):
                if not kinds or type(job.request) in kinds:
                    job.cancel()

    def close(self) -> None:
        """Cancel everything and let the worker go."""
        self.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
