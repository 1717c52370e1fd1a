"""The stage's content drawn back to front with QPainter: on a widget, an image, or into an SVG file."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from app.looks.theme import SceneColours, mixed
from app.scene import meshes
from app.scene.content import BONE_SIDES, Content
from app.scene.figure_painter import (
    by_side,
    draw_figures,
    draw_lines,
    draw_points,
    ground_truth,
    pen,
    plain,
)
from app.scene.floor_painter import paint_grid, paint_shadows
from app.scene.marker_painter import paint_markers
from app.scene.over_painter import paint_arrows, paint_trail
from app.scene.spread_painter import paint_spread
from app.scene.view import OrbitCamera
from app.scene.world import shadow_casters
from gfpose_core.skeleton import H36M17

BONES, SIDES = np.array(H36M17.bones), np.array(BONE_SIDES)
SOLID_GIRTH = 0.42  # of hypotheses so few that each is seen as a figure of its own
THIN = 0.45  # of the bones of many: lines have no shaded sides to be told apart by
PIECES = 12  # that a line from the camera is drawn in
LAYERS = 5  # of depth, in which the bones of many hypotheses are drawn
STEPPED = 64  # hypotheses; smooth edges of more would take longer than all else in a frame


class ScenePainter:
    """Draws a ``Content`` through an ``OrbitCamera``, ``size`` logical px.

    ``floor`` is its height in m, None for none; without ``signs`` only poses are drawn, nothing of what is
    known about them. ``quick`` mixes faint colours with the background beforehand, as translucent lines would
    be slow on a screen; a picture, whose ground may be transparent, has truly translucent ones. Unless
    ``smooth``, the bones of many hypotheses have stepped edges: what moves must be drawn in time.
    """

    def __init__(
        self,
        content: Content,
        camera: OrbitCamera,
        floor: float | None,
        colours: SceneColours,
        size: tuple[float, float],
        signs: bool = True,
        quick: bool = True,
        smooth: bool = True,
    ) -> None:
        self._content, self._camera, self._floor, self._colours = content, camera, floor, colours
        self._extent, self._signs, self._quick, self._smooth = size, signs, quick, smooth

    def paint(self, painter: QPainter) -> None:
        """Draw all of it, from the floor to the signs; the ground is the caller's."""
        self.paint_floor(painter)
        self.paint_content(painter)

    def paint_floor(self, painter: QPainter) -> None:
        """Draw what does not change while the camera rests."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._floor is not None:
            paint_grid(painter, self._floor, self._segments, self._faded, self._colours)

    def paint_content(self, painter: QPainter) -> None:
        """Draw who stands on the floor, and what is known of them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._floor is not None:
            casters = shadow_casters(self._content.body())
            paint_shadows(painter, casters, self._floor, lambda at: self._project(at)[0], self._colours)
        self._paint_ghosts(painter)
        self._paint_noise(painter)
        if self._signs:
            self._paint_rays(painter)
            self._paint_sight(painter)
        self._paint_figures(painter)
        paint_spread(painter, self._content, self._camera, self._extent, self._colours)
        paint_trail(painter, self._content, self._segments, self._faded, self._colours)
        paint_arrows(painter, self._content, self._segments, self._colours)
        if self._signs:
            paint_markers(painter, self._content, self._project, self._colours)

    def _project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._camera.project(points, self._extent)

    def _px_per_m(self) -> float:
        return 1 / self._camera.metres_per_pixel(self._extent)

    def _segments(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:  # (n,4) px
        """The segments (n,3)-(n,3) m on the screen; NaN at an end behind the eye."""
        return np.concatenate([self._project(starts)[0], self._project(ends)[0]], 1)

    def _faded(self, colour: str, share: float) -> str:
        """The colour seen faintly."""
        if self._quick:
            return mixed(colour, self._colours.background, round(share, 2))
        return f"#{round(255 * min(share, 1.0)):02x}{colour[1:]}"

    def _paint_ghosts(self, painter: QPainter) -> None:
        ghosts = self._content.ghosts
        if not len(ghosts):
            return
        strength = meshes.behind_figure(self._content)
        if meshes.drawn_solid(self._content):
            slim = by_side(self._colours, SOLID_GIRTH)
            figures = [(pose, slim) for pose in ghosts]
            draw_figures(painter, figures, self._camera, self._extent, self._colours.background)
            return
        width = 2 * meshes.ghost_radius(len(ghosts)) * self._px_per_m() * THIN
        self._paint_skeletons(painter, ghosts, strength, width)

    def _paint_skeletons(self, painter: QPainter, poses: np.ndarray, strength: float, width: float) -> None:
        """Bones in layers from the farthest to the nearest, the farther the fainter."""
        xy, depth = self._project(poses)
        bones = xy[:, BONES].reshape(len(poses), len(BONES), 4)  # px
        depth = depth[:, BONES].mean(-1)
        edges = np.quantile(depth, np.linspace(0, 1, LAYERS + 1)[1:-1])
        layer = np.searchsorted(edges, depth)  # (S,16), 0 is the nearest
        few = len(poses) <= meshes.SOLID_GHOSTS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth or len(poses) <= STEPPED)
        for far in range(LAYERS - 1, -1, -1):
            for side in ("centre", "right", "left"):
                own = side == SIDES
                colour = self._faded(self._colours.side(side), strength * (1 - 0.4 * far / (LAYERS - 1)))
                painter.setPen(pen(colour, round(width * 4) / 4, round_caps=few))
                draw_lines(painter, bones[:, own][layer[:, own] == far])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

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
            draw_points(painter, points)
        if self._content.noisy_figure is not None:
            opacity, radius = meshes.noisy_bones(len(noisy))
            width = max(2.0, 2 * radius * self._px_per_m())
            self._paint_skeletons(painter, self._content.noisy_figure[None], opacity, width)

    def _paint_rays(self, painter: QPainter) -> None:
        tails, tips = self._content.rays[:, 0], self._content.rays[:, 1]
        middle, half = (tails + tips) / 2, (tips - tails) / 2
        for reach, strength in ((1.0, 0.15), (0.7, 0.3), (0.4, 0.5)):  # over one another: fading outwards
            painter.setPen(pen(self._faded(self._colours.ray, strength), 1.5))
            draw_lines(painter, self._segments(middle - half * reach, middle + half * reach))

    def _paint_sight(self, painter: QPainter) -> None:
        """Lines from the camera, in pieces as it may lie behind the eye, and the feet of the joints."""
        sight, feet = self._content.sight, self._content.feet
        knots = sight[:, 0] + np.linspace(0, 1, PIECES + 1)[:, None, None] * (sight[:, 1] - sight[:, 0])
        painter.setPen(pen(self._faded(self._colours.ray, meshes.SIGHT_ALPHA), 1.2))
        draw_lines(painter, self._segments(knots[:-1].reshape(-1, 3), knots[1:].reshape(-1, 3)))
        painter.setPen(pen(self._colours.evidence, 1.8))
        draw_lines(painter, self._segments(feet[:, 0], feet[:, 1]))
        width = max(2 * meshes.FOOT_RADIUS * self._px_per_m(), 3.0)
        painter.setPen(pen(self._colours.evidence, width, round_caps=True))
        draw_points(painter, self._project(feet[:, 1])[0])

    def _paint_figures(self, painter: QPainter) -> None:
        known = self._content.known_bones if self._signs else self._content.known_bones[:0]
        width = max(round(8 * meshes.KNOWN_RADIUS * self._px_per_m()) / 4, 1.5)
        for colour, breadth in ((self._colours.ink, width + 2), (self._colours.evidence, width)):
            painter.setPen(pen(colour, breadth, round_caps=True))
            draw_lines(painter, self._segments(known[:, 0], known[:, 1]))
        figures = []
        if self._content.truth is not None:
            figures.append((self._content.truth, ground_truth(self._colours)))
        figures += [(pose, by_side(self._colours)) for pose in self._content.in_full()]
        figures += [
            (pose, plain(hue, meshes.COMPARED_GIRTH))
            for pose, hue in zip(self._content.compared, self._colours.hues)
        ]
        draw_figures(painter, figures, self._camera, self._extent, self._colours.background)
