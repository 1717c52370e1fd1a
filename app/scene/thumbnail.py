"""A small picture of one pose, for the gallery of hypotheses and sheets of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter

from app.looks.theme import SceneColours
from app.scene.figure_painter import by_side, draw_figures
from app.scene.view import OrbitCamera
from app.scene.world import to_world

HEIGHT = 2.15  # m a thumbnail spans, so that all are to one scale
WIDTH = 1.8  # m it spans at least, where it is narrow


def thumbnail(
    pose: np.ndarray,  # (17,3) mm
    camera: OrbitCamera,
    size: QSize,  # logical px
    device_pixel_ratio: float,
    colours: SceneColours,
) -> QImage:
    """The pose from the side the camera looks from, centred, on a transparent ground.

    Raises ``ValueError`` for a pose that is not finite.
    """
    image = QImage(size * device_pixel_ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(device_pixel_ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        paint_thumbnail(painter, pose, camera, (size.width(), size.height()), colours)
    finally:
        painter.end()
    return image


def paint_thumbnail(
    painter: QPainter,
    pose: np.ndarray,  # (17,3) mm
    camera: OrbitCamera,
    size: tuple[float, float],  # logical px
    colours: SceneColours,
) -> None:
    """The same, at the painter's origin.

    Raises ``ValueError`` for a pose that is not finite.
    """
    pose = np.asarray(pose, np.float32)
    if not np.isfinite(pose).all():
        raise ValueError("the pose holds values that are not finite")
    world = to_world(pose)
    middle = (world.min(0) + world.max(0)) / 2
    spans = min(size) * max(HEIGHT / size[1], WIDTH / size[0])  # m across the smaller side
    distance = spans / 2 / np.tan(np.radians(camera.fov) / 2)
    camera = replace(camera, distance=float(distance), target=tuple(middle.tolist()))
    draw_figures(painter, [(world, by_side(colours))], camera, size, colours.background)
