"""One pose drawn with QPainter, seen through a camera: for the 2D stage and the thumbnails."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.scene.content import BONE_SIDES, CHILDREN, PARENTS
from app.scene.meshes import BONE_RADII, HEAD_RADIUS
from app.theme import SceneColours

_HEAD_BONE = int(np.argmax(CHILDREN == 10))


@lru_cache(maxsize=512)
def pen(colour: str, width: float, alpha: float = 1.0) -> QPen:
    """A round pen; shared, so never to be changed."""
    value = QColor(colour)
    value.setAlphaF(alpha)
    return QPen(value, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def draw_figure(
    painter: QPainter,
    xy: np.ndarray,  # (17,2) px
    depth: np.ndarray,  # (17,) m
    px_per_m: float,
    bones: tuple[str, ...],  # 16 colours
    rim: str,
    girth: float = 1.0,
) -> None:
    """Bones from the farthest to the nearest, each parted from those behind it by a thin rim."""
    if np.isnan(xy).any():
        return
    near = depth[PARENTS] + depth[CHILDREN]
    points = [QPointF(x, y) for x, y in xy.tolist()]
    for bone in np.argsort(-near).tolist():
        start, end = points[PARENTS[bone]], points[CHILDREN[bone]]
        if bone == _HEAD_BONE:
            width, line = 2 * HEAD_RADIUS * max(girth, 0.5), QLineF(start * 0.75 + end * 0.25, end)
        else:
            width, line = 2 * float(BONE_RADII[bone]) * girth, QLineF(start, end)
        width = round(max(width * px_per_m, 1.4) * 4) / 4  # quarter pixels: few different pens
        painter.setPen(pen(rim, width + max(1.0, 0.22 * width), 0.85))
        painter.drawLine(line)
        painter.setPen(pen(bones[bone], width))
        painter.drawLine(line)


def bone_colours(colours: SceneColours) -> tuple[str, ...]:
    """The colour of each of the 16 bones."""
    return tuple(colours.side(side) for side in BONE_SIDES)
