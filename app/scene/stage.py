"""The stage: shows poses in 3D and says where the pointer means. The same for both ways of drawing."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Protocol

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.looks.theme import SceneColours, theme_of
from app.scene.content import CHILDREN, PARENTS, Content
from app.scene.frame import FIXED_3D, StageFrame
from app.scene.gestures import Gestures
from app.scene.meshes import BONE_RADII
from app.scene.names_painter import paint_names
from app.scene.opengl import probe
from app.scene.overlay import AxisGizmo, FigureNames, FocusRing, JointLabel
from app.scene.painter_canvas import PainterCanvas
from app.scene.view import HOME, PRESETS, OrbitCamera, pick, pick_line
from app.scene.world import Floor, to_camera, to_world
from gfpose_core.skeleton import H36M17

FRAME_MS = 16


class Canvas(Protocol):
    """What draws the stage: a widget with these three methods."""

    def draw(self, content: Content, camera: OrbitCamera, floor: float, colours: SceneColours) -> None: ...

    def set_view(self, camera: OrbitCamera, floor: float) -> None: ...

    def grab_image(self, scale: int = 1) -> QImage: ...


class Stage(Gestures, QWidget):
    """Poses on a floor, seen through an orbit camera, drawn by the canvas it is given.

    Positions in signals and arguments are camera axes, root-relative millimetres; screen positions are
    logical px of this widget.
    """

    joint_clicked = Signal(int, object)  # joint, keyboard modifiers
    joint_hovered = Signal(int)  # -1: none
    background_clicked = Signal()
    joints_boxed = Signal(object)  # frozenset of joints
    drag_started = Signal(object)  # tuple of joints
    dragged = Signal(object, object)  # tuple of joints, (k,3) mm
    drag_finished = Signal(object)  # tuple of joints
    view_changed = Signal()

    def __init__(self, canvas: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setAccessibleName("3D stage")
        self.canvas: Canvas = canvas
        canvas.setParent(self)
        self.camera = PRESETS[HOME]
        self.editable = True  # joints can be dragged
        self._content = Content.of(StageFrame())
        self._floor = Floor()
        self._gizmo, self._label = AxisGizmo(self), JointLabel(self)
        self._ring = FocusRing(self)
        self._names = FigureNames(self)
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=FRAME_MS, timeout=self._ease_floor)
        self._gizmo.turn(self.camera)
        self._gizmo.view_chosen.connect(self.set_view)
        self._init_gestures()
        self._redraw()

    # What is shown

    def show_frame(self, frame: StageFrame) -> None:
        """Show this from now on."""
        self._content = replace(Content.of(frame), hovered=self._content.hovered)
        self._floor.aim(self._content.body())
        if not self._floor.settled and not self._timer.isActive():
            self._clock.start()
            self._timer.start()
        self._redraw()
        self.heed_what_is_shown()

    def grab_image(self, scale: int = 1) -> QImage:
        """The picture as it is now, without gizmo and labels, ``scale`` px to a device pixel each way."""
        self.canvas.setGeometry(self.rect())  # a widget never shown has not been laid out
        return self.canvas.grab_image(scale)

    def picture(self, scale: int = 1) -> QImage:
        """The same for a file: figures are named, and no joint is marked as selected or pointed at."""
        look, bare = theme_of(self.palette()), replace(self._content, selected=frozenset(), hovered=-1)
        self.canvas.draw(bare, self.camera, self._floor.height, look.scene)
        image = self.grab_image(scale)
        self._redraw()
        painter = QPainter(image)
        paint_names(painter, self._heads(), bare.names, look)
        painter.end()
        return image

    @property
    def floor_height(self) -> float:
        """Where the floor comes to rest, m."""
        return self._floor.goal

    # The view

    def set_view(self, preset: str) -> None:
        """Look from ``front``, ``left``, ``right``, ``back``, ``top``, ``three-quarter`` or ``camera``."""
        self.set_camera(PRESETS[preset])

    def reset_view(self) -> None:
        """Back to the view the stage opened with."""
        self.set_view(HOME)

    def set_camera(self, camera: OrbitCamera) -> None:
        """Look through this camera, a value that ``camera`` gives back."""
        if camera == self.camera:
            return
        self.camera = camera
        self._gizmo.turn(camera)
        self.canvas.set_view(camera, self._floor.height)
        self._name_figures()
        self.hover(self._content.hovered)  # its name goes along
        self.look_under_pointer()
        self.view_changed.emit()

    # Where things are

    def project(self, points: np.ndarray) -> np.ndarray:  # (..., 3) mm → (..., 2) px
        """Screen positions of points; NaN behind the viewer."""
        return self.camera.project(to_world(points), self._size())[0]

    def joint_screen_position(self, joint: int) -> QPointF | None:
        """Where a joint is shown, evidence first; ``None`` if it is not, or lies behind the viewer."""
        at, shown = self._content.joint_positions()
        if not shown[joint] and not len(self._content.ghosts):
            return None
        return self._on_screen(at[joint] if shown[joint] else self._content.ghosts[0, joint])

    def _on_screen(self, point: np.ndarray) -> QPointF | None:  # (3,) m, world
        xy = self.camera.project(point, self._size())[0]
        return None if np.isnan(xy).any() else QPointF(*xy.tolist())

    def pick(self, at: QPointF) -> int:
        """The joint under a screen position, or -1.

        A marked one comes first, then the nearer end of the figure's limb there, then other hypotheses.
        """
        marked = self.pick_marked(at)
        if marked >= 0:
            return marked
        if self._content.figure is not None:
            ends = np.stack([self._content.figure[PARENTS], self._content.figure[CHILDREN]], 1)  # (16,2,3) m
            radii = BONE_RADII / self.camera.metres_per_pixel(self._size())
            found = pick_line(*self.camera.project(ends, self._size()), (at.x(), at.y()), radii)
            if found is not None:
                return int((PARENTS, CHILDREN)[found[1]][found[0]])
        ghosts = self._content.ghosts
        found = pick(*self.camera.project(ghosts.reshape(-1, 3), self._size()), (at.x(), at.y()))
        return -1 if found is None else found % len(self._content.levels)

    def pick_marked(self, at: QPointF) -> int:
        """The joint whose own marker is under a screen position, or -1: what can be taken hold of."""
        joints_at, shown = self._content.joint_positions()
        found = pick(*self.camera.project(joints_at[shown], self._size()), (at.x(), at.y()))
        return -1 if found is None else int(np.flatnonzero(shown)[found])

    def joints_in(self, box: QRectF) -> frozenset[int]:
        """The joints shown within a rectangle of the screen."""
        positions = [self.joint_screen_position(joint) for joint in range(len(self._content.levels))]
        return frozenset(j for j, at in enumerate(positions) if at is not None and box.contains(at))

    def moving_with(self, joint: int, whole_part: bool) -> tuple[int, ...]:
        """The joints that a drag of ``joint`` moves: of its part or of the selection, where it is in that,
        those that can move."""
        group = {joint}
        if whole_part and joint >= 0:
            group = {*H36M17.parts[H36M17.part_of(joint)]}
        elif joint in self._content.selected:
            group = {*self._content.selected}
        return tuple(j for j in sorted(group) if self.can_move(j))

    def can_move(self, joint: int) -> bool:
        """Whether it is fixed in 3D, and not the root, which is the origin of all."""
        content, known = self._content, self.editable and self._content.evidence is not None
        return known and joint > 0 and content.levels[joint] == FIXED_3D

    def places(self, joints: tuple[int, ...]) -> np.ndarray:  # (k,3) m, world
        """Where fixed joints are."""
        return self._content.evidence[list(joints)]

    # What the gestures ask for

    def move_joints(
        self, held: int, joints: tuple[int, ...], to: np.ndarray, axis: str | None
    ) -> None:  # (k,3) m, world
        at = self._on_screen(to[joints.index(held)])
        self._label.show_joint(held, FIXED_3D, at, f"along {axis}" if axis else "x, y, z lock an axis")
        self.dragged.emit(joints, to_camera(to))

    def hover(self, joint: int) -> None:
        if joint < 0:
            self._label.hide()
        else:
            self._label.show_joint(
                joint, int(self._content.levels[joint]), self.joint_screen_position(joint)
            )
        if joint != self._content.hovered:
            self._content = replace(self._content, hovered=joint)
            self._redraw()
            self.joint_hovered.emit(joint)

    # Upkeep

    def _redraw(self) -> None:
        colours = theme_of(self.palette()).scene
        self.canvas.draw(self._content, self.camera, self._floor.height, colours)
        self._name_figures()

    def _name_figures(self) -> None:
        self._names.show_names(self._heads(), self._content.names)

    def _heads(self) -> np.ndarray:  # (k,2) px
        """Of the figures that are named."""
        return self.camera.project(self._content.heads, self._size())[0]

    def _ease_floor(self) -> None:
        self._floor.advance(self._clock.restart() / 1000)
        self.canvas.set_view(self.camera, self._floor.height)
        if self._floor.settled:
            self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.canvas.setGeometry(self.rect())
        self._gizmo.move(10, self.height() - self._gizmo.height() - 10)
        self._names.setGeometry(self.rect())
        self._name_figures()
        for widget in (self._names, self._gizmo, self._label, self._ring):
            widget.raise_()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()

    def sizeHint(self) -> QSize:
        return QSize(900, 700)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)


def make_stage(parent: QWidget | None = None) -> tuple[Stage, str | None]:
    """A stage drawn with OpenGL where there is one, else with QPainter; then the notice says why.

    ``GFPOSE_STAGE`` set to ``gl`` or ``painter`` decides instead of the probe.
    """
    wish, found = os.environ.get("GFPOSE_STAGE", ""), probe()
    if wish == "painter":
        return Stage(PainterCanvas(), parent), "The 2D stage is used because GFPOSE_STAGE asks for it."
    if found.missing and wish != "gl":
        return Stage(PainterCanvas(), parent), f"The 2D stage is used because {found.missing}."
    # only now: a machine without OpenGL may not even import it
    from app.scene.stage_gl import GLCanvas, SoftwareGLCanvas

    return Stage(SoftwareGLCanvas() if found.software else GLCanvas(), parent), None
