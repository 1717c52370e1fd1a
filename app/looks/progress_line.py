"""A thin progress bar that is painted with the window.

QProgressBar repaints at once on every value, which flushes the whole window, the 3D stage with it.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.looks.theme import theme_of


class ProgressLine(QWidget):
    """A share from 0 to 1; None while nobody knows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None

    @property
    def share(self) -> float | None:
        return self._share

    def show_share(self, share: float | None) -> None:
        self._share = share
        self.setAccessibleDescription("" if share is None else f"{share:.0%}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme_of(self.palette())
        line = QRectF(0, (self.height() - 6) / 2, self.width(), 6)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(line, 3, 3)
        if self._share:
            painter.setBrush(QColor(colours.accent))
            line.setWidth(max(line.width() * self._share, 6))
            painter.drawRoundedRect(line, 3, 3)
        painter.end()
