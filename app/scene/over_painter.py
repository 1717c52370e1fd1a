"""Score arrows and trails drawn with QPainter, over the figure."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainter

from app.looks.theme import SceneColours, mixed
from app.scene.content import Content
from app.scene.figure_painter import draw_lines, draw_points, pen
from app.scene.floor_painter import Faded, Segments
from app.scene.meshes import trail_fade
from gfpose_core.skeleton import H36M17

SHADES = 8
SIDES = np.array(H36M17.sides)


def paint_trail(
    painter: QPainter, content: Content, segments: Segments, faded: Faded, colours: SceneColours
) -> None:
    """Threads, and a bead for every moment, in eight shades from the oldest on."""
    trail = content.trail
    lines = segments(trail[:-1].reshape(-1, 3), trail[1:].reshape(-1, 3)).reshape(-1, len(SIDES), 4)
    shade = np.ceil(SHADES * trail_fade(len(trail))[:-1])
    for step in np.unique(shade).tolist():
        for side in ("centre", "right", "left"):
            colour = faded(colours.side(side), step / SHADES)
            threads = lines[shade == step][:, side == SIDES].reshape(-1, 4)
            painter.setPen(pen(colour, 2.0))
            draw_lines(painter, threads)
            painter.setPen(pen(colour, 5.0, round_caps=True))
            draw_points(painter, threads[:, :2])


def paint_arrows(painter: QPainter, content: Content, segments: Segments, colours: SceneColours) -> None:
    """A line and two barbs for each joint that is pulled."""
    lines = segments(content.arrows[:, 0], content.arrows[:, 1])
    for line, strength in zip(lines, content.arrow_strength):
        if np.isnan(line).any():
            continue
        shaft = QLineF(*line.tolist())
        colour = mixed(colours.score_high, colours.score_low, round(float(strength), 1))
        painter.setPen(pen(colour, 2.0, round_caps=True))
        painter.drawLine(shaft)
        for turn in (150, -150):
            barb = QLineF(shaft.p2(), shaft.p2() + QPointF(7, 0))
            barb.setAngle(shaft.angle() + turn)
            painter.drawLine(barb)
