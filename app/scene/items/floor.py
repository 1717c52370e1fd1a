"""The floor: a grid that fades with distance, and the soft shadows of who stands on it.

The shadows are an item of their own, as large as they are: where the processor draws, they would else be
reckoned for every pixel of the floor.
"""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.scene.items.base import ShadedItem

EXTENT = 6.0  # m, where the grid has faded to nothing
REACHES = 2.2
"""Where a shadow has faded to nothing, in its own reaches."""

_SQUARE = np.float32([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
_HALVES = np.uint32([[0, 1, 2], [0, 2, 3]])


class FloorItem(ShadedItem):
    """One large square, its lines drawn by the fragment shader, so that they stay even at any distance."""

    ATTRIBUTES = ("a_position",)
    VERTEX = """
        in vec3 a_position;
        uniform mat4 u_mvp; uniform float u_height;
        out vec2 v_place;
        void main() {
            v_place = a_position.xy;
            gl_Position = u_mvp * vec4(a_position.xy, u_height, 1.0);
        }"""
    FRAGMENT = f"""
        in vec2 v_place;
        uniform vec3 u_grid;
        out vec4 colour;
        float lines(vec2 place, float pitch) {{
            vec2 cell = place / pitch, width = fwidth(cell);
            vec2 near = abs(fract(cell - 0.5) - 0.5) / width;  // px to the nearest line
            vec2 ink = (1.0 - min(near, 1.0)) * clamp(0.6 / width - 1.0, 0.0, 1.0);
            return max(ink.x, ink.y);
        }}
        void main() {{
            float fade = 1.0 - smoothstep(0.15, 1.0, length(v_place) / {EXTENT});
            float grid = max(0.75 * lines(v_place, 1.0), 0.28 * lines(v_place, 0.25)) * fade;
            colour = vec4(u_grid, grid);
        }}"""

    def __init__(self) -> None:
        super().__init__()
        self.load(a_position=_SQUARE * np.float32(EXTENT), faces=_HALVES)
        self.height = 0.0
        self.colour = np.zeros(3)

    def paint(self) -> None:
        GL.glDepthMask(False)
        with self.bound(u_height=self.height, u_grid=self.colour):
            self.draw()
        GL.glDepthMask(True)


class ShadowItem(ShadedItem):
    """A soft round shadow under each caster: the higher it is, the wider and the fainter."""

    ATTRIBUTES = ("a_position", "a_corner")
    VERTEX = f"""
        in vec3 a_position; in vec2 a_corner;                  // the caster's, and -1 or 1 each way
        uniform mat4 u_mvp; uniform float u_height;
        out vec2 v_away; out float v_shade;
        void main() {{
            float reach = 0.13 + 0.22 * max(a_position.z - u_height, 0.0);
            v_away = {REACHES} * a_corner; v_shade = 0.13 / reach;
            gl_Position = u_mvp * vec4(a_position.xy + reach * v_away, u_height, 1.0);
        }}"""
    FRAGMENT = """
        in vec2 v_away; in float v_shade;
        uniform vec3 u_shadow;
        out vec4 colour;
        void main() { colour = vec4(u_shadow, 0.5 * (1.0 - exp(-v_shade * exp(-dot(v_away, v_away))))); }"""

    def __init__(self) -> None:
        super().__init__()
        self.height = 0.0
        self.colour = np.zeros(3)

    def show_casters(self, casters: np.ndarray) -> None:  # (n,3) m, world
        """Draw the shadows of these from now on."""
        first = len(_SQUARE) * np.arange(len(casters), dtype=np.uint32)[:, None, None]
        self.load(
            a_position=np.repeat(np.float32(casters), len(_SQUARE), axis=0),
            a_corner=np.tile(_SQUARE[:, :2], (len(casters), 1)),
            faces=(first + _HALVES).reshape(-1, 3),
        )

    def paint(self) -> None:
        if self.n_indices:
            GL.glDepthMask(False)
            with self.bound(u_height=self.height, u_shadow=self.colour):
                self.draw()
            GL.glDepthMask(True)
