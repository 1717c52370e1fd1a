"""What shows the models follows them, without holding up the hand that drags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer

from app.session import Session

CALM_MS = 50


class Follower(QObject):
    """Calls ``refresh`` at once for every one of ``signals``; while a gesture lasts, every 50 ms at most."""

    def __init__(self, parent: QObject, session: Session, refresh: Callable[[], None], *signals: Any) -> None:
        super().__init__(parent)
        self._session, self._refresh = session, refresh
        self._calm = QDeadlineTimer(0)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._follow)
        for signal in signals:
            signal.connect(self._on_change)

    def _on_change(self) -> None:
        if not self._session.in_gesture or self._calm.hasExpired():
            self._follow()
        elif not self._later.isActive():
            self._later.start(self._calm.remainingTime())

    def _follow(self) -> None:
        self._later.stop()
        self._calm.setRemainingTime(CALM_MS)
        self._refresh()
