"""The noise to be taken off: how much, of which shape, and where on the SDE that is."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.documents.document import POSTERIOR_MEAN, Document
from app.looks.icons import icon
from app.models import Models
from app.panels.base import muted
from app.panels.controls import show_value

MOST_MM = 250
KINDS = (
    ("Gaussian", "gaussian", "Drawn and added to the pose"),
    ("Uniform", "uniform", "Drawn and added to the pose"),
    ("Already there", "own", "The pose is noisy as it is; the slider says how much"),
)
STARTS = (("Matched to the noise", None), ("t = 0.05 (paper)", 0.05), ("t = 0.1 (paper)", 0.1))
"""SDE times to start at; None is matched."""


class NoiseControls(QWidget):
    """Shown while denoising."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noise-controls")
        self._models = models
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("noise-slider")
        self._slider.setRange(1, MOST_MM)
        self._slider.setToolTip("Standard deviation of the noise on every coordinate, mm")
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderPressed.connect(self._new_gesture)
        self._gesture = 0
        self._value = QLabel()
        self._value.setObjectName("noise-value")
        self._value.setMinimumWidth(58)
        self._error = QLabel()
        self._error.setObjectName("noise-error")
        self._error.setToolTip("Mean distance of the joints to those before the noise, with it and denoised")
        self._kind = QComboBox()
        self._kind.setObjectName("noise-kind")
        self._kind.setToolTip("Shape of the noise")
        for row, (text, kind, tip) in enumerate(KINDS):
            self._kind.addItem(text, kind)
            self._kind.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self._kind.activated.connect(self._kind_chosen)
        self._anew = QPushButton(icon("dice"), "New draw")
        self._anew.setObjectName("noise-new-draw")
        self._anew.setToolTip("Draw the noise anew")
        self._anew.clicked.connect(self._draw)
        self._start = QComboBox()
        self._start.setObjectName("noise-start-time")
        self._start.setToolTip("Where on the SDE denoising starts; the paper's are 0.05 and 0.1")
        for text, time in STARTS:
            self._start.addItem(text, time)
        self._start.activated.connect(self._start_chosen)
        self._estimate = QComboBox()
        self._estimate.setObjectName("noise-estimate")
        self._estimate.setToolTip("The posterior mean is the best single answer; samples show how sure it is")
        self._estimate.addItem("Posterior mean", POSTERIOR_MEAN)
        self._estimate.addItem("Samples", Document.sampler)
        self._estimate.activated.connect(self._estimate_chosen)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        title = QLabel("Noise")
        title.setProperty("role", "title")
        layout.addWidget(title)
        sliding = QHBoxLayout()
        sliding.addWidget(self._slider, 1)
        sliding.addWidget(self._value)
        layout.addLayout(sliding)
        layout.addWidget(self._error)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        kinds = QHBoxLayout()
        kinds.setSpacing(6)
        kinds.addWidget(self._kind, 1)
        kinds.addWidget(self._anew)
        for row, (text, control) in enumerate(
            (("Shape", kinds), ("Start", self._start), ("Answer", self._estimate))
        ):  # fmt: skip
            grid.addWidget(muted(text), row, 0)
            if isinstance(control, QWidget):
                grid.addWidget(control, row, 1)
            else:
                grid.addLayout(control, row, 1)
        layout.addLayout(grid)
        models.gallery.results_changed.connect(self._show_error)

    def refresh(self) -> None:
        """Show the document's noise."""
        document = self._models.session.document
        self.setVisible(document.denoising)
        std = document.noise.std_mm
        show_value(self._slider, round(std))
        self._value.setText(f"{std:.0f} mm")
        self._kind.setCurrentIndex(self._kind.findData(document.noise.kind))
        self._anew.setEnabled(document.noise.kind != "own")
        known = [time for _, time in STARTS]
        while self._start.count() > len(known):
            self._start.removeItem(len(known))
        if document.start_time not in known:  # from a recording
            self._start.addItem(f"t = {document.start_time:.3f}", document.start_time)
        self._start.setCurrentIndex(self._start.findData(document.start_time))
        self._start.setItemText(0, f"Matched to the noise (t = {self._matched():.3f})")
        self._show_error()
        mean = document.sampler == POSTERIOR_MEAN
        self._estimate.setCurrentIndex(0 if mean else 1)

    def _show_error(self) -> None:
        self._error.setText(self._models.denoising_words() or "MPJPE …")

    def _matched(self) -> float:
        sampling = self._models.sampling
        return (
            sampling.prior.time_of_noise(self._models.session.document.noise.std_mm)
            if sampling.prior
            else 0.0
        )

    def _new_gesture(self) -> None:
        self._gesture += 1

    def _slid(self, value: int) -> None:
        self._models.conditioning.set_noise(
            f"Noise: {value} mm", f"noise-{self._gesture}", std_mm=float(value)
        )

    def _kind_chosen(self) -> None:
        self._models.conditioning.set_noise(
            f"Noise shape: {self._kind.currentText()}", kind=self._kind.currentData()
        )

    def _draw(self) -> None:
        self._models.conditioning.set_noise("New noise", seed=random.randrange(10**6))

    def _start_chosen(self) -> None:
        self._models.session.edit(f"Start: {self._start.currentText()}", start_time=self._start.currentData())

    def _estimate_chosen(self) -> None:
        self._models.session.edit(
            f"Answer: {self._estimate.currentText()}", sampler=self._estimate.currentData()
        )
