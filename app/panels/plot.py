"""Quantities over the run, one above the other: the playhead is the cursor of them all."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.looks.theme import theme_of
from app.looks.words import capital
from app.models import Models
from app.panels.base import muted
from app.panels.log_ticks import log_ticks
from app.panels.plot_canvas import PlotCanvas
from app.panels.scale import Scale
from app.viewmodels.quantities import QUANTITIES

HEIGHTS = (118, 78, 60, 50)
"""px of a plot where there is one, where there are two, and so on."""


class DiffusionPlots(QWidget):
    """Those that are chosen, made when they are first looked at.

    ``gutter`` px to their left are the value axes, so that the rest lies over the timeline's slider.
    """

    def __init__(self, models: Models, scale: Scale, gutter: int) -> None:
        super().__init__()
        self.setObjectName("plot")
        self._models, self._scale, self._gutter = models, scale, gutter
        self._plots: dict[str, DiffusionPlot] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        models.plots.changed.connect(self._show_curves)
        models.gallery.focus_changed.connect(self._show_curves)
        models.playback.moment_changed.connect(self._show_cursor)
        self._show_curves()

    @property
    def _shown(self) -> list[DiffusionPlot]:
        chosen = self._models.plots.chosen  # some of them, it may be, since a moment ago
        return [self._plots[key] for key in chosen if key in self._plots]

    def _show_curves(self) -> None:
        if self.isHidden():
            return
        chosen = self._models.plots.chosen
        for key in chosen:
            if key not in self._plots:
                plot = self._plots[key] = DiffusionPlot(self._models, self._scale, self._gutter, key)
                place = sum(
                    list(QUANTITIES).index(other) < list(QUANTITIES).index(key) for other in self._plots
                )
                self._layout.insertWidget(place, plot)
        for key, plot in self._plots.items():
            plot.setVisible(key in chosen)
        for plot in self._shown:
            plot.show_curves(HEIGHTS[len(chosen) - 1])

    def _show_cursor(self) -> None:
        if not (self.isHidden() or self._models.plots.waiting):
            for plot in self._shown:
                plot.show_cursor()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._show_curves()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._show_curves()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for plot in self._plots.values():
                plot.dress()
            self._show_curves()


class DiffusionPlot(QWidget):
    """One quantity, all hypotheses as a band and the one in focus, with a legend that reads the values at the
    cursor."""

    def __init__(self, models: Models, scale: Scale, gutter: int, key: str) -> None:
        super().__init__()
        self._models, self._scale, self._key, self._quantity = models, scale, key, QUANTITIES[key]
        self._legend = muted("", f"plot-legend-{key}")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setContentsMargins(gutter, 0, 0, 0)
        self._legend.setWordWrap(True)
        self._legend.setMinimumWidth(1)
        self._canvas = PlotCanvas(gutter)
        self._canvas.setObjectName(f"plot-canvas-{key}")
        self._canvas.setAccessibleName(f"{self._quantity.label} over the run")
        self._canvas.scrubbed.connect(self._scrub)
        for widget in (self._legend, self._canvas):
            widget.setToolTip(self._quantity.tip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._legend)
        layout.addWidget(self._canvas)
        self.dress()

    def _scrub(self, position: float) -> None:
        self._models.playback.pause()
        self._models.playback.seek(position)

    def dress(self) -> None:
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

    def show_curves(self, height: int) -> None:
        """All of the run, on a canvas ``height`` px high."""
        if self._canvas.height() != height:
            self._canvas.setFixedHeight(height)
        curves = self._models.plots.curves.get(self._key)
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
        item.getAxis("left").setLogMode(x=False, y=self._quantity.log)
        item.setLabel("left", self._models.plots.unit(self._key))
        self._frame(np.concatenate([self._plotted(v[np.isfinite(v)]) for v in shown.values()] or [[]]))
        self.show_cursor()

    def _focus(self) -> int | None:
        focus, curves = self._models.gallery.focus, self._models.plots.curves[self._key]
        return focus if focus is not None and focus < curves.values.shape[1] else None

    def _plotted(self, values: np.ndarray) -> np.ndarray:
        return np.log10(np.maximum(values, 1e-9)) if self._quantity.log else values

    def _frame(self, values: np.ndarray) -> None:
        """Show all values, and the moments where the slider has them."""
        playback, item = self._models.playback, self._canvas.getPlotItem()
        last, margin, width = max(playback.last, 1), self._scale.margin, self._scale.width()
        pad = last * margin / max(width - 2 * margin, 1)
        item.setXRange(-pad, last + pad, padding=0)
        item.getAxis("bottom").setTicks([[(moment, "") for moment, _ in self._scale.labels]])
        if len(values):
            low = values.min() if self._quantity.log else 0.0
            item.setYRange(low, max(values.max(), low + 1e-3), padding=0.06)
            axis = item.getAxis("left")
            axis.setTicks([log_ticks(*item.viewRange()[1], axis.height())] if self._quantity.log else None)

    def show_cursor(self) -> None:
        """The playhead, and the values there."""
        playback, curves = self._models.playback, self._models.plots.curves.get(self._key)
        self._canvas.cursor_line.setVisible(curves is not None)
        here = min(round(playback.position), playback.last)  # a new run may be shorter than the one before
        read = self._reading(here) if curves else self._why_empty()
        self._legend.setText(f"{self._quantity.label} &nbsp; {read}")
        if curves is not None:
            self._canvas.cursor_line.setValue(playback.position)

    def _why_empty(self) -> str:
        playback = self._models.playback
        if lacking := self._models.plots.lacking(self._key):
            return capital(lacking)
        if playback.recording is not None and not (playback.last or playback.live):
            return "One step: there is nothing to plot over"
        return "Plotted when the run is over"

    def _reading(self, moment: int) -> str:
        """The values at a moment."""
        curves, unit = self._models.plots.curves[self._key], self._models.plots.unit(self._key)
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
