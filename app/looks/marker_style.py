"""Signs of what is known of a joint, by shape and by colour: the same on stages, body map and buttons."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.looks.theme import SceneColours
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D

RADIUS = np.float32([4.4, 6.2, 6.2])  # logical px on a stage: free, seen in 2D, fixed in 3D
MIXED = -1
"""The level of a group of joints that has none of its own."""


def level_colour(level: int, colours: SceneColours) -> str:
    """``#rrggbb`` of FREE, SEEN_2D or FIXED_3D."""
    return {SEEN_2D: colours.seen, FIXED_3D: colours.fixed}.get(level, colours.free)


def paint_marker(painter: QPainter, at: QPointF, level: int, radius: float, colours: SceneColours) -> None:
    """A ring (free), a half-filled disc (seen in 2D), a solid one (fixed in 3D), a dotted ring (mixed)."""
    r, ink, fill = radius, QColor(colours.ink), QColor(level_colour(level, colours))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if level == MIXED:
        painter.setPen(QPen(fill, 2.0, Qt.PenStyle.DotLine))
        painter.drawEllipse(at, r - 1, r - 1)
        return
    if level == FREE:
        for colour, width in ((ink, 3.4), (fill, 1.8)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(at, r - 1, r - 1)
        return
    painter.setPen(QPen(ink, 1.4))
    painter.setBrush(fill)
    painter.drawEllipse(at, r, r)
    if level == SEEN_2D:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        inner = QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r).adjusted(1.6, 1.6, -1.6, -1.6)
        painter.drawPie(inner, -90 * 16, 180 * 16)
