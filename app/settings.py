"""What is remembered between two starts: the window, recent files, a few choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

MOST_RECENT = 10
MOST_CORRECTIONS = 100


class Settings:
    """A thin, typed layer over QSettings: those of the user, or those in ``folder`` alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        if folder is None:
            self._store = QSettings("gfpose", "gfpose-viewer")
        else:
            self._store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray | None:
        return self._store.value("window/geometry")

    @property
    def state(self) -> QByteArray | None:
        return self._store.value("window/state")

    def keep_window(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember where the window was and how its docks lay."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)

    @property
    def recent(self) -> list[str]:
        """Files opened or saved, newest first; some may be gone, or on a disk that is not there now."""
        stored = self._store.value("files/recent", []) or []
        return [stored] if isinstance(stored, str) else stored

    def add_recent(self, path: str) -> None:
        self._store.setValue("files/recent", [path, *(p for p in self.recent if p != path)][:MOST_RECENT])

    @property
    def corrections(self) -> dict[str, str]:
        """How files were corrected on import, by their kind, the newest last; see :mod:`app.engine.offer`."""
        stored = self._store.value("files/corrections") or "{}"
        try:
            told = json.loads(stored)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def remember_corrections(self, key: str, corrections: str) -> None:
        """For files of this kind; empty forgets."""
        kept = {k: v for k, v in self.corrections.items() if k != key}
        if corrections:
            kept[key] = corrections
        self._store.setValue("files/corrections", json.dumps(dict(list(kept.items())[-MOST_CORRECTIONS:])))

    def clear_recent(self) -> None:
        self._store.remove("files/recent")

    @property
    def autosaves(self) -> Path:
        """The folder that unsaved work is kept in."""
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
        return (self._folder or Path(place)) / "autosave"

    @property
    def scheme(self) -> str | None:
        """``dark``, ``light``, or None to follow the system."""
        return self._store.value("window/scheme") or None

    @scheme.setter
    def scheme(self, scheme: str | None) -> None:
        self._store.setValue("window/scheme", scheme or "")

    @property
    def folder(self) -> str:
        """Where the last file was opened or saved."""
        return self._store.value("files/folder", str(Path.home()))

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("files/folder", folder)

    def plan(self, kind: str) -> str:
        """The last ``picture`` or ``clip``, as JSON; see :mod:`app.pictures.plan`."""
        return self._store.value(f"pictures/{kind}") or ""

    def keep_plan(self, kind: str, plan: str) -> None:
        self._store.setValue(f"pictures/{kind}", plan)

    def choice(self, key: str) -> Any:
        """A view choice; None where there is none, or one that cannot be read. See :mod:`app.remembering`."""
        try:
            return json.loads(self._store.value(key) or "null")
        except (TypeError, ValueError):
            return None

    def keep_choice(self, key: str, value: Any) -> None:
        """Remember a view choice."""
        told = json.dumps(value)
        if self._store.value(key) != told:
            self._store.setValue(key, told)

    @property
    def recent_actions(self) -> list[str]:
        """The names of actions done through the command palette, the last one first."""
        return self.choice("window/recent-actions") or []

    def add_recent_action(self, name: str) -> None:
        others = [other for other in self.recent_actions if other != name]
        self.keep_choice("window/recent-actions", [name, *others][:MOST_RECENT])
