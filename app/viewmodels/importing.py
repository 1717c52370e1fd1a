"""Files that were opened and are to be imported: shown, corrected and applied one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.engine.offer import Offer, to_text
from app.engine.runner import Runner
from app.settings import Settings
from app.viewmodels.clips import Clips
from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Corrections


class Importing(QObject):
    """The queue of offers; the first of them is shown."""

    changed = Signal()
    applied = Signal(object)  # the Offer

    def __init__(self, runner: Runner, clips: Clips, settings: Settings, parent: QObject | None = None):
        super().__init__(parent)
        self._runner, self._clips, self._settings = runner, clips, settings
        self._offers: list[Offer] = []
        self._wanted: Corrections | None = None
        self.refusal = ""

    @property
    def offer(self) -> Offer | None:
        """The one that is shown."""
        return self._offers[0] if self._offers else None

    @property
    def waiting(self) -> int:
        """How many come after it."""
        return max(len(self._offers) - 1, 0)

    @property
    def corrections(self) -> Corrections:
        """As a person has set them, whether they are worked out yet or not."""
        return self._wanted or self.offer.corrections

    @property
    def busy(self) -> bool:
        """Whether corrections are being worked out."""
        return self._wanted is not None

    def add(self, offer: Offer) -> None:
        """Show one more file, after those that are there."""
        self._offers.append(offer)
        self.changed.emit()

    def correct(self, **fields: Any) -> None:
        """Set corrections; how the file is then understood follows."""
        offer = self.offer
        if offer is None:
            return
        wanted = replace(self.corrections, **fields)
        if wanted == self.corrections:
            return
        self._wanted, self.refusal = wanted, ""
        self.changed.emit()

        def work() -> Offer | str:
            try:
                return offer.corrected(wanted)
            except FormatError as error:
                return str(error)

        self._runner.call(
            f"read {offer.path.name}",
            work,
            lambda answer: self._understand(offer, wanted, answer),
            lambda: self._understand(offer, wanted, "It cannot be read that way: choose something else."),
        )

    def _understand(self, offer: Offer, wanted: Corrections, answer: Offer | str) -> None:
        if self.offer is not offer or wanted is not self._wanted:
            return  # it is gone, or was corrected once more meanwhile
        self._wanted = None
        if isinstance(answer, str):
            self.refusal = answer
        else:
            self._offers[0] = replace(answer, recalled=False)
        self.changed.emit()

    def apply(self) -> None:
        """Load what is shown, and remember how it was corrected for files of its kind."""
        offer = self.offer
        if offer is None or self.busy:
            return
        self._settings.remember_corrections(offer.key, to_text(offer.corrections))
        self._next()
        told = to_text(offer.corrections, passing=True)
        self._clips.open(offer.found.clip, offer.path, told, offer.picture)
        self.applied.emit(offer)

    def skip(self) -> None:
        """Leave out what is shown."""
        if self._offers:
            self._next()

    def _next(self) -> None:
        self._offers.pop(0)
        self._wanted, self.refusal = None, ""
        self.changed.emit()
