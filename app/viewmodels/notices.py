"""What the window has to say to a person: banners instead of modal boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

Kind = Literal["error", "warning", "info"]
MOST = 3


@dataclass(frozen=True)
class Notice:
    """What happened, what to do about it, and the details for whoever opens them."""

    kind: Kind
    title: str
    what_to_do: str = ""
    details: str = ""


class Notices(QObject):
    """The notices shown, newest last; the oldest goes when there are too many."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[Notice] = []

    @property
    def shown(self) -> tuple[Notice, ...]:
        return tuple(self._shown)

    def add(self, notice: Notice) -> None:
        """Show a notice; one that is already there moves to the end."""
        self._shown = [*(n for n in self._shown if n != notice), notice][-MOST:]
        self.changed.emit()

    def error(self, title: str, what_to_do: str, details: str = "") -> None:
        self.add(Notice("error", title, what_to_do, details))

    def dismiss(self, notice: Notice) -> None:
        """Take a notice away."""
        self._shown = [n for n in self._shown if n != notice]
        self.changed.emit()
