"""Threads for slow work that needs no torch. The worker's will not do: a file must not wait for a long run to
be read or written, nor sampling for a large file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from app.engine.failure import failed_to

Then = Callable[[Any], None]


class Errands(QObject):
    """A thread that does one thing after the other; what came of it is told on the main thread."""

    _ended = Signal()

    def __init__(self, parent: QObject | None = None, name: str = "errands") -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, name)  # its thread starts with the first errand
        self._pending: list[tuple[Future[Any], str, Then]] = []
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def under_way(self) -> str:
        """What is being done, in words as "open walk.bvh"; empty where nothing is."""
        return self._pending[0][1] if self._pending else ""

    def do(self, what: str, function: Callable[[], Any], then: Then) -> None:
        """Do ``function()`` on the thread; ``then`` is given its result, or the ``Failed`` that says why
        there is none."""
        future = self._pool.submit(function)
        self._pending.append((future, what, then))
        future.add_done_callback(lambda _: self._ended.emit())

    def finish(self) -> None:
        """Wait until all that was handed over is done, and told."""
        while self._pending:
            wait([future for future, _, _ in self._pending])
            self._tell()

    def close(self) -> None:
        """Finish, and leave no thread."""
        self.finish()
        self._pool.shutdown()

    def drop(self) -> None:
        """Begin nothing more, tell nothing more, and leave no thread."""
        self._pending.clear()
        self._pool.shutdown(cancel_futures=True)

    def _tell(self) -> None:
        while self._pending and self._pending[0][0].done():
            future, what, then = self._pending.pop(0)
            error = future.exception()
            then(future.result() if error is None else failed_to(what, error))
