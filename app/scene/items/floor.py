"""The floor: a grid that fades with distance, and the soft shadow of who stands on it."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.scene.items.base import ShadedItem

EXTENT = 6.0  # m, where the grid has faded to nothing
N_SHADOWS = 6


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
        uniform vec3 u_grid; uniform vec4 u_shadow;            // rgb, and the shadow's strength
        uniform vec3 u_casters[{N_SHADOWS}];                   // x, y, height over the floor; m
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
            float shade = 0.0;
            for (int i = 0; i < {N_SHADOWS}; ++i) {{
                float reach = 0.13 + 0.22 * u_casters[i].z;    // the higher, the wider and the fainter
                vec2 away = (v_place - u_casters[i].xy) / reach;
                shade += exp(-dot(away, away)) * 0.13 / reach * step(-1.0, u_casters[i].z);
            }}
            shade = u_shadow.a * (1.0 - exp(-shade));
            float alpha = grid + shade - grid * shade;
            colour = vec4(mix(u_shadow.rgb, u_grid, alpha > 0.0 ? grid / alpha : 0.0), alpha);
        }}"""

    def __init__(self) -> None:
        super().__init__()
        corners = np.float32([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * np.float32(EXTENT)
        self.load(a_position=corners, faces=np.uint32([[0, 1, 2], [0, 2, 3]]))
        self.height = 0.0
        self.casters = np.zeros((0, 3), np.float32)  # (≤6,3) m, world
        self.grid_colour = self.shadow_colour = np.zeros(3)
        self.shadow_strength = 0.5

    def paint(self) -> None:
        casters = np.tile(np.float32([0, 0, -9]), (N_SHADOWS, 1))  # height -9: casts nothing
        casters[: len(self.casters)] = self.casters - np.float32([0, 0, self.height])
        GL.glDepthMask(False)
        with self.bound(
            u_height=self.height,
            u_grid=self.grid_colour,
            u_shadow=np.append(self.shadow_colour, self.shadow_strength),
            u_casters=casters,
        ):
            self.draw()
        GL.glDepthMask(True)
