"""What a panel is: a widget with a title and a place, which is given the models and nothing else."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from app.looks.plain import plain_label
from app.models import Models
from app.panels.scrolled import LEAST


class Panel(QWidget):
    """A dock's content. Panels never talk to each other: the models' signals are all they hear."""

    key: ClassVar[str]
    title: ClassVar[str]
    area: ClassVar[Qt.DockWidgetArea]
    scrolls: ClassVar[bool] = True  # as a whole, where there is no room; False of one that sees to it itself
    least: ClassVar[int] = LEAST  # px of its height that stay in sight, where it scrolls
    snug: ClassVar[bool] = False  # no higher than it needs

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"panel-{self.key}")
        self.models = models


def scrolling(content: QWidget) -> QScrollArea:
    """``content`` as wide as there is room for, scrolled up and down."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    return scroll


def muted(text: str, name: str = "") -> QLabel:
    """A quiet label."""
    label = plain_label(text, name)
    label.setProperty("role", "muted")
    return label
