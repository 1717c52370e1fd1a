"""The stage's canvas for machines without OpenGL: the same content, drawn back to front with QPainter."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.looks.theme import DARK, SceneColours
from app.scene.content import Content
from app.scene.frame import StageFrame
from app.scene.stage_painter import ScenePainter
from app.scene.view import OrbitCamera


class PainterCanvas(QWidget):
    """Draws a ``Content`` through an ``OrbitCamera`` without OpenGL."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._content = Content.of(StageFrame())
        self._camera, self._floor, self._colours = OrbitCamera(), 0.0, DARK.scene
        self._seen_from: tuple | None = None
        self._floor_picture = QPixmap()

    def draw(self, content: Content, camera: OrbitCamera, floor: float, colours: SceneColours) -> None:
        """Show this with the next paint."""
        self._content, self._colours = content, colours
        self.set_view(camera, floor)

    def set_view(self, camera: OrbitCamera, floor: float) -> None:
        """Look through this camera, with the floor at this height (m); the content stays."""
        self._camera, self._floor = camera, floor
        self.update()

    def grab_image(self, scale: int = 1) -> QImage:
        """The picture as it is now, ``scale`` px to a device pixel each way."""
        ratio = scale * self.devicePixelRatioF()
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(QPainter(self))

    def _paint(self, painter: QPainter) -> None:
        if not self.size().isEmpty():
            size = self.width(), self.height()
            scene = ScenePainter(self._content, self._camera, self._floor, self._colours, size)
            painter.drawPixmap(0, 0, self._ground(scene))
            scene.paint_content(painter)

    def _ground(self, scene: ScenePainter) -> QPixmap:
        """The floor, painted once for every view of it."""
        ratio = self.devicePixelRatioF()
        view = self._camera, self._floor, self._colours, self.size(), ratio
        if view != self._seen_from:
            self._seen_from = view
            self._floor_picture = QPixmap(self.size() * ratio)
            self._floor_picture.setDevicePixelRatio(ratio)
            self._floor_picture.fill(QColor(self._colours.background))
            painter = QPainter(self._floor_picture)
            scene.paint_floor(painter)
            painter.end()
        return self._floor_picture
