"""A lit triangle mesh, solid or see-through."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.scene.geometry import Mesh
from app.scene.items.base import ShadedItem


class MeshItem(ShadedItem):
    """Triangles under a key light that follows the viewer, sky and ground light, and a soft rim.

    A see-through mesh leaves the depth buffer alone: its triangles, which nobody sorts, then never hide one
    another, and what is drawn after it stays whole.
    """

    ATTRIBUTES = ("a_position", "a_normal", "a_colour")
    VERTEX = """
        in vec3 a_position; in vec3 a_normal; in vec4 a_colour;
        uniform mat4 u_mvp;
        out vec3 v_position; out vec3 v_normal; out vec4 v_colour;
        void main() {
            v_position = a_position; v_normal = a_normal; v_colour = a_colour;
            gl_Position = u_mvp * vec4(a_position, 1.0);
        }"""
    FRAGMENT = """
        in vec3 v_position; in vec3 v_normal; in vec4 v_colour;
        uniform vec3 u_eye; uniform vec3 u_light;
        out vec4 colour;
        void main() {
            vec3 n = normalize(v_normal);
            vec3 to_eye = normalize(u_eye - v_position);
            float key = max(0.0, (dot(n, u_light) + 0.25) / 1.25);   // wrapped: no hard edge to the shade
            float sky = 0.5 + 0.5 * n.z;
            float rim = pow(1.0 - max(0.0, dot(n, to_eye)), 3.0);
            float gloss = pow(max(0.0, dot(n, normalize(u_light + to_eye))), 36.0);
            vec3 albedo = pow(v_colour.rgb, vec3(2.2));
            vec3 light = albedo * (0.72 * key + mix(0.16, 0.42, sky)) + albedo * rim * 0.35 + gloss * 0.07;
            colour = vec4(pow(min(light, vec3(1.0)), vec3(1.0 / 2.2)), v_colour.a);
        }"""

    def __init__(self, solid: bool) -> None:
        super().__init__()
        self.solid = solid

    def show_mesh(self, mesh: Mesh) -> None:
        """Draw this mesh from now on."""
        self.load(a_position=mesh.positions, a_normal=mesh.normals, a_colour=mesh.colours, faces=mesh.faces)

    def paint(self) -> None:
        if not self.n_indices:
            return
        camera = self.view().camera
        light = camera.basis.T @ np.array([-0.45, 0.6, 0.66])  # over the viewer's left shoulder
        GL.glEnable(GL.GL_CULL_FACE)
        GL.glDepthMask(self.solid)
        with self.bound(u_eye=camera.eye, u_light=light):
            self.draw()
        GL.glDepthMask(True)
        GL.glDisable(GL.GL_CULL_FACE)
