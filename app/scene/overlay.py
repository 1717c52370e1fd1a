"""What floats over a stage whichever way it is drawn: the axis gizmo and the name of the joint hovered."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from app.looks.theme import theme_of
from app.looks.words import LEVEL_WORDS, joint_title
from app.scene.names_painter import Names, paint_names
from app.scene.view import PRESETS, OrbitCamera

# The axes are named as the data names them: camera axes, x right, y down, z away from the viewer.
AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 0.0, -1.0), "z": (0.0, 1.0, 0.0)}
"""Camera axes by name, as unit directions in the stage's world."""

ALONG = {"x": ("left", "right"), "y": ("top", "top"), "z": ("front", "back")}
"""The view along each axis, and the one the other way, as far as there is one."""


class AxisGizmo(QWidget):
    """Three short axes in a corner, turned like the scene; those pointing away are faint.

    A click on one looks along it, another one the other way; presses beside them are the stage's.
    """

    SIZE, ARM, REACH = 76, 25, 12  # px

    view_chosen = Signal(str)  # one of PRESETS

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("axis_gizmo")
        self.setMouseTracking(True)
        self.setFixedSize(self.SIZE, self.SIZE)
        self.setToolTip("Click an axis to look along it, once more to look the other way")
        self._basis = OrbitCamera().basis
        self._hovered = self._pressed = ""

    def turn(self, camera: OrbitCamera) -> None:
        """Show the axes as this camera sees them."""
        if not np.array_equal(camera.basis, self._basis):
            self._basis = camera.basis
            self.update()

    def end_of(self, axis: str) -> QPointF:
        """Where an axis ends, px of this widget."""
        right, up, _ = self._basis @ np.array(AXES[axis])
        return QPointF(self.SIZE / 2, self.SIZE / 2) + QPointF(right, -up) * self.ARM

    def _under(self, at: QPointF) -> str:
        """The axis whose end is there; of several the one nearest the viewer."""
        near = [axis for axis in AXES if (self.end_of(axis) - at).manhattanLength() <= self.REACH]
        return max(near, key=lambda axis: self._basis[2] @ np.array(AXES[axis]), default="")

    def _hover(self, axis: str) -> None:
        if axis != self._hovered:
            self._hovered = axis
            self.setCursor(Qt.CursorShape.PointingHandCursor if axis else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover("" if event.buttons() and not self._pressed else self._under(event.position()))
        event.setAccepted(bool(self._hovered or self._pressed))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._under(event.position()) if left else ""
        event.setAccepted(bool(self._pressed))

    mouseDoubleClickEvent = mousePressEvent

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, ""
        event.setAccepted(bool(pressed))
        if pressed and pressed == self._under(event.position()):
            along, back = ALONG[pressed]
            self.view_chosen.emit(back if np.allclose(self._basis, PRESETS[along].basis) else along)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover("")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        theme = theme_of(self.palette())
        middle = QPointF(self.SIZE / 2, self.SIZE / 2)
        axes = [(name, self._basis @ np.array(axis)) for name, axis in AXES.items()]
        for name, (right, up, near) in sorted(axes, key=lambda item: item[1][2]):
            hovered = name == self._hovered
            colour = QColor(theme.accent if hovered else theme.text)
            colour.setAlphaF(1.0 if hovered else 0.62 + 0.38 * near)
            painter.setPen(
                QPen(colour, 2.4 if hovered else 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            )
            painter.drawLine(middle, self.end_of(name))
            at = middle + QPointF(right, -up) * (self.ARM + 7)
            if np.hypot(right, up) > 0.35:  # an axis that points at the viewer has no room for its name
                painter.drawText(at + QPointF(-3.5, 4), name)


class FigureNames(QWidget):
    """Names over the heads of figures, of compared ones in their hues."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("figure_names")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._heads = np.zeros((0, 2))
        self._names: Names = ()
        self.hide()

    def show_names(self, heads: np.ndarray, names: Names) -> None:  # (k,2) px, NaN behind the viewer
        """Name the figures whose heads are there."""
        self._heads, self._names = heads, names
        self.setVisible(len(heads) > 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_names(QPainter(self), self._heads, self._names, theme_of(self.palette()))


class JointLabel(QLabel):
    """The name of the joint under the pointer and what is known of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("joint_label")
        self.setProperty("role", "hover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._fitted: tuple[str, int] | None = None
        self.hide()

    def _fit(self, text: str, widest: int) -> None:
        """Say ``text``, in more than one line where ``widest`` px are not enough for one."""
        self._fitted = text, widest
        self.setText(text)
        self.ensurePolished()  # the first time it is shown its font and its edges are to come
        self.setWordWrap(False)
        self.adjustSize()
        if self.width() > widest:
            self.setWordWrap(True)
            self.resize(widest, self.heightForWidth(widest))

    def show_joint(self, joint: int, level: int, at: QPointF | None, note: str = "") -> None:
        """Stand beside the point ``at``, within the parent; nowhere where that cannot be seen."""
        if at is None:
            self.hide()
            return
        text = f"{joint_title(joint)} · {note or LEVEL_WORDS[level]}"
        if (text, widest := self.parentWidget().width() - 8) != self._fitted:  # dragged, it only moves
            self._fit(text, widest)
        room = self.parentWidget().rect().adjusted(4, 4, -4 - self.width(), -4 - self.height())
        x, y = at.x() + 16, at.y() - self.height() - 8
        self.move(round(np.clip(x, room.left(), max(room.right(), room.left()))),
                  round(np.clip(y, room.top(), max(room.bottom(), room.top()))))  # fmt: skip
        self.show()


class FocusRing(QWidget):
    """A frame around a widget that has the keyboard because a key brought it there."""

    BY_KEY = (
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    )

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.setVisible(event.reason() in self.BY_KEY)
        elif event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme_of(self.palette()).accent), 2))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
