"""The pointer and the keys on an image: what a press, a drag, a wheel or a key means. It draws nothing.

A click places the joint asked for · drag a joint to move it (the selection with it) · Shift+drag boxes
joints · drag elsewhere pans · the wheel zooms · arrows nudge by 1 px, with Shift by 10 · J, K choose a
joint · Delete hides · S skips · 0 fits.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent

from app.looks.own_keys import OwnKeys
from gfpose_core.skeleton import H36M17

SLOP = 4  # px a click may wander
NUDGES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ZOOMS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}
_COMMANDS = {Qt.Key.Key_Delete: "hide", Qt.Key.Key_Backspace: "hide", Qt.Key.Key_S: "skip"}
_STEPS = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}
_PLAIN = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


class ImageGestures:
    """Mixed into the canvas, which has the frame, the pane, the picking and the signals."""

    def _init_gestures(self) -> None:
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._hovered = self._cursor = -1
        self._pointer: QPointF | None = None  # None: it is elsewhere
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._keys = Qt.KeyboardModifier.NoModifier
        self._mode: str | None = None  # None until the pointer has moved: then it is no click
        self._grabbed: tuple[list[int], np.ndarray] | None = None
        self._drags = 0
        OwnKeys(self, self._handles)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._last = event.position()
        self._mode, self._keys = None, event.modifiers()
        if event.button() != Qt.MouseButton.LeftButton:
            self._mode = "pan" if event.button() == Qt.MouseButton.MiddleButton else "menu"

    # A quick second click is a click like any other.
    mouseDoubleClickEvent = mousePressEvent

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = self._pointer = event.position()
        if self._pressed is None:
            self._hover(event)
            self.update()
            return
        if (here - self._pressed).manhattanLength() >= SLOP:
            if self._mode is None:
                self._mode = self._begin()
            elif self._mode == "menu":
                self._mode = "pan"
        step, self._last = here - self._last, here
        if self._mode == "pan" and self._frame.size is not None:
            self._pane, self._fits = self._pane.moved(step), False
        elif self._mode == "joints":
            joints, start = self._grabbed
            by = self._pane.to_image(here) - self._pane.to_image(self._pressed)
            self.moved.emit(joints, start + by, self._drags)
        self.update()

    def _begin(self) -> str:
        """The kind of drag this is: where the button was pressed, and the keys held then, say."""
        joint = self._under(self._pressed)
        if self._keys & Qt.KeyboardModifier.ShiftModifier:
            return "box"
        if joint < 0:
            return "pan"
        self._grab(joint)
        return "joints"

    def _grab(self, joint: int) -> None:
        together = joint in self._frame.selected
        joints = [j for j in sorted(self._frame.selected) if self._is_shown(j)] if together else [joint]
        self._grabbed = joints, self._frame.places()[joints]
        self._drags += 1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.buttons():
            return
        mode, left = self._mode, event.button() == Qt.MouseButton.LeftButton
        box, at = QRectF(self._pressed, event.position()).normalized(), event.position()
        self._pressed = self._mode = self._grabbed = None
        if mode == "box":
            self.boxed.emit(
                frozenset(
                    j for j in range(H36M17.n_joints) if self._is_shown(j) and box.contains(self.position(j))
                )
            )
        elif mode is None and left:
            self._click(at, event.modifiers())
        self._hover()
        self.update()

    def _click(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        joint = self._under(at)
        if joint >= 0:
            self._cursor = joint
            self.clicked.emit(joint, keys)
        elif self._wanted is not None and self._frame.size is not None:
            if self._pane.rect(self._frame.size).contains(at):
                self.placed.emit(self._pane.to_image(at))
        else:
            self.background_clicked.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        joint = self._cursor if keyboard else self._under(QPointF(event.pos()))
        if joint >= 0 and self._is_shown(joint):
            at = self.mapToGlobal(self.position(joint).toPoint()) if keyboard else event.globalPos()
            self._pressed = None
            self.menu_asked.emit(joint, at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(event.angleDelta().y() / 120, event.position())
        event.accept()

    def _handles(self, event: QKeyEvent) -> bool:
        key, keys = event.key(), event.modifiers()
        if key in NUDGES:
            return keys in (*_PLAIN, Qt.KeyboardModifier.ShiftModifier)
        return (key in _COMMANDS or key in _STEPS or key == Qt.Key.Key_0) and keys in _PLAIN

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in ZOOMS:
            self.zoom(ZOOMS[key])
        elif not self._handles(event):
            super().keyPressEvent(event)
        elif key in NUDGES:
            self._nudge(NUDGES[key], 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key in _STEPS:
            self._step(_STEPS[key])
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            self.commanded.emit(_COMMANDS[key])

    def _nudge(self, way: tuple[int, int], by: int) -> None:
        joints = [j for j in sorted(self._frame.selected) if self._is_shown(j)]
        if joints:
            self.moved.emit(joints, self._frame.places()[joints] + by * np.array(way), -1)

    def _step(self, by: int) -> None:
        shown = [j for j in range(H36M17.n_joints) if self._is_shown(j)]
        if shown:
            ahead = [j for j in shown if (j - self._cursor) * by > 0]
            self._cursor = (min if by > 0 else max)(ahead or shown)
            self.clicked.emit(self._cursor, Qt.KeyboardModifier.NoModifier)
