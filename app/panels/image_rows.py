"""The rows above the image: what it is and what can be done to it, the joint asked for, the frame chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from app.documents.photo import Photo
from app.follower import Follower
from app.looks.elided import ElidedLabel
from app.looks.plain import plain_tip
from app.looks.theme import theme_of
from app.models import Models
from app.viewmodels.guide import now, progress, where
from gfpose_core.condition import FREE
from gfpose_core.skeleton import H36M17

_BUTTONS = (
    ("find", "Find", "Find the joints of the largest person; done again, of the next one (Ctrl+F)", False),
    ("guide", "Place", "Place joint after joint (Ctrl+J)", True),
    ("hide", "Hide", "Hide the selected joints: they are not seen (Ctrl+H, or Delete on the image)", False),
    ("swap", "L ↔ R", "Swap left and right where they were mixed up (Ctrl+M)", False),
    ("fit", "Fit", "Show the whole image (0 on the image)", False),
)


class ImageBar(QWidget):
    """The image's name and its buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._name = ElidedLabel()
        self._name.setObjectName("image-name")
        row.addWidget(self._name, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, text, tip, checkable in _BUTTONS:
            button = QPushButton(text)
            button.setObjectName(f"image-{name}")
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(checkable)
            row.addWidget(button)
            self.buttons[name] = button

    def show_image(
        self, photo: Photo, levels: np.ndarray, selection: frozenset[int], wanted: int | None
    ) -> None:
        """Name the image; grey what there is nothing to do for."""
        self._name.setText(Path(photo.picture).name if photo.picture else "Blank canvas")
        self._name.setToolTip(plain_tip(photo.picture or "It shows what the virtual camera sees"))
        self.buttons["guide"].setChecked(wanted is not None)
        self.buttons["guide"].setEnabled(bool((levels == FREE).any()))
        self.buttons["hide"].setEnabled(any(levels[joint] > FREE for joint in selection))
        self.buttons["swap"].setEnabled(bool(levels.any()))

    def show_detector(self, on: bool, busy: bool, why_not: str | None) -> None:
        """Offer the detector where there is one; ``why_not`` says why it cannot be used now."""
        button = self.buttons["find"]
        button.setVisible(on)
        button.setEnabled(why_not is None)
        button.setText("Finding…" if busy else "Find")


class GuideRow(QWidget):
    """Says which joint to place, in the colour of its side."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._asks = QLabel()
        self._asks.setObjectName("image-asks")
        self._asks.setTextFormat(Qt.TextFormat.RichText)
        self._asks.setWordWrap(True)
        skip = QPushButton("Skip")
        skip.setObjectName("image-skip")
        skip.setToolTip("It is not to be seen: ask for the next joint (S on the image)")
        skip.clicked.connect(models.imaging.skip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._asks, 1)
        row.addWidget(skip)
        Follower(self, models.session, self._refresh, models.session.changed, models.imaging.changed)
        self._refresh()

    def _refresh(self) -> None:
        wanted = self._models.imaging.wanted
        self.setVisible(wanted is not None)
        if wanted is not None:
            colour = theme_of(self.palette()).scene.side(H36M17.sides[wanted])
            done = progress(self._models.session.document.known)
            asked = f'<b><span style="color:{colour}">●</span> {now(wanted)}</b>'
            self._asks.setText(f"{asked} &nbsp;({done})<br>{where(wanted)}")


class FramesRow(QWidget):
    """Chooses which of a file's frames is the evidence."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._imaging = models.imaging
        self._name = ElidedLabel(objectName="image-frame-name")
        self._name.setProperty("role", "muted")
        self._number = QSpinBox()
        self._number.setObjectName("image-frame")
        self._number.setToolTip("Which of the file's frames is the evidence")
        self._number.setAccessibleName("Frame of the keypoints")
        self._number.setKeyboardTracking(False)
        self._number.valueChanged.connect(lambda number: self._imaging.choose_frame(number - 1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._name, 1)
        row.addWidget(self._number)
        self._imaging.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        frames = self._imaging.frames
        self.setVisible(len(frames) > 1)
        if len(frames) > 1:
            with QSignalBlocker(self._number):
                self._number.setRange(1, len(frames))
                self._number.setSuffix(f" of {len(frames)}")
                self._number.setValue(self._imaging.frame + 1)
            self._name.setText(frames[self._imaging.frame].name.capitalize())
