"""One plot over the timeline: a band, curves, and a cursor that is dragged."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

_CURVES = ("low", "high", "middle", "focus")


class PlotCanvas(pg.PlotWidget):
    """The plot itself; pressing or dragging anywhere on it moves the cursor there."""

    scrubbed = Signal(float)

    def __init__(self, gutter: int) -> None:
        super().__init__(background=None)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.getPlotItem()
        item.layout.setContentsMargins(0, 4, 0, 0)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(False, False)
        item.getAxis("left").setWidth(gutter)
        item.getAxis("left").enableAutoSIPrefix(False)
        item.getAxis("bottom").setStyle(showValues=False, tickLength=0)
        item.getAxis("bottom").setHeight(2)
        self.curves = {name: pg.PlotCurveItem(antialias=True) for name in _CURVES}
        self.band = pg.FillBetweenItem(self.curves["low"], self.curves["high"])
        self.cursor_line = pg.InfiniteLine(angle=90)
        for drawn in (self.band, *self.curves.values(), self.cursor_line):
            item.addItem(drawn, ignoreBounds=True)

    def x_of(self, position: float) -> float:
        """Where a position of the playhead is on this widget, px from the left."""
        return self.mapFromScene(self.getPlotItem().vb.mapViewToScene(QPointF(position, 0))).x()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            at = self.mapToScene(event.position().toPoint())
            self.scrubbed.emit(self.getPlotItem().vb.mapSceneToView(at).x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
