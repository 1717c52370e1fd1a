"""The stage's canvas for machines without OpenGL: the same content, drawn back to front with QPainter."""

from __future__ import annotations

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QRadialGradient, QTransform
from PySide6.QtWidgets import QWidget

from app.scene import meshes
from app.scene.content import BONE_SIDES, CHILDREN, PARENTS, Content
from app.scene.figure_painter import by_side, draw_figures, ground_truth, pen
from app.scene.frame import FREE, SEEN_2D
from app.scene.marker_style import RADIUS
from app.scene.over_painter import paint_arrows, paint_trail
from app.scene.view import OrbitCamera
from app.scene.world import shadow_casters
from app.theme import DARK, SceneColours, mixed
from gfpose_core.skeleton import H36M17

GRID_REACH, GRID_PITCH = 4.0, 0.5  # m
LAYERS = 5  # of depth, in which the bones of many hypotheses are drawn


class PainterCanvas(QWidget):
    """Draws a ``Content`` through an ``OrbitCamera`` without OpenGL."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._content: Content | None = None
        self._camera, self._floor, self._colours = OrbitCamera(), 0.0, DARK.scene

    def draw(self, content: Content, camera: OrbitCamera, floor: float, colours: SceneColours) -> None:
        """Show this with the next paint."""
        self._content, self._colours = content, colours
        self.set_view(camera, floor)

    def set_view(self, camera: OrbitCamera, floor: float) -> None:
        """Look through this camera, with the floor at this height (m); the content stays."""
        self._camera, self._floor = camera, floor
        self.update()

    def grab_image(self) -> QImage:
        """The picture as it is now, in device pixels."""
        ratio = self.devicePixelRatioF()
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(QPainter(self))

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._colours.background))
        if self._content is None or self.width() < 1 or self.height() < 1:
            return
        self._paint_floor(painter)
        self._paint_ghosts(painter)
        self._paint_noise(painter)
        self._paint_rays(painter)
        self._paint_figures(painter)
        paint_trail(painter, self._content, self._segments, self._colours)
        paint_arrows(painter, self._content, self._segments, self._colours)
        self._paint_markers(painter)

    def _size(self) -> tuple[float, float]:
        return self.width(), self.height()

    def _project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._camera.project(points, self._size())

    def _px_per_m(self) -> float:
        return 1 / self._camera.metres_per_pixel(self._size())

    def _segments(self, starts: np.ndarray, ends: np.ndarray) -> list[QLineF]:
        """The segments (n,3)-(n,3) m that lie before the eye, on the screen."""
        a, b = self._project(starts)[0], self._project(ends)[0]
        seen = ~(np.isnan(a) | np.isnan(b)).any(-1)
        return [QLineF(*row) for row in np.concatenate([a, b], 1)[seen].tolist()]

    def _faded(self, colour: str, share: float) -> str:
        """The colour seen faintly; mixed beforehand, as translucent lines would be slow."""
        return mixed(colour, self._colours.background, round(share, 2))

    def _paint_floor(self, painter: QPainter) -> None:
        ticks = np.arange(-GRID_REACH, GRID_REACH + 1e-6, GRID_PITCH)
        across, along = (grid.ravel() for grid in np.meshgrid(ticks, ticks[:-1]))
        height = np.full_like(across, self._floor)
        one = np.stack([across, along, height], 1), np.stack([across, along + GRID_PITCH, height], 1)
        starts, ends = (np.concatenate([p, p[:, [1, 0, 2]]]) for p in one)
        away = np.linalg.norm((starts + ends)[:, :2] / 2, axis=1) / GRID_REACH
        shade = np.floor(8 * (1 - np.clip(away, 0, 1)) ** 1.3)  # fades outwards in eight steps
        for level in range(1, 9):
            chosen = shade == level
            painter.setPen(pen(self._faded(self._colours.grid, level / 8 * 0.6), 1.0))
            painter.drawLines(self._segments(starts[chosen], ends[chosen]))
        painter.setPen(Qt.PenStyle.NoPen)
        for x, y, z in shadow_casters(self._content.body()).tolist():
            self._paint_shadow(painter, np.array([x, y, self._floor]), z - self._floor)

    def _paint_shadow(self, painter: QPainter, centre: np.ndarray, height: float) -> None:
        reach = 0.16 + 0.25 * max(height, 0.0)
        offsets = reach * np.eye(3)[:2]
        xy = self._project(np.stack([centre, *(centre + offsets)]))[0]
        if np.isnan(xy).any():
            return
        (ox, oy), (ax, ay), (bx, by) = xy[0], xy[1] - xy[0], xy[2] - xy[0]
        colour = QColor(self._colours.shadow)
        gradient = QRadialGradient(QPointF(0, 0), 1)
        for stop, share in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
            colour.setAlphaF(min(0.055 / reach, 0.35) * share)
            gradient.setColorAt(stop, colour)
        painter.save()
        painter.setTransform(QTransform(ax, ay, bx, by, ox, oy), True)
        painter.setBrush(gradient)
        painter.drawEllipse(QRectF(-1, -1, 2, 2))
        painter.restore()

    def _paint_ghosts(self, painter: QPainter) -> None:
        ghosts = self._content.ghosts
        if not len(ghosts):
            return
        strength = meshes.behind_figure(self._content)
        width = 2 * meshes.ghost_radius(len(ghosts)) * self._px_per_m() * (1.0 if len(ghosts) <= 64 else 0.4)
        self._paint_skeletons(painter, ghosts, strength, width)

    def _paint_skeletons(self, painter: QPainter, poses: np.ndarray, strength: float, width: float) -> None:
        """Bones in layers from the farthest to the nearest, the farther the fainter."""
        starts, ends = poses[:, PARENTS].reshape(-1, 3), poses[:, CHILDREN].reshape(-1, 3)
        sides = np.tile(BONE_SIDES, len(poses))
        depth = self._project((starts + ends) / 2)[1]
        edges = np.quantile(depth, np.linspace(0, 1, LAYERS + 1)[1:-1])
        layer = np.searchsorted(edges, depth)  # 0 is the nearest
        few = len(poses) <= meshes.SOLID_GHOSTS
        for far in range(LAYERS - 1, -1, -1):
            for side in ("centre", "right", "left"):
                chosen = (layer == far) & (sides == side)
                colour = self._faded(self._colours.side(side), strength * (1 - 0.4 * far / (LAYERS - 1)))
                painter.setPen(pen(colour, round(width * 4) / 4, round_caps=few))
                painter.drawLines(self._segments(starts[chosen], ends[chosen]))

    def _paint_noise(self, painter: QPainter) -> None:
        noisy = self._content.noisy
        if not len(noisy):
            return
        xy = self._project(noisy)[0]
        sides = np.array(H36M17.sides)
        for side in ("centre", "right", "left"):
            points = xy[:, sides == side].reshape(-1, 2)
            colour = self._faded(self._colours.side(side), meshes.noise_alpha(len(noisy)) + 0.15)
            painter.setPen(pen(colour, 5.0 if len(noisy) <= 16 else 2.5, round_caps=len(noisy) <= 16))
            points = points[~np.isnan(points).any(1)]
            painter.drawPoints(arrayToQPolygonF(points[:, 0], points[:, 1]))
        if self._content.noisy_figure is not None:
            self._paint_skeletons(painter, self._content.noisy_figure[None], 0.5, 2.0)

    def _paint_rays(self, painter: QPainter) -> None:
        tails, tips = self._content.rays[:, 0], self._content.rays[:, 1]
        middle, half = (tails + tips) / 2, (tips - tails) / 2
        for reach, strength in ((1.0, 0.15), (0.7, 0.3), (0.4, 0.5)):  # over one another: fading outwards
            painter.setPen(pen(self._faded(self._colours.ray, strength), 1.5))
            painter.drawLines(self._segments(middle - half * reach, middle + half * reach))

    def _paint_figures(self, painter: QPainter) -> None:
        known = self._content.known_bones
        width = max(round(8 * meshes.KNOWN_RADIUS * self._px_per_m()) / 4, 1.5)
        for colour, breadth in ((self._colours.ink, width + 2), (self._colours.evidence, width)):
            painter.setPen(pen(colour, breadth, round_caps=True))
            painter.drawLines(self._segments(known[:, 0], known[:, 1]))
        figures = []
        if self._content.truth is not None:
            figures.append((self._content.truth, ground_truth(self._colours)))
        if self._content.figure is not None:
            figures.append((self._content.figure, by_side(self._colours)))
        draw_figures(painter, figures, self._camera, self._size(), self._colours.background)

    def _paint_markers(self, painter: QPainter) -> None:
        markers = self._content.markers()
        xy, depth = self._project(markers.positions)
        fill, ink = QColor(self._colours.evidence), QColor(self._colours.ink)
        for i in np.argsort(-depth).tolist():
            if np.isnan(xy[i]).any():
                continue
            at, level = QPointF(*xy[i].tolist()), int(markers.levels[i])
            r = float(RADIUS[level])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if markers.selected[i] or markers.hovered[i]:
                accent = (
                    self._colours.accent if markers.selected[i] else self._faded(self._colours.accent, 0.6)
                )
                painter.setPen(pen(accent, 2.4))
                painter.drawEllipse(at, r + 3.6, r + 3.6)
            if level == FREE:
                for colour, width in ((self._colours.ink, 3.4), (self._colours.evidence, 1.8)):
                    painter.setPen(pen(colour, width))
                    painter.drawEllipse(at, r - 1, r - 1)
                continue
            painter.setPen(pen(self._colours.ink, 1.4))
            painter.setBrush(fill)
            painter.drawEllipse(at, r, r)
            if level == SEEN_2D:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ink)
                inner = QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r).adjusted(1.6, 1.6, -1.6, -1.6)
                painter.drawPie(inner, -90 * 16, 180 * 16)
