"""The list of runs for Qt's views: a model over the runs, and a delegate that draws them as a tree.

Each run is a line from the noise level where it begins to where it ends; a branch hangs from the
line it comes from at the level where it went on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.documents.runs import Run, describe, is_whole
from app.looks.icons import icon
from app.looks.plain import plain_tip
from app.looks.theme import theme_of
from app.models import Models

RUN = Qt.ItemDataRole.UserRole
LANES = Qt.ItemDataRole.UserRole + 1

ROW = 28
LANES_WIDTH, EDGE = 96, 10  # px
NAME_WIDTH = 80
BEND = 5.0
HIGHEST_MM, LOWEST_MM = 5000.0, 1.5
"""sigma/alpha at the left and the right end of the lanes."""


@dataclass(frozen=True)
class Lanes:
    """What is drawn in one row, as shares of the width from noise to pose: the run's own line, and those that
    only pass by on their way down to a branch. ``hangs`` says that the line comes down from above."""

    first: float
    last: float
    hangs: bool
    passing: tuple[float, ...]
    parted: tuple[float, ...]


def share(level: float) -> float:
    """Where a noise level (mm) lies between noise, 0, and pose, 1."""
    level = min(max(level, LOWEST_MM), HIGHEST_MM)
    return float(np.log(HIGHEST_MM / level) / np.log(HIGHEST_MM / LOWEST_MM))


def lanes_of(rows: list[Run]) -> list[Lanes]:
    """The lanes of runs in the order of the tree."""
    at = {run.number: row for row, run in enumerate(rows)}
    passing: list[list[float]] = [[] for _ in rows]
    parted: list[list[float]] = [[] for _ in rows]
    for row, run in enumerate(rows):
        if run.parent in at:
            parted[at[run.parent]].append(share(run.levels[0]))
            for between in range(at[run.parent] + 1, row):
                passing[between].append(share(run.levels[0]))
    return [
        Lanes(share(run.levels[0]), share(run.levels[1]), run.parent in at, tuple(by), tuple(off))
        for run, by, off in zip(rows, passing, parted, strict=True)
    ]


class RunModel(QAbstractListModel):
    """The runs in the order of the tree; their names can be edited."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        self._models = models
        self._rows: list[Run] = []
        self._lanes: list[Lanes] = []
        self._listed: tuple = ()  # every run, whether it is there whole; which is shown
        models.runs.changed.connect(self._relist)
        self._relist()

    def _relist(self) -> None:
        runs, shown = self._models.runs, self._models.runs.shown
        whole = tuple((run, is_whole(runs.shelf.peek(run.number))) for run in runs.listed)
        if (whole, shown) == self._listed:
            return
        self._listed = whole, shown
        rows = [run for run, _ in runs.in_tree()]
        same = [run.number for run in rows] == [run.number for run in self._rows]
        if not same:
            self.beginResetModel()
        self._rows, self._lanes = rows, lanes_of(rows)
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return len(self._rows)

    def row_of(self, number: int | None) -> int:
        """The row of a run, -1 where it has none."""
        return next((row for row, run in enumerate(self._rows) if run.number == number), -1)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        run = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name
        if role == RUN:
            return run
        if role == LANES:
            return self._lanes[index.row()]
        words = describe(run, self._models.runs.find(run.parent), self._models.sampling.samplers)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.name}, {words}"
        if role == Qt.ItemDataRole.ToolTipRole:
            there = is_whole(self._models.runs.shelf.peek(run.number))
            lost = "" if there else "\nIts states along the way made room for others"
            again = ": showing it samples it again" if lost and run.again else ""
            origin = self._models.runs.find(run.parent)
            origin = f" from {origin.name}" if origin else ""
            seed = f", seed {run.document.seed}"
            keys = "Double-click: show · F2: rename · Del: delete"
            return plain_tip(f"{run.name}{origin}: {words}{seed}{lost}{again}\n{keys}")
        return None

    def setData(self, index: QModelIndex, value: str, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self._models.runs.rename(self._rows[index.row()].number, value)
        return True


class RunRows(QStyledItemDelegate):
    """Paints a run: its lanes, its name, and what sets it apart."""

    def __init__(self, models: Models, parent: QWidget) -> None:
        super().__init__(parent)
        self._models = models

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(LANES_WIDTH + NAME_WIDTH + 80, ROW)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        if isinstance(editor, QLineEdit):
            editor.setObjectName("run-name")
            editor.setFrame(False)
        editor.setGeometry(_name(option.rect).adjusted(-4, 2, 40, -2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        colours, run, runs = theme_of(option.palette), index.data(RUN), self._models.runs
        shown = runs.shown is not None and runs.shown.number == run.number
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(2, 1, -2, -1), 5, 5)
        self._paint_lanes(painter, option.rect, index.data(LANES), shown, run)
        font = painter.font()
        font.setBold(shown)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        name, middle = _name(option.rect), Qt.AlignmentFlag.AlignVCenter
        fitting = painter.fontMetrics().elidedText(run.name, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, middle, fitting)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        words = option.rect.adjusted(LANES_WIDTH + NAME_WIDTH + 8, 0, -28, 0)
        told = describe(run, runs.find(run.parent), self._models.sampling.samplers)
        fitting = painter.fontMetrics().elidedText(told, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, middle, fitting)
        if run.kept:
            icon("pin").paint(painter, option.rect.right() - 24, option.rect.center().y() - 7, 15, 15)
        painter.restore()

    def _paint_lanes(self, painter: QPainter, row: QRect, lanes: Lanes, shown: bool, run: Run) -> None:
        colours = theme_of(self.parent().palette())
        left, width = row.left() + EDGE, LANES_WIDTH - 2 * EDGE

        def x(share: float) -> float:
            return left + share * width

        middle, top, bottom = row.top() + row.height() / 2, float(row.top()), float(row.bottom() + 1)
        line, own = QPen(QColor(colours.border), 1.6), QColor(colours.accent if shown else colours.muted)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(line)
        for by in lanes.passing:
            painter.drawLine(QPointF(x(by), top), QPointF(x(by), bottom))
        for off in lanes.parted:
            painter.drawLine(QPointF(x(off), middle), QPointF(x(off), bottom))
        first, last = x(lanes.first), max(x(lanes.last), x(lanes.first) + 6)
        way = QPainterPath(QPointF(first, top if lanes.hangs else middle))
        if lanes.hangs:
            painter.drawLine(QPointF(first, top), QPointF(first, middle - BEND))
            way = QPainterPath(QPointF(first, middle - BEND))
            bend = min(BEND, last - first)
            way.quadTo(QPointF(first, middle), QPointF(first + bend, middle))
        way.lineTo(QPointF(last, middle))
        painter.setPen(QPen(own, 2.4 if shown else 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(way)
        whole = is_whole(self._models.runs.shelf.peek(run.number))
        painter.setBrush(own if whole else QColor(colours.surface))
        painter.drawEllipse(QPointF(last, middle), 3.6, 3.6)
        for off in lanes.parted:
            painter.setBrush(own)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(x(off), middle), 2.6, 2.6)
        moment = self._models.playback.moment
        if shown and moment is not None and self._models.playback.last > 0:
            at = x(share(moment.noise_level))
            painter.setPen(QPen(QColor(colours.text), 1.4))
            painter.drawLine(QPointF(at, middle - 6), QPointF(at, middle + 6))


def _name(row: QRect) -> QRect:
    return QRect(row.left() + LANES_WIDTH, row.top(), NAME_WIDTH, row.height())
