"""What OpenGL this machine has, found out without showing a window."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

from app.logs import log

_GL_RENDERER = 0x1F01
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "gdi generic", "basic render")


@dataclass(frozen=True)
class Driver:
    """``missing`` says why OpenGL cannot be used, if so; ``software`` that the processor does the drawing."""

    missing: str | None = None
    software: bool = False


def surface_format(samples: int = 4) -> QSurfaceFormat:
    """OpenGL 3.3 core: what every driver of the last decade has."""
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(24)
    wanted.setSamples(samples)
    return wanted


def probe() -> Driver:
    """Try a context of the kind the stage needs."""
    if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc"):
        return Driver("this display has no OpenGL")
    try:
        import_module("OpenGL.GL")  # PyOpenGL looks for the driver's library when it is imported
    except (ImportError, OSError, AttributeError) as error:
        return Driver(f"the OpenGL library could not be loaded ({error})")
    surface, context = QOffscreenSurface(), QOpenGLContext()
    for part in (surface, context):
        part.setFormat(surface_format())
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return Driver("no OpenGL context could be created")
    try:
        return _judge(context)
    finally:
        context.doneCurrent()


def _judge(context: QOpenGLContext) -> Driver:
    """What can be done with the current context."""
    version, renderer = context.format().version(), context.functions().glGetString(_GL_RENDERER) or ""
    if context.isOpenGLES() or version < (3, 3):
        return Driver(f"it needs OpenGL 3.3 and the driver has {version[0]}.{version[1]}")
    from app.scene.items.all import try_shaders  # only now: it needs OpenGL to be imported

    try:
        try_shaders()
    except (RuntimeError, import_module("OpenGL.error").GLError):
        log.exception("the stage's shaders do not compile on %s", renderer)
        return Driver("the driver could not build the stage's shaders")
    return Driver(software=any(name in renderer.lower() for name in _SOFTWARE))
