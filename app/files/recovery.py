"""At start: what the last session left behind is offered, and stays where it is until a person has chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject

from app.engine.session_file import read_session
from app.files.autosave import Autosave, Orphan, orphans, unsaved
from app.files.keeping import Keeper
from app.models import Models
from app.viewmodels.notices import Notice


class Recovery(QObject):
    """Looks into ``folder`` for work that no session file holds."""

    def __init__(
        self, models: Models, keeper: Keeper, autosave: Autosave, folder: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._models, self._keeper, self._autosave = models, keeper, autosave
        self._folder = folder
        self._orphans: list[Orphan] = []

    @property
    def unsaved(self) -> Path | None:
        """What was not saved when a window was last closed."""
        path = unsaved(self._folder)
        return path if path.exists() else None

    def offer(self) -> None:
        """Ask, in banners, what is to become of what was left behind."""
        self._orphans = orphans(self._folder)  # held, with their locks, until the window closes
        for orphan in self._orphans:
            self._ask(
                "warning",
                "The last session ended unexpectedly",
                f"What you had {_when(orphan.path)} can be restored.",
                ("Restore", lambda orphan=orphan: self._restore("Restore", orphan.path, orphan.discard)),
                orphan.discard,
            )
        if (path := self.unsaved) is not None and not self._orphans:
            self._ask(
                "info",
                "The last session was not saved",
                f"It is kept as it was {_when(path)}, also in the File menu.",
                ("Reopen", self.reopen),
                lambda: path.unlink(missing_ok=True),
            )

    def reopen(self) -> None:
        """File > Reopen the unsaved session."""
        if (path := self.unsaved) is not None:
            self._restore("Reopen", path, lambda: path.unlink(missing_ok=True))

    def _restore(self, verb: str, path: Path, discard: Callable[[], None]) -> None:
        text = f"{verb} the last session"

        def show(saved) -> None:
            self._keeper.show(saved, text, None)
            self._autosave.write_now(discard)  # not before it is kept anew

        self._models.runner.call(f"{verb.lower()} the last session", lambda: read_session(path), show)

    def _ask(
        self, kind, title: str, what: str, answer: tuple[str, Callable[[], None]], discard: Callable[[], None]
    ) -> None:
        self._models.notices.add(Notice(kind, title, what, choices=(answer, ("Discard", discard))))


def _when(path: Path) -> str:
    then = datetime.fromtimestamp(path.stat().st_mtime)
    today = then.date() == datetime.now().date()
    return f"{'today' if today else f'on {then:%d %B}'} at {then:%H:%M}"
