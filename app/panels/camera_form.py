"""The image's camera as numbers: size, focal lengths, principal point, field of view, the root's depth."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QPushButton, QWidget

from app.documents.image_edits import depth_follows, root_depth
from app.documents.photo import Photo
from app.follower import Follower
from app.models import Models
from app.panels.base import muted
from app.panels.controls import show_value
from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D

_TIPS = {
    "fx": "Focal length along the width, px",
    "fy": "Focal length along the height, px",
    "cx": "Principal point, from the left, px",
    "cy": "Principal point, from the top, px",
    "width": "Width of the image that the keypoints lie in, px",
    "height": "Height of the image that the keypoints lie in, px",
    "view": "Field of view across the width, degrees: another way to say fx",
    "depth": "Depth of the root along the camera's axis, mm",
}
_RANGES = {"view": (1.0, 170.0), "depth": (200.0, 100_000.0), "cx": (-20_000.0, 20_000.0)}
_RANGES["cy"] = _RANGES["cx"]
_USUAL = (16.0, 100_000.0)


class CameraForm(QWidget):
    """Edits the document's photo; keypoints stay where they are on the image."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("camera-form")
        self._models = models
        self._said = muted("", "camera-said")
        self._said.setWordWrap(True)
        self._fields = {name: self._field(name) for name in _TIPS}
        self._square = QCheckBox("fx = fy")
        self._square.setObjectName("camera-square")
        self._square.setToolTip("Square pixels: one focal length for both")
        self._square.setChecked(True)
        self._square.toggled.connect(self._square_chosen)
        self._bones = QCheckBox("from bone lengths")
        self._bones.setObjectName("camera-depth-guess")
        self._bones.setToolTip(
            "The image does not tell how far away the person is: take the depth at which the bones that are "
            "seen have the lengths of Human3.6M's average skeleton"
        )
        self._bones.clicked.connect(self._bones_chosen)
        self._guess = QPushButton("Guess")
        self._guess.setObjectName("camera-guess")
        self._guess.setToolTip("Take the intrinsics that are usual for this size: f = 1.2 x the longer side")
        self._guess.clicked.connect(models.imaging.guess_camera)
        self._lay_out()
        Follower(self, models.session, self.refresh, models.session.changed)
        self.refresh()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        grid.addWidget(self._said, 0, 0, 1, 4)
        grid.addWidget(self._guess, 0, 4)
        rows = (("Size", "width", "height"), ("Focal", "fx", "fy"), ("Centre", "cx", "cy"))
        for row, (text, one, other) in enumerate(rows, 1):
            grid.addWidget(muted(text), row, 0)
            grid.addWidget(self._fields[one], row, 1, 1, 2)
            grid.addWidget(self._fields[other], row, 3)
        grid.addWidget(self._square, 2, 4)
        grid.addWidget(muted("View"), 4, 0)
        grid.addWidget(self._fields["view"], 4, 1, 1, 2)
        grid.addWidget(muted("Depth"), 5, 0)
        grid.addWidget(self._fields["depth"], 5, 1, 1, 2)
        grid.addWidget(self._bones, 5, 3, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

    def _field(self, name: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        field.setObjectName(f"camera-{name}")
        field.setToolTip(_TIPS[name])
        field.setAccessibleName(_TIPS[name])
        field.setRange(*_RANGES.get(name, _USUAL))
        field.setDecimals(0 if name in ("width", "height", "depth") else 1)
        field.setSingleStep({"view": 1, "depth": 100}.get(name, 10))
        field.setSuffix({"view": "°", "depth": " mm"}.get(name, " px"))
        field.setKeyboardTracking(False)
        field.setMinimumWidth(86)
        field.valueChanged.connect(lambda value: self._edited(name, value))
        return field

    def refresh(self) -> None:
        """Show the document's camera."""
        document = self._models.session.document
        photo = document.photo
        self.setEnabled(photo is not None)
        if photo is None:
            return
        K = photo.camera.K
        values = {"fx": K[0, 0], "fy": K[1, 1], "cx": K[0, 2], "cy": K[1, 2]}
        values |= {"width": photo.width, "height": photo.height, "view": photo.camera.field_of_view}
        for name, value in {**values, "depth": root_depth(document)}.items():
            show_value(self._fields[name], float(value))
        if abs(K[0, 0] - K[1, 1]) > 1e-6:
            show_value(self._square, False)
        self._fields["fy"].setEnabled(not self._square.isChecked())
        for name in ("width", "height"):
            self._fields[name].setEnabled(photo.picture is None)
        fixed = bool((document.known == FIXED_3D).any())
        self._bones.setEnabled(not fixed)
        self._bones.setChecked(depth_follows(document))
        self._said.setText(_said(photo))

    def _edited(self, name: str, value: float) -> None:
        imaging, photo = self._models.imaging, self._models.session.document.photo
        gesture = f"camera-{name}"
        if name == "depth":
            imaging.set_depth(value, gesture)
            return
        K, size = photo.camera.K.copy(), list(photo.camera.size)
        if name in ("width", "height"):
            size[name == "height"] = value
        elif name in ("cx", "cy"):
            K[int(name == "cy"), 2] = value
        else:
            focal = Camera.focal_of(value, size[0]) if name == "view" else value
            for axis in (0, 1) if self._square.isChecked() else (int(name == "fy"),):
                K[axis, axis] = focal
        words = {"view": "Field of view", "width": "Width of the canvas", "height": "Height of the canvas"}
        imaging.set_camera(Camera(K, tuple(size)), words.get(name, f"Camera {name}"), gesture)

    def _square_chosen(self, square: bool) -> None:
        photo = self._models.session.document.photo
        if square and photo is not None and photo.camera.K[0, 0] != photo.camera.K[1, 1]:
            K = photo.camera.K.copy()
            K[1, 1] = K[0, 0]
            self._models.imaging.set_camera(Camera(K, photo.camera.size), "Camera fx = fy")
        self.refresh()

    def _bones_chosen(self, guess: bool) -> None:
        document = self._models.session.document
        self._models.imaging.set_depth(None if guess else root_depth(document))
        self.refresh()


def _said(photo: Photo) -> str:
    if not photo.guessed:
        return "As told"
    if photo.picture is None and np.isclose(photo.usual_depth, 5000.0):
        return "Guessed: a virtual camera 5 m away"
    return "Guessed: f = 1.2 x the longer side"


def summary(photo: Photo, depth: float) -> str:
    """The camera in a line, for the button that opens the form."""
    said = "guessed, " if photo.guessed else ""
    f, view = photo.camera.K[0, 0], photo.camera.field_of_view
    return f"Camera: {said}f = {f:.0f} px, {view:.0f}°, root {depth / 1000:.2f} m away"
