"""Doing things as often as they can be seen, and no more often."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDeadlineTimer, QObject, Qt, QTimer


class Pace(QObject):
    """Calls ``what`` when asked to, every ``ms`` milliseconds at most; no asking is in vain."""

    def __init__(self, parent: QObject, ms: int, what: Callable[[], None]) -> None:
        super().__init__(parent)
        self._ms, self._what = ms, what
        self._rest = QDeadlineTimer(0)
        self._later = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._later.timeout.connect(self.now)

    def ask(self) -> None:
        """Now if there has been a rest, else after it."""
        if self._rest.hasExpired():
            self.now()
        elif not self._later.isActive():
            self._later.start(self._rest.remainingTime())

    def now(self) -> None:
        """At once, whenever it was last."""
        self._later.stop()
        self._rest.setRemainingTime(self._ms)
        self._what()
