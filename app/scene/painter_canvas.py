"""The stage's canvas for machines without OpenGL: the same content, drawn back to front with QPainter."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.looks.theme import DARK, SceneColours
from app.scene.content import Content
from app.scene.frame import StageFrame
from app.scene.picture_canvas import PictureCanvas
from app.scene.stage_painter import ScenePainter
from app.scene.view import OrbitCamera


class PainterCanvas(PictureCanvas):
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
        self.draw_anew()

    def grab_image(self, scale: int = 1) -> QImage:
        """The picture as it is now, ``scale`` px to a device pixel each way."""
        return self._image(scale * self.devicePixelRatioF(), smooth=True)

    def _drawn(self, smooth: bool) -> QImage:
        return self._image(self.devicePixelRatioF(), smooth)

    def _image(self, ratio: float, smooth: bool) -> QImage:
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        if not image.isNull():
            size = self.width(), self.height()
            scene = ScenePainter(self._content, self._camera, self._floor, self._colours, size, smooth=smooth)
            painter = QPainter(image)
            painter.drawPixmap(0, 0, self._ground(scene, ratio))
            scene.paint_content(painter)
            painter.end()
        return image

    def _ground(self, scene: ScenePainter, ratio: float) -> QPixmap:
        """The floor, painted once for every view of it."""
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
