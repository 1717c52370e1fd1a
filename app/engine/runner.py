"""The main thread's side of the worker: hands requests over, fetches what came back. Files are read and
written beside it.

Moments are fetched as often as they can be seen, events as they come: a pose that answers a drag would else
wait for as long as it took.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from app.documents.request import (
    ClipDone,
    ClipRequest,
    Dropped,
    Event,
    Failed,
    Finished,
    LikelihoodRequest,
    Likelihoods,
    Loaded,
    LoadRequest,
    Moment,
    Ready,
    Request,
    SampleRequest,
    TrialRequest,
)
from app.engine.errands import Errands
from app.engine.inbox import Inbox
from app.engine.mailbox import Mailbox
from app.engine.worker import Backend, Worker

POLL_MS, MOMENT_MS = 4, 16
PATIENCE_MS = 25
"""A preview that comes so soon is worth waiting for: what was edited and its answer are then painted at once,
and painting does not slow down the answer."""

Trial = tuple[int, Callable[[Moment], None], Callable[[Finished | Failed | None], None]]


class Runner(QObject):
    """Owns the one worker thread, and the one for calls. Signals carry only answers to the newest request of
    their kind, and of runs to those that it let end."""

    ready = Signal(object)  # Ready
    loaded = Signal(object)  # Loaded
    moment = Signal(object)  # Moment
    finished = Signal(object)  # Finished
    failed = Signal(object)  # Failed
    likelihoods = Signal(object)  # Likelihoods
    clip_progressed = Signal(float)  # 0 to 1
    clip_done = Signal(object)  # ClipDone
    sampling_changed = Signal(bool)
    loading_changed = Signal(bool)
    weighing_changed = Signal(bool)
    clip_changed = Signal(bool)
    call_changed = Signal()  # another is under way, or none

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids = count(1)
        self._sampling: set[int] = set()
        self._loading: int | None = None
        self._weighing: int | None = None
        self._clip: int | None = None
        self._calls = Errands(self, "calls")
        self._untold: list[Callable[[], None]] = []
        self._trial: Trial | None = None
        self._closed = False
        self._inbox = Inbox()
        self._mailbox = Mailbox()
        self._thread = threading.Thread(
            target=Worker(self._inbox, self._mailbox, backend).run, name="sampling", daemon=True
        )
        self._timer = QTimer(self, interval=POLL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fetch)
        self._since_moment = QElapsedTimer()
        self._since_moment.start()

    @property
    def sampling(self) -> bool:
        return bool(self._sampling)

    @property
    def loading(self) -> bool:
        return self._loading is not None

    @property
    def weighing(self) -> bool:
        """Whether likelihoods are worked out."""
        return self._weighing is not None

    @property
    def calling(self) -> bool:
        """Whether a call is under way, or what came of one is still to be told."""
        return bool(self._calls.under_way or self._untold)

    @property
    def call_under_way(self) -> str:
        """What it does, in words as "open walk.bvh"; empty where there is none."""
        return self._calls.under_way

    def sample(self, request: SampleRequest, patiently: bool = False) -> None:
        """Run ``request`` under a fresh id; what ran before is cancelled and its answers dropped.

        ``patiently`` lets what runs now end and be told: where requests come faster than answers, there would
        else be none.
        """
        self.stop_weighing()
        number = next(self._ids)
        self._sampling = {*self._sampling, number} if patiently else {number}
        self._hand_over(replace(request, id=number), patiently)
        self.sampling_changed.emit(True)

    def load(self, checkpoint: str | None, device: str) -> None:
        """Open a checkpoint."""
        self._loading = next(self._ids)
        self._hand_over(LoadRequest(self._loading, checkpoint, device))
        self.loading_changed.emit(True)

    def weigh(self, request: LikelihoodRequest) -> None:
        """Work out likelihoods under a fresh id; what was asked before is dropped, sampling drops this."""
        self._weighing = next(self._ids)
        self._hand_over(replace(request, id=self._weighing))
        self.weighing_changed.emit(True)

    def stop_weighing(self) -> None:
        """Drop the likelihoods that are on their way."""
        if self._weighing is not None:
            self._inbox.cancel(LikelihoodRequest)
            self._weighing = None
            self.weighing_changed.emit(False)

    @property
    def working_on_clip(self) -> bool:
        """Whether a clip goes through the prior."""
        return self._clip is not None

    def go_through(self, request: ClipRequest) -> None:
        """Put a clip through the prior, under a fresh id; whatever else is asked for comes in between."""
        self._clip = next(self._ids)
        self._hand_over(replace(request, id=self._clip))
        self.clip_changed.emit(True)

    def stop_clip(self) -> None:
        """Drop the clip that goes through the prior."""
        if self._clip is not None:
            self._inbox.cancel(ClipRequest)
            self._clip = None
            self.clip_changed.emit(False)

    def call(
        self,
        what: str,
        function: Callable[[], Any],
        then: Callable[[Any], None],
        otherwise: Callable[[], None] = lambda: None,
        *,
        writes: bool = False,
    ) -> None:
        """Do ``function()`` on the thread for calls; ``then`` is given its result on this one, but not while
        a checkpoint is opened: what that is for would else come after, and over what a file shows.

        ``otherwise`` is called once it has been told that the function failed. What ``writes`` a file is done
        even if the window is closed meanwhile.
        """
        if self._closed:
            return
        first = not self._calls.under_way
        self._calls.do(what, function, partial(self._called, then, otherwise), at_all_events=writes)
        if first:
            self.call_changed.emit()

    def trial(
        self,
        request: SampleRequest,
        see: Callable[[Moment], None],
        then: Callable[[Finished | Failed | None], None],
    ) -> None:
        """Run ``request`` beside the document's own runs. ``see`` is given its newest moments, ``then`` how
        it ended: None where it was cancelled before its first step."""
        self.stop_weighing()
        number = next(self._ids)
        self._trial = number, see, then
        self._hand_over(TrialRequest(**{**vars(request), "id": number}))

    def await_answer(self) -> None:
        """Leave the processor to the worker until it has something to say, for a moment at most."""
        self._mailbox.wait(PATIENCE_MS / 1000)
        self._fetch()

    def cancel(self) -> None:
        """Stop within one step; what was reached still arrives. A clip goes on unless it is all there is."""
        if self.sampling or self.weighing or self._trial:
            self._inbox.cancel(SampleRequest, TrialRequest, LikelihoodRequest)
        else:
            self._inbox.cancel(ClipRequest)

    def cancel_trial(self) -> None:
        """Stop the trial alone."""
        self._inbox.cancel(TrialRequest)

    def abandon(self) -> None:
        """Stop, and drop what was reached."""
        self._inbox.cancel(SampleRequest)
        if self._sampling:
            self._sampling = set()
            self.sampling_changed.emit(False)

    def close(self) -> None:
        """Cancel, wait, and leave no thread; requests are ignored from now on."""
        self._closed = True
        self._timer.stop()
        self._sampling = set()
        self._loading = self._weighing = self._trial = self._clip = None
        self._untold.clear()
        self._inbox.close()
        self._calls.drop()
        if self._thread.is_alive():
            self._thread.join()

    def _hand_over(self, request: Request, patiently: bool = False) -> None:
        if self._closed:
            return
        self._inbox.put(request, patiently)
        if self._thread.ident is None:
            self._thread.start()
        self._timer.start()

    def _fetch(self) -> None:
        for event in self._mailbox.events():
            self._tell(event)
        if self._since_moment.elapsed() >= MOMENT_MS and (newest := self._mailbox.newest()):
            self._since_moment.start()
            for request, seen in newest.items():
                self._show(request, seen)
        if not (self.sampling or self.loading or self.weighing or self._trial or self.working_on_clip):
            self._timer.stop()

    def _show(self, request: int, seen: Moment | float) -> None:
        if request in self._sampling:
            self.moment.emit(seen)
        elif self._trial and request == self._trial[0]:
            self._trial[1](seen)
        elif request == self._clip:
            self.clip_progressed.emit(seen)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Ready):
            self.ready.emit(event)
        elif event.request in self._sampling:
            self._sampling = {number for number in self._sampling if number > event.request}
            if not self._sampling:
                self.sampling_changed.emit(False)
            self._pass_on(event)
        elif event.request == self._loading:
            self._loading = None
            self.loading_changed.emit(False)
            self._pass_on(event)
            self._tell_calls()
        elif event.request == self._weighing:
            self._pass_on(event)
            if not isinstance(event, Likelihoods) or event.last:
                self._weighing = None
                self.weighing_changed.emit(False)
        elif self._trial and event.request == self._trial[0]:
            _, _, then = self._trial
            self._trial = None
            then(None if isinstance(event, Dropped) else event)
        elif event.request == self._clip:
            self._clip = None
            self.clip_changed.emit(False)
            self._pass_on(event)

    def _called(self, then: Callable[[Any], None], otherwise: Callable[[], None], answer: Any) -> None:
        if isinstance(answer, Failed):
            self._untold += [partial(self.failed.emit, answer), otherwise]
        else:
            self._untold.append(partial(then, answer))
        self.call_changed.emit()
        self._tell_calls()

    def _tell_calls(self) -> None:
        while self._untold and not self.loading:
            self._untold.pop(0)()

    def _pass_on(self, event: Event) -> None:
        signal = {
            Loaded: self.loaded,
            Finished: self.finished,
            Failed: self.failed,
            Likelihoods: self.likelihoods,
            ClipDone: self.clip_done,
        }.get(type(event))
        if signal is not None:
            signal.emit(event)
