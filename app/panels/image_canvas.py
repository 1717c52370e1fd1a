"""The image to be worked on: zoomed, panned, its joints placed, dragged, selected and nudged.

A click places the joint asked for · drag a joint to move it (the selection with it) · Shift+drag boxes
joints · drag elsewhere pans · the wheel zooms · arrows nudge by 1 px, with Shift by 10 · J, K choose a
joint · Delete hides · S skips · 0 fits.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.panels.image_painter import (
    RADIUS,
    ImageFrame,
    paint_hypotheses,
    paint_image,
    paint_joints,
    paint_wanted,
)
from app.panels.image_pane import Pane
from app.theme import theme_of
from app.words import LEVEL_WORDS, joint_title
from gfpose_core.skeleton import H36M17

REACH = RADIUS + 6  # px around a joint that take hold of it
CLOSE = RADIUS - 1  # px, while joints are placed: hips lie close together
GUIDED = 0.45  # opacity of the hypotheses while joints are placed: the photo is what is looked at
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


class ImageCanvas(QWidget):
    """Shows an :class:`ImageFrame`; what a person does on it is told, never done."""

    placed = Signal(object)  # (2,) px, for the joint asked for
    moved = Signal(object, object, int)  # joints, (k, 2) px, number of the drag or of the run of nudges
    clicked = Signal(int, object)  # joint, keyboard modifiers
    background_clicked = Signal()
    boxed = Signal(object)  # frozenset of joints
    commanded = Signal(str)  # "hide" or "skip"
    menu_asked = Signal(int, object)  # joint, global position

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("image-canvas")
        self.setAccessibleName("Image with joints")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._frame = ImageFrame()
        self._wanted: int | None = None
        self._pane = Pane()
        self._fits = True
        self._hovered = self._cursor = -1
        self._pointer: QPointF | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._keys = Qt.KeyboardModifier.NoModifier
        self._mode: str | None = None  # None until the pointer has moved: then it is no click
        self._grabbed: tuple[list[int], np.ndarray] | None = None
        self._drags = 0

    def show_frame(self, frame: ImageFrame, wanted: int | None) -> None:
        """Show a frame; ``wanted`` is the joint that a click places."""
        if frame.size != self._frame.size:
            self._fits = True
        self._frame, self._wanted = frame, wanted
        if self._fits:
            self.fit()
        self._hover()
        self.update()

    def fit(self) -> None:
        """The whole image, and so when the panel is resized."""
        self._fits = True
        if self._frame.size is not None:
            self._pane = Pane.fit(self._frame.size, (self.width(), self.height()))
        self.update()

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Closer, or away; about the middle unless ``at`` says otherwise."""
        if self._frame.size is None:
            return
        at = at or QPointF(self.width() / 2, self.height() / 2)
        widest = Pane.fit(self._frame.size, (self.width(), self.height())).scale
        self._pane, self._fits = self._pane.zoomed(notches, at, widest), False
        self.update()

    def position(self, joint: int) -> QPointF:
        """Where a joint is drawn, logical px; NaN where it is not."""
        return QPointF(*self._pane.to_widget(self._frame.places()[joint]))

    def spot(self, pixel: tuple[float, float]) -> QPointF:
        """Where a pixel of the image is, logical px."""
        return QPointF(*self._pane.to_widget(np.array(pixel)))

    def sizeHint(self) -> QSize:
        return QSize(300, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fits:
            self.fit()

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

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._hovered = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        """Its own keys come before the window's while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and self._handles(event):
            event.accept()
            return True
        return super().event(event)

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

    def _is_shown(self, joint: int) -> bool:
        return bool(np.isfinite(self._frame.places()[joint]).all())

    def _under(self, at: QPointF) -> int:
        """The nearest joint in reach; known ones before free ones."""
        away = np.linalg.norm(self._pane.to_widget(self._frame.places()) - [at.x(), at.y()], axis=1)
        away = np.where(np.isfinite(away), away, np.inf) + 0.5 * REACH * (self._frame.levels == 0)
        if self._wanted is not None:  # while placing, what is not placed yet is no target
            away = np.where(self._frame.levels == 0, np.inf, away)
        joint = int(np.argmin(away))
        return joint if away[joint] <= (REACH if self._wanted is None else CLOSE) else -1

    def _hover(self, event: QMouseEvent | None = None) -> None:
        joint = self._under(self._pointer) if self._pointer is not None else -1
        if joint != self._hovered and joint >= 0 and event is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self._words(joint), self)
        elif joint < 0 and self._hovered >= 0:
            QToolTip.hideText()
        self._hovered = joint
        placing = self._wanted is not None and joint < 0 and self._frame.size is not None
        shape = Qt.CursorShape.CrossCursor if placing else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.SizeAllCursor if joint >= 0 else shape)

    def _words(self, joint: int) -> str:
        frame = self._frame
        level = int(frame.levels[joint])
        x, y = frame.places()[joint]
        words = f"{joint_title(joint)}: {LEVEL_WORDS[level]}\n{x:.1f}, {y:.1f} px"
        if frame.confidence is not None and level:
            words += f"\nconfidence {frame.confidence[joint]:.2f}"
        return words + ("\nDrag: move · Delete: hide" if level else "\nDrag it to where you see it")

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.scene.background))
        if self._frame.size is not None:
            paint_image(painter, self._frame, self._pane, theme)
            painter.setOpacity(1.0 if self._wanted is None else GUIDED)
            paint_hypotheses(painter, self._frame, self._pane, theme)
            painter.setOpacity(1.0)
            cursor = self._cursor if self.hasFocus() else -1
            signs = self._frame.places() if self._wanted is None else self._frame.known()
            paint_joints(painter, self._frame, signs, self._pane, theme, self._hovered, cursor)
            idle = self._pressed is None and self._hovered < 0
            if self._wanted is not None and self._pointer is not None and idle:
                paint_wanted(painter, self._wanted, joint_title(self._wanted), self._pointer, theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._mode == "box":
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DashLine))
            painter.drawRect(QRectF(self._pressed, self._last).normalized())
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
