"""What floats over a stage whichever way it is drawn: the axis gizmo and the name of the joint hovered."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from app.looks.theme import theme_of
from app.looks.words import LEVEL_WORDS, joint_title
from app.scene.view import OrbitCamera

# The axes are named as the data names them: camera axes, x right, y down, z away from the viewer.
AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 0.0, -1.0), "z": (0.0, 1.0, 0.0)}
"""Camera axes by name, as unit directions in the stage's world."""

Names = tuple[tuple[str, int | None], ...]
"""Each with its place among the compared figures, which have a hue of their own."""


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


class FigureNames(QWidget):
    """Names over the heads of figures, of compared ones in their hues; where they would overlap, in a row."""

    CHIP = 17  # px
    GAP = 5  # px to each side of a name

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
        painter, look = QPainter(self), theme_of(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        placed: list[QRectF] = []
        for (x, y), (name, place) in zip(self._heads.tolist(), self._names, strict=True):
            if np.isnan(x):
                continue
            wide = max(painter.fontMetrics().horizontalAdvance(name) + 2 * self.GAP, self.CHIP)
            chip = QRectF(x - wide / 2, max(y - 2 * self.CHIP, 2), wide, self.CHIP)
            while taken := next((other for other in placed if other.intersects(chip)), None):
                chip.moveLeft(taken.right() + 2)
            placed.append(chip)
            fill = look.muted if place is None else look.scene.hues[place]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(chip, 5, 5)
            painter.setPen(QColor(look.scene.background))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, name)


class JointLabel(QLabel):
    """The name of the joint under the pointer and what is known of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("joint_label")
        self.setProperty("role", "hover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_joint(self, joint: int, level: int, at: QPointF, note: str = "") -> None:
        """Stand beside the point ``at``, within the parent."""
        self.setText(f"{joint_title(joint)} · {note or LEVEL_WORDS[level]}")
        self.adjustSize()
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
