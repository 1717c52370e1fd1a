"""The stage's OpenGL canvas."""

from __future__ import annotations

import numpy as np
from OpenGL import GL
from pyqtgraph.opengl import GLViewWidget
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QMatrix4x4
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat
from PySide6.QtWidgets import QWidget

from app.pace import Pace
from app.scene import meshes
from app.scene.content import Content
from app.scene.items.all import ITEMS
from app.scene.opengl import surface_format
from app.scene.view import OrbitCamera
from app.scene.world import shadow_casters
from app.theme import SceneColours

FRAME_MS = {False: 0, True: 33}
"""Least time between frames, by whether the processor draws them."""


class GLCanvas(GLViewWidget):
    """Draws a ``Content`` through an ``OrbitCamera``; the pointer is the stage's business, not its own.

    Six items, drawn in this order: floor, what is seen through, what is solid (so the figure in focus stays
    whole among its ghosts), what shines through the figure, markers. Where the processor draws, edges are
    smooth in pictures taken only, and frames are fewer: it is to sample as well.
    """

    def __init__(self, software: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(surface_format(0 if software else 4))
        self._paint_soon = Pace(self, FRAME_MS[software], self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.camera = OrbitCamera()
        self._undrawn: tuple[Content, SceneColours] | None = None
        items = [kind() for kind in ITEMS]
        self._floor, self._ghosts, self._solids, self._spread, self._over, self._markers = items
        for item in items:
            self.addItem(item)

    def draw(self, content: Content, camera: OrbitCamera, floor: float, colours: SceneColours) -> None:
        """Show this with the next paint, which makes the meshes of it."""
        self.set_view(camera, floor)
        self._undrawn = content, colours

    def _build(self, content: Content, colours: SceneColours) -> None:
        self.opts["bgcolor"] = QColor(colours.background).getRgbF()  # its setter would ask for another paint
        self._floor.casters = shadow_casters(content.body())
        self._floor.grid_colour, self._floor.shadow_colour = _rgb(colours.grid), _rgb(colours.shadow)
        self._ghosts.show_mesh(meshes.ghosts(content, colours))
        self._solids.show_mesh(meshes.solids(content, colours))
        self._spread.show_mesh(meshes.spread(content, colours))
        self._spread.ink = _rgb(colours.ray)
        self._over.show_mesh(meshes.over_figure(content, colours))
        self._markers.colours = {
            "u_free": _rgb(colours.free), "u_seen": _rgb(colours.seen), "u_fixed": _rgb(colours.evidence),
            "u_ink": _rgb(colours.ink), "u_accent": _rgb(colours.accent),
        }  # fmt: skip
        self._markers.show_markers(content.markers())

    def set_view(self, camera: OrbitCamera, floor: float) -> None:
        """Look through this camera, with the floor at this height (m); the content stays."""
        self.camera, self._floor.height = camera, floor
        self._paint_soon.ask()

    def grab_image(self, scale: int = 1) -> QImage:
        """The picture as it is now, ``scale`` px to a device pixel each way, with smooth edges."""
        if not self.isValid():
            self.grabFramebuffer()  # never shown yet: this makes the context
        self.makeCurrent()
        size = self.deviceWidth(), self.deviceHeight()
        scale = max(min(scale, GL.glGetIntegerv(GL.GL_MAX_RENDERBUFFER_SIZE) // max(size)), 1)
        wanted = QOpenGLFramebufferObjectFormat()
        wanted.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
        wanted.setSamples(8)
        buffer = QOpenGLFramebufferObject(scale * size[0], scale * size[1], wanted)
        buffer.bind()
        GL.glViewport(0, 0, buffer.width(), buffer.height())
        self.paintGL()
        image = buffer.toImage().convertToFormat(QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale * self.devicePixelRatioF())
        buffer.release()
        self.doneCurrent()
        return image

    def viewMatrix(self) -> QMatrix4x4:
        return QMatrix4x4(*self.camera.view_matrix.ravel().tolist())

    def projectionMatrix(self, region: tuple, viewport: tuple) -> QMatrix4x4:
        return QMatrix4x4(*self.camera.projection_matrix(viewport[2:]).ravel().tolist())

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


def _rgb(colour: str) -> np.ndarray:  # (3,) 0..1
    return np.array(QColor(colour).getRgbF()[:3])
