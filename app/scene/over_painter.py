"""Score arrows and trails drawn with QPainter, over the figure."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainter

from app.looks.theme import SceneColours, mixed
from app.scene.content import Content
from app.scene.figure_painter import pen
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
    shade = np.ceil(SHADES * trail_fade(len(trail))[:-1])
    for step in range(1, SHADES + 1):
        chosen = np.flatnonzero(shade == step)
        if not len(chosen):
            continue
        for side in ("centre", "right", "left"):
            colour = faded(colours.side(side), step / SHADES)
            starts, ends = (trail[chosen + later][:, side == SIDES].reshape(-1, 3) for later in (0, 1))
            painter.setPen(pen(colour, 2.0))
            painter.drawLines(segments(starts, ends))
            painter.setPen(pen(colour, 5.0, round_caps=True))
            for bead in segments(starts, starts):
                painter.drawPoint(bead.p1())


def paint_arrows(painter: QPainter, content: Content, segments: Segments, colours: SceneColours) -> None:
    """A line and two barbs for each joint that is pulled."""
    for (tail, tip), strength in zip(content.arrows, content.arrow_strength):
        line = segments(tail[None], tip[None])
        colour = mixed(colours.score_high, colours.score_low, round(float(strength), 1))
        painter.setPen(pen(colour, 2.0, round_caps=True))
        painter.drawLines(line)
        for shaft in line:
            for turn in (150, -150):
                barb = QLineF(shaft.p2(), shaft.p2() + QPointF(7, 0))
                barb.setAngle(shaft.angle() + turn)
                painter.drawLine(barb)
