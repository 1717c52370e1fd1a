"""Poses drawn with QPainter, seen through a camera: for the 2D stage and the thumbnails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.scene.content import BONE_SIDES, CHILDREN, PARENTS
from app.scene.meshes import BONE_RADII, HEAD_BONE, HEAD_RADIUS, HEAD_REACH
from app.scene.view import OrbitCamera
from app.theme import SceneColours

_TAPER = np.array([[0.95], [0.62]])  # radius at both ends, as a share of the bone's
_ARC = np.linspace(np.pi / 2, 3 * np.pi / 2, 7)  # around the near end of a bone, 7 points
_ROUND = np.linspace(0, 2 * np.pi, 14, endpoint=False)


@dataclass(frozen=True)
class Dress:
    """How a figure is drawn: a colour for each of its 16 bones, and its share of full thickness."""

    bones: tuple[str, ...]
    girth: float = 1.0


def by_side(colours: SceneColours) -> Dress:
    """The full figure, its sides told apart."""
    return Dress(tuple(colours.side(side) for side in BONE_SIDES))


def ground_truth(colours: SceneColours) -> Dress:
    """The slim green figure."""
    return Dress((colours.truth,) * len(CHILDREN), 0.36)


def draw_figures(
    painter: QPainter,
    figures: list[tuple[np.ndarray, Dress]],  # (17,3) m, world
    camera: OrbitCamera,
    size: tuple[float, float],  # px
    rim: str,
) -> None:
    """Bones of all figures from the farthest to the nearest, each parted from those behind by a thin rim."""
    limbs = []
    for pose, dress in figures:
        xy, depth = camera.project(pose, size)
        if not np.isnan(xy).any():
            limbs += _limbs(xy, depth, camera.distance / camera.metres_per_pixel(size) / depth, dress)
    for _, outline, shine, width, colour in sorted(limbs, key=lambda limb: -limb[0]):
        painter.setPen(pen(rim, 1.6, 0.85))
        painter.setBrush(_brush(colour))
        painter.drawConvexPolygon(outline)
        painter.setPen(pen("#ffffff", width, 0.16))
        painter.drawLine(shine)


def _limbs(xy: np.ndarray, depth: np.ndarray, px_per_m: np.ndarray, dress: Dress) -> list[tuple]:
    """(depth, outline, line of the shine and its width, colour) of each bone; ``px_per_m`` (17,)."""
    ends = np.stack([xy[PARENTS], xy[CHILDREN]])  # (2,16,2)
    radii = np.maximum(BONE_RADII * dress.girth * _TAPER * px_per_m[np.stack([PARENTS, CHILDREN])], 0.7)
    along = ends[1] - ends[0]
    along /= np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    across = along[:, ::-1] * [-1, 1]

    turn = np.stack([_ARC, _ARC + np.pi])  # (2,7)
    outline = ends[:, :, None] + radii[:, :, None, None] * (
        np.cos(turn)[:, None, :, None] * along[:, None] + np.sin(turn)[:, None, :, None] * across[:, None]
    )  # (2,16,7,2): half a circle around each end, which together go round the bone
    outline = np.concatenate(outline, 1)  # (16,14,2)
    if dress.girth == 1.0:
        outline[HEAD_BONE] = _egg(ends[:, HEAD_BONE], along[HEAD_BONE], HEAD_RADIUS * px_per_m[-1])

    lit = np.where(across @ [-0.6, -0.8] > 0, 1.0, -1.0)[:, None]  # the light comes from above the left
    shine = ends + across * lit * radii[..., None] * 0.4
    widths = np.round(radii.mean(0) * 0.6 * 4) / 4  # quarter pixels: few different pens
    middle = (depth[PARENTS] + depth[CHILDREN]) / 2
    return [
        (z, [QPointF(x, y) for x, y in points], QLineF(*start, *end), width, colour)
        for z, points, start, end, width, colour in zip(
            middle.tolist(), outline.tolist(), *shine.tolist(), widths.tolist(), dress.bones
        )
    ]


def _egg(ends: np.ndarray, along: np.ndarray, radius: float) -> np.ndarray:  # (14,2) px
    """The head: an ellipse that reaches beyond the two joints it stands for, and is never flat."""
    half = max(float(np.hypot(*(ends[1] - ends[0]))) * (0.5 + HEAD_REACH), radius)
    across = along[::-1] * [-1, 1]
    return ends.mean(0) + np.cos(_ROUND)[:, None] * half * along + np.sin(_ROUND)[:, None] * radius * across


@lru_cache(maxsize=512)
def pen(colour: str, width: float, alpha: float = 1.0) -> QPen:
    """A round pen; shared, so never to be changed."""
    value = QColor(colour)
    value.setAlphaF(alpha)
    return QPen(value, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


@lru_cache(maxsize=64)
def _brush(colour: str) -> QColor:
    return QColor(colour)
