"""Where the main thread leaves requests for the worker: a newer one supersedes an older of its kind."""

from __future__ import annotations

import threading

from app.documents.request import CallRequest, LikelihoodRequest, Request, SampleRequest


class Job:
    """A request with the flag that cancels it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()


class Inbox:
    """Pending jobs and the running one; every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pending: list[Job] = []
        self._running: Job | None = None
        self._closed = False

    def put(self, request: Request, patiently: bool = False) -> None:
        """Queue a request; older ones of its kind are dropped, or cancelled if running; calls are not.

        ``patiently`` leaves the running one to end.
        """
        with self._changed:
            if not isinstance(request, CallRequest):
                self._supersede(type(request), patiently)
            if isinstance(request, SampleRequest):
                self._supersede(LikelihoodRequest)  # of poses that are on their way out
            self._pending.append(Job(request))
            self._changed.notify()

    def _supersede(self, kind: type, patiently: bool = False) -> None:
        self._pending = [job for job in self._pending if type(job.request) is not kind]
        if self._running and type(self._running.request) is kind and not patiently:
            self._running.cancel()

    def take(self) -> Job | None:
        """Wait for the next job; None once closed."""
        with self._changed:
            self._running = None
            self._changed.wait_for(lambda: self._pending or self._closed)
            if self._closed:
                return None
            self._running = self._pending.pop(0)
            return self._running

    def cancel(self, kind: type | None = None) -> None:
        """Cancel sampling, running or waiting, of one kind or of all; a checkpoint being opened is not
        stopped."""
        with self._changed:
            for job in (*self._pending, *filter(None, [self._running])):
                if kind in (None, type(job.request)):
                    job.cancel()

    def close(self) -> None:
        """Cancel everything and let the worker go."""
        self.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
