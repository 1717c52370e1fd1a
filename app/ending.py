"""Ends the application in good order where the system asks for it: Ctrl+C, ``kill``, the end of a session."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those the platform has; without a handler Python dies of them where it stands."""


class Ending(QObject):
    """Calls ``end`` on the main thread, between events, when the process is told to go.

    Python runs a handler only when its interpreter has its turn, which Qt's waiting loop does not give it;
    what a signal writes into the socket wakes the loop.
    """

    def __init__(self, app: QApplication, end: Callable[[], None]) -> None:
        super().__init__(app)
        self._end = end
        self._heard, self._told = socket.socketpair()
        for end_of_pair in (self._heard, self._told):
            end_of_pair.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        for name in SIGNALS:
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, lambda *_: None)
        notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(self._hear)
        app.commitDataRequest.connect(lambda _: end())

    def _hear(self) -> None:
        self._heard.recv(64)
        self._end()
