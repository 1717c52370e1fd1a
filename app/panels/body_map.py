"""The body map: a figure of 17 joints to click, seen from the front."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.looks.marker_style import paint_marker
from app.looks.own_keys import OwnKeys
from app.looks.theme import Theme, theme_of
from app.looks.words import LEVEL_WORDS, joint_title
from app.scene.overlay import FocusRing
from gfpose_core.condition import FREE
from gfpose_core.skeleton import H36M17

_LEFT = {
    "hip": (0.10, 0.53), "knee": (0.125, 0.74), "ankle": (0.14, 0.955),
    "shoulder": (0.155, 0.235), "elbow": (0.255, 0.385), "wrist": (0.335, 0.525),
}  # fmt: skip
_CENTRE = {
    "Hip": (0.0, 0.515),
    "Spine": (0.0, 0.37),
    "Thorax": (0.0, 0.225),
    "Neck": (0.0, 0.135),
    "Head": (0.0, 0.04),
}
_REACH = 14.0  # px
CLEAR = 8  # px, of a chip around a joint
_STEPS = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}


def _place(name: str) -> tuple[float, float]:
    if name in _CENTRE:
        return _CENTRE[name]
    x, y = _LEFT[name[1:].lower()]
    return (x if name[0] == "L" else -x), y


LAYOUT = np.array([_place(name) for name in H36M17.names])
"""(17, 2): x from the middle (the person's left is on the right) and y from the top, in figure heights."""

CHIPS = {
    "torso": (1, 0.01),
    "right arm": (-1, 0.2),
    "left arm": (1, 0.2),
    "right leg": (-1, 0.74),
    "left leg": (1, 0.74),
}
"""Where each part's chip stands: on which side, and how far down."""


class BodyMap(QWidget):
    """Shows the level of each joint by its shape; tells of clicks, Shift-clicks and boxes."""

    joint_clicked = Signal(int, object)  # joint, keyboard modifiers
    boxed = Signal(object)  # frozenset of joints

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("body-map")
        self.setAccessibleName("Body map")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._levels = np.zeros(H36M17.n_joints, int)
        self._selection: frozenset[int] = frozenset()
        self._hovered = self._cursor = -1
        self._pressed_at: QPointF | None = None
        self._box: QRectF | None = None
        self._chips: dict[str, QWidget] = {}
        FocusRing(self)
        OwnKeys(self, lambda event: event.key() in _STEPS and not event.modifiers())

    def add_chip(self, part: str, chip: QWidget) -> None:
        """Put a part's chip beside it."""
        chip.setParent(self)
        self._chips[part] = chip

    def place_chips(self) -> None:
        """Lay the chips out, above joints that they would cover; to be called when their texts changed."""
        from_below = sorted(map(self.position, range(len(LAYOUT))), key=lambda at: -at.y())
        for part, chip in self._chips.items():
            chip.adjustSize()
            side, height = CHIPS[part]
            x = 2 if side < 0 else self.width() - chip.width() - 2
            place = QRect(QPoint(x, round(height * (self.height() - chip.height()))), chip.size())
            for at in from_below:
                if QRectF(place).adjusted(-CLEAR, -CLEAR, CLEAR, CLEAR).contains(at):
                    place.moveBottom(max(int(at.y()) - CLEAR - 1, chip.height()))
            chip.move(place.topLeft())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place_chips()

    def show_levels(self, levels: np.ndarray, selection: frozenset[int]) -> None:
        """Show levels (17,) and which joints are selected."""
        if levels is not self._levels or selection != self._selection:
            self._levels, self._selection = levels, selection
            self.update()

    def position(self, joint: int) -> QPointF:
        """Where a joint is drawn, logical px of this widget."""
        height = min(self.height() - 24.0, (self.width() - 90.0) / 0.72)
        x, y = LAYOUT[joint]
        return QPointF(self.width() / 2 + x * height, (self.height() - height) / 2 + y * height)

    def sizeHint(self) -> QSize:
        return QSize(280, 215)  # it takes what is left; more would make its panel scroll

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 158)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed_at and (self._box or (at - self._pressed_at).manhattanLength() > 6):
            self._box = QRectF(self._pressed_at, at).normalized()
            self.update()
            return
        self._hover(self._under(at), event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        box, self._box, self._pressed_at = self._box, None, None
        if box is not None:
            self.boxed.emit(frozenset(j for j in range(H36M17.n_joints) if box.contains(self.position(j))))
        elif (joint := self._under(event.position())) >= 0:
            self._cursor = joint
            self.joint_clicked.emit(joint, event.modifiers())
        else:
            self.boxed.emit(frozenset())
        self.update()

    def leaveEvent(self, event) -> None:
        self._hover(-1, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _STEPS:
            self._cursor = (self._cursor + _STEPS[key]) % H36M17.n_joints
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor >= 0:
            self.joint_clicked.emit(self._cursor, event.modifiers())
        else:
            super().keyPressEvent(event)

    def _under(self, at: QPointF) -> int:
        away = [(self.position(j) - at).manhattanLength() for j in range(H36M17.n_joints)]
        return int(np.argmin(away)) if min(away) <= _REACH else -1

    def _hover(self, joint: int, event: QMouseEvent | None) -> None:
        if joint == self._hovered:
            return
        self._hovered = joint
        self.setCursor(Qt.CursorShape.PointingHandCursor if joint >= 0 else Qt.CursorShape.ArrowCursor)
        if joint >= 0 and event is not None:
            level, part = LEVEL_WORDS[int(self._levels[joint])], H36M17.part_of(joint)
            words = f"{joint_title(joint)}: {level}\nShift-click: the {part}"
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shades = [QColor(colours.scene.side(side)) for side in H36M17.sides]
        for parent, child in H36M17.bones:
            shade = QColor(shades[child])
            known = self._levels[parent] > FREE and self._levels[child] > FREE
            shade.setAlphaF(0.95 if known else 0.38)
            painter.setPen(QPen(shade, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(self.position(parent), self.position(child))
        for joint in range(H36M17.n_joints):
            self._paint_joint(painter, joint, colours)
        if self._box is not None:
            painter.setPen(QPen(QColor(colours.accent), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._box)
        painter.end()

    def _paint_joint(self, painter: QPainter, joint: int, colours: Theme) -> None:
        at, level = self.position(joint), int(self._levels[joint])
        r = 8.0 if joint == self._hovered else 6.5
        if joint in self._selection or (joint == self._cursor and self.hasFocus()):
            painter.setPen(QPen(QColor(colours.accent), 2, Qt.PenStyle.SolidLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, r + 4, r + 4)
        if level == FREE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.window))
            painter.drawEllipse(at, r, r)
        paint_marker(painter, at, level, r, colours.scene)
