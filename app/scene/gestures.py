"""The pointer on a stage: what a press, a drag, a wheel or a key means. It draws nothing.

left drag orbits · right, middle or Ctrl+drag pans · wheel zooms · Shift+drag boxes joints · a click picks ·
dragging a joint fixed in 3D moves it, with all that are selected, or with Shift its whole part: in the view
plane, along x, y or z while that key is held, and in depth with the wheel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QRubberBand

from app.looks.own_keys import OwnKeys
from app.scene.overlay import AXES
from app.scene.view import OrbitCamera

SLOP = 4  # logical px a click may wander
DEPTH_STEP = 0.02  # m for a notch of the wheel while a joint is dragged

_TURNS = {  # px of an orbiting drag
    Qt.Key.Key_Left: (20, 0),
    Qt.Key.Key_Right: (-20, 0),
    Qt.Key.Key_Up: (0, 20),
    Qt.Key.Key_Down: (0, -20),
}
_ZOOMS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}


@dataclass
class JointDrag:
    """Joints on their way with the one taken hold of: where they were (m), where it was grabbed (px), how far
    the wheel took it (m)."""

    joint: int
    joints: tuple[int, ...]
    starts: np.ndarray  # (k,3) m
    grabbed: QPointF
    pushed: float = 0.0
    axis: str | None = None

    @property
    def start(self) -> np.ndarray:  # (3,) m
        return self.starts[self.joints.index(self.joint)]

    def positions(self, pointer: QPointF, camera: OrbitCamera, size: tuple[float, float]) -> np.ndarray:
        """Where the joints are with the pointer here, (k, 3) m: all go the same way."""
        return self.starts + (self._held_at(pointer, camera, size) - self.start)

    def _held_at(self, pointer: QPointF, camera: OrbitCamera, size: tuple[float, float]) -> np.ndarray:
        xy, depth = camera.project(self.start, size)
        moved = np.array([pointer.x() - self.grabbed.x(), pointer.y() - self.grabbed.y()])
        if self.axis is None:
            return camera.unproject(xy + moved, depth, size) - self.pushed * camera.basis[2]
        axis = np.array(AXES[self.axis])
        per_metre = (camera.project(self.start + 0.01 * axis, size)[0] - xy) / 0.01
        along = moved @ per_metre / max(per_metre @ per_metre, 1e-9)
        seen_from_the_side = np.hypot(*per_metre) * camera.metres_per_pixel(size, float(depth)) > 0.05
        return self.start + (along * seen_from_the_side + self.pushed) * axis


class Gestures:
    """Mixed into the stage widget, which has the camera, the picking and the signals."""

    def _init_gestures(self) -> None:
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pressed: QPointF | None = None
        self._pointer: QPointF | None = None  # None: it is elsewhere
        self._last = QPointF()
        self._under_press = -1
        self._press = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        self._mode: str | None = None  # None until the pointer has moved: then it is no click
        self._drag: JointDrag | None = None
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self)
        OwnKeys(self, lambda _: self._drag is not None)  # they are for its axes

    def _size(self) -> tuple[float, float]:
        return max(self.width(), 1), max(self.height(), 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.buttons() != event.button():
            return  # what was begun with the button held goes on
        self._pressed = self._last = event.position()
        self._under_press = self.pick(event.position())
        self._press = event.button(), event.modifiers()
        self._mode = None

    # A quick second click is a click like any other: it cycles the joint once more.
    mouseDoubleClickEvent = mousePressEvent

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = self._pointer = event.position()
        if self._pressed is None:
            self.look_under_pointer()
            return
        if self._mode is None and (here - self._pressed).manhattanLength() >= SLOP:
            self._mode = self._begin(here)
        step, self._last = here - self._last, here
        if self._mode == "orbit":
            self.set_camera(self.camera.orbited(step.x(), step.y()))
        elif self._mode == "pan":
            self.set_camera(self.camera.panned(step.x(), step.y(), self._size()))
        elif self._mode == "box":
            self._band.setGeometry(self._box(here))
        elif self._mode == "joint":
            self._move_joints()

    def _begin(self, here: QPointF) -> str:
        """The kind of drag this is: the button and the keys held when it was pressed say."""
        button, keys = self._press
        if button != Qt.MouseButton.LeftButton or keys & Qt.KeyboardModifier.ControlModifier:
            return "pan"
        shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        joint = self.pick_marked(self._pressed)
        moving = self.moving_with(joint, shift)
        if joint in moving:
            self._drag = JointDrag(joint, moving, self.places(moving), self._pressed)
            self.drag_started.emit(moving)
            return "joint"
        if shift:
            self._band.setGeometry(self._box(here))
            self._band.show()
            return "box"
        return "orbit"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.buttons():
            return
        mode, joint, left = self._mode, self._under_press, event.button() == Qt.MouseButton.LeftButton
        if mode == "box":
            self._band.hide()
            self.joints_boxed.emit(self.joints_in(QRectF(self._box(event.position()))))
        elif mode == "joint":
            drag, self._drag = self._drag, None
            self.drag_finished.emit(drag.joints)
        elif mode is None and left and joint >= 0:
            self.joint_clicked.emit(joint, event.modifiers())
        elif mode is None and left:
            self.background_clicked.emit()
        self._pressed = self._mode = None
        self._pointer = event.position()
        self.look_under_pointer()

    def heed_what_is_shown(self) -> None:
        """Another frame is shown: let go of joints that cannot move in it, as when a file was opened while
        they were dragged, and look under the pointer."""
        if self._drag is not None and not all(map(self.can_move, self._drag.joints)):
            self._drag = self._pressed = self._mode = None
        self.look_under_pointer()

    def look_under_pointer(self) -> None:
        """Tell of the joint the pointer is over: it moved, or the poses did."""
        if self._pressed is None and self._pointer is not None:
            self.hover(self.pick(self._pointer))

    def leaveEvent(self, event: object) -> None:
        self._pointer = None
        if self._pressed is None:
            self.hover(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if self._drag is not None:
            self._drag.pushed += DEPTH_STEP * notches
            self._move_joints()
        else:
            at = event.position()
            self.set_camera(self.camera.zoomed(notches, (at.x(), at.y()), self._size()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._drag is not None and event.text().lower() in AXES:
            if not event.isAutoRepeat():  # the key may be held, or let go: only another press frees the joint
                axis = event.text().lower()
                self._drag.axis = None if axis == self._drag.axis else axis
                self._move_joints()
        elif event.key() in _TURNS:
            self.set_camera(self.camera.orbited(*_TURNS[event.key()]))
        elif event.key() in _ZOOMS:
            middle = (self.width() / 2, self.height() / 2)
            self.set_camera(self.camera.zoomed(_ZOOMS[event.key()], middle, self._size()))
        else:
            super().keyPressEvent(event)

    def _move_joints(self) -> None:
        drag = self._drag
        self.move_joints(
            drag.joint, drag.joints, drag.positions(self._last, self.camera, self._size()), drag.axis
        )

    def _box(self, here: QPointF) -> QRect:
        return QRectF(self._pressed, here).normalized().toAlignedRect()
