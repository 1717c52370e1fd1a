"""How an image lies in a widget: one scale and one shift between its pixels and the widget's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF

MARGIN = 10.0  # px around an image that fits
CLOSEST = 40.0  # widget px for a pixel of the image
STEP = 1.2  # of the scale, for a notch of the wheel


@dataclass(frozen=True)
class Pane:
    """``widget = image * scale + shift``, both in logical pixels."""

    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def fit(cls, image: tuple[float, float], widget: tuple[float, float]) -> Pane:
        """The whole image, centred."""
        room = [max(side - 2 * MARGIN, 1.0) for side in widget]
        scale = min(room[0] / image[0], room[1] / image[1])
        x, y = ((widget[axis] - scale * image[axis]) / 2 for axis in (0, 1))
        return cls(scale, (x, y))

    def to_widget(self, pixels: np.ndarray) -> np.ndarray:  # (..., 2) -> (..., 2)
        return np.asarray(pixels, float) * self.scale + self.shift

    def to_image(self, at: QPointF) -> np.ndarray:  # -> (2,) px of the image
        return (np.array([at.x(), at.y()]) - self.shift) / self.scale

    def rect(self, image: tuple[float, float]) -> QRectF:
        """Where the image is drawn."""
        return QRectF(*self.shift, image[0] * self.scale, image[1] * self.scale)

    def moved(self, by: QPointF) -> Pane:
        return replace(self, shift=(self.shift[0] + by.x(), self.shift[1] + by.y()))

    def zoomed(self, notches: float, at: QPointF, widest: float) -> Pane:
        """Closer by ``notches`` of a wheel, what is under ``at`` staying there; not wider than a quarter of
        ``widest``, the scale at which the image fits."""
        scale = float(np.clip(self.scale * STEP**notches, widest / 4, max(CLOSEST, widest)))
        x, y = np.array([at.x(), at.y()]) - self.to_image(at) * scale
        return Pane(scale, (float(x), float(y)))
