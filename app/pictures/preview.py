"""The dialog's small preview: painted like the file, on a thread, and played where it is a clip."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.looks.theme import theme_of
from app.pictures.painting import frames, to_image
from app.pictures.plan import Plan
from app.pictures.subject import Subject
from app.pictures.svg import to_svg
from app.pictures.writing import png

SIDE = 360  # px of the larger side
BUDGET_S = 0.4  # that all frames of a preview may take to paint, about
MOST_FRAMES = 32

GROWTH = 0.72
"""A PNG's bytes grow with this power of its px: measured on stages and sheets of 1 to 200 hypotheses."""

CLIP_SHARE = {"mp4": 0.06, "webm": 0.06, "gif": 0.32}
"""Bytes of a clip's frame, as a share of those of a PNG of it: the middle of clips of 1 to 200 hypotheses."""


@dataclass(frozen=True, eq=False)
class Preview:
    """Pictures of a few frames, ``seconds`` in all, and how many bytes the file will have, about."""

    images: list[QImage]
    seconds: float
    size: int


def preview(plan: Plan, subject: Subject) -> Preview:
    """Paint it, as many frames as there is time for."""
    small = min(SIDE / max(plan.size), 1.0)
    width, height = (max(round(side * small), 1) for side in plan.size)
    drawn = replace(plan, width=width, height=height)
    if not plan.shows_stage:
        images = [to_image(drawn, subject, None)]
    else:
        started = time.perf_counter()
        first = to_image(drawn, subject, next(frames(drawn, subject)))
        affordable = int(BUDGET_S / max(time.perf_counter() - started, 1e-3))
        few = min(max(affordable, 4), MOST_FRAMES, drawn.frames)
        coarse = replace(drawn, fps=1, seconds=few, hold=few * plan.hold / plan.seconds)
        images = [first]
        if plan.moves:
            images = [to_image(coarse, subject, frame) for frame in frames(coarse, subject)]
    size = _bytes(plan, subject, images[len(images) // 2])
    return Preview(images, plan.seconds if plan.moves else 0.0, size)


def _bytes(plan: Plan, subject: Subject, image: QImage) -> int:
    if plan.format == "svg":
        frame = next(frames(plan, subject)) if plan.shows_stage else None
        return len(to_svg(plan, subject, frame))
    px = plan.size[0] * plan.size[1] / (image.width() * image.height())
    return round(len(png(image)) * px**GROWTH * CLIP_SHARE.get(plan.format, 1.0) * plan.frames)


class PreviewBox(QWidget):
    """Shows a preview, a clip in its own time; chequers behind what is transparent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pictures-preview")
        self.setAccessibleName("Preview")
        self.setToolTip("What the file will show")
        self._images: list[QImage] = []
        self._number = 0
        self._timer = QTimer(self, timeout=self._next)

    def show_preview(self, preview: Preview) -> None:
        """Show this from now on."""
        self._images, self._number = preview.images, self._number % len(preview.images)
        self._timer.stop()
        if preview.seconds:
            self._timer.start(round(1000 * preview.seconds / len(preview.images)))
        self.update()

    def rest(self) -> None:
        """Play no more: nobody looks."""
        self._timer.stop()

    def _next(self) -> None:
        self._number = (self._number + 1) % len(self._images)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE + 2, SIDE + 2)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._images:
            return
        image = self._images[self._number]
        fitting = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio).boundedTo(image.size())
        box = QRectF(0, 0, fitting.width(), fitting.height())
        box.moveCenter(QRectF(self.rect()).center())
        look = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(box, QBrush(_chequers(look.surface, look.raised)))
        painter.drawImage(box, image)
        painter.setPen(QColor(look.border))
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()


def _chequers(one: str, other: str) -> QPixmap:
    tile = QPixmap(16, 16)
    tile.fill(QColor(one))
    painter = QPainter(tile)
    for corner in (0, 8):
        painter.fillRect(corner, corner, 8, 8, QColor(other))
    painter.end()
    return tile
