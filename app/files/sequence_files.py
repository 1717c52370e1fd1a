"""Writing the sequence, or what came of it, to a file of any format that holds one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.logs import log
from app.models import Models
from app.settings import Settings
from app.viewmodels.notices import Notice
from gfpose_core.export.base import export_clip, own_form
from gfpose_core.io.clip import Clip, KeypointClip
from gfpose_core.registry import EXPORTERS, load_all


class SequenceFiles(QObject):
    """What Sequence > Export does. Errors become banners."""

    def __init__(self, models: Models, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._models, self._settings, self._window = models, settings, window
        models.clips.export_asked.connect(self.ask_and_export)

    def ask_and_export(self) -> None:
        """Ask for a name; the file's own form is offered first, then the format it came in, where they can be
        written."""
        clips = self._models.clips
        if clips.clip is None:
            return
        formats = load_all(EXPORTERS)
        if clips.result is None and isinstance(clips.clip, KeypointClip):
            formats = {name: f for name, f in formats.items() if f.write_clip}
        came, own = Path(clips.name).suffix.lower(), self._clip().source
        suffixes = {
            name: formats[name].suffix for name in sorted(formats, key=lambda n: formats[n].suffix != came)
        }
        filters = {f"{formats[name].label} (*{suffix})": name for name, suffix in suffixes.items()}
        if own is not None:
            suffixes = {None: own.suffix, **suffixes}
            filters = {f"In the skeleton it came in (*{own.suffix})": None, **filters}
        first = next(iter(suffixes.values()))
        done = f"-{clips.result.words}" if clips.result else ""
        start = str(Path(self._settings.folder) / f"{Path(clips.name).stem}{done}{first}")
        path, chosen = QFileDialog.getSaveFileName(
            self._window, "Export sequence", start, ";;".join(filters)
        )  # fmt: skip
        if path:
            name = filters.get(chosen, next(iter(suffixes)))
            target = Path(path)
            if target.suffix.lower() not in suffixes.values():
                target = target.with_name(target.name + suffixes[name])
            self.export(target, name if target.suffix.lower() == suffixes[name] else None)

    def export(self, path: Path, name: str | None = None) -> None:
        """Write to ``path``, in the format called ``name``; else in the file's own form, or by the suffix."""
        clip = self._clip()
        own = own_form(clip, path, name)
        undone = ", ".join(own.corrected).replace("_", " ") if own else ""
        self._settings.folder = str(path.parent)
        self._models.runner.call(
            f"export to {path.name}",
            lambda: export_clip(clip, path, name),
            lambda _: self._written(path, undone),
            writes=True,
        )

    def _clip(self) -> Clip:
        clips = self._models.clips
        return clips.result.clip if clips.result else clips.clip

    def _written(self, path: Path, undone: str) -> None:
        log.info("wrote %s", path)
        words = f"in {path.parent}"
        if undone:
            words += (
                f". It is in its file's own skeleton, unit and axes, without what was corrected ({undone})."
            )
        self._models.notices.add(Notice("info", f"Wrote {path.name}", words))
