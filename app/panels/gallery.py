"""Thumbnails of every hypothesis, drawn when they come into sight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.icons import icon
from app.models import Models
from app.panels.base import Panel, muted
from app.scene.thumbnail import thumbnail
from app.scene.view import HOME, PRESETS, OrbitCamera
from app.theme import theme_of
from app.viewmodels.gallery import ORDERS, Gallery
from app.viewmodels.numbers import numbers

CELL = QSize(86, 112)
REDRAW_MS = 120
INDEX, CAPTION, PINNED = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2


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


class GalleryPanel(Panel):
    """The hypotheses and the figures that sum them up."""

    key = "gallery"
    title = "Hypotheses"
    area = Qt.DockWidgetArea.RightDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        gallery = models.gallery
        self._camera = PRESETS[HOME]
        self._model = HypothesisModel(gallery)
        self.list = QListView()
        self.list.setObjectName("gallery")
        self.list.setAccessibleName("Hypotheses")
        self.list.setModel(self._model)
        self._thumbnails = Thumbnails(gallery, lambda: self._camera, self.list)
        self.list.setItemDelegate(self._thumbnails)
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(lambda index: gallery.set_focus(index.data(INDEX)))
        self.list.doubleClicked.connect(self._use)
        self._order = QComboBox()
        self._order.setObjectName("gallery-order")
        self._order.setToolTip("Order of the hypotheses")
        for order, text in ORDERS.items():
            self._order.addItem(text, order)
        self._order.activated.connect(lambda _: gallery.sort(self._order.currentData()))
        self._pin = QPushButton(icon("pin"), "")
        self._pin.setObjectName("gallery-pin")
        self._pin.setToolTip("Keep the hypothesis in focus for comparison, or let it go (P)")
        self._pin.clicked.connect(self.pin_focused)
        self._use_button = QPushButton("Use as evidence")
        self._use_button.setObjectName("gallery-use")
        self._use_button.setToolTip("Make the hypothesis in focus the evidence (U, or double-click)")
        self._use_button.clicked.connect(self.use_focused)
        self._numbers = QLabel()
        self._numbers.setObjectName("numbers")
        self._numbers.setWordWrap(True)
        self._numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        top = QHBoxLayout()
        top.addWidget(self._order, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._use_button, 1)
        bottom.addWidget(self._pin)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 12, 10)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(muted("Spread and errors"))
        layout.addWidget(self._numbers)
        layout.addLayout(bottom)
        self.setMinimumWidth(296)

        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REDRAW_MS)
        self._soon.timeout.connect(self.list.viewport().update)
        gallery.poses_changed.connect(self._redraw_soon)
        gallery.focus_changed.connect(self._focus_moved)
        gallery.rows_changed.connect(self._refresh)
        models.session.changed.connect(self._refresh)
        self._refresh()

    def look_from(self, camera: OrbitCamera) -> None:
        """Draw the thumbnails as the stage is looked at."""
        self._camera = camera
        self._thumbnails.forget()
        self._redraw_soon()

    def pin_focused(self) -> None:
        if self.models.gallery.focus is not None:
            self.models.gallery.pin(self.models.gallery.focus)

    def use_focused(self) -> None:
        gallery = self.models.gallery
        if gallery.focused_pose is not None:
            text = f"Use hypothesis {gallery.label(gallery.focus)} as evidence"
            self.models.conditioning.use_pose(gallery.focused_pose, text)

    def _use(self, index: QModelIndex) -> None:
        self.models.gallery.set_focus(index.data(INDEX))
        self.use_focused()

    def _redraw_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _focus_moved(self) -> None:
        row = self._model.row_of(self.models.gallery.focus)
        if row >= 0:
            self.list.scrollTo(self._model.index(row))
        self.list.viewport().update()

    def _refresh(self) -> None:
        gallery, document = self.models.gallery, self.models.session.document
        has = bool(gallery.rows)
        self._pin.setEnabled(has)
        self._use_button.setEnabled(has)
        if self.models.playback.live:
            return
        figures = numbers(document, gallery.results)
        self._numbers.setText("<br>".join(f"{label} <b>{value}</b>" for label, value in figures) or "–")
