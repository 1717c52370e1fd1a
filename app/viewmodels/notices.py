"""What the window has to say to a person: banners instead of modal boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

Kind = Literal["error", "warning", "info"]
MOST = 3
LINGER_MS = 8000
"""How long good news stays; what has details stays until it is dismissed, as errors and warnings do."""


@dataclass(frozen=True)
class Notice:
    """What happened, what to do about it, and the details for whoever opens them.

    ``choices`` are buttons, the first one the likely answer: what they say and what they do.
    """

    kind: Kind
    title: str
    what_to_do: str = ""
    details: str = ""
    choices: tuple[tuple[str, Callable[[], None]], ...] = ()


class Notices(QObject):
    """The notices shown, newest last; the oldest goes when there are too many, but none that asks."""

    changed = Signal()
    added = Signal(object)  # Notice

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[Notice] = []

    @property
    def shown(self) -> tuple[Notice, ...]:
        return tuple(self._shown)

    def add(self, notice: Notice) -> None:
        """Show a notice; one already there moves to the end, and good news takes the place of older."""
        passing = _passes(notice)
        kept = [n for n in self._shown if n != notice and not (passing and _passes(n))]
        plain = [n for n in kept if not n.choices]
        crowded = plain[: max(0, len(kept) + 1 - MOST)]
        self._shown = [*(n for n in kept if n not in crowded), notice]
        if passing:
            QTimer.singleShot(LINGER_MS, self, lambda: self._forget(notice))
        self.changed.emit()
        self.added.emit(notice)

    def error(self, title: str, what_to_do: str, details: str = "") -> None:
        self.add(Notice("error", title, what_to_do, details))

    def dismiss(self, notice: Notice | None) -> None:
        """Take a notice away, if it is there."""
        if notice in self._shown:
            self._shown.remove(notice)
            self.changed.emit()

    def _forget(self, notice: Notice) -> None:
        if any(n is notice for n in self._shown):
            self.dismiss(notice)


def _passes(notice: Notice) -> bool:
    return notice.kind == "info" and not notice.details and not notice.choices
