"""Notices as banners above the stage; the details are one click away, and nothing is modal."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.looks.icons import icon
from app.looks.plain import plain_tip
from app.viewmodels.notices import Notice, Notices

LEAST, LEAST_WIDTH = 54, 120  # px that notices keep; to the rest of a long name they scroll
NARROW = 420  # px; in a narrower banner the buttons stand below the words


class Banner(QFrame):
    """One notice. A click on its buttons leaves the keyboard where it is; Tab goes to them."""

    def __init__(self, notice: Notice, notices: Notices) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("kind", notice.kind)
        title = QLabel(f"<b>{_escaped(notice.title)}</b>&nbsp; {_escaped(notice.what_to_do)}")
        title.setObjectName("banner-text")
        title.setWordWrap(True)
        title.setTextFormat(Qt.TextFormat.RichText)
        title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setObjectName("banner-close")
        close.setIcon(icon("close"))
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss")
        close.clicked.connect(lambda: notices.dismiss(notice))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.addWidget(title, 1)
        self._line.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addLayout(self._line)
        for number, (text, choose) in enumerate(notice.choices):
            button = QPushButton(text)
            button.setObjectName(f"banner-{text.lower()}")
            button.setProperty("primary", number == 0)
            button.setToolTip(plain_tip(f"{text}: {notice.title}"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, choose=choose: (notices.dismiss(notice), choose()))
            buttons.addWidget(button)
        if notice.details:
            details = QPlainTextEdit(notice.details)
            details.setObjectName("banner-details")
            details.setAccessibleName("Details")
            details.setReadOnly(True)
            details.setFixedHeight(150)
            details.hide()
            more = QPushButton("Details")
            more.setObjectName("banner-more")
            more.setToolTip("Show or hide what exactly happened")
            more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            more.clicked.connect(lambda: details.setVisible(details.isHidden()))
            buttons.addWidget(more)
            layout.addWidget(details)
        buttons.addWidget(close)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        self._line.setDirection(way.LeftToRight if event.size().width() >= NARROW else way.TopToBottom)


class Banners(QScrollArea):
    """All notices, one above the other; in a low window they leave the stage its place, and scroll."""

    keyboard_free = Signal()  # it was in a banner, which has gone

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banners")
        self._notices = notices
        self._shown: dict[int, Banner] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the keyboard
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidgetResizable(True)
        content = QWidget()
        self._layout = QVBoxLayout(content)
        self._layout.setContentsMargins(8, 8, 8, 0)
        self._layout.setSpacing(6)
        self.setWidget(content)
        notices.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        wanted = {id(notice): notice for notice in self._notices.shown}
        for key in [key for key in self._shown if key not in wanted]:
            banner = self._shown.pop(key)
            if banner.isAncestorOf(self.window().focusWidget()):
                self.keyboard_free.emit()
            banner.hide()
            banner.deleteLater()
        for key, notice in wanted.items():
            if key not in self._shown:
                self._shown[key] = Banner(notice, self._notices)
                self._layout.addWidget(self._shown[key])
        self.setVisible(bool(wanted))

    def sizeHint(self) -> QSize:
        return QSize(self._layout.sizeHint().width(), self._layout.totalHeightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._layout.minimumSize().width(), LEAST_WIDTH), LEAST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
