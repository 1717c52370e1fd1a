"""A walk through a window for texts that are cut off: without an ellipsis, and where nothing scrolls."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QMainWindow,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)  # fmt: skip

KINDS = QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QTabBar, QDockWidget, QGroupBox


def cut(window: QWidget) -> list[str]:
    """What is cut off of the texts on show, in words."""
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # of a text that was set just now
    shown = (w for kind in KINDS for w in window.findChildren(kind) if w.isVisible() and not hidden(w))
    return sorted({f"{name(w)}: {how}" for w in shown for how in cuts(w)})


def tour(window: QMainWindow) -> Iterator[None]:
    """Bring every panel to the front that lies behind a tab, several at a time; look after each step."""
    docks = [d for d in window.findChildren(QDockWidget) if d.isVisible() and not d.isFloating()]
    for turn in range(len(docks)):
        places = {frozenset((d, *window.tabifiedDockWidgets(d))) for d in docks}
        behind = [sorted(place, key=docks.index) for place in places if len(place) > turn]
        if not behind:
            return
        for place in behind:
            place[turn].raise_()
        yield


def cuts(widget: QWidget) -> Iterator[str]:
    """How a widget is cut: by its own size, or by what it lies in."""
    needed, room = wanted(widget)
    if needed > room:
        yield f"{said(widget)!r} needs {needed} px and has {room}"
    if isinstance(widget, QLabel) and widget.wordWrap():
        high = widget.heightForWidth(widget.width())
        if high > widget.height():
            yield f"{said(widget)!r} needs {high} px of height and has {widget.height()}"
    place, above = widget.rect(), widget
    while (holder := above.parentWidget()) is not None and not above.isWindow():
        if isinstance(holder.parentWidget(), QAbstractScrollArea):
            return  # it can be scrolled to, sideways where there is a bar for it
        place = QRect(above.mapToParent(place.topLeft()), place.size())
        if not holder.rect().contains(place):
            yield f"{said(widget)!r} sticks out of {name(holder)}: {place} of {holder.rect()}"
            return
        above = holder


def wanted(widget: QWidget) -> tuple[int, int]:
    """px that a widget's text needs side by side with what else it shows, and what it has."""
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, widget)
        return widget.fontMetrics().horizontalAdvance(said(widget)), field.width()
    if isinstance(widget, QAbstractSpinBox):
        line = widget.lineEdit()
        return line.fontMetrics().horizontalAdvance(line.text()), line.width() - 4
    if isinstance(widget, QTabBar):
        elided = widget.elideMode() != Qt.TextElideMode.ElideNone
        return (0, 0) if elided or widget.usesScrollButtons() else (widget.sizeHint().width(), widget.width())
    if isinstance(widget, QDockWidget):
        return widget.fontMetrics().horizontalAdvance(said(widget)) + 20, widget.width()
    if isinstance(widget, QLabel):
        return (0, 0) if widget.wordWrap() else (wide(widget), widget.contentsRect().width())
    if isinstance(widget, QToolButton):  # Qt puts an ellipsis into its text
        return 0, 0
    return widget.sizeHint().width(), widget.width()


def wide(label: QLabel) -> int:
    text = said(label)
    if "<" in text and label.textFormat() != Qt.TextFormat.PlainText:
        page = QTextDocument()
        page.setDefaultFont(label.font())
        page.setDocumentMargin(0)
        page.setHtml(text)
        return int(page.idealWidth())
    return label.fontMetrics().size(0, text).width()


def said(widget: QWidget) -> str:
    """The text as it is drawn."""
    if hasattr(widget, "drawn"):
        return widget.drawn
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QDockWidget):
        return widget.windowTitle()
    if isinstance(widget, QTabBar):
        return " ".join(widget.tabText(tab) for tab in range(widget.count()))
    return widget.title() if isinstance(widget, QGroupBox) else widget.text()


def hidden(widget: QWidget) -> bool:
    """Whether it lies behind a tab, or in a window of its own."""
    above = widget
    while above is not None and not above.isWindow():
        if isinstance(above, QDockWidget) and above.visibleRegion().isEmpty():
            return True
        above = above.parentWidget()
    return False


def name(widget: QWidget) -> str:
    above = widget
    while not above.objectName() and above.parentWidget() is not None:
        above = above.parentWidget()
    return above.objectName() + ("" if above is widget else f" › {type(widget).__name__}")
