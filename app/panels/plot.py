"""A quantity over the run: all hypotheses as a band, the one in focus, and the playhead as a cursor."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.looks.theme import theme_of
from app.models import Models
from app.panels.base import muted
from app.panels.log_ticks import log_ticks
from app.panels.plot_canvas import PlotCanvas
from app.panels.scale import Scale
from app.viewmodels.quantities import QUANTITIES


class DiffusionPlot(QWidget):
    """The canvas with the choice of what it plots and a legend that reads the values at the cursor.

    ``gutter`` px to its left are the value axis, so that the rest lies over the timeline's slider.
    """

    def __init__(self, models: Models, scale: Scale, gutter: int) -> None:
        super().__init__()
        self.setObjectName("plot")
        self._models, self._scale = models, scale
        self._choice = QComboBox()
        self._choice.setObjectName("plot-quantity")
        self._choice.setAccessibleName("What is plotted over the run")
        self._choice.activated.connect(lambda _: models.plots.choose(self._choice.currentData()))
        self._legend = muted("", "plot-legend")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)
        self._canvas = PlotCanvas(gutter)
        self._canvas.scrubbed.connect(self._scrub)
        header = QHBoxLayout()
        header.setContentsMargins(gutter, 0, 0, 0)
        header.setSpacing(14)
        header.addWidget(self._choice)
        header.addWidget(self._legend, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(header)
        layout.addWidget(self._canvas)
        models.plots.changed.connect(self._show_curves)
        models.gallery.focus_changed.connect(self._show_curves)
        models.playback.moment_changed.connect(self._show_cursor)
        self._dress()
        self._show_curves()

    def _scrub(self, position: float) -> None:
        self._models.playback.pause()
        self._models.playback.seek(position)

    def _dress(self) -> None:
        """Take on the theme's colours."""
        look, canvas = theme_of(self.palette()), self._canvas
        canvas.setBackground(look.window)
        axes = [canvas.getPlotItem().getAxis(name) for name in ("left", "bottom")]
        for axis in axes:
            axis.setPen(look.border)
            axis.setTextPen(look.muted)
            axis.setGrid(28)
        self._colours = {"middle": look.text, "focus": look.accent}
        canvas.curves["middle"].setPen(pg.mkPen(look.text, width=1.5))
        canvas.curves["focus"].setPen(pg.mkPen(look.accent, width=2))
        for edge in ("low", "high"):
            canvas.curves[edge].setPen(None)
        shade = pg.mkColor(look.muted)
        shade.setAlphaF(0.28)
        canvas.band.setBrush(shade)
        canvas.cursor_line.setPen(pg.mkPen(look.muted, width=1))

    def _show_curves(self) -> None:
        models = self._models
        plots, curves = models.plots, models.plots.curves
        if self.isHidden():
            return
        self._list_quantities()
        shown = {} if curves is None else {"low": curves.low, "high": curves.high, "middle": curves.middle}
        if curves is not None and curves.values.shape[1] == 1:
            shown = {"middle": curves.middle}
        elif curves is not None and (focus := self._focus()) is not None:
            shown["focus"] = curves.values[:, focus]
        for name, curve in self._canvas.curves.items():
            values = shown.get(name, np.zeros(0))
            known = np.isfinite(values)
            curve.setData(np.flatnonzero(known).astype(float), self._plotted(values[known]))
        self._canvas.band.setVisible("low" in shown)
        item = self._canvas.getPlotItem()
        item.getAxis("left").setLogMode(x=False, y=plots.quantity.log)
        item.setLabel("left", plots.unit)
        self._frame(np.concatenate([self._plotted(v[np.isfinite(v)]) for v in shown.values()] or [[]]))
        self._show_cursor()

    def _focus(self) -> int | None:
        focus, curves = self._models.gallery.focus, self._models.plots.curves
        return focus if focus is not None and focus < curves.values.shape[1] else None

    def _plotted(self, values: np.ndarray) -> np.ndarray:
        return np.log10(np.maximum(values, 1e-9)) if self._models.plots.quantity.log else values

    def _frame(self, values: np.ndarray) -> None:
        """Show all values, and the moments where the slider has them."""
        playback, item = self._models.playback, self._canvas.getPlotItem()
        last, margin, width = max(playback.last, 1), self._scale.margin, self._scale.width()
        pad = last * margin / max(width - 2 * margin, 1)
        item.setXRange(-pad, last + pad, padding=0)
        item.getAxis("bottom").setTicks([[(moment, "") for moment, _ in self._scale.labels]])
        if len(values):
            log = self._models.plots.quantity.log
            low = values.min() if log else 0.0
            item.setYRange(low, max(values.max(), low + 1e-3), padding=0.06)
            ticks = [log_ticks(*item.viewRange()[1], item.getAxis("left").height())] if log else None
            item.getAxis("left").setTicks(ticks)

    def _show_cursor(self) -> None:
        if self.isHidden():
            return
        playback, curves = self._models.playback, self._models.plots.curves
        self._canvas.cursor_line.setVisible(curves is not None)
        here = min(round(playback.position), playback.last)  # a new run may be shorter than the one before
        self._legend.setText(self._reading(here) if curves else self._why_empty())
        if curves is not None:
            self._canvas.cursor_line.setValue(playback.position)

    def _why_empty(self) -> str:
        plots = self._models.plots
        if plots.chosen not in plots.available:
            lacks = "a pose to compare with" if plots.quantity.needs_truth else "joints seen in 2D"
            return f"{plots.quantity.label} needs {lacks}"
        playback = self._models.playback
        if playback.recording is not None and not (playback.last or playback.live):
            return "One step: there is nothing to plot over"
        return "Plotted when the run is over"

    def _reading(self, moment: int) -> str:
        """The legend, with the values at a moment."""
        curves, unit = self._models.plots.curves, self._models.plots.unit
        hypotheses = self._models.playback.recording.hypotheses

        def value(number: float) -> str:
            return f"<b>{number:.3g} {unit}</b>" if np.isfinite(number) else "…"

        def mark(name: str) -> str:
            return f'<span style="color:{self._colours[name]}">▬</span>'

        middle = value(curves.middle[moment])
        if curves.values.shape[1] == 1:
            what = "the hypothesis" if hypotheses == 1 else f"all {hypotheses} hypotheses"
            return f"{mark('middle')} {what} {middle}"
        text = f"{mark('middle')} median of {hypotheses} {middle}, band 10–90 %"
        if (focus := self._focus()) is not None:
            text += f" &nbsp; {mark('focus')} hypothesis {focus + 1} {value(curves.values[moment, focus])}"
        return text

    def _list_quantities(self) -> None:
        plots = self._models.plots
        available = plots.available
        if [self._choice.itemData(i) for i in range(self._choice.count())] != available:
            self._choice.clear()
            for key in available:
                self._choice.addItem(QUANTITIES[key].label, key)
        self._choice.setCurrentIndex(self._choice.findData(plots.chosen))
        self._choice.setToolTip(f"{plots.quantity.tip} (Shift+M: the next)")

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._show_curves()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_curves()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
            self._show_curves()
