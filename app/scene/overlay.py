"""What floats over a stage whichever way it is drawn: the axis gizmo and the name of the joint hovered."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from app.scene.view import OrbitCamera
from app.theme import theme_of
from app.words import LEVEL_WORDS, joint_title

# The axes are named as the data names them: camera axes, x right, y down, z away from the viewer.
AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 0.0, -1.0), "z": (0.0, 1.0, 0.0)}
"""Camera axes by name, as unit directions in the stage's world."""


class AxisGizmo(QWidget):
    """Three short axes in a corner, turned like the scene; those pointing away are faint."""

    SIZE, ARM = 76, 25  # px

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("axis_gizmo")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(self.SIZE, self.SIZE)
        self._basis = OrbitCamera().basis

    def turn(self, camera: OrbitCamera) -> None:
        """Show the axes as this camera sees them."""
        if not np.array_equal(camera.basis, self._basis):
            self._basis = camera.basis
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        colour = QColor(theme_of(self.palette()).text)
        middle = QPointF(self.SIZE / 2, self.SIZE / 2)
        axes = [(name, self._basis @ np.array(axis)) for name, axis in AXES.items()]
        for name, (right, up, near) in sorted(axes, key=lambda item: item[1][2]):
            colour.setAlphaF(0.62 + 0.38 * near)
            painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            tip = middle + QPointF(right, -up) * self.ARM
            painter.drawLine(middle, tip)
            at = middle + QPointF(right, -up) * (self.ARM + 7)
            if np.hypot(right, up) > 0.35:  # an axis that points at the viewer has no room for its name
                painter.drawText(at + QPointF(-3.5, 4), name)


class JointLabel(QLabel):
    """The name of the joint under the pointer and what is known of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("joint_label")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_joint(self, joint: int, level: int, at: QPointF, note: str = "") -> None:
        """Stand beside the point ``at``, within the parent."""
        look = theme_of(self.palette())
        self.setStyleSheet(
            f"background: {look.raised}; color: {look.text}; border: 1px solid {look.border};"
            "border-radius: 6px; padding: 3px 8px;"
        )
        self.setText(f"{joint_title(joint)} · {note or LEVEL_WORDS[level]}")
        self.adjustSize()
        room = self.parentWidget().rect().adjusted(4, 4, -4 - self.width(), -4 - self.height())
        x, y = at.x() + 16, at.y() - self.height() - 8
        self.move(round(np.clip(x, room.left(), max(room.right(), room.left()))),
                  round(np.clip(y, room.top(), max(room.bottom(), room.top()))))  # fmt: skip
        self.show()
