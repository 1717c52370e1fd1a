"""What the stage's OpenGL items have in common: a program, a vertex array, buffers uploaded when dirty."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from OpenGL import GL
from OpenGL.GL import shaders
from pyqtgraph.opengl.GLGraphicsItem import GLGraphicsItem

_TYPES = {"f": (GL.GL_FLOAT, False), "u": (GL.GL_UNSIGNED_BYTE, True)}


class ShadedItem(GLGraphicsItem):
    """Draws arrays of vertices with one GLSL 3.30 program.

    A subclass names its sources and its attributes in the order of their locations, hands arrays to ``load``
    at any time, and draws them in ``paint``, where alone they are uploaded.
    """

    VERTEX: str
    FRAGMENT: str
    ATTRIBUTES: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._arrays: dict[str, np.ndarray] = {}
        self._dirty: set[str] = set()
        self.setGLOptions("translucent")

    @classmethod
    def build(cls) -> tuple[int, int]:
        """A new vertex array, bound, and the program, in the current context.

        Raises:
            RuntimeError: the driver does not take the sources.
        """
        header = "#version 330 core\n"
        vertex = shaders.compileShader(header + cls.VERTEX, GL.GL_VERTEX_SHADER)
        fragment = shaders.compileShader(header + cls.FRAGMENT, GL.GL_FRAGMENT_SHADER)
        vertex_array = GL.glGenVertexArrays(1)
        GL.glBindVertexArray(vertex_array)
        return vertex_array, shaders.compileProgram(vertex, fragment)

    def initializeGL(self) -> None:
        self._vertex_array, self._program = self.build()
        names = (*self.ATTRIBUTES, "faces")
        self._buffers = dict(zip(names, np.atleast_1d(GL.glGenBuffers(len(names))).tolist()))
        self._uniforms: dict[str, int] = {}
        self._dirty = set(self._arrays)
        GL.glBindVertexArray(0)

    def load(self, **arrays: np.ndarray) -> None:
        """Set attributes by name, and ``faces`` (F,3) uint32. Nothing is sent before the next ``paint``."""
        for name, array in arrays.items():
            if self._arrays.get(name) is not array:
                self._arrays[name] = array
                self._dirty.add(name)

    @property
    def n_indices(self) -> int:
        return self._arrays["faces"].size if "faces" in self._arrays else 0

    @contextmanager
    def bound(self, **uniforms: float | np.ndarray) -> Iterator[None]:
        """The program in use, its uniforms set, the arrays sent and bound; ``u_mvp`` is always given."""
        self.setupGLState()
        GL.glBindVertexArray(self._vertex_array)
        for name in sorted(self._dirty):
            self._upload(name)
        self._dirty.clear()
        GL.glUseProgram(self._program)
        GL.glUniformMatrix4fv(
            self._location("u_mvp"), 1, False, np.array(self.mvpMatrix().data(), np.float32)
        )
        for name, value in uniforms.items():
            self._set_uniform(name, np.atleast_2d(np.asarray(value, np.float32)))
        try:
            yield
        finally:
            GL.glUseProgram(0)
            GL.glBindVertexArray(0)

    def draw(self) -> None:
        """Draw the triangles of ``faces``."""
        GL.glDrawElements(GL.GL_TRIANGLES, self.n_indices, GL.GL_UNSIGNED_INT, ctypes.c_void_p(0))

    def _upload(self, name: str) -> None:
        array = np.ascontiguousarray(self._arrays[name])
        target = GL.GL_ELEMENT_ARRAY_BUFFER if name == "faces" else GL.GL_ARRAY_BUFFER
        GL.glBindBuffer(target, self._buffers[name])
        GL.glBufferData(target, array.nbytes, array, GL.GL_STREAM_DRAW)
        if name != "faces":
            location = GL.glGetAttribLocation(self._program, name)
            kind, normalised = _TYPES[array.dtype.kind]
            GL.glEnableVertexAttribArray(location)
            GL.glVertexAttribPointer(location, array.shape[1], kind, normalised, 0, ctypes.c_void_p(0))
            GL.glBindBuffer(target, 0)

    def _set_uniform(self, name: str, value: np.ndarray) -> None:  # (n, 1..4)
        send = (GL.glUniform1fv, GL.glUniform2fv, GL.glUniform3fv, GL.glUniform4fv)[value.shape[1] - 1]
        send(self._location(name), len(value), value)

    def _location(self, name: str) -> int:
        if name not in self._uniforms:
            self._uniforms[name] = GL.glGetUniformLocation(self._program, name)
        return self._uniforms[name]
