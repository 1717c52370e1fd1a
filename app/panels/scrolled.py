"""What a dock holds where the panel may be higher than there is room for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

LEAST = 90
"""px of height that a panel keeps; the rest of it can be scrolled to."""


class Scrolled(QScrollArea):
    """Asks for room as its panel grows, and scrolls where there is none, down to ``least`` px: a panel never
    makes the window larger than the screen. One that is ``snug`` has no use for more than it needs."""

    asks = Signal(int)  # px of height more than now, for what came into the panel; less when it has gone

    def __init__(self, panel: QWidget, least: int = LEAST, snug: bool = False) -> None:
        super().__init__()
        self._least, self._snug = least, snug
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self._needed = panel.minimumSizeHint().height()
        self._rest = 0  # px that it had when it first asked
        self.setWidget(panel)

    @property
    def needed(self) -> int:
        """px of height that show all of the panel, also beside a scroll bar: else that could not go again."""
        panel = self.widget()
        beside = self.width() - self._bar_width()
        return max(panel.minimumSizeHint().height(), panel.heightForWidth(beside))

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        needed = self.widget().minimumSizeHint()
        return QSize(needed.width() + self._bar_width(), min(needed.height(), self._least))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        done = super().eventFilter(watched, event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._ask(self.needed)
            self._bound()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bound()

    def _bound(self) -> None:
        if self._snug:
            self.setMaximumHeight(self.needed)

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
