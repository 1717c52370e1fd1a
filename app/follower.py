"""What shows the models follows them, without holding up the hand that drags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.looks.pace import Pace
from app.session import Session

CALM_MS = 100
"""How often what is not under the hand is shown anew during a gesture."""


class Follower(QObject):
    """Calls ``refresh`` at once for every one of ``signals``; while a gesture lasts, ten times a second."""

    def __init__(self, parent: QObject, session: Session, refresh: Callable[[], None], *signals: Any) -> None:
        super().__init__(parent)
        self._session, self._pace = session, Pace(self, CALM_MS, refresh)
        for signal in signals:
            signal.connect(self._on_change)

    def _on_change(self) -> None:
        if self._session.in_gesture:
            self._pace.ask()
        else:
            self._pace.now()
