"""Names over the heads of figures, on the stage and in pictures of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.looks.theme import Theme

Names = tuple[tuple[str, int | None], ...]
"""Each with its place among the compared figures, which have a hue of their own."""

CHIP = 17  # px
GAP = 5  # px to each side of a name


def paint_names(painter: QPainter, heads: np.ndarray, names: Names, look: Theme) -> None:  # (k,2) px
    """Above ``heads``, NaN behind the viewer; where they would overlap, in a row."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    font.setPixelSize(11)
    font.setBold(True)
    painter.setFont(font)
    placed: list[QRectF] = []
    for (x, y), (name, place) in zip(heads.tolist(), names, strict=True):
        if np.isnan(x):
            continue
        wide = max(painter.fontMetrics().horizontalAdvance(name) + 2 * GAP, CHIP)
        chip = QRectF(x - wide / 2, max(y - 2 * CHIP, 2), wide, CHIP)
        while taken := next((other for other in placed if other.intersects(chip)), None):
            chip.moveLeft(taken.right() + 2)
        placed.append(chip)
        fill = look.muted if place is None else look.scene.hues[place]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(chip, 5, 5)
        painter.setPen(QColor(look.scene.background))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, name)
