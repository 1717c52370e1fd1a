"""From the document to a result: when to sample, with which checkpoint, and what comes of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.documents.document import Document
from app.documents.optimising import METHODS, why_not_optimise
from app.documents.request import Failed, Finished, Loaded, Moment, OptionField, PriorInfo, Ready
from app.documents.runs import Run, is_whole
from app.documents.saved import Saved
from app.engine.runner import Runner
from app.session import Session
from app.viewmodels.asking import can_preview, document_of, request_for, same_request
from app.viewmodels.gallery import Gallery
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.playback import Playback
from app.viewmodels.progress import Progress
from app.viewmodels.runs import Runs
from gfpose_core.condition import FREE, SEEN_2D
from gfpose_core.errors import GfposeError
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording

DEBOUNCE_MS = 60
AT_REST_MS = 250
"""After a gesture has come to rest this long, all hypotheses are sampled in full quality."""

PREVIEWED = 16
"""Hypotheses of the preview that answers an edit; while a gesture lasts, each of its previews has one."""

QUICK_S = 1.0
"""A run shorter than this went by too fast to be watched: it is played again, unless a hand holds what it is
of: there it refines the preview, which is not to dissolve into noise first."""


_NONE: Mapping[str, str] = {}


class Sampling(QObject):
    """Keeps the result in step with the document, through the one worker."""

    changed = Signal()  # sampling or not, the checkpoint, the samplers
    progressed = Signal()
    _preview_asked = Signal()

    def __init__(
        self,
        session: Session,
        runner: Runner,
        playback: Playback,
        gallery: Gallery,
        notices: Notices,
        runs: Runs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._runs = session, runner, runs
        self._playback, self._gallery, self._notices = playback, gallery, notices
        self._priors: dict[tuple[str | None, str], PriorInfo] = {}
        self._follows = False  # whether the document is to name the checkpoint that is opened
        self.samplers: dict[str, tuple[OptionField, ...]] = {}
        self.devices: tuple[str, ...] = ("cpu",)
        self.progress = Progress()
        self.recording: Recording | None = None  # the newest, of which seconds and steps tell
        self.seconds: float | None = None
        self.steps = 0
        self._preview = 0  # how many hypotheses of a preview are under way; 0: a whole run is
        self._asked: Document | None = None
        self._opened: Saved | None = None
        self._refused: Notice | None = None  # why what was asked for last could not be
        self._stopped: Notice | None = None  # why the last run came to no end
        self.live = True
        self.replay = True
        self.window_visible = True
        self._soon = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._soon.timeout.connect(self.sample)
        self._at_rest = QTimer(self, singleShot=True, interval=AT_REST_MS)
        self._at_rest.timeout.connect(self.sample)
        self._preview_asked.connect(runner.await_answer, Qt.ConnectionType.QueuedConnection)
        session.changed.connect(self._on_document)
        runner.ready.connect(self._on_ready)
        runner.loaded.connect(self._on_loaded)
        runner.moment.connect(self._on_moment)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.sampling_changed.connect(self._on_sampling)
        runner.loading_changed.connect(lambda _: self.changed.emit())

    @property
    def document(self) -> Document:
        return self._session.document

    @property
    def prior(self) -> PriorInfo | None:
        """The checkpoint the document names, once it is loaded."""
        return self._priors.get((self.document.checkpoint, self.document.device))

    @property
    def refusals(self) -> Mapping[str, str]:
        """Why the checkpoint cannot do some of the tasks, by their keys, as the document samples."""
        return self.prior.refusals.get(self.document.family, _NONE) if self.prior else _NONE

    @property
    def busy(self) -> bool:
        return self._runner.sampling

    @property
    def running(self) -> bool:
        """Whether it is all hypotheses that are sampled, which takes long enough to tell of."""
        return self.busy and not self._preview

    @property
    def loading(self) -> bool:
        return self._runner.loading

    @property
    def waiting(self) -> bool:
        """Whether a run is about to start by itself."""
        return self._soon.isActive() or self._at_rest.isActive()

    def start(self) -> None:
        """Load the document's checkpoint, then sample."""
        self._follows = False
        self._runner.load(self.document.checkpoint, self.document.device)

    def open_checkpoint(self, path: str | None, device: str | None = None) -> None:
        """Open a checkpoint, or move to a device; the document follows once that has worked."""
        self._follows = True
        self._runner.load(path, device or self.document.device)

    def draw(self) -> None:
        """Sample, with a new seed unless it is locked."""
        if self.document.seed_locked or self._playback.recording is None:
            self.sample()
        else:
            self._session.edit("New draw", seed=random.randrange(10**6))
            self.sample()

    def sample(self) -> None:
        """Sample what the document says, now."""
        self._soon.stop()
        self._at_rest.stop()
        self._run()

    def _run(self, preview: int = 0) -> None:
        """Ask for all hypotheses, or for a ``preview`` of so many; the previews of a drag are all told."""
        if self.prior is None:
            if not self.loading:
                self.start()
            return
        document = self.document
        self._notices.dismiss(self._refused)
        if document.optimises and (why_not := why_not_optimise(document)):
            method, _ = METHODS[Document.sampler]
            sample = (
                f"Use {method}",
                lambda: self._session.edit(f"Method: {method}", sampler=Document.sampler),
            )
            self._refuse(Notice("info", "ZeDO cannot look for this", f"{why_not}.", choices=(sample,)))
            return
        try:
            request = request_for(document, self.prior, self.window_visible, preview)
        except GfposeError as error:
            self._refuse(Notice("error", "This evidence cannot be sampled", str(error)))
            return
        following = self.busy and self._preview > 0 and preview > 0
        self._preview, self._asked = preview, self.document
        self._runner.sample(request, patiently=following)

    def _refuse(self, notice: Notice) -> None:
        """Say why there is no run; until there is one, or the document no longer asks for it."""
        self._refused = notice
        self._notices.add(notice)

    def set_live(self, live: bool) -> None:
        """Sample by itself after every edit, or only when asked."""
        self.live = live
        self.changed.emit()

    def cancel(self) -> None:
        """Stop within one step and keep what was reached."""
        about_to = self.waiting
        self._soon.stop()
        self._at_rest.stop()
        if self.busy or not about_to:
            self._runner.cancel()

    def show_recording(self, recording: Recording, text: str) -> None:
        """Show a run out of a file; the document comes to ask for it, an edit named ``text``."""
        self._session.apply(text, document_of(recording, self.document, self.samplers))
        if not self.document.denoising:
            self._gallery.set_reference(None)  # the truth, if there was one, is not in the file
        if recording.checkpoint_sha256 and self.prior and recording.checkpoint_sha256 != self.prior.sha256:
            self._notices.add(
                Notice(
                    "warning",
                    f"This run was made with {recording.checkpoint}",
                    f"Sampling again uses {self.prior.name}: open the other checkpoint for the same poses.",
                )
            )
        name = text.removeprefix("Open ")
        self._runs.add(self.document, recording, name, again=False)
        self._show(recording)

    def show_run(self, run: Run) -> None:
        """Go back to a run of the list, as an edit; what its recording lacks by now is sampled again."""
        self._session.apply(f"Show {run.name}", run.document)
        recording = self._runs.shelf.get(run.number)
        if recording is None or (run.again and not is_whole(recording)):
            self.sample()
        elif recording is not self._playback.recording or self.waiting:
            self._show(recording)
        if self.prior is None and not self.loading:
            self.start()

    def show_saved(self, saved: Saved) -> None:
        """Show the run of a session, whose document is the one there is by now."""
        self._opened = saved
        self._gallery.set_reference(saved.reference)
        self._show(saved.recording)
        if self.prior is None:
            self.start()
        else:
            self._go_on()

    def _show(self, recording: Recording | None) -> None:
        self._soon.stop()
        self._at_rest.stop()
        self._runner.abandon()
        if recording is not None:
            self._playback.open(recording)

    def _go_on(self) -> None:
        """The checkpoint is there: sample, unless what is shown is an opened session's own result."""
        saved = self._opened
        if saved is None or saved.document is not self.document:
            self.sample()
            return
        if saved.checkpoint_sha256 not in ("", self.prior.sha256):
            advice = "Sampling again gives other poses: open that checkpoint for the same ones."
            self._notices.add(Notice("warning", "This session was made with another checkpoint", advice))
        if saved.recording is None or saved.unfinished:
            self.sample()

    def _on_document(self, before: Document, after: Document) -> None:
        self._gallery.set_reference(_reference(after))
        if not (after.optimises and why_not_optimise(after)):
            self._notices.dismiss(self._refused)
        if self.live and not same_request(before, after):
            known = self._runs.recall(after, self.prior.sha256) if self.prior else None
            if known is not None:
                self._show(known)
            else:
                self._follow(before, after)
        self.changed.emit()

    def _follow(self, before: Document, after: Document) -> None:
        """Sample because of an edit: a preview at once, the whole when no other edit follows."""
        gesture = self._session.in_gesture
        (self._at_rest if gesture else self._soon).start()
        if can_preview(before, after):
            self._run(preview=1 if gesture else PREVIEWED)
            if not gesture:
                self._preview_asked.emit()

    def _on_ready(self, ready: Ready) -> None:
        self.samplers, self.devices = dict(ready.samplers), ready.devices
        self.changed.emit()

    def _on_loaded(self, loaded: Loaded) -> None:
        prior = loaded.prior
        self._priors[prior.checkpoint, prior.device] = prior
        if self._follows:
            name = Path(prior.checkpoint).name if prior.checkpoint else "the shipped checkpoint"
            other = prior.checkpoint != self.document.checkpoint
            text = f"Open {name}" if other else f"Use {prior.device}"
            self._session.edit(text, checkpoint=prior.checkpoint, device=prior.device)
        if prior is self.prior:
            self._go_on()
        elif self.prior is None:  # the document names another one by now
            self.start()
        self.changed.emit()

    def _on_sampling(self, sampling: bool) -> None:
        if sampling:
            self.progress.start()
        if not self._preview or not (sampling or self.waiting):  # previews come thirty times a second
            self.changed.emit()

    def _on_moment(self, moment: Moment) -> None:
        if self._preview:
            return
        self.progress.see(moment.index, moment.count)
        if not self._session.in_gesture or self.progress.seconds > QUICK_S:
            self._playback.show_live(moment)
        self.progressed.emit()

    def _on_finished(self, finished: Finished) -> None:
        recording = finished.recording
        self.recording, self.seconds, self.steps = recording, finished.seconds, finished.steps
        if self._preview:
            self._playback.open(recording)
            return
        self._notices.dismiss(self._stopped)
        self._runs.add(self._asked, recording, seconds=finished.seconds, calls=finished.calls)
        quick = finished.seconds < QUICK_S and recording.status == "finished"
        self._playback.open(recording, replay=self.replay and quick and not self._session.in_gesture)
        self.changed.emit()

    def _on_failed(self, failed: Failed) -> None:
        if not self.busy:
            self._playback.leave_live()
        notice = Notice("error", failed.title, failed.what_to_do, failed.details)
        if failed.in_run:
            self._notices.dismiss(self._stopped)
            self._stopped = notice
        self._notices.add(notice)
        self.changed.emit()


def _reference(document: Document) -> np.ndarray | None:  # (17, 3) mm
    """The pose that results are compared with: the evidence's, unless an image left its depths open, or a
    file some joints out."""
    if document.task == "generate":
        return None
    seen_on_image = document.photo is not None and (document.levels == SEEN_2D).any()
    children = [child for _, child in H36M17.bones]
    left_out = (document.levels[children] == FREE) & (document.bones == 0)
    return None if seen_on_image or left_out.any() else document.pose
