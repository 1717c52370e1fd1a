"""A small picture of one frame of a clip: bones of what is known, rings for what is a stand-in."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.documents.clips import Figures
from app.looks.theme import theme_of
from gfpose_core.condition import FREE
from gfpose_core.io.clip import Clip, KeypointClip
from gfpose_core.skeleton import H36M17

MARGIN = 16
YAW = np.radians(25.0)
"""Poses in space are seen a little from the side, so that depth shows."""


class ClipPreview(QWidget):
    """Keypoints where they are in the image; poses in space upright, without perspective."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import-preview")
        self.setAccessibleName("Preview of the clip")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._places = np.zeros((0, H36M17.n_joints, 2))
        self._known = np.zeros((0, H36M17.n_joints), bool)
        self._derived = np.zeros(H36M17.n_joints, bool)
        self._image: tuple[float, float] | None = None
        self._box = np.array([[0.0, 0.0], [1.0, 1.0]])
        self._frame = 0

    def sizeHint(self) -> QSize:
        return QSize(340, 230)

    def show_clip(self, clip: Clip) -> None:
        """Show a clip; the frame stays where it was."""
        if isinstance(clip, KeypointClip):
            self._places, self._known = clip.keypoints, clip.visible
            self._image = clip.image_size
        else:
            figures = Figures.of(clip)
            x, y, z = np.moveaxis(figures.poses, -1, 0)
            self._places = np.stack([x * np.cos(YAW) + z * np.sin(YAW), y], axis=-1)
            self._known, self._image = figures.levels > FREE, None
        self._derived = clip.derived
        seen = self._places[self._known]
        self._box = np.stack([seen.min(axis=0), seen.max(axis=0)])
        if self._image:
            self._box = np.stack(
                [np.minimum(self._box[0], 0.0), np.maximum(self._box[1], self._image)]
            )  # fmt: skip
        self.show_frame(min(self._frame, len(clip) - 1))

    def show_frame(self, frame: int) -> None:
        self._frame = frame
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme_of(self.palette())
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.scene.background))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not len(self._places):
            return
        if self._image:
            painter.setPen(QPen(QColor(colours.scene.grid), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self._at((0.0, 0.0)), self._at(self._image)))
        places, known = self._places[self._frame], self._known[self._frame]
        for parent, child in H36M17.bones:
            if known[parent] and known[child]:
                painter.setPen(QPen(QColor(colours.scene.side(H36M17.sides[child])), 3))
                painter.drawLine(self._at(places[parent]), self._at(places[child]))
        for joint in np.flatnonzero(known):
            colour = QColor(colours.scene.side(H36M17.sides[joint]))
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(QColor(colours.scene.background) if self._derived[joint] else colour)
            painter.drawEllipse(self._at(places[joint]), 3.4, 3.4)

    def _at(self, place: np.ndarray | tuple[float, float]) -> QPointF:
        """Where a place of the clip is in the widget: all frames to one scale, none cut off."""
        room = np.array([self.width(), self.height()], float) - 2 * MARGIN
        extent = np.maximum(self._box[1] - self._box[0], 1e-6)
        scale = (room / extent).min()
        x, y = (np.asarray(place) - self._box.mean(axis=0)) * scale + room / 2 + MARGIN
        return QPointF(float(x), float(y))
