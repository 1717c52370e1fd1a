"""The list of hypotheses for Qt's views: a model over the gallery, and a delegate that draws thumbnails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.icons import icon
from app.scene.thumbnail import thumbnail
from app.scene.view import OrbitCamera
from app.theme import theme_of
from app.viewmodels.gallery import Gallery

CELL = QSize(86, 112)
INDEX = Qt.ItemDataRole.UserRole
CAPTION = Qt.ItemDataRole.UserRole + 1
PINNED = Qt.ItemDataRole.UserRole + 2


class HypothesisModel(QAbstractListModel):
    """The gallery's rows as Qt wants them."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__()
        self._gallery = gallery
        self._rows: list[int] = []
        gallery.rows_changed.connect(self._relist)
        self._relist()

    def _relist(self) -> None:
        if self._rows == self._gallery.rows:
            self.dataChanged.emit(self.index(0), self.index(max(len(self._rows) - 1, 0)))
            return
        self.beginResetModel()
        self._rows = list(self._gallery.rows)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return len(self._rows)

    def row_of(self, index: int | None) -> int:
        """The row of a hypothesis, -1 where it has none."""
        return self._rows.index(index) if index in self._rows else -1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        which = self._rows[index.row()]
        if role == INDEX:
            return which
        if role in (CAPTION, Qt.ItemDataRole.AccessibleTextRole):
            return self._gallery.label(which)
        if role == PINNED:
            return self._gallery.is_pinned(which)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "Click: focus · double-click: make it the evidence · P: pin"
        return None


class Thumbnails(QStyledItemDelegate):
    """Paints one hypothesis; its picture is kept until its pose or the view changes."""

    def __init__(self, gallery: Gallery, camera: Callable[[], OrbitCamera], parent: QWidget) -> None:
        super().__init__(parent)
        self._gallery, self._camera = gallery, camera
        self._pictures: dict[int, tuple[np.ndarray, QImage]] = {}

    def forget(self) -> None:
        """The view or the colours changed."""
        self._pictures.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        colours = theme_of(option.palette)
        which, focus = index.data(INDEX), self._gallery.focus
        cell = option.rect.adjusted(3, 3, -3, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(QColor(colours.accent if which == focus else colours.border), 2 if which == focus else 1)
        )
        painter.setBrush(QColor(colours.scene.background))
        painter.drawRoundedRect(cell, 6, 6)
        picture = cell.adjusted(3, 3, -3, -17)
        painter.drawImage(
            picture, self._picture(which, picture, painter.device().devicePixelRatioF(), colours.scene)
        )
        painter.setPen(QColor(colours.text if which == focus else colours.muted))
        caption = QRect(cell.left() + 6, cell.bottom() - 18, cell.width() - 12, 16)
        painter.drawText(
            caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, index.data(CAPTION)
        )
        if index.data(PINNED):
            icon("pin").paint(painter, cell.right() - 20, cell.top() + 5, 15, 15)
        distance = self._gallery.distance(which)
        if distance is not None:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(caption, right, f"{distance:.0f} mm")
        painter.restore()

    def _picture(self, which: int, rect: QRect, ratio: float, colours) -> QImage:
        pose = self._gallery.poses[which]
        kept = self._pictures.get(which)
        if kept is None or not np.array_equal(kept[0], pose):
            kept = (pose.copy(), thumbnail(pose, self._camera(), rect.size(), ratio, colours))
            self._pictures[which] = kept
        return kept[1]
