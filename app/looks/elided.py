"""Texts that end in … where there is not room for all of them; the tooltip has the rest."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)  # fmt: skip

from app.looks.plain import plain_tip

LEAST = 48  # px that a label keeps: a few letters and the …


class ElidedLabel(QLabel):
    """One line of plain text, as wide as there is room."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(textFormat=Qt.TextFormat.PlainText, **properties)

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

    def event(self, event: QEvent) -> bool:
        return _told(self, event, self.text(), self.drawn) or super().event(event)


class ElidedCombo(QComboBox):
    """A choice that may be narrower than what is chosen."""

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

    def event(self, event: QEvent) -> bool:
        return _told(self, event, self.currentText(), self.drawn) or super().event(event)


def _fitting(text: str, metrics: QFontMetrics, width: int) -> str:
    fits = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    return fits if metrics.horizontalAdvance(fits) <= width else ""  # less than the … itself has no room


def _told(widget: QWidget, event: QEvent, text: str, drawn: str) -> bool:
    """Whether a tooltip was asked for, and says more than the widget's own does."""
    tip = widget.toolTip()
    if event.type() != QEvent.Type.ToolTip or drawn == text or text in tip:
        return False
    QToolTip.showText(event.globalPos(), "\n".join(filter(None, (plain_tip(text), tip))), widget)
    return True
