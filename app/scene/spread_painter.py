"""Ellipsoids of spread drawn with QPainter: their exact outlines, which perspective makes ellipses again."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from app.looks.theme import SceneColours, mixed
from app.scene.content import Content, Ellipsoids
from app.scene.figure_painter import pen
from app.scene.spread_style import CONTRAST, FILL
from app.scene.view import OrbitCamera
from gfpose_core.skeleton import H36M17

Size = tuple[float, float]


def paint_spread(
    painter: QPainter, content: Content, camera: OrbitCamera, size: Size, colours: SceneColours
) -> None:
    """A translucent ellipse with an outline for each joint, the farthest first."""
    shown = content.spread
    depth = camera.project(shown.centres, size)[1]
    centres, axes = outlines(shown, camera, size)
    for i in np.argsort(-depth).tolist():
        if np.isnan(centres[i]).any():
            continue
        colour = colours.side(H36M17.sides[shown.joints[i]])
        body = QColor(colour)
        body.setAlphaF(FILL)
        painter.save()
        painter.translate(QPointF(*centres[i].tolist()))
        painter.rotate(float(np.degrees(np.arctan2(axes[i, 1, 1], axes[i, 0, 1]))))
        painter.setBrush(body)
        painter.setPen(pen(mixed(colours.ray, colour, CONTRAST), 1.4))
        long, short = (float(np.hypot(*axes[i, :, k])) for k in (1, 0))
        painter.drawEllipse(QPointF(0, 0), max(long, 1.0), max(short, 1.0))
        painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)


def outlines(shown: Ellipsoids, camera: OrbitCamera, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Centres (k,2) px and half-axes (k,2,2) px, columns from the shorter on, of the ellipses seen; NaN where
    an ellipsoid is not wholly before the eye.

    The planes that touch a quadric are its dual, and those among them that pass through the eye are the lines
    that touch its outline (Hartley & Zisserman 2004, "Multiple view geometry", Eq. 8.5): C* = P Q* P^T.
    """
    clip = camera.projection_matrix(size) @ camera.view_matrix
    width, height = size
    to_px = np.stack([(clip[0] + clip[3]) * width / 2, (clip[3] - clip[1]) * height / 2, clip[3]])  # (3,4)
    columns = to_px[:, :3] @ shown.axes  # (k,3,3)
    middle = shown.centres @ to_px[:, :3].T + to_px[:, 3]  # (k,3)
    dual = columns @ columns.swapaxes(1, 2) - middle[:, :, None] * middle[:, None]
    dual = np.where((dual[:, 2, 2] < 0)[:, None, None] & (middle[:, 2] > 0)[:, None, None], dual, np.nan)
    dual = dual / dual[:, 2:, 2:]
    centres = dual[:, :2, 2]
    shape = centres[:, :, None] * centres[:, None] - dual[:, :2, :2]
    seen = ~np.isnan(centres).any(1)
    axes = np.full((len(centres), 2, 2), np.nan)
    squares, directions = np.linalg.eigh(shape[seen])
    axes[seen] = directions * np.sqrt(np.maximum(squares, 0.0))[:, None]
    return centres, axes
