"""Where the worker leaves what it has to say, for the main thread to fetch when it likes."""

from __future__ import annotations

import threading

from app.documents.request import Event, Moment


class Mailbox:
    """One slot that keeps only the newest moment of a run, and a queue that loses no event."""

    def __init__(self) -> None:
        self._posted = threading.Condition()
        self._newest: tuple[int, Moment] | None = None
        self._events: list[Event] = []

    def leave(self, request: int, moment: Moment) -> None:
        """Replace whatever moment lies in the slot."""
        with self._posted:
            self._newest = (request, moment)

    def post(self, event: Event) -> None:
        """Add an event behind those not yet fetched."""
        with self._posted:
            self._events.append(event)
            self._posted.notify()

    def wait(self, seconds: float) -> None:
        """Until there is an event to take out, but no longer than this."""
        with self._posted:
            self._posted.wait_for(lambda: self._events, seconds)

    def moment(self) -> tuple[int, Moment] | None:
        """Take out the newest moment, with its request's id."""
        with self._posted:
            newest, self._newest = self._newest, None
        return newest

    def events(self) -> list[Event]:
        """Take out all events, in order."""
        with self._posted:
            events, self._events = self._events, []
        return events
