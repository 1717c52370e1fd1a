"""The scale of the timeline, under its slider: t and the noise level at a few moments, or iterations."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from app.documents.moments import iterations
from app.looks.theme import theme_of
from gfpose_core.trajectory import Recording

TICK_PX = 160
"""Room for one label."""


class Scale(QWidget):
    """As wide as the slider it belongs to, and in step with its handle."""

    def __init__(self, slider: QSlider) -> None:
        super().__init__()
        self.setObjectName("timeline-scale")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._slider = slider
        self._recording: Recording | None = None
        self._say()

    def show_run(self, recording: Recording | None) -> None:
        """Label the moments of this run; None leaves the scale empty."""
        if recording is not self._recording:
            before = self.labels
            self._recording = recording
            if self.labels != before:
                self._say()
                self.update()

    def _say(self) -> None:
        if self._recording is not None and iterations(self._recording) is not None:
            self.setAccessibleName("Iterations along the run")
            self.setToolTip("Iterations of the optimisation")
        else:
            self.setAccessibleName("t and noise level along the run")
            self.setToolTip("t, and the noise level sigma/alpha: how far x(t) is from a pose, per coordinate")

    @property
    def labels(self) -> list[tuple[int, str]]:
        """(moment, what stands there), as many as there is room for."""
        if self._recording is None:
            return []
        run, steps = self._recording.trajectory, iterations(self._recording)
        last, room = len(run) - 1, max(self.width() // TICK_PX, 1)
        stride = -(-last // room) or 1
        moments = [*range(0, last - stride + 1, stride), last]  # even, and with room before the last
        if steps is not None:
            told = [(m, f"iteration {steps[m]}") for m in moments]
        else:
            told = [(m, f"t {run.times[m]:.2f} · {millimetres(run.noise_levels[m])}") for m in moments]
        return [one for one, after in zip(told, [*told[1:], (0, "")]) if one[1] != after[1]]

    @property
    def margin(self) -> float:
        """From the slider's edge to the middle of its handle at the end, px."""
        option = QStyleOptionSlider()
        self._slider.initStyleOption(option)
        style, part = self._slider.style(), QStyle.SubControl.SC_SliderHandle
        handle = style.subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self._slider)
        return handle.width() / 2

    def sizeHint(self) -> QSize:
        return QSize(200, 4 + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        labels, margin, height = self.labels, self.margin, self.height()
        painter = QPainter(self)
        colours = theme_of(self.palette())
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.88)
        painter.setFont(font)
        for moment, text in labels:
            x = margin + moment / max(labels[-1][0], 1) * (self.width() - 2 * margin)
            painter.setPen(QColor(colours.border))
            painter.drawLine(round(x), 0, round(x), 3)
            painter.setPen(QColor(colours.muted))
            wide = painter.fontMetrics().horizontalAdvance(text) + 2
            left = float(np.clip(x - wide / 2, 0, max(self.width() - wide, 0)))
            painter.drawText(QRectF(left, 3, wide, height - 3), Qt.AlignmentFlag.AlignHCenter, text)


def millimetres(level: float) -> str:
    """A noise level as a person reads it."""
    return f"{level:,.0f} mm" if level >= 10 else f"{level:.1f} mm"
