"""Where the worker leaves what it has to say, for the main thread to fetch when it likes."""

from __future__ import annotations

import threading

from app.documents.request import Event, Moment


class Mailbox:
    """A slot for each request, which keeps only the newest of what is seen of it, and a queue that loses no
    event."""

    def __init__(self) -> None:
        self._posted = threading.Condition()
        self._newest: dict[int, Moment | float] = {}
        self._events: list[Event] = []

    def leave(self, request: int, seen: Moment | float) -> None:
        """Replace whatever lies in the slot: of a run a moment, of a clip the share that is done."""
        with self._posted:
            self._newest[request] = seen

    def post(self, event: Event) -> None:
        """Add an event behind those not yet fetched."""
        with self._posted:
            self._events.append(event)
            self._posted.notify()

    def wait(self, seconds: float) -> None:
        """Until there is an event to take out, but no longer than this."""
        with self._posted:
            self._posted.wait_for(lambda: self._events, seconds)

    def newest(self) -> dict[int, Moment | float]:
        """Take out what lies in the slots, by request."""
        with self._posted:
            newest, self._newest = self._newest, {}
        return newest

    def events(self) -> list[Event]:
        """Take out all events, in order."""
        with self._posted:
            events, self._events = self._events, []
        return events
