"""What is remembered between two starts: the window, recent files, a few choices."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

MOST_RECENT = 10


class Settings:
    """A thin, typed layer over QSettings."""

    def __init__(self) -> None:
        self._store = QSettings("gfpose", "gfpose-viewer")

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

    def clear_recent(self) -> None:
        self._store.remove("files/recent")

    @property
    def autosaves(self) -> Path:
        """The folder that unsaved work is kept in."""
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
        return Path(place) / "autosave"

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

    @property
    def arrangement(self) -> str:
        """How hypotheses are listed; see :class:`app.viewmodels.arrangement.Arrangement`."""
        return self._store.value("gallery/arrangement") or ""

    @arrangement.setter
    def arrangement(self, arrangement: str) -> None:
        self._store.setValue("gallery/arrangement", arrangement)

    @property
    def layers(self) -> list[str]:
        """What is shown beside the poses; see :mod:`app.viewmodels.layers`."""
        return (self._store.value("window/layers") or "").split()

    @layers.setter
    def layers(self, layers: Iterable[str]) -> None:
        self._store.setValue("window/layers", " ".join(sorted(layers)))

    @property
    def snaps(self) -> bool:
        """Whether a joint let go of is put to where its bones reach."""
        return self._store.value("evidence/snaps", False, bool)

    @snaps.setter
    def snaps(self, on: bool) -> None:
        self._store.setValue("evidence/snaps", on)
