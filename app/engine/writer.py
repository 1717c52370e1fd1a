"""A thread that writes files. The worker's will not do: a save must not wait for a long run, nor be dropped
with what still waits there when the window closes. It knows no torch."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from PySide6.QtCore import QObject, Qt, Signal

from app.documents.request import CallRequest, Failed
from app.engine.failure import failure

Then = Callable[[Failed | None], None]


class Writer(QObject):
    """Writes one file after the other; how it went is told on the main thread."""

    _ended = Signal()

    def __init__(self, parent: QObject | None = None, name: str = "writing") -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, name)  # its thread starts with the first file
        self._pending: list[tuple[Future[None], CallRequest, Then]] = []
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def write(self, what: str, function: Callable[[], None], then: Then) -> None:
        """Do ``function()`` on the thread; ``then`` is given what went wrong, None if nothing did."""
        future = self._pool.submit(function)
        self._pending.append((future, CallRequest(0, what, function), then))
        future.add_done_callback(lambda _: self._ended.emit())

    def finish(self) -> None:
        """Wait until all that was handed over is written, and told."""
        while self._pending:
            wait([future for future, _, _ in self._pending])
            self._tell()

    def close(self) -> None:
        """Finish, and leave no thread."""
        self.finish()
        self._pool.shutdown()

    def _tell(self) -> None:
        while self._pending and self._pending[0][0].done():
            future, request, then = self._pending.pop(0)
            error = future.exception()
            then(None if error is None else failure(request, error))
