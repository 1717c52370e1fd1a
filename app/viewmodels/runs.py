"""The list of runs: what was sampled, from what it branched, what is kept."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.commands import ChangeRun
from app.documents.document import Document
from app.documents.runs import Kept, Run, Shelf, is_whole
from app.session import Session
from app.viewmodels.playback import Playback
from gfpose_core.trajectory import Recording

MOST_EARLIER = 8
"""Runs that nobody kept make way for newer ones."""

MOST_KEPT = 64


class Runs(QObject):
    """Runs in the order they were made, and their recordings as long as there is room for them."""

    changed = Signal()

    def __init__(self, session: Session, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._playback = session, playback
        self._listed: tuple[Run, ...] = ()
        self._made = 0
        self.shelf = Shelf()
        playback.recording_changed.connect(self.changed)

    @property
    def listed(self) -> tuple[Run, ...]:
        return self._listed

    @property
    def kept(self) -> tuple[Run, ...]:
        """Those that stay."""
        return tuple(run for run in self._listed if run.kept)

    @property
    def shown(self) -> Run | None:
        """The run whose recording is played."""
        recording = self._playback.recording
        if recording is None:
            return None
        return next((run for run in self._listed if self.shelf.peek(run.number) is recording), None)

    def find(self, number: int | None) -> Run | None:
        return next((run for run in self._listed if run.number == number), None)

    def in_tree(self) -> list[tuple[Run, int]]:
        """Every run with its depth: the newest root first, branches below what they come from."""
        numbers = {run.number for run in self._listed}
        rows: list[tuple[Run, int]] = []

        def add(run: Run, depth: int) -> None:
            rows.append((run, depth))
            for child in self._listed:
                if child.parent == run.number:
                    add(child, depth + 1)

        for run in reversed(self._listed):
            if run.parent not in numbers:
                add(run, 0)
        return rows

    def recall(self, document: Document, sha256: str) -> Recording | None:
        """The recording that this very document has made, if it is there whole."""
        for run in self._listed:
            if run.document is document and run.again and run.sha256 == sha256:
                recording = self.shelf.get(run.number)
                return recording if is_whole(recording) and recording.status == "finished" else None
        return None

    def add(
        self,
        document: Document,
        recording: Recording,
        name: str = "",
        *,
        seconds: float | None = None,
        calls: int | None = None,
        kept: bool = False,
        again: bool = True,
    ) -> Run:
        """List a run that has come to an end. The same document's run of before gives its place."""
        branch = document.branch
        levels = recording.trajectory.noise_levels
        old = next((run for run in self._listed if run.document is document and run.again and again), None)
        if old is None:
            self._made += 1
            kept = kept or (branch is not None and all(r.document.branch is not branch for r in self._listed))
            name = name or f"{'Branch' if branch else 'Run'} {self._made}"
            old = Run(self._made, name, document, 1, (0.0, 0.0), kept=kept, again=again)
        run = replace(
            old,
            hypotheses=recording.hypotheses,
            levels=(float(levels[0]), float(levels[-1])) if len(levels) else (1.0, 1.0),
            seconds=seconds,
            calls=calls,
            sha256=recording.checkpoint_sha256,
        )
        others = tuple(r for r in self._listed if r.number != run.number)
        self._listed = tuple(sorted((*others, run), key=lambda r: r.number))
        self.shelf.put(run.number, recording)
        self._let_go(run)
        self.changed.emit()
        return run

    def keep(self, number: int, on: bool = True) -> None:
        """Keep a run until it is deleted, or let it make way."""
        run = self.find(number)
        if run is not None and run.kept != on:
            self._push(f"{'Keep' if on else 'Do not keep'} {run.name}", run, replace(run, kept=on))

    def keep_quietly(self, number: int) -> None:
        """Keep a run that something else rests on."""
        if (run := self.find(number)) is not None and not run.kept:
            self._put(run, replace(run, kept=True))

    def rename(self, number: int, name: str) -> None:
        """Give a run a name of its own; it is kept from then on."""
        run, name = self.find(number), name.strip()
        if run is not None and name and name != run.name:
            self._push(f"Rename {run.name}", run, replace(run, name=name, kept=True))

    def delete(self, number: int) -> None:
        """Take a run off the list; what branched from it stays."""
        if (run := self.find(number)) is not None:
            self._push(f"Delete {run.name}", run, None)

    def captured(self) -> Kept:
        """Every run with its recording, as far as it is there."""
        return tuple((run, self.shelf.peek(run.number)) for run in self._listed)

    def restore(self, runs: Kept) -> None:
        """These and no others."""
        self._listed = tuple(run for run, _ in runs)
        self._made = max((run.number for run, _ in runs), default=0)
        self.shelf.clear()
        for run, recording in runs:
            if recording is not None:
                self.shelf.put(run.number, recording)
        self.changed.emit()

    def _let_go(self, newest: Run) -> None:
        """Keep the list short. What has branches stays, and what is shown."""
        parents = {run.parent for run in self._listed}
        held = {newest.number, *((self.shown.number,) if self.shown else ())}
        for kept, most in ((False, MOST_EARLIER), (True, MOST_KEPT)):
            some = [run for run in self._listed if run.kept == kept]
            free = [run for run in some if run.number not in held and (kept or run.number not in parents)]
            for run in free[: max(0, len(some) - most)]:
                self._listed = tuple(r for r in self._listed if r is not run)
                self.shelf.drop(run.number)

    def _push(self, text: str, before: Run, after: Run | None) -> None:
        self._session.undo_stack.push(ChangeRun(text, self._put, before, after))

    def _put(self, before: Run | None, after: Run | None) -> None:
        """``after`` in the place of ``before``; None is not being there."""
        number = (before or after).number
        others = tuple(run for run in self._listed if run.number != number)
        self._listed = tuple(sorted((*others, *((after,) if after else ())), key=lambda run: run.number))
        self.changed.emit()
