"""The pictures behind keypoints: read when they are first asked for, on a thread, and kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.engine.pictures import Picture, decode, read_picture
from app.engine.runner import Runner
from app.viewmodels.notices import Notice, Notices
from gfpose_core.errors import FormatError

MOST = 4
"""Pictures that are kept drawn; undo and redo ask for older ones."""


class Pictures(QObject):
    """By path. One that came inside a session is kept as long as the window: its file may be elsewhere."""

    changed = Signal()

    def __init__(self, runner: Runner, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner, self._notices = runner, notices
        self._shown: dict[str, Picture] = {}
        self._embedded: dict[str, bytes] = {}
        self._under_way: set[str] = set()
        self._missing: set[str] = set()

    def keep(self, picture: Picture) -> None:
        """A picture that was just read."""
        self._missing.discard(picture.path)
        self._shown.pop(picture.path, None)
        while len(self._shown) >= MOST:
            del self._shown[next(iter(self._shown))]
        self._shown[picture.path] = picture
        self.changed.emit()

    def give(self, path: str, data: bytes) -> None:
        """The file that a session holds in place of the one at ``path``."""
        self._embedded[path] = data
        self._missing.discard(path)
        self._shown.pop(path, None)

    def get(self, path: str | None) -> Picture | None:
        """The picture; None where there is none, or while it is read, after which ``changed`` comes."""
        if path is None or path in self._shown:
            return self._shown.get(path)
        if path not in self._under_way | self._missing:
            self._under_way.add(path)
            data = self._embedded.get(path)
            self._runner.call(
                f"read {Path(path).name}",
                lambda: _read(path, data),
                lambda read: self._came(path, read),
                lambda: self._lack(path),
            )
        return None

    def is_missing(self, path: str | None) -> bool:
        """Whether it was looked for and is not there."""
        return path in self._missing

    def data(self, path: str | None) -> bytes | None:
        """The file to be kept in a session; None for one that is too large, or is not there."""
        if path in self._embedded:
            return self._embedded[path]
        picture = self._shown.get(path) if path else None
        return picture.data if picture else None

    def _came(self, path: str, read: Picture | str) -> None:
        if isinstance(read, Picture):
            self._under_way.discard(path)
            self.keep(read)
            return
        advice = "The keypoints and the camera are kept: open the picture again to see it behind them."
        self._notices.add(Notice("warning", f"{Path(path).name} cannot be shown", advice, read))
        self._lack(path)

    def _lack(self, path: str) -> None:
        self._under_way.discard(path)
        self._missing.add(path)
        self.changed.emit()


def _read(path: str, data: bytes | None) -> Picture | str:
    """The picture, or why there is none: a session opens without it."""
    try:
        return read_picture(Path(path)) if data is None else decode(path, data)
    except FormatError as error:
        return str(error)
