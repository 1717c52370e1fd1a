"""A canvas that shows a picture, drawn anew only when something has changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

REST_MS = 150


class PictureCanvas(QWidget):
    """For processors, to which smooth edges are dear: they come when nothing has moved for a moment.

    What lies over the canvas may be painted as often as it likes: the picture is there. A canvas says how it
    is ``_drawn``, with smooth edges or without, in the widget's own pixels.
    """

    _drawn: Callable[[bool], QImage]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QImage()
        self._fresh = self._smooth = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS, timeout=self._smooth_edges)

    def draw_anew(self) -> None:
        """Ask for another picture with the next paint."""
        self._fresh = self._smooth = False
        self._rest.start()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._fresh or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture, self._fresh = self._drawn(self._smooth), True
        QPainter(self).drawImage(0, 0, self._picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.draw_anew()

    def _smooth_edges(self) -> None:
        self._fresh, self._smooth = False, True
        self.update()
