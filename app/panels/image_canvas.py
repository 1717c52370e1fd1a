"""The image to be worked on: zoomed, panned, its joints placed, dragged, selected and nudged."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.looks.theme import theme_of
from app.looks.words import LEVEL_WORDS, joint_title
from app.panels.image_gestures import ImageGestures
from app.panels.image_painter import (
    RADIUS,
    ImageFrame,
    paint_hypotheses,
    paint_image,
    paint_joints,
    paint_wanted,
)
from app.panels.image_pane import Pane

REACH = RADIUS + 6  # px around a joint that take hold of it
CLOSE = RADIUS - 1  # px, while joints are placed: hips lie close together
GUIDED = 0.45  # opacity of the hypotheses while joints are placed: the photo is what is looked at


class ImageCanvas(ImageGestures, QWidget):
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
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._frame = ImageFrame()
        self._wanted: int | None = None
        self._pane = Pane()
        self._fits = True
        self._init_gestures()

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

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._hovered = -1
        self.update()

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
