"""The floor drawn with QPainter: a grid that fades with distance, and soft shadows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGradient, QImage, QPainter, QRadialGradient, QTransform

from app.scene.figure_painter import pen
from app.theme import SceneColours

GRIDS = ((0.5, 3.0, 0.28), (1.0, 6.0, 0.75))
"""Pitch and reach in m, and strength at the middle; the metres as the OpenGL floor draws them."""

SHADES = 8
NEAR = 0.15  # share of the reach within which nothing fades
DISC = 64  # px, of a shadow's picture

_AROUND = QRectF(-1, -1, 2, 2)

Segments = Callable[[np.ndarray, np.ndarray], list[QLineF]]
"""Lines on the screen between points (n,3) and (n,3) m."""

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
        shade = np.round(SHADES * (1 - share**2 * (3 - 2 * share)))
        for step in range(1, SHADES + 1):
            painter.setPen(pen(faded(colours.grid, strength * step / SHADES), 1.0))
            painter.drawLines(segments(starts[shade == step], ends[shade == step]))


Shadow = Callable[[QPainter, float], None]
"""Draws a soft disc of radius 1 about the origin, of some strength."""


def shadows(colours: SceneColours, quick: bool) -> Shadow:
    """What draws one: where it is to be ``quick``, a picture of it, as filling gradients is slow."""
    if not quick:
        return lambda painter, strength: _fill_disc(painter, colours.shadow, strength)
    disc = _disc(colours.shadow)

    def draw(painter: QPainter, strength: float) -> None:
        painter.setOpacity(strength)
        painter.drawImage(_AROUND, disc)

    return draw


def paint_shadows(
    painter: QPainter,
    casters: np.ndarray,  # (n,3) m
    floor: float,  # m
    project: Callable[[np.ndarray], np.ndarray],  # (n,3) m → (n,2) px
    shadow: Shadow,
) -> None:
    """A soft ellipse beneath each caster: the higher it is, the wider and the fainter."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for x, y, z in casters.tolist():
        _paint_shadow(painter, np.array([x, y, floor]), z - floor, project, shadow)
    painter.restore()


def _paint_shadow(painter: QPainter, centre: np.ndarray, height: float, project, shadow: Shadow) -> None:
    reach = 0.16 + 0.25 * max(height, 0.0)
    offsets = reach * np.eye(3)[:2]
    xy = project(np.stack([centre, *(centre + offsets)]))
    if np.isnan(xy).any():
        return
    (ox, oy), (ax, ay), (bx, by) = xy[0], xy[1] - xy[0], xy[2] - xy[0]
    painter.save()
    painter.setTransform(QTransform(ax, ay, bx, by, ox, oy), True)
    shadow(painter, min(0.055 / reach, 0.35))
    painter.restore()


@cache
def _disc(colour: str) -> QImage:
    image = QImage(DISC, DISC, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(DISC / 2, DISC / 2)
    painter.scale(DISC / 2, DISC / 2)
    _fill_disc(painter, colour, 1.0)
    painter.end()
    return image


def _fill_disc(painter: QPainter, colour: str, strength: float) -> None:
    gradient = QRadialGradient(QPointF(0, 0), 1)
    gradient.setInterpolationMode(QGradient.InterpolationMode.ComponentInterpolation)  # one colour: the same
    shade = QColor(colour)
    for stop, share in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        shade.setAlphaF(strength * share)
        gradient.setColorAt(stop, shade)
    painter.setBrush(gradient)
    painter.drawEllipse(_AROUND)
