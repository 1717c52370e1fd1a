"""Texts that end in … where there is not room for all of them; the tooltip has the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
)  # fmt: skip

from app.looks.plain import plain_tip

LEAST = 48  # px that a label keeps: a few letters and the …


class ElidedLabel(QLabel):
    """One line of plain text, as wide as there is room."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(textFormat=Qt.TextFormat.PlainText, **properties)
        _Tips(self, self.text)

    @property
    def drawn(self) -> str:
        """What there is room for."""
        return _fitting(self.text(), self.fontMetrics(), self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), LEAST), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.style().drawItemText(
            painter, self.contentsRect(), self.alignment(), self.palette(), self.isEnabled(), self.drawn,
            self.foregroundRole(),
        )  # fmt: skip


class ElidedCombo(QComboBox):
    """A choice that may be narrower than what is chosen."""

    def __init__(self) -> None:
        super().__init__()
        _Tips(self, self.currentText)

    @property
    def drawn(self) -> str:
        """What there is room for."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        return _fitting(self.currentText(), self.fontMetrics(), field.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.drawn
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class _Tips(QObject):
    """Tells the whole ``text`` of a widget as its tooltip, where neither the widget nor its own tip does."""

    def __init__(self, widget: ElidedLabel | ElidedCombo, text: Callable[[], str]) -> None:
        super().__init__(widget)
        self._text = text
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip:
            return False
        text, tip = self._text(), watched.toolTip()
        if watched.drawn == text or text in tip:
            return False
        QToolTip.showText(event.globalPos(), "\n".join(filter(None, (plain_tip(text), tip))), watched)
        return True


def _fitting(text: str, metrics: QFontMetrics, width: int) -> str:
    fits = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    return fits if metrics.horizontalAdvance(fits) <= width else ""  # less than the … itself has no room
