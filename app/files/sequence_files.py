"""Writing the sequence, or what came of it, to a file of any format that holds one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.logs import log
from app.models import Models
from app.settings import Settings
from app.viewmodels.notices import Notice
from gfpose_core.export.base import export_clip
from gfpose_core.io.clip import KeypointClip
from gfpose_core.registry import EXPORTERS, load_all


class SequenceFiles(QObject):
    """What Sequence > Export does. Errors become banners."""

    def __init__(self, models: Models, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._models, self._settings, self._window = models, settings, window
        models.clips.export_asked.connect(self.ask_and_export)

    def ask_and_export(self) -> None:
        """Ask for a name; the format it came in is offered first, where it can be written."""
        clips = self._models.clips
        if clips.clip is None:
            return
        formats = load_all(EXPORTERS)
        if clips.result is None and isinstance(clips.clip, KeypointClip):
            formats = {name: f for name, f in formats.items() if f.write_clip}
        came = Path(clips.name).suffix.lower()
        names = sorted(formats, key=lambda name: formats[name].suffix != came)
        filters = {f"{formats[name].label} (*{formats[name].suffix})": name for name in names}
        first = formats[names[0]].suffix
        done = f"-{clips.result.words}" if clips.result else ""
        start = str(Path(self._settings.folder) / f"{Path(clips.name).stem}{done}{first}")
        path, chosen = QFileDialog.getSaveFileName(
            self._window, "Export sequence", start, ";;".join(filters)
        )  # fmt: skip
        if path:
            name = filters.get(chosen, names[0])
            target = Path(path)
            if target.suffix.lower() not in {f.suffix for f in formats.values()}:
                target = target.with_name(target.name + formats[name].suffix)
            self.export(target, name if target.suffix.lower() == formats[name].suffix else None)

    def export(self, path: Path, name: str | None = None) -> None:
        """Write to ``path``, in the format called ``name`` or that of its suffix."""
        clips = self._models.clips
        clip = clips.result.clip if clips.result else clips.clip
        self._settings.folder = str(path.parent)
        self._models.runner.call(
            f"export to {path.name}", lambda: export_clip(clip, path, name), lambda _: self._written(path)
        )

    def _written(self, path: Path) -> None:
        log.info("wrote %s", path)
        self._models.notices.add(Notice("info", f"Wrote {path.name}", f"in {path.parent}"))
