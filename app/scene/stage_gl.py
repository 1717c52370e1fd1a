"""The stage's OpenGL canvases: one for a graphics card, one for a processor that does its work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from OpenGL import GL
from pyqtgraph.opengl.GLViewWidget import GLViewMixin
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QMatrix4x4, QOffscreenSurface, QOpenGLContext
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from app.looks.theme import SceneColours
from app.scene import meshes
from app.scene.content import Content
from app.scene.items.all import ITEMS
from app.scene.opengl import surface_format
from app.scene.picture_canvas import PictureCanvas
from app.scene.view import OrbitCamera
from app.scene.world import shadow_casters


class GLScene(GLViewMixin):
    """A ``Content`` seen through an ``OrbitCamera``, part of the widget that shows it; the pointer is the
    stage's business, not its own. The widget says how to ``enter`` its context: to make it current, and ready
    to draw.

    Seven items, drawn in this order: floor, shadows, what is seen through, what is solid (so the figure in
    focus stays whole among its ghosts), what shines through it (spread, then arrows and trails), markers.
    Pictures taken have smooth edges whatever the window has.
    """

    enter: Callable[[], None]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.camera = OrbitCamera()
        self._undrawn: tuple[Content, SceneColours] | None = None
        for kind in ITEMS:
            self.addItem(kind())
        self._floor, self._shadows, self._ghosts, self._solids, *rest = self.items
        self._spread, self._over, self._markers = rest

    def draw(self, content: Content, camera: OrbitCamera, floor: float, colours: SceneColours) -> None:
        """Show this with the next paint, which makes the meshes of it."""
        self.set_view(camera, floor)
        self._undrawn = content, colours

    def _build(self, content: Content, colours: SceneColours) -> None:
        self.opts["bgcolor"] = QColor(colours.background).getRgbF()  # its setter would ask for another paint
        self._floor.colour, self._shadows.colour = _rgb(colours.grid), _rgb(colours.shadow)
        self._shadows.show_casters(shadow_casters(content.body()))
        self._ghosts.show_mesh(meshes.ghosts(content, colours))
        self._solids.show_mesh(meshes.solids(content, colours))
        self._spread.show_mesh(meshes.spread(content, colours))
        self._spread.ink = _rgb(colours.ray)
        self._over.show_mesh(meshes.over_figure(content, colours))
        self._markers.colours = {
            "u_free": _rgb(colours.free), "u_seen": _rgb(colours.seen), "u_fixed": _rgb(colours.fixed),
            "u_ink": _rgb(colours.ink), "u_accent": _rgb(colours.accent),
        }  # fmt: skip
        self._markers.show_markers(content.markers())

    def set_view(self, camera: OrbitCamera, floor: float) -> None:
        """Look through this camera, with the floor at this height (m); the content stays."""
        self.camera, self._floor.height, self._shadows.height = camera, floor, floor
        self.update()

    def grab_image(self, scale: int = 1) -> QImage:
        """The picture as it is now, ``scale`` px to a device pixel each way, with smooth edges."""
        self.enter()
        size = self._device_size()
        largest = GL.glGetIntegerv(GL.GL_MAX_RENDERBUFFER_SIZE)
        scale = max(min(scale, largest // max(size.toTuple())), 1)
        buffer = _buffer(scale * size, samples=8)
        self._paint_into(buffer)
        image = buffer.toImage().convertToFormat(QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale * self.devicePixelRatioF())
        buffer.release()
        self.doneCurrent()
        return image

    def _device_size(self) -> QSize:
        """Its px, one each way at least: OpenGL draws into nothing smaller."""
        return QSize(self.deviceWidth(), self.deviceHeight()).expandedTo(QSize(1, 1))

    def _paint_into(self, buffer: QOpenGLFramebufferObject) -> None:
        """Draw, and leave ``buffer`` bound."""
        buffer.bind()
        GL.glViewport(0, 0, buffer.width(), buffer.height())
        self.paintGL()

    def viewMatrix(self) -> QMatrix4x4:
        return QMatrix4x4(*self.camera.view_matrix.ravel().tolist())

    def projectionMatrix(self, region: tuple, viewport: tuple) -> QMatrix4x4:
        size = np.maximum(viewport[2:], 1)
        return QMatrix4x4(*self.camera.projection_matrix(size).ravel().tolist())

    def initializeGL(self) -> None:
        """Called for a new context: the first, and again when the stage moves to another window."""
        known = [item for item in self.items if item.isInitialized()]
        super().initializeGL()
        for item in known:
            item.initialize()

    def paintGL(self) -> None:
        if self._undrawn is not None:
            self._build(*self._undrawn)
            self._undrawn = None
        GL.glEnable(GL.GL_MULTISAMPLE)
        super().paintGL()


class GLCanvas(GLScene, QOpenGLWidget):
    """The scene in a window that a graphics card puts together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(surface_format())

    def enter(self) -> None:
        if not self.isValid():
            self.grabFramebuffer()  # never shown yet: this makes the context
        self.makeCurrent()


class SoftwareGLCanvas(GLScene, PictureCanvas):
    """The scene drawn into a buffer and shown as a picture.

    Where the processor does OpenGL's work, a window with an OpenGL widget in it costs several times as much:
    it is put together by OpenGL as a whole for every frame.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._begun = False
        super().__init__(parent)
        self._surface, self._context = QOffscreenSurface(), QOpenGLContext(self)
        for part in (self._surface, self._context):
            part.setFormat(surface_format(samples=0))
        self._surface.create()
        self._context.create()
        self._buffer: QOpenGLFramebufferObject | None = None

    def isValid(self) -> bool:
        return self._begun

    def context(self) -> QOpenGLContext:
        return self._context

    def enter(self) -> None:
        self._context.makeCurrent(self._surface)
        if not self._begun:
            self.initializeGL()
            self._begun = True

    def doneCurrent(self) -> None:
        self._context.doneCurrent()

    def set_view(self, camera: OrbitCamera, floor: float) -> None:
        super().set_view(camera, floor)
        self.draw_anew()

    def _drawn(self, smooth: bool) -> QImage:
        size = self._device_size()
        self.enter()
        if self._buffer is None or self._buffer.size() != size:
            self._buffer = _buffer(size)
        if smooth:
            edged = _buffer(size, samples=4)
            self._paint_into(edged)
            QOpenGLFramebufferObject.blitFramebuffer(self._buffer, edged)
            self._buffer.bind()
        else:
            self._paint_into(self._buffer)
        width, height = size.toTuple()
        pixels = np.empty((height, width, 4), np.uint8)
        GL.glReadPixels(0, 0, width, height, GL.GL_BGRA, GL.GL_UNSIGNED_BYTE, pixels)  # lets others run
        self._buffer.release()
        self.doneCurrent()
        self._pixels = np.ascontiguousarray(pixels[::-1])  # lives as long as the picture, which is these
        image = QImage(self._pixels.data, width, height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return image


def _buffer(size: QSize, samples: int = 0) -> QOpenGLFramebufferObject:
    wanted = QOpenGLFramebufferObjectFormat()
    wanted.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
    wanted.setSamples(samples)
    return QOpenGLFramebufferObject(size, wanted)


def _rgb(colour: str) -> np.ndarray:  # (3,) 0..1
    return np.array(QColor(colour).getRgbF()[:3])
