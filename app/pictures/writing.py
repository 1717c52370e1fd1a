"""From a plan and its subject to a file. Runs on a thread of its own, and can be stopped after any frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from app.pictures.ffmpeg import PALETTE_FRAMES, ffmpeg, write_clip
from app.pictures.painting import Frame, frames, to_image
from app.pictures.plan import Plan
from app.pictures.subject import Subject
from app.pictures.svg import to_svg
from gfpose_core.errors import FormatError
from gfpose_core.io.atomic import atomic_path


class Cancelled(Exception):
    """A person asked to stop."""


class Progress:
    """How many of ``count`` frames are done, told by one thread and read by another."""

    def __init__(self, count: int) -> None:
        self.count, self.done = count, 0
        self._stop = threading.Event()

    @property
    def share(self) -> float:
        return self.done / self.count

    def cancel(self) -> None:
        self._stop.set()

    def check(self) -> None:
        """Raises ``Cancelled`` once somebody has cancelled."""
        if self._stop.is_set():
            raise Cancelled


def write(path: Path, plan: Plan, subject: Subject, progress: Progress) -> None:
    """Make the picture or clip.

    Raises:
        Cancelled: before it was done; there is no file then, as after every error.
        EncodingError, OSError, MemoryError: it could not be made.
    """
    if plan.moves:
        ffmpeg()  # before a minute's work
        shots = _pixels(plan, subject, progress)
        every = -(-plan.frames // PALETTE_FRAMES)
        sample = _pixels(plan, subject, progress, every) if plan.format == "gif" else ()
        write_clip(path, plan, shots, sample)
        return
    frame = next(frames(plan, subject)) if plan.shows_stage else None
    data = to_svg(plan, subject, frame) if plan.format == "svg" else png(to_image(plan, subject, frame))
    progress.check()
    with atomic_path(path) as part:
        part.write_bytes(data)
    progress.done = progress.count


def png(image: QImage) -> bytes:
    """The image as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise FormatError(f"a picture of {image.width()} x {image.height()} px could not be packed")
    return bytes(buffer.data())


def _pixels(plan: Plan, subject: Subject, progress: Progress, every: int = 0) -> Iterator[memoryview]:
    """Each frame's bytes, good until the next is asked for. With ``every``, so many only, and uncounted."""
    taken: Iterator[Frame] = islice(frames(plan, subject), 0, None, every or 1)
    for frame in taken:
        progress.check()
        image = to_image(plan, subject, frame)
        if plan.see_through:
            image = image.convertToFormat(QImage.Format.Format_ARGB32)  # what ffmpeg calls bgra
        yield image.constBits()  # its memory is the image's, which lives on here meanwhile
        progress.done += not every
