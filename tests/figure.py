"""A synthetic photo: a drawn person on a lit floor, and where their joints are on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen, QPolygonF

from gfpose_core.camera import Camera
from gfpose_core.skeleton import H36M17

_BONE = {
    "Hip": 90, "RHip": 150, "LHip": 150, "RKnee": 130, "LKnee": 130, "RAnkle": 95, "LAnkle": 95, "Spine": 210,
    "Thorax": 200, "Neck": 90, "Head": 150, "LShoulder": 110, "RShoulder": 110, "LElbow": 90, "RElbow": 90,
    "LWrist": 70, "RWrist": 70,
}  # fmt: skip
"""mm, how thick a limb is at its far end."""


def draw_person(pixels: np.ndarray, size: tuple[int, int], mm: float) -> QImage:
    """Somebody whose joints are at ``pixels`` (17, 2); ``mm`` px are a millimetre there."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, size[1])
    for at, colour in ((0, "#b9c4cf"), (0.68, "#dfe3e6"), (0.7, "#8d8577"), (1, "#5f584e")):
        sky.setColorAt(at, QColor(colour))
    painter.fillRect(image.rect(), sky)
    foot = pixels[:, 1].max()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 16, 10, 90))
    painter.drawEllipse(QPointF(pixels[0, 0], foot + 60 * mm), 420 * mm, 60 * mm)
    skin, shirt, trousers = QColor("#c79a7b"), QColor("#7c5a86"), QColor("#39434f")
    at = [QPointF(*p) for p in pixels]
    for child in (15, 16, 2, 3, 5, 6, 12, 13):
        leg = child in (2, 3, 5, 6)
        painter.setPen(QPen(trousers if leg else skin, _BONE[H36M17.names[child]] * mm,
                            Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))  # fmt: skip
        painter.drawLine(at[H36M17.parents[child]], at[child])
    painter.setPen(QPen(shirt, 110 * mm, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                        Qt.PenJoinStyle.RoundJoin))  # fmt: skip
    painter.setBrush(shirt)
    painter.drawPolygon(QPolygonF([at[11], at[14], at[1], at[4]]))
    painter.setPen(QPen(skin, 100 * mm, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(at[8], at[9])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(skin)
    middle = (at[9] + at[10]) / 2
    painter.drawEllipse(middle, 85 * mm, 125 * mm)
    painter.end()
    return image


def a_photo(path: Path, pose: np.ndarray, size: tuple[int, int] = (900, 1200)) -> np.ndarray:
    """Draw ``pose`` (17, 3) mm, camera axes, as the camera usual for ``size`` sees it; save it at ``path``.
    The joints are at the (17, 2) px that come back."""
    camera = Camera.guess(*size)
    middle = (pose.max(axis=0) + pose.min(axis=0)) / 2
    away = np.array([0, 0, camera.K[1, 1] * 1.9 / size[1] * 1000])
    pixels = camera.project(pose - middle + away)
    assert draw_person(pixels, size, camera.K[0, 0] / away[2]).save(str(path))
    return pixels
