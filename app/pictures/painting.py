"""A plan's picture, or one frame of its clip, painted on whatever Qt can paint on. Any thread may do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app.documents.moments import moment_at, position_beside
from app.documents.request import Moment
from app.looks.theme import Theme, theme
from app.pictures.plan import Plan
from app.pictures.subject import Cell, Subject
from app.scene.content import Content
from app.scene.frame import EVIDENCE, StageFrame
from app.scene.names_painter import paint_names
from app.scene.stage_painter import ScenePainter
from app.scene.thumbnail import paint_thumbnail
from app.scene.view import OrbitCamera
from app.scene.world import Floor
from app.shot import Shot

FONT = "sans-serif"

REFERENCE = 720.0
"""Logical px of a picture's smaller side: signs and lines keep their share of it at any size."""

NAME_SCALE = 1.4
"""Names are larger than on the stage by this, nearly as large as the caption: pictures are shown small."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of the stage, and of the ``other`` to its right where two are compared."""

    content: Content
    camera: OrbitCamera
    floor: float  # m
    moment: Moment | None
    other: Frame | None = None


def colours_of(plan: Plan, subject: Subject) -> Theme:
    """The theme a plan is painted in."""
    return theme(subject.scheme if plan.scheme == "as shown" else plan.scheme)


def frames(plan: Plan, subject: Subject) -> Iterator[Frame]:
    """The frames of the stage in turn: one of a still, all of a clip."""
    denoising = plan.what == "denoising"
    one = _denoising(plan, subject) if denoising else _around(plan, subject)
    if (right := subject.other) is None:
        yield from one
        return
    two = _denoising(plan, right, beside=subject.shot) if denoising else _around(plan, right)
    for frame, other in zip(one, two):
        yield replace(frame, other=other)


def _around(plan: Plan, subject: Subject) -> Iterator[Frame]:
    """What is shown now, from where it is seen or from all around."""
    content = _content(plan, subject.now)
    for turn in np.arange(plan.frames) / plan.frames:  # the last is not the first again: it loops
        camera = replace(subject.camera, azimuth=(subject.camera.azimuth + 360 * turn + 180) % 360 - 180)
        yield Frame(content, camera if plan.moves else subject.camera, subject.floor, subject.moment)


def _denoising(plan: Plan, subject: Subject, beside: Shot | None = None) -> Iterator[Frame]:
    """From noise to pose; ``beside`` another run, in step with that one."""
    shot, floor, led = subject.shot, Floor(), beside or subject.shot
    moving = max(plan.frames - round(plan.hold * plan.fps), 2)
    content, moment = _content(plan, subject.now), subject.moment
    for number in range(plan.frames):
        if number < moving and shot.last > 0:
            position = led.last * number / (moving - 1)
            if beside is not None:
                there = moment_at(beside.recording, position, beside.pose)
                position = position_beside(shot.recording, there, ended=position >= beside.last)
            content = _content(plan, shot.at(position))
            moment = moment_at(shot.recording, position, shot.pose)
        floor.aim(content.body())
        floor.advance(1 / plan.fps)
        yield Frame(content, subject.camera, floor.height, moment)


def _content(plan: Plan, frame: StageFrame) -> Content:
    """Evidence has no name where its signs, which are all that is drawn of it, are left out."""
    named = tuple((who, name) for who, name in frame.names if plan.signs or who != EVIDENCE)
    return Content.of(replace(frame, names=named))


def paint(painter: QPainter, plan: Plan, subject: Subject, frame: Frame | None) -> None:
    """All but the ground, in px of the plan; ``frame`` is None for a sheet."""
    sides = [None] if frame is None else [frame] if frame.other is None else [frame, frame.other]
    width, height = plan.size[0] / len(sides), plan.size[1]
    scale, look = min(width, height) / REFERENCE, colours_of(plan, subject)
    size = width / scale, height / scale
    for number, side in enumerate(sides):
        painter.save()
        painter.translate(number * width, 0)
        painter.scale(scale, scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if side is None:
            _paint_sheet(painter, plan, subject, size, look)
        else:
            if len(sides) > 1:
                painter.setClipRect(QRectF(0, 0, *size))
            _paint_stage(painter, plan, side, size, look)
        painter.restore()


def to_image(plan: Plan, subject: Subject, frame: Frame | None) -> QImage:
    """The picture in pixels, 32 bits each.

    Raises:
        MemoryError: it is too large.
    """
    if plan.what == "view":
        smooth = Qt.TransformationMode.SmoothTransformation
        return subject.screen.scaled(QSize(*plan.size), mode=smooth)
    kind = QImage.Format.Format_ARGB32_Premultiplied if plan.see_through else QImage.Format.Format_RGB32
    image = QImage(*plan.size, kind)
    if image.isNull():
        raise MemoryError(f"{plan.size[0]} x {plan.size[1]} px are out of memory")
    ground = QColor(colours_of(plan, subject).scene.background)
    image.fill(Qt.GlobalColor.transparent if plan.see_through else ground)
    painter = QPainter(image)
    paint(painter, plan, subject, frame)
    painter.end()
    return image


def words(moment: Moment) -> str:
    """Where in the run this is."""
    if moment.optimised:
        return f"iteration {moment.index} of {moment.count - 1}"
    return f"t = {moment.time:.3f}, noise {moment.noise_level:.0f} mm"


def _paint_stage(painter: QPainter, plan: Plan, frame: Frame, size: tuple[float, float], look: Theme) -> None:
    floor = frame.floor if plan.floor else None
    ScenePainter(frame.content, frame.camera, floor, look.scene, size, signs=plan.signs, quick=False).paint(
        painter
    )
    _paint_names(painter, frame, size, look)
    if plan.caption and frame.moment is not None:
        _text(painter, QRectF(18, size[1] - 42, size[0] - 36, 24), words(frame.moment), look.text, 17)


def _paint_names(painter: QPainter, frame: Frame, size: tuple[float, float], look: Theme) -> None:
    heads = frame.camera.project(frame.content.heads, size)[0]
    painter.save()
    painter.scale(NAME_SCALE, NAME_SCALE)
    painter.setFont(QFont(FONT))
    paint_names(painter, heads / NAME_SCALE, frame.content.names, look)
    painter.restore()


def _paint_sheet(
    painter: QPainter, plan: Plan, subject: Subject, size: tuple[float, float], look: Theme
) -> None:
    cells = subject.cells[: plan.most]
    if not cells:
        return
    columns = min(plan.columns, len(cells))
    wide, high = size[0] / columns, size[1] / -(-len(cells) // columns)
    for number, cell in enumerate(cells):
        box = QRectF(number % columns * wide, number // columns * high, wide, high)
        _paint_cell(painter, cell, box.adjusted(6, 6, -6, -6), subject.camera, look)


def _paint_cell(painter: QPainter, cell: Cell, box: QRectF, camera: OrbitCamera, look: Theme) -> None:
    font = min(max(0.07 * min(box.height(), 2 * box.width()), 7.0), 15.0)
    line = QRectF(box.left(), box.bottom() - 1.4 * font, box.width(), 1.4 * font)
    painter.save()
    painter.translate(box.topLeft())
    room = box.width(), max(box.height() - line.height(), 1)
    paint_thumbnail(painter, cell.pose, camera, room, look.scene)
    painter.restore()
    _text(painter, line, f"{cell.label}   {cell.value}".rstrip(), look.text, font, middle=True)


def _text(
    painter: QPainter,
    box: QRectF,
    text: str,
    colour: str,
    size: float,
    middle: bool = False,
) -> None:
    """A line of text, at the left of ``box`` or in its middle."""
    if not text:
        return
    font = QFont(FONT)
    font.setPixelSize(max(round(size), 1))
    painter.setFont(font)
    painter.setPen(QColor(colour))
    spare = box.width() - painter.fontMetrics().horizontalAdvance(text)
    painter.drawText(QPointF(box.left() + middle * max(spare, 0) / 2, box.bottom() - 0.3 * size), text)
