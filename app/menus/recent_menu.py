"""File > Open recent: sessions, checkpoints and all else that was opened or saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from app.looks.plain import plain_action, plain_tip
from app.settings import Settings


class RecentMenu(QMenu):
    """Looks at the disk whenever it opens: what is gone for now is shown, but cannot be chosen."""

    def __init__(self, settings: Settings, open_: Callable[[Path], None], parent: QWidget) -> None:
        super().__init__("Open &recent", parent)
        self.setObjectName("menu-recent")
        self.setToolTipsVisible(True)
        self._settings, self._open = settings, open_
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        paths = [Path(path) for path in self._settings.recent]
        names = [path.name for path in paths]
        for number, path in enumerate(paths, 1):
            label = path.name if names.count(path.name) == 1 else f"{path.name} – {path.parent.name}"
            there = path.exists()
            action = self.addAction(
                f"&{number % 10}  {plain_action(label)}{'' if there else '  (not there)'}"
            )
            action.setObjectName(f"recent-{number}")
            action.setToolTip(plain_tip(str(path)))
            action.setEnabled(there)
            action.triggered.connect(lambda _=False, path=path: self._open(path))
        if paths:
            self.addSeparator()
            self.addAction("&Clear the list", self._forget).setObjectName("recent-clear")
        self.setEnabled(bool(paths))

    def _forget(self) -> None:
        self._settings.clear_recent()
        self.setEnabled(False)
