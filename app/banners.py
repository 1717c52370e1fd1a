"""Notices as banners above the stage; the details are one click away, and nothing is modal."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.looks.icons import icon
from app.viewmodels.notices import Notice, Notices


class Banner(QFrame):
    """One notice."""

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
        line = QHBoxLayout()
        line.addWidget(title, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addLayout(line)
        for number, (text, choose) in enumerate(notice.choices):
            button = QPushButton(text)
            button.setObjectName(f"banner-{text.lower()}")
            button.setProperty("primary", number == 0)
            button.setToolTip(f"{text}: {notice.title}")
            button.clicked.connect(lambda _=False, choose=choose: (notices.dismiss(notice), choose()))
            line.addWidget(button)
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
            more.clicked.connect(lambda: details.setVisible(details.isHidden()))
            line.addWidget(more)
            layout.addWidget(details)
        line.addWidget(close)


class Banners(QWidget):
    """All notices, one above the other."""

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banners")
        self._notices = notices
        self._shown: dict[int, Banner] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 0)
        self._layout.setSpacing(6)
        notices.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        wanted = {id(notice): notice for notice in self._notices.shown}
        for key in [key for key in self._shown if key not in wanted]:
            banner = self._shown.pop(key)
            banner.hide()
            banner.deleteLater()
        for key, notice in wanted.items():
            if key not in self._shown:
                self._shown[key] = Banner(notice, self._notices)
                self._layout.addWidget(self._shown[key])
        self.setVisible(bool(wanted))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
