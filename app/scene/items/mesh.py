"""A lit triangle mesh, solid or see-through."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.scene.geometry import Mesh
from app.scene.items.base import ShadedItem

LIGHT = """
    uniform vec3 u_eye; uniform vec3 u_light;
    vec3 lit(vec3 position, vec3 normal, vec3 colour) {
        vec3 n = normalize(normal), to_eye = normalize(u_eye - position);
        float key = max(0.0, (dot(n, u_light) + 0.25) / 1.25);   // wrapped: no hard edge to the shade
        float rim = 1.0 - max(0.0, dot(n, to_eye));
        float gloss = pow(max(0.0, dot(n, normalize(u_light + to_eye))), 36.0);
        float light = 0.72 * key + mix(0.16, 0.42, 0.5 + 0.5 * n.z) + 0.35 * rim * rim * rim;
        vec3 linear = colour * colour * light + 0.07 * gloss;    // squares and roots for the display's gamma
        return sqrt(min(linear, vec3(1.0)));
    }"""


class MeshItem(ShadedItem):
    """Triangles under a key light that follows the viewer, sky and ground light, and a soft rim."""

    ATTRIBUTES = ("a_position", "a_normal", "a_colour")

    def show_mesh(self, mesh: Mesh) -> None:
        """Draw this mesh from now on."""
        self.load(a_position=mesh.positions, a_normal=mesh.normals, a_colour=mesh.colours, faces=mesh.faces)

    def paint(self) -> None:
        if self.n_indices:
            self.paint_lit()

    def paint_lit(self, **uniforms: float) -> None:
        """Draw the faces towards the viewer."""
        camera = self.view().camera
        light = camera.basis.T @ np.array([-0.45, 0.6, 0.66])  # over the viewer's left shoulder
        GL.glEnable(GL.GL_CULL_FACE)
        with self.bound(u_eye=camera.eye, u_light=light, **uniforms):
            self.draw()
        GL.glDisable(GL.GL_CULL_FACE)


class SolidMeshItem(MeshItem):
    """A mesh that hides what is behind it, lit at every pixel."""

    VERTEX = """
        in vec3 a_position; in vec3 a_normal; in vec4 a_colour;
        uniform mat4 u_mvp;
        out vec3 v_position; out vec3 v_normal; out vec4 v_colour;
        void main() {
            v_position = a_position; v_normal = a_normal; v_colour = a_colour;
            gl_Position = u_mvp * vec4(a_position, 1.0);
        }"""
    FRAGMENT = f"""{LIGHT}
        in vec3 v_position; in vec3 v_normal; in vec4 v_colour;
        out vec4 colour;
        void main() {{ colour = vec4(lit(v_position, v_normal, v_colour.rgb), v_colour.a); }}"""


class SeenThroughMeshItem(MeshItem):
    """A mesh of many small translucent things, lit at their corners.

    It leaves the depth buffer alone: its triangles, which nobody sorts, then never hide one another, and what
    is drawn after it stays whole.
    """

    VERTEX = f"""{LIGHT}
        in vec3 a_position; in vec3 a_normal; in vec4 a_colour;
        uniform mat4 u_mvp;
        out vec4 v_colour;
        void main() {{
            v_colour = vec4(lit(a_position, a_normal, a_colour.rgb), a_colour.a);
            gl_Position = u_mvp * vec4(a_position, 1.0);
        }}"""
    FRAGMENT = """
        in vec4 v_colour;
        out vec4 colour;
        void main() { colour = v_colour; }"""

    def paint(self) -> None:
        GL.glDepthMask(False)
        super().paint()
        GL.glDepthMask(True)
