"""Signs on the joints: rings, half-filled and solid discs of a fixed size on the screen."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

from app.looks.marker_style import RADIUS
from app.scene.content import Markers
from app.scene.items.base import ShadedItem

_MARGIN = 2.2  # the square around a marker, in its radii: room for the halo
_CORNERS = np.float32([[-1, -1], [1, -1], [1, 1], [-1, 1]])


class MarkerItem(ShadedItem):
    """Every marker is a square that faces the viewer; the fragment shader draws its shape.

    Markers hidden by the figure shine through faintly, so evidence is never lost from sight.
    """

    ATTRIBUTES = ("a_centre", "a_corner", "a_style", "a_lift")
    VERTEX = f"""
        in vec3 a_centre; in vec2 a_corner; in float a_lift;
        in vec4 a_style;                                       // level, radius px, selected, hovered
        uniform mat4 u_mvp; uniform vec3 u_eye; uniform vec2 u_size;
        out vec2 v_place; flat out vec4 v_style;
        void main() {{
            v_style = a_style;
            v_place = a_corner * a_style.y * {_MARGIN};
            vec3 at = a_centre + normalize(u_eye - a_centre) * a_lift;
            gl_Position = u_mvp * vec4(at, 1.0);
            gl_Position.xy += v_place * 2.0 / u_size * gl_Position.w;
        }}"""
    FRAGMENT = """
        in vec2 v_place; flat in vec4 v_style;
        uniform vec3 u_free; uniform vec3 u_seen; uniform vec3 u_fixed;
        uniform vec3 u_ink; uniform vec3 u_accent; uniform float u_opacity;
        out vec4 colour;
        void over(vec3 rgb, float a) {
            colour.rgb = mix(colour.rgb, rgb, a / max(a + colour.a * (1.0 - a), 1e-4));
            colour.a = a + colour.a * (1.0 - a);
        }
        float within(float d) { return clamp(0.5 - d / max(fwidth(d), 1e-4), 0.0, 1.0); }
        void main() {
            float r = v_style.y, d = length(v_place);
            colour = vec4(0.0);
            if (v_style.z > 0.5) over(u_accent, within(abs(d - r - 3.6) - 1.3));
            if (v_style.w > 0.5) over(u_accent, 0.35 * within(d - r - 5.0));
            if (v_style.x < 0.5) {                             // free: a ring
                over(u_ink, 0.55 * within(abs(d - r + 1.0) - 2.0));
                over(u_free, within(abs(d - r + 1.0) - 0.9));
            } else {                                           // 2D: left half filled; 3D: all of it
                over(u_ink, within(d - r - 1.3));
                over(v_style.x < 1.5 ? u_seen : u_fixed, within(d - r));
                if (v_style.x < 1.5) over(u_ink, within(max(d - r + 1.6, -v_place.x)));
            }
            colour.a *= u_opacity;
            if (colour.a < 0.004) discard;
        }"""

    def __init__(self) -> None:
        super().__init__()
        self.colours: dict[str, np.ndarray] = {}  # uniform -> (3,) 0..1

    def show_markers(self, markers: Markers) -> None:
        """Draw these from now on."""
        n = len(markers.joints)
        style = np.stack([markers.levels, RADIUS[markers.levels], markers.selected, markers.hovered], 1)
        first = 4 * np.arange(n)[:, None, None]
        self.load(
            a_centre=np.repeat(markers.positions, 4, axis=0),
            a_corner=np.tile(_CORNERS, (n, 1)),
            a_style=np.repeat(style, 4, axis=0).astype(np.float32),
            a_lift=np.repeat(markers.lift, 4)[:, None],
            faces=(first + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3).astype(np.uint32),
        )

    def paint(self) -> None:
        if not self.n_indices:
            return
        view = self.view()
        GL.glDepthMask(False)
        for test, opacity in ((GL.GL_GREATER, 0.3), (GL.GL_LEQUAL, 1.0)):
            GL.glDepthFunc(test)
            with self.bound(
                u_eye=view.camera.eye, u_size=(view.width(), view.height()), u_opacity=opacity, **self.colours
            ):  # fmt: skip
                self.draw()
        GL.glDepthFunc(GL.GL_LESS)
        GL.glDepthMask(True)
