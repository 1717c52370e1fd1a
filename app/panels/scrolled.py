"""What a dock holds where the panel may be higher than there is room for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

SHARE = 6
"""A panel keeps at least this part of the screen's height; the rest of it can be scrolled to."""


class Scrolled(QScrollArea):
    """Asks for room as its panel grows, and scrolls where there is none: a panel never makes the window
    larger than the screen."""

    asks = Signal(int)  # px of height more than now, for what came into the panel; less when it has gone

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self._needed = panel.minimumSizeHint().height()
        self._rest = 0  # px that it had when it first asked
        self.setWidget(panel)

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        needed = self.widget().minimumSizeHint()
        most = self.screen().availableGeometry().height() // SHARE
        return QSize(needed.width() + self._bar_width(), min(needed.height(), most))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        done = super().eventFilter(watched, event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._ask(max(watched.minimumSizeHint().height(), watched.heightForWidth(watched.width())))
        return done

    def _ask(self, needed: int) -> None:
        height, before, self._needed = self.height(), self._needed, needed
        if needed > max(before, height):
            self._rest = self._rest or height
            self.asks.emit(needed - height)
        elif needed < before and self._rest:
            self.asks.emit(max(needed, self._rest) - height)
            self._rest = 0 if needed <= self._rest else self._rest

    def _bar_width(self) -> int:
        return self.verticalScrollBar().sizeHint().width()
