"""The signs on the joints drawn with QPainter: hollow (free), half-filled (2D), solid (3D)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from app.looks.marker_style import RADIUS, paint_marker
from app.looks.theme import SceneColours
from app.scene.content import CHILDREN, PARENTS, Content, Markers
from app.scene.figure_painter import pen
from app.scene.meshes import BONE_RADII

HIDDEN = 0.3
"""Opacity of a sign behind the figure: evidence is never lost from sight."""

Project = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Points (..., 3) m to the screen (..., 2) px and depth (...) m."""


def paint_markers(painter: QPainter, content: Content, project: Project, colours: SceneColours) -> None:
    """From the farthest to the nearest, those behind the figure faintly."""
    markers = content.markers()
    xy, depth = project(markers.positions)
    behind = _behind(markers, content.figure, project)
    painter.save()
    for i in np.argsort(-depth).tolist():
        if not np.isnan(xy[i]).any():
            painter.setOpacity(HIDDEN if behind[i] else 1.0)
            at, level = QPointF(*xy[i].tolist()), int(markers.levels[i])
            _paint_halo(painter, at, level, bool(markers.selected[i]), bool(markers.hovered[i]), colours)
            paint_marker(painter, at, level, float(RADIUS[level]), colours)
    painter.restore()


def _behind(markers: Markers, figure: np.ndarray | None, project: Project) -> np.ndarray:  # (m,) bool
    """Which signs a limb of the figure hides, each lifted out of its own joint as on the OpenGL stage."""
    if figure is None or not len(markers.joints):
        return np.zeros(len(markers.joints), bool)
    at, depth = project(markers.positions)
    ends, far = project(np.stack([figure[PARENTS], figure[CHILDREN]], 1))  # (16,2,2) px, (16,2) m
    here, along = at[:, None] - ends[:, 0], ends[:, 1] - ends[:, 0]  # (m,16,2), (16,2)
    share = np.clip((here * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9), 0, 1)  # (m,16)
    away = np.linalg.norm(here - share[..., None] * along, axis=-1)
    limb = far[:, 0] + share * (far[:, 1] - far[:, 0])
    aside = project(markers.positions[:1] + np.eye(3))[0] - at[:1]  # (3,2) px of a metre along each axis
    px_per_m = np.linalg.norm(aside, axis=-1).max() * depth[0] / limb
    nearer = limb - BONE_RADII < (depth - markers.lift)[:, None]
    return (nearer & (away < BONE_RADII * px_per_m)).any(1)


def _paint_halo(
    painter: QPainter, at: QPointF, level: int, selected: bool, hovered: bool, colours: SceneColours
) -> None:
    r = float(RADIUS[level])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if hovered:
        glow = QColor(colours.accent)
        glow.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.drawEllipse(at, r + 5, r + 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if selected:
        painter.setPen(pen(colours.accent, 2.6))
        painter.drawEllipse(at, r + 3.6, r + 3.6)
