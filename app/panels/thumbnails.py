"""Thumbnails of the hypotheses: pictures made when they come into sight, and a delegate that shows them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QElapsedTimer, QModelIndex, QObject, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from app.looks.icons import icon
from app.looks.theme import SceneColours, Theme, theme_of
from app.panels.hypotheses import INDEX
from app.scene.thumbnail import thumbnail
from app.scene.view import OrbitCamera
from app.viewmodels.gallery import Gallery
from app.viewmodels.groups import Group
from app.viewmodels.measures import DRAWN
from app.viewmodels.ranking import Ranking

CELL = QSize(86, 122)

CAPTION, SIGNS = 17, 11
"""px kept at the foot of a card, and at its head: a figure that stands has its own head below the signs."""

LINE = 15
"""px by which cards are taller while they are sorted by something: what that is stands below the name."""

MOST_KEPT = 400
"""Pictures kept: several screens full, 10 MB of them, four times that on a dense display."""

BUSY_MS = 6
"""Pictures are made for so long in one frame; those left out follow with the next."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Pictures(QObject):
    """Pictures of poses by index, the least recently shown ones forgotten.

    What is asked for is in sight. One whose pose has changed is shown as it was until its turn comes.
    """

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._kept: OrderedDict[int, tuple[np.ndarray, QImage]] = OrderedDict()
        self._spent = QElapsedTimer()
        self._next = QTimer(self, singleShot=True, interval=0, timeout=self._next_frame)
        self._more = False

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """The view or the colours changed: all are out of date."""
        self._kept = OrderedDict((key, (np.zeros(0), image)) for key, (_, image) in self._kept.items())

    def get(self, key: int, pose: np.ndarray, make: Callable[[], QImage]) -> QImage | None:
        """The picture of ``pose``, an older one of ``key``, or None until there is one."""
        kept = self._kept.get(key)
        if kept is None or not np.array_equal(kept[0], pose):
            if self._may_make():
                kept = self._kept[key] = pose.copy(), make()
            else:
                self._more = True
        if kept is None:
            return None
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept[1]

    def _may_make(self) -> bool:
        if not self._next.isActive():
            self._spent.start()
            self._next.start()
        return self._spent.elapsed() < BUSY_MS

    def _next_frame(self) -> None:
        if self._more:
            self._more = False
            self._view.viewport().update()


class Thumbnails(QStyledItemDelegate):
    """Paints one hypothesis: its picture, its name, and what the ranking says of it."""

    def __init__(
        self, gallery: Gallery, ranking: Ranking, camera: Callable[[], OrbitCamera], view: QListView
    ) -> None:
        super().__init__(view)
        self._gallery, self._ranking, self._camera = gallery, ranking, camera
        self.pictures = Pictures(view)
        self._size = self._fitting()
        ranking.changed.connect(self._fit)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return self._size

    def _fit(self) -> None:
        if self._size != (size := self._fitting()):
            self._size = size
            self.sizeHintChanged.emit(QModelIndex())

    def _fitting(self) -> QSize:
        return CELL + QSize(0, 0 if self._ranking.arrangement.order == DRAWN else LINE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        look, gallery, ranking = theme_of(option.palette), self._gallery, self._ranking
        which = index.data(INDEX)
        focused, chosen = which == gallery.focus, which in gallery.selected
        group = ranking.group_of(which)
        repeats = None if group and group.medoid else ranking.repeats(which)
        cell = option.rect.adjusted(3, 3, -3, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = look.accent if focused or chosen else look.border
        painter.setPen(QPen(QColor(edge), 2 if focused or chosen else 1))
        painter.setBrush(QColor(look.scene.background))
        painter.drawRoundedRect(cell, 6, 6)
        painter.setOpacity(0.45 if repeats is not None else 1.0)
        upper = cell.adjusted(0, 0, 0, CELL.height() - self._size.height())
        self._paint_picture(painter, which, upper.adjusted(3, SIGNS, -3, -CAPTION), look.scene)
        painter.setOpacity(1.0)
        self._paint_caption(painter, which, repeats, upper, look, focused)
        if group is not None:
            _paint_group(painter, group, cell, look)
        if gallery.is_pinned(which):
            icon("pin").paint(painter, cell.right() - 20, cell.top() + 5, 15, 15)
        if chosen:
            _paint_tick(painter, QRectF(cell.right() - 20, cell.top() + 5, 15, 15), look)
        painter.restore()

    def _paint_picture(self, painter: QPainter, which: int, place: QRect, colours: SceneColours) -> None:
        pose, ratio = self._gallery.pose(which), painter.device().devicePixelRatioF()
        picture = self.pictures.get(
            which, pose, lambda: thumbnail(pose, self._camera(), place.size(), ratio, colours)
        )
        if picture is not None:
            painter.drawImage(place, picture)

    def _paint_caption(
        self, painter: QPainter, which: int, repeats: int | None, cell: QRect, look: Theme, focused: bool
    ) -> None:
        """The name, and below it what the list is sorted by: no number but a whole one, with its unit."""
        name = self._gallery.label(which)
        if repeats is not None:
            name = f"≈{self._gallery.label(repeats)}"
        elif others := self._ranking.repeated(which):
            name = f"{name} +{others}"
        place = QRect(cell.left() + 6, cell.bottom() - 18, cell.width() - 11, 16)
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        painter.setPen(QColor(look.text if focused else look.muted))
        painter.drawText(place, LEFT, name)
        painter.setPen(QColor(look.text))
        painter.setFont(_strong(painter.font()))
        painter.drawText(place.translated(0, LINE), LEFT, self._ranking.caption(which))


def _strong(font: QFont) -> QFont:
    font = QFont(font)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _paint_group(painter: QPainter, group: Group, cell: QRect, look: Theme) -> None:
    """A chip with the cluster's numeral; of its medoid, with its share as well."""
    hue = QColor(look.scene.hues[group.index % len(look.scene.hues)])
    words = f"{group.numeral} {group.share:.0%}" if group.medoid else group.numeral
    painter.setFont(_strong(painter.font()))
    width = painter.fontMetrics().horizontalAdvance(words) + 9
    chip = QRectF(cell.left() + 4, cell.top() + 4, width, 15)
    painter.setPen(QPen(hue, 1.4))
    painter.setBrush(hue if group.medoid else QColor(look.scene.background))
    painter.drawRoundedRect(chip, 5, 5)
    painter.setPen(QColor(look.scene.background if group.medoid else look.text))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)


def _paint_tick(painter: QPainter, place: QRectF, look: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.accent))
    painter.drawEllipse(place)
    painter.setPen(QPen(QColor(look.on_accent), 1.8))
    painter.drawPolyline([place.topLeft() + QPointF(x, y) for x, y in ((4, 7.8), (6.6, 10.4), (11, 5))])
