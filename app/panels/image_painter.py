"""What is drawn on an image: hypotheses, the evidence and its joints. Signs keep their size at any zoom."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.looks.marker_style import paint_marker
from app.looks.theme import Theme, mixed
from app.panels.image_pane import Pane
from app.scene.content import BONE_SIDES, CHILDREN, PARENTS
from gfpose_core.condition import FREE
from gfpose_core.skeleton import H36M17

RADIUS = 5.5  # px, of a joint's sign
MOST_THIN = 100
"""Hypotheses drawn thin: more make one grey."""

_NOWHERE = np.full((H36M17.n_joints, 2), np.nan)


@dataclass(frozen=True, eq=False)
class ImageFrame:
    """One moment of the image; positions in its pixels, NaN where there is none.

    Attributes:
        size: width and height, px; None where there is no image at all.
        picture: drawn over all of ``size``; None for a blank canvas.
        keypoints: (17, 2), where the joints are.
        levels: (17,), FREE, SEEN_2D or FIXED_3D.
        focus: (17, 2), the hypothesis in focus.
        others: (S, 17, 2), all the others.
        confidence: (17,) in [0, 1], None where none is told.
        missing: why no picture is shown, where there should be one.
    """

    size: tuple[float, float] | None = None
    picture: QImage | None = None
    keypoints: np.ndarray = field(default_factory=_NOWHERE.copy)
    levels: np.ndarray = field(default_factory=lambda: np.full(H36M17.n_joints, FREE))
    selected: frozenset[int] = frozenset()
    focus: np.ndarray = field(default_factory=_NOWHERE.copy)
    others: np.ndarray = field(default_factory=lambda: _NOWHERE[None][:0])
    confidence: np.ndarray | None = None
    missing: str = ""

    def known(self) -> np.ndarray:  # (17, 2) px
        """Where the known joints are."""
        return np.where((self.levels > FREE)[:, None], self.keypoints, np.nan)

    def places(self) -> np.ndarray:  # (17, 2) px
        """Where each joint can be taken hold of: known ones by their keypoints, free ones by the focus."""
        return np.where((self.levels > FREE)[:, None], self.keypoints, self.focus)


def paint_image(painter: QPainter, frame: ImageFrame, pane: Pane, theme: Theme) -> None:
    """The picture, or the blank canvas with a grid of ten."""
    rect = pane.rect(frame.size)
    if frame.picture is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pane.scale < 4)
        painter.drawImage(rect, frame.picture)
        return
    painter.fillRect(rect, QColor(theme.surface))
    painter.setPen(QPen(QColor(mixed(theme.border, theme.surface, 0.5)), 1))
    for share in np.linspace(0, 1, 11)[1:-1]:
        x, y = rect.left() + share * rect.width(), rect.top() + share * rect.height()
        painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))
        painter.drawLine(QLineF(rect.left(), y, rect.right(), y))
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.drawRect(rect)
    if frame.missing:
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter, f"\n{frame.missing}"
        )


def paint_hypotheses(painter: QPainter, frame: ImageFrame, pane: Pane, theme: Theme) -> None:
    """The one in focus as a solid figure, the others as thin lines."""
    stride = max(-(-len(frame.others) // MOST_THIN), 1)
    thin = _bones(frame.others[::stride], pane)
    for side in ("left", "right", "centre"):
        colour = QColor(theme.scene.side(side))
        colour.setAlphaF(0.5)
        painter.setPen(QPen(colour, 1.0))
        painter.drawLines([line for line, of in thin if of == side])
    solid = _bones(frame.focus[None], pane)
    round_ = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(_halo(theme), 6.5, *round_))
    painter.drawLines([line for line, _ in solid])
    for line, side in solid:
        painter.setPen(QPen(QColor(theme.scene.side(side)), 3.5, *round_))
        painter.drawLine(line)


def paint_joints(
    painter: QPainter,
    frame: ImageFrame,
    places: np.ndarray,  # (17, 2) px
    pane: Pane,
    theme: Theme,
    hovered: int,
    cursor: int,
) -> None:
    """Known bones as white lines, then a sign on every joint that has a place: hollow, half-filled or solid,
    in the colour of its side, with the detector's confidence as an arc around it."""
    for colour, width in ((_halo(theme), 3.5), (QColor(theme.scene.evidence), 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawLines([line for line, _ in _bones(frame.known()[None], pane)])
    for joint, at in enumerate(pane.to_widget(places)):
        if np.isfinite(at).all():
            radius = RADIUS + 1.5 * (joint == hovered)
            marked = joint in frame.selected or joint == cursor
            _paint_sign(painter, frame, joint, QPointF(*at), radius, marked, theme)


def paint_wanted(painter: QPainter, joint: int, text: str, at: QPointF, theme: Theme) -> None:
    """The sign and the name of the joint that a click puts here."""
    colour = QColor(theme.scene.side(H36M17.sides[joint]))
    painter.setPen(QPen(_halo(theme), 4.5))
    painter.drawEllipse(at, RADIUS, RADIUS)
    painter.setPen(QPen(colour, 2.5))
    painter.drawEllipse(at, RADIUS, RADIUS)
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-6, -3, 6, 3)
    box.moveTo(at.x() + 14, at.y() - box.height() - 4)
    if box.right() > painter.window().right() - 4:
        box.moveRight(at.x() - 14)
    if box.top() < 4:
        box.moveTop(at.y() + 12)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_sign(
    painter: QPainter, frame: ImageFrame, joint: int, at: QPointF, r: float, marked: bool, theme: Theme
) -> None:
    level, scene = int(frame.levels[joint]), theme.scene
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if marked:
        painter.setPen(QPen(QColor(theme.accent), 2.5))
        painter.drawEllipse(at, r + 8, r + 8)
    painter.setPen(QPen(_halo(theme), 5))
    painter.drawEllipse(at, r + 1, r + 1)
    painter.setPen(QPen(QColor(scene.side(H36M17.sides[joint])), 2.5 if level > FREE else 1.5))
    painter.drawEllipse(at, r + 1, r + 1)
    if level > FREE:
        paint_marker(painter, at, level, r, scene)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if frame.confidence is not None and level > FREE:
        away = r + 5
        ring = QRectF(at.x() - away, at.y() - away, 2 * away, 2 * away)
        span = -round(360 * 16 * float(frame.confidence[joint]))
        for colour, width in ((_halo(theme), 4.5), (scene.seen, 2.2)):
            painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawArc(ring, 90 * 16, span)


def _bones(poses: np.ndarray, pane: Pane) -> list[tuple[QLineF, str]]:  # (S, 17, 2) px
    """Lines in the widget with the side of the body they belong to; bones with an unknown end left out."""
    ends = pane.to_widget(np.concatenate([poses[:, PARENTS], poses[:, CHILDREN]], axis=-1).reshape(-1, 2, 2))
    sides = BONE_SIDES * len(poses)
    shown = np.isfinite(ends).all(axis=(1, 2)) & (np.abs(ends) < 1e5).all(axis=(1, 2))
    return [(QLineF(*ends[i].ravel()), sides[i]) for i in np.flatnonzero(shown)]


def _halo(theme: Theme) -> QColor:
    """What parts a line from a photo of any brightness."""
    ink = QColor(theme.scene.ink)
    ink.setAlphaF(0.7)
    return ink
