"""Poses drawn with QPainter, seen through a camera: for the 2D stage and the thumbnails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import get_ident

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF, create_qpolygonf, ndarray_from_qpolygonf
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from shiboken6 import Shiboken

from app.looks.theme import SceneColours, mixed
from app.scene.content import BONE_SIDES, CHILDREN, PARENTS
from app.scene.meshes import BONE_RADII, HEAD_BONE, HEAD_RADIUS, HEAD_REACH
from app.scene.view import OrbitCamera

_TAPER = np.array([[0.95], [0.62]])  # radius at both ends, as a share of the bone's
_ARC = np.linspace(np.pi / 2, 3 * np.pi / 2, 7)  # around the near end of a bone, 7 points
_ROUND = np.linspace(0, 2 * np.pi, 32, endpoint=False)


@dataclass(frozen=True)
class Dress:
    """How a figure is drawn: a colour for each of its 16 bones, and its share of full thickness."""

    bones: tuple[str, ...]
    girth: float = 1.0


def by_side(colours: SceneColours, girth: float = 1.0) -> Dress:
    """A figure, its sides told apart."""
    return Dress(tuple(colours.side(side) for side in BONE_SIDES), girth)


def ground_truth(colours: SceneColours) -> Dress:
    """The slim green figure."""
    return plain(colours.truth, 0.36)


def plain(colour: str, girth: float) -> Dress:
    """A figure of one colour."""
    return Dress((colour,) * len(CHILDREN), girth)


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
    for _, colour, outer, inner, shine, width in sorted(limbs, key=lambda limb: -limb[0]):
        painter.setPen(Qt.PenStyle.NoPen)  # filled: a stroke would take ten times as long
        for brush, outline in ((_brush(rim), outer), (_brush(colour), inner)):
            painter.setBrush(brush)
            painter.drawPolygon(_polygon(outline))
        if width >= 1.0:  # thinner ones are not seen
            painter.setPen(pen(mixed("#ffffff", colour, 0.18), width))
            painter.drawLine(QLineF(*shine))


def _limbs(xy: np.ndarray, depth: np.ndarray, px_per_m: np.ndarray, dress: Dress) -> list[tuple]:
    """(depth, colour, outline with rim, outline, line and width of the shine); ``px_per_m`` (17,)."""
    ends = np.stack([xy[PARENTS], xy[CHILDREN]])  # (2,16,2)
    radii = np.maximum(BONE_RADII * dress.girth * _TAPER * px_per_m[np.stack([PARENTS, CHILDREN])], 0.7)
    along = ends[1] - ends[0]
    along /= np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    across = along[:, ::-1] * [-1, 1]
    lit = np.where(across @ [-0.6, -0.8] > 0, 1.0, -1.0)[:, None]  # the light comes from above the left

    outer, inner = (list(_capsules(ends, radii + rim, along, across)) for rim in (0.9, 0.0))
    shine = np.concatenate(ends + across * lit * radii[..., None] * 0.42, 1)  # (16,4)
    widths = np.round(radii.mean(0) * 0.55 * 4) / 4  # quarter pixels: few different pens
    if dress.girth == 1.0:
        head = ends[:, HEAD_BONE], along[HEAD_BONE], HEAD_RADIUS * px_per_m[-1]
        outer[HEAD_BONE], inner[HEAD_BONE] = _egg(*head, 0.9), _egg(*head, 0.0)
    middle = (depth[PARENTS] + depth[CHILDREN]) / 2
    return list(zip(middle.tolist(), dress.bones, outer, inner, shine.tolist(), widths.tolist()))


def _polygon(outline: np.ndarray) -> QPolygonF:  # (n,2) px
    """One polygon for every number of points, filled anew each time: making them takes as long as drawing.

    Each thread has its own, as a clip is painted by one while the window is by another.
    """
    polygon, points = _shape(len(outline), get_ident())
    points[:] = outline
    return polygon


@lru_cache(maxsize=8)
def _shape(count: int, thread: int) -> tuple[QPolygonF, np.ndarray]:
    polygon = create_qpolygonf(count)
    return polygon, ndarray_from_qpolygonf(polygon)


def _capsules(ends: np.ndarray, radii: np.ndarray, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Outlines (16,14,2) px: half a circle around each end of each bone, which together go round it."""
    turn = np.stack([_ARC, _ARC + np.pi])[:, None, :, None]  # (2,1,7,1)
    around = np.cos(turn) * along[:, None] + np.sin(turn) * across[:, None]
    return np.concatenate(ends[:, :, None] + radii[:, :, None, None] * around, 1)


def _egg(ends: np.ndarray, along: np.ndarray, radius: float, rim: float) -> np.ndarray:  # (32,2) px
    """The head: an ellipse that reaches beyond the two joints it stands for, and is never flat."""
    half = max(float(np.hypot(*(ends[1] - ends[0]))) * (0.5 + HEAD_REACH), radius) + rim
    across = along[::-1] * [-1, 1] * (radius + rim)
    return ends.mean(0) + np.cos(_ROUND)[:, None] * half * along + np.sin(_ROUND)[:, None] * across


@lru_cache(maxsize=512)
def pen(colour: str, width: float, round_caps: bool = False) -> QPen:
    """A pen; shared, so never to be changed.

    Flat caps and full opacity are what Qt draws fast: a round or translucent line takes ten times as long.
    """
    cap = Qt.PenCapStyle.RoundCap if round_caps else Qt.PenCapStyle.FlatCap
    return QPen(QColor(colour), max(width, 1.0), Qt.PenStyle.SolidLine, cap)


def draw_lines(painter: QPainter, lines: np.ndarray) -> None:  # (n,4) px: x, y, x, y
    """Separate lines; one that has an end behind the eye (NaN) is left out.

    Qt is shown where they lie in memory: to make a list of them takes longer than to draw it.
    """
    seen = np.ascontiguousarray(lines[~np.isnan(lines).any(1)], np.float64)
    if len(seen):
        painter.drawLines(Shiboken.wrapInstance(seen.ctypes.data, QLineF), len(seen))


def draw_points(painter: QPainter, points: np.ndarray) -> None:  # (n,2) px
    """Points; those behind the eye (NaN) are left out."""
    seen = points[~np.isnan(points).any(1)]
    if len(seen):
        painter.drawPoints(arrayToQPolygonF(*seen.T))


@lru_cache(maxsize=64)
def _brush(colour: str) -> QBrush:
    return QBrush(QColor(colour))
