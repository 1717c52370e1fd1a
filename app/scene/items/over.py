"""Score arrows and trails: lit like the figure, and shining through it, for most of them start inside."""

from __future__ import annotations

from OpenGL import GL

from app.scene.items.mesh import LIGHT, SolidMeshItem


class OverFigureItem(SolidMeshItem):
    """Drawn twice from one upload: what is hidden faintly, then what is in sight."""

    FRAGMENT = f"""{LIGHT}
        in vec3 v_position; in vec3 v_normal; in vec4 v_colour;
        uniform float u_opacity;
        out vec4 colour;
        void main() {{ colour = vec4(lit(v_position, v_normal, v_colour.rgb), u_opacity * v_colour.a); }}"""

    def paint(self) -> None:
        if not self.n_indices:
            return
        for hidden in (True, False):
            GL.glDepthMask(not hidden)
            GL.glDepthFunc(GL.GL_GREATER if hidden else GL.GL_LESS)
            self.paint_lit(u_opacity=0.5 if hidden else 1.0)
