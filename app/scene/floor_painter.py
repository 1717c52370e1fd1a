"""The floor drawn with QPainter: a grid that fades with distance, and soft shadows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGradient, QPainter, QRadialGradient, QTransform

from app.looks.theme import SceneColours
from app.scene.figure_painter import draw_lines, pen

GRIDS = ((0.5, 3.0, 0.28), (1.0, 6.0, 0.75))
"""Pitch and reach in m, and strength at the middle; the metres as the OpenGL floor draws them."""

SHADES = 8
NEAR = 0.15  # share of the reach within which nothing fades

Segments = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Lines (n,4) px on the screen between points (n,3) and (n,3) m; NaN at an end behind the eye."""

Faded = Callable[[str, float], str]
"""A colour seen faintly."""


def paint_grid(
    painter: QPainter, height: float, segments: Segments, faded: Faded, colours: SceneColours
) -> None:
    """Lines at ``height`` m, in eight shades."""
    for pitch, reach, strength in GRIDS:
        ticks = np.arange(-reach, reach + 1e-6, pitch)
        across, along = (grid.ravel() for grid in np.meshgrid(ticks, ticks[:-1]))
        level = np.full_like(across, height)
        one = np.stack([across, along, level], 1), np.stack([across, along + pitch, level], 1)
        starts, ends = (np.concatenate([p, p[:, [1, 0, 2]]]) for p in one)
        share = np.clip(
            (np.linalg.norm((starts + ends)[:, :2] / 2, axis=1) / reach - NEAR) / (1 - NEAR), 0, 1
        )
        shade, lines = np.round(SHADES * (1 - share**2 * (3 - 2 * share))), segments(starts, ends)
        for step in range(1, SHADES + 1):
            painter.setPen(pen(faded(colours.grid, strength * step / SHADES), 1.0))
            draw_lines(painter, lines[shade == step])


def paint_shadows(
    painter: QPainter,
    casters: np.ndarray,  # (n,3) m
    floor: float,  # m
    project: Callable[[np.ndarray], np.ndarray],  # (n,3) m → (n,2) px
    colours: SceneColours,
) -> None:
    """A soft ellipse beneath each caster: the higher it is, the wider and the fainter."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y, z in casters.tolist():
        _paint_shadow(painter, np.array([x, y, floor]), z - floor, project, colours)
    painter.restore()


def _paint_shadow(painter: QPainter, centre: np.ndarray, height: float, project, colours) -> None:
    reach = 0.16 + 0.25 * max(height, 0.0)
    offsets = reach * np.eye(3)[:2]
    xy = project(np.stack([centre, *(centre + offsets)]))
    if np.isnan(xy).any():
        return
    (ox, oy), (ax, ay), (bx, by) = xy[0], xy[1] - xy[0], xy[2] - xy[0]
    colour = QColor(colours.shadow)
    gradient = QRadialGradient(QPointF(0, 0), 1)
    gradient.setInterpolationMode(QGradient.InterpolationMode.ComponentInterpolation)  # one colour: the same
    for stop, share in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        colour.setAlphaF(min(0.055 / reach, 0.35) * share)
        gradient.setColorAt(stop, colour)
    painter.save()
    painter.setTransform(QTransform(ax, ay, bx, by, ox, oy), True)
    painter.setBrush(gradient)
    painter.drawEllipse(QRectF(-1, -1, 2, 2))
    painter.restore()
