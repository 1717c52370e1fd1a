"""What is compared, in figures: how far the poses are from each other, and every measure of each."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.looks.theme import theme_of
from app.models import Models
from app.viewmodels.measures import MEASURES
from gfpose_core.metrics import mpjpe

ROW = 20  # px


class Comparison(QTableWidget):
    """A column for each compared pose, by its number and in its hue; shown while the poses are compared."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        self.setObjectName("comparison")
        self.setAccessibleName("Compared hypotheses, in figures")
        self.setToolTip("MPJPE between the poses, mm, and the measures of each")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self._models = models
        gallery, ranking = models.gallery, models.ranking
        for signal in (
            models.layers.changed, gallery.selection_changed, gallery.focus_changed, gallery.pins_changed,
            gallery.results_changed,
        ):  # fmt: skip
            signal.connect(self._choose)
        ranking.changed.connect(self._fill)
        self._choose()

    def _choose(self) -> None:
        """Others are compared, or none."""
        on = "compare" in self._models.layers.on
        self.setVisible(on)
        self._models.ranking.likelihoods.want_of(self._models.gallery.compared if on else [])
        self._fill()

    def _fill(self) -> None:
        if self.isHidden():
            return
        gallery, ranking = self._models.gallery, self._models.ranking
        compared = [] if self._models.playback.live else gallery.compared
        poses = ranking.measured.poses
        compared = [index for index in compared if index < len(poses)]
        names = [gallery.label(index) for index in compared]
        rows = [
            (f"to {gallery.title(other)}, mm", [_apart(poses[index], poses[other]) for index in compared])
            for other in compared
            if len(compared) > 1
        ]
        rows += [
            (", ".join(filter(None, (measure.short, measure.unit(ranking.measured)))),
             self._values(key, compared))
            for key, measure in MEASURES.items()
            if ranking.missing(key) is None
        ]  # fmt: skip
        self.setColumnCount(len(compared))
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels(names)
        self.setVerticalHeaderLabels([name for name, _ in rows])
        hues = theme_of(self.palette()).scene.hues
        for column in range(len(compared)):
            self.horizontalHeaderItem(column).setForeground(QColor(hues[column]))
        for row, (name, values) in enumerate(rows):
            for column, value in enumerate(values):
                item = QTableWidgetItem(value)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(f"{gallery.title(compared[column])}: {name} {value}")
                self.setItem(row, column, item)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + ROW * len(rows) + 6)

    def _values(self, key: str, compared: list[int]) -> list[str]:
        digits = MEASURES[key].digits
        values = [self._models.ranking.value(key, index) for index in compared]
        return [f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "…" for value in values]


def _apart(pose: np.ndarray, other: np.ndarray) -> str:
    return f"{mpjpe(pose, other):.0f}"
