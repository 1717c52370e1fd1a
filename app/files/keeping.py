"""What of a person's work is in which session file, and what is in none yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.commands import OpenSession
from app.documents.document import Document
from app.documents.request import Failed
from app.documents.runs import Run, within
from app.documents.saved import Saved
from app.engine.errands import Errands
from app.engine.offer import from_text
from app.engine.session_file import write_session
from app.models import Models
from app.scene.stage import Stage
from app.viewmodels.clips import Held
from app.viewmodels.gallery import Pinned
from gfpose_core.io.clip import Clip
from gfpose_core.io.importing import read_clip

MOST_RUN_BYTES = 64 * 2**20
"""Of the runs of the list in a session file; what does not fit is sampled again when it is shown."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The file worked on, None before there is one, and what it holds, told by identity: undo brings back
    the very same document."""

    path: Path | None
    document: Document
    pinned: tuple[Pinned, ...] = ()
    runs: tuple[Run, ...] = ()


class Keeper(QObject):
    """Takes the session out of the models, to be written, and puts one that was read into them."""

    changed = Signal()  # what is there to be saved, or what is saved
    saved = Signal(object)  # the Path that was written

    def __init__(self, models: Models, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models, self._stage = models, stage
        self._kept = Kept(None, models.session.document)
        self._shown: Saved | None = None  # the session that was opened last
        self.writer = Errands(self, "writing")
        gallery, playback = models.gallery, models.playback
        for signal in (
            models.session.changed, gallery.rows_changed, gallery.focus_changed, playback.recording_changed,
            models.runs.changed, models.clips.changed,
        ):  # fmt: skip
            signal.connect(lambda *_: self.changed.emit())

    @property
    def path(self) -> Path | None:
        """The session file worked on."""
        return self._kept.path

    @property
    def modified(self) -> bool:
        """Whether there is something that a person did and no session file holds."""
        document, pinned = self._models.session.document, self._models.gallery.pinned
        kept, runs = self._kept, self._models.runs.kept
        return document is not kept.document or pinned != kept.pinned or runs != kept.runs

    def capture(self) -> Saved:
        """Everything there is to save; nothing in it changes any more."""
        models = self._models
        gallery, playback, sampling = models.gallery, models.playback, models.sampling
        shown = models.runs.shown.number if models.runs.shown else None
        others = tuple(
            (run, None if run.number == shown else recording) for run, recording in models.runs.captured()
        )
        return Saved(
            document=models.session.document,
            recording=playback.recording,
            unfinished=sampling.busy or sampling.waiting,
            reference=gallery.reference,
            pins=tuple((pinned.label, pinned.pose) for pinned in gallery.pinned),
            focus=gallery.focus,
            pose=playback.pose,
            position=float(playback.last) if playback.playing else playback.position,
            checkpoint_sha256=sampling.prior.sha256 if sampling.prior else "",
            path=str(self.path or ""),
            runs=within(others, MOST_RUN_BYTES),
            shown=shown,
            lab=models.lab.setups,
            picture=models.imaging.pictures.data(_picture(models.session.document)),
            sequence=str(models.clips.path or ""),
            sequence_read=models.clips.corrections,
            sequence_frame=models.clips.frame,
            sequence_result=models.clips.result.saved if models.clips.result else None,
            camera=self._stage.camera,
        )

    def save(self, path: Path) -> None:
        """Write everything to ``path``, which becomes the file worked on."""
        saved = replace(self.capture(), path="")
        kept = Kept(path, saved.document, self._models.gallery.pinned, self._models.runs.kept)

        def then(failed: Failed | None) -> None:
            if failed:
                self._models.notices.error(failed.title, failed.what_to_do, failed.details)
                return
            self._keep(kept)
            self.saved.emit(path)

        self.writer.do(f"save {path.name}", lambda: write_session(path, saved), then)

    def show(self, saved: Saved, text: str, path: Path | None) -> None:
        """Carry on with what a session file holds, as an edit named ``text``. ``path`` is the file it came
        from; None means that its work is not saved, as that of an autosave."""
        models, before, pinned_before = self._models, self._kept, self._models.gallery.pinned
        pinned = tuple(Pinned(pose, label) for label, pose in saved.pins)
        if path is not None:
            runs = tuple(run for run, _ in saved.runs if run.kept)
            after = Kept(path, saved.document, pinned, runs)
        else:
            after = replace(before, path=Path(saved.path) if saved.path else None)
        lab_before, shown_before = models.lab.setups, self._shown
        runs_before = within(models.runs.captured(), MOST_RUN_BYTES)
        clip_before = clip_after = Held()

        def put() -> None:
            nonlocal before, clip_before
            before, self._kept, self._shown = self._kept, after, saved
            clip_before = models.clips.held
            models.clips.hold(clip_after)
            if saved.sequence and clip_after.clip is None:
                self._read_sequence(saved)
            models.gallery.set_pinned(pinned)
            models.runs.restore(saved.runs_with_shown)
            models.lab.restore(saved.lab)

        def back() -> None:
            nonlocal after, clip_after
            after, self._kept, self._shown = self._kept, before, shown_before
            clip_after = models.clips.held
            models.clips.hold(clip_before)
            models.gallery.set_pinned(pinned_before)
            models.runs.restore(runs_before)
            models.lab.restore(lab_before)

        if saved.picture is not None and (name := _picture(saved.document)) is not None:
            models.imaging.pictures.give(name, saved.picture)
        models.session.undo_stack.push(OpenSession(models.session, text, saved.document, put, back))
        models.sampling.show_saved(saved)
        if saved.recording is not None:
            models.playback.choose_pose(saved.pose)
            models.playback.seek(saved.position)
        if saved.focus is not None:
            models.gallery.set_focus(saved.focus)
        if saved.camera is not None:
            self._stage.set_camera(saved.camera)
        self.changed.emit()

    def _read_sequence(self, saved: Saved) -> None:
        """The session knows its sequence by its file alone."""
        path = Path(saved.sequence)
        self._models.runner.call(
            f"read the sequence {path.name}",
            lambda: read_clip(path, from_text(saved.sequence_read)).clip,
            lambda clip: self._reopen(saved, clip),
        )

    def _reopen(self, saved: Saved, clip: Clip) -> None:
        """Bring back its sequence, unless the session itself has gone meanwhile."""
        if saved is self._shown:
            self._models.clips.reopen(
                clip, Path(saved.sequence), saved.sequence_read, saved.sequence_frame, saved.sequence_result
            )

    def _keep(self, kept: Kept) -> None:
        self._kept = kept
        self.changed.emit()


def _picture(document: Document) -> str | None:
    return document.photo.picture if document.photo else None
