"""Ellipsoids of spread: a faint body, and an outline where it turns away from the eye."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.scene.items.mesh import SolidMeshItem
from app.scene.spread_style import CONTRAST, FILL, RIM


class SpreadItem(SolidMeshItem):
    """Seen through like glass: what lies inside shows, and what the figure hides shines through it."""

    FRAGMENT = f"""
        in vec3 v_position; in vec3 v_normal; in vec4 v_colour;
        uniform vec3 u_eye; uniform vec3 u_ink; uniform float u_opacity;
        out vec4 colour;
        void main() {{
            float facing = abs(dot(normalize(v_normal), normalize(u_eye - v_position)));
            float rim = 1.0 - smoothstep(0.6, 1.0, facing / clamp(2.5 * fwidth(facing), 0.02, 0.5));
            vec3 rgb = mix(v_colour.rgb, mix(v_colour.rgb, u_ink, {CONTRAST}), rim);
            colour = vec4(rgb, mix({FILL}, {RIM}, rim) * u_opacity);
        }}"""

    def __init__(self) -> None:
        super().__init__()
        self.ink = np.zeros(3)  # what the outline leans to

    def paint(self) -> None:
        if not self.n_indices:
            return
        GL.glDepthMask(False)
        for hidden in (True, False):
            GL.glDepthFunc(GL.GL_GREATER if hidden else GL.GL_LESS)
            self.paint_lit(u_ink=self.ink, u_opacity=0.6 if hidden else 1.0)
        GL.glDepthMask(True)
