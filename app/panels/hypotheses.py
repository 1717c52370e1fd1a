"""The list of hypotheses for Qt's views: a model over the gallery and its ranking."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QListView

from app.looks.plain import plain_tip
from app.viewmodels.gallery import Gallery
from app.viewmodels.ranking import Ranking

INDEX = Qt.ItemDataRole.UserRole
LEAST = 147  # px of height that the list keeps: a row of thumbnails, with a number under each

_TIP = "Click: focus · Ctrl+click: select several (S) · double-click: make it the evidence (U) · pin (P)"


class HypothesisModel(QAbstractListModel):
    """The gallery's rows as Qt wants them."""

    def __init__(self, gallery: Gallery, ranking: Ranking) -> None:
        super().__init__()
        self._gallery, self._ranking = gallery, ranking
        self._rows: list[int] = []
        gallery.rows_changed.connect(self._relist)
        self._relist()

    def _relist(self) -> None:
        rows = self._gallery.rows
        if self._rows == rows:
            return  # they are drawn anew as their poses change
        self.beginResetModel()
        self._rows = rows
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
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(which)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{self._words(which)}\n{_TIP}")
        return None

    def _words(self, which: int) -> str:
        """All that the thumbnail says, in a sentence."""
        gallery, ranking = self._gallery, self._ranking
        parts = [gallery.label(which) if gallery.is_pinned(which) else f"Hypothesis {gallery.label(which)}"]
        if said := ranking.caption(which):
            parts.append(f"{ranking.order_label}: {said}")
        if (group := ranking.group_of(which)) is not None:
            medoid = ", its medoid" if group.medoid else ""
            parts.append(f"cluster {group.numeral}, {group.share:.0%}{medoid}")
        if (repeated := ranking.repeats(which)) is not None:
            parts.append(f"all but the same as {gallery.label(repeated)}")
        if others := ranking.repeated(which):
            parts.append(f"{others} others are all but the same")
        if which in gallery.selected:
            parts.append("selected")
        return " · ".join(parts)


class HypothesisList(QListView):
    """Thumbnails in a grid; the gallery, not Qt, knows which are selected."""

    picked = Signal(QModelIndex, object)  # clicked, with which keyboard modifiers

    def __init__(self, model: HypothesisModel) -> None:
        super().__init__()
        self.setObjectName("gallery")
        self.setAccessibleName("Hypotheses")
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self._pressed = QModelIndex()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), LEAST)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), LEAST)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = self.indexAt(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index == self._pressed:
            self.picked.emit(index, event.modifiers())
