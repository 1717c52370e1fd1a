"""Unsaved work, kept on disk while the window is open, and after it closed or died.

Each running viewer has a file of its own in one folder, beside a lock with its process id. A lock whose
process is gone is that of a viewer which ended unexpectedly.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from app.documents.request import Failed
from app.engine.session_file import SUFFIX, write_session
from app.files.keeping import Keeper
from app.viewmodels.notices import Notice, Notices

AFTER_MS = 2000
"""From a change to its being written. Later changes do not put it off: a long drag is kept as it goes."""

MOST_BYTES = 16 * 2**20
"""A run whose states along the way take more is kept without them: they can be sampled again."""

UNSAVED = "unsaved"
"""The name of what was not saved when a window was last closed."""


class Autosave(QObject):
    """Writes the session to ``path`` in ``folder`` while there is something that no other file holds."""

    def __init__(self, keeper: Keeper, notices: Notices, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeper, self._notices, self._folder = keeper, notices, folder
        self.path = folder / f"{os.getpid()}-{secrets.token_hex(3)}{SUFFIX}"
        self._lock = _lock(self.path)
        self._there = self._told = self._closed = False
        self._then: list[Callable[[], None]] = []
        self._soon = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._soon.timeout.connect(self._write)
        keeper.changed.connect(self._on_change)

    def write_now(self, then: Callable[[], None]) -> None:
        """Do not wait for the next change; ``then`` follows once it is written."""
        self._then.append(then)
        self._write()

    def close(self) -> None:
        """The window closes in good order: nothing stays, but for what a person did not save."""
        if self._closed:
            return
        self._closed = True
        self._soon.stop()
        writer = self._keeper.writer
        writer.finish()  # it may be what is saved just now
        if self._keeper.modified:
            self._write()
        writer.close()
        if self._there:
            os.replace(self.path, unsaved(self._folder))
        self._lock.unlock()

    def _write(self) -> None:
        saved, then = self._keeper.capture().light(MOST_BYTES), tuple(self._then)
        self._soon.stop()

        def write() -> None:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._lock.isLocked():
                self._lock.tryLock(0)
            write_session(self.path, saved)

        self._keeper.writer.do("keep a copy of unsaved work", write, partial(self._written, then))

    def _on_change(self) -> None:
        if not self._keeper.modified:
            self._soon.stop()
            self._forget()
        elif not self._soon.isActive() and not self._closed:
            self._soon.start()

    def _written(self, then: tuple[Callable[[], None], ...], failed: Failed | None) -> None:
        if failed:
            if not self._told:
                self._notices.add(Notice("warning", failed.title, failed.what_to_do, failed.details))
            self._told = True
            return
        self._there = True
        for call in [call for call in self._then if call in then]:
            self._then.remove(call)
            call()
        if not self._keeper.modified:
            self._forget()

    def _forget(self) -> None:
        if self._there:
            self.path.unlink(missing_ok=True)
        self._there = False


@dataclass(frozen=True, eq=False)
class Orphan:
    """Work of a viewer that ended unexpectedly. Whoever has this holds the lock on it."""

    path: Path
    lock: QLockFile

    def discard(self) -> None:
        """Delete it."""
        self.path.unlink(missing_ok=True)
        self.lock.unlock()


def unsaved(folder: Path) -> Path:
    """Where the work is that was not saved when a window was last closed, if there was any."""
    return folder / f"{UNSAVED}{SUFFIX}"


def orphans(folder: Path) -> list[Orphan]:
    """What viewers left behind in ``folder`` that run no more, oldest first; useless remains are removed."""
    found, alone = [], True
    stems = {path.stem for suffix in (SUFFIX, ".lock") for path in folder.glob(f"[!.]*{suffix}")} - {UNSAVED}
    for path in (folder / f"{stem}{SUFFIX}" for stem in stems):
        lock = _lock(path)
        if not lock.tryLock(0):
            alone = False
            continue  # that viewer runs, or another one has found this first
        if path.exists():
            found.append(Orphan(path, lock))
        else:
            lock.unlock()
    if alone:  # nobody writes them
        for part in folder.glob(f".*.part{SUFFIX}"):
            part.unlink(missing_ok=True)
    return sorted(found, key=lambda orphan: orphan.path.stat().st_mtime)


def _lock(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # however old: only the end of its process makes it stale
    return lock
