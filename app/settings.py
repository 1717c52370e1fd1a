"""What is remembered between two starts: the window, recent files, a few choices."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

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
        """Files opened, newest first; those gone are left out."""
        stored = self._store.value("files/recent", []) or []
        return [path for path in ([stored] if isinstance(stored, str) else stored) if Path(path).exists()]

    def add_recent(self, path: str) -> None:
        self._store.setValue("files/recent", [path, *(p for p in self.recent if p != path)][:MOST_RECENT])

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
