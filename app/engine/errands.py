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
        self._pending: list[tuple[Future[Any], str, Then, bool]] = []
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def under_way(self) -> str:
        """What is being done, in words as "open walk.bvh"; empty where nothing is."""
        return self._pending[0][1] if self._pending else ""

    def do(self, what: str, function: Callable[[], Any], then: Then, *, at_all_events: bool = False) -> None:
        """Do ``function()`` on the thread; ``then`` is given its result, or the ``Failed`` that says why
        there is none. What is to be done ``at_all_events`` is not dropped."""
        future = self._pool.submit(function)
        self._pending.append((future, what, then, at_all_events))
        future.add_done_callback(lambda _: self._ended.emit())

    def finish(self) -> None:
        """Wait until all that was handed over is done, and told."""
        while self._pending:
            wait([future for future, *_ in self._pending])
            self._tell()

    def close(self) -> None:
        """Finish, and leave no thread."""
        self.finish()
        self._pool.shutdown()

    def drop(self) -> None:
        """Begin nothing more that may be dropped, tell nothing more, and leave no thread."""
        for future, _, _, at_all_events in self._pending:
            if not at_all_events:
                future.cancel()
        self._pending.clear()
        self._pool.shutdown()

    def _tell(self) -> None:
        while self._pending and self._pending[0][0].done():
            future, what, then, _ = self._pending.pop(0)
            error = future.exception()
            then(future.result() if error is None else failed_to(what, error))
