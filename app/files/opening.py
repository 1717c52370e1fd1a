"""Opening files, by dialog or by drop, saving and exporting: the slow part on a thread, the rest here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.documents.request import Failed
from app.engine.failure import failed_to
from app.engine.files import CHECKPOINTS, Opened, open_file
from app.engine.pictures import Picture
from app.engine.session_file import SUFFIX
from app.files.keeping import Keeper
from app.logs import log
from app.models import Models
from app.settings import Settings
from app.viewmodels.importing import Importing
from app.viewmodels.notices import Notice
from gfpose_core.export.base import PoseExport, export
from gfpose_core.io.magic import Kind, sniff
from gfpose_core.io.recordings import save_recording
from gfpose_core.registry import EXPORTERS, IMPORTERS, load_all
from gfpose_core.trajectory import Recording

PICTURES = "*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff"
MOST_REASONS = 4
"""Files of which a banner says why they cannot be opened."""

_FRAME_FILE = re.compile(r"^(.*?)\d+_keypoints\.json$", re.IGNORECASE)
CHECKPOINT_FILTER = "Checkpoints (*.safetensors *.pth *.pt);;All files (*)"
MODEL_FILTER = "MediaPipe Pose Landmarker (*.task);;All files (*)"
PICTURE_FILTER = f"Pictures and keypoints ({PICTURES} *.npz *.json *.csv *.tsv);;All files (*)"


def open_filter() -> str:
    """For the dialog, with the suffixes of every importer."""
    importers = load_all(IMPORTERS).values()
    clips = " ".join(sorted({f"*{suffix}" for importer in importers for suffix in importer.suffixes}))
    return (
        f"All that can be opened (*.gfpose *.safetensors *.pth *.pt *.h5 *.hdf5 *.json {clips} {PICTURES});;"
        f"Motion and keypoints ({clips} *.json);;All files (*)"
    )


class Refused(NamedTuple):
    """A file that could not be opened, and why."""

    path: Path
    failed: Failed


@dataclass
class Together:
    """Of files that were opened together, the last picture so far, and those that could not be."""

    picture: Picture | None = None
    refused: list[Refused] = field(default_factory=list)


class Files(QObject):
    """What the File menu does. Errors become banners and leave the session as it is."""

    recent_changed = Signal()

    def __init__(self, models: Models, keeper: Keeper, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._models, self._keeper, self._settings, self._window = models, keeper, settings, window
        self.importing = Importing(models.runner, models.clips, settings, self)
        keeper.saved.connect(self._saved)
        models.imaging.open_asked.connect(self.ask_and_open_picture)
        models.lab.open_asked.connect(self.ask_and_open_for_lab)

    def ask_and_open(self, what: str = "Open", filters: str = "") -> None:
        """File > Open."""
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, what, self._settings.folder, filters or open_filter()
        )
        if paths:
            self._settings.folder = str(Path(paths[0]).parent)
            self.open_all([Path(path) for path in paths])

    def ask_and_open_picture(self) -> None:
        """Image > Open."""
        self.ask_and_open("Open a picture or keypoints", PICTURE_FILTER)

    def ask_and_open_for_lab(self, which: int) -> None:
        """Sampler lab > Checkpoint > Open, for A (0) or B (1)."""
        what = f"Checkpoint of {'AB'[which]}"
        name, _ = QFileDialog.getOpenFileName(self._window, what, self._settings.folder, CHECKPOINT_FILTER)
        if name:
            path = Path(name).absolute()
            self._settings.folder = str(path.parent)
            self._models.runner.call(
                f"open {path.name}", lambda: sniff(path), lambda kind: self._use_in_lab(which, path, kind)
            )

    def ask_and_choose_model(self) -> None:
        """Image > Model of the detector."""
        now = self._models.detecting.model or self._settings.folder
        path, _ = QFileDialog.getOpenFileName(self._window, "Model that finds people", now, MODEL_FILTER)
        if path:
            self._models.detecting.choose(Path(path).absolute())

    def open(self, path: Path) -> None:
        """Open any file, or a folder of keypoints."""
        self.open_all([path])

    def open_all(self, paths: Sequence[Path]) -> None:
        """Open files that came together: clips ask one after the other, over the last picture of them."""
        together = Together()
        files = in_order([path.absolute() for path in paths])
        for path in files:
            attempt = partial(_open, path, self._settings.corrections)
            came = partial(self._came, together, path is files[-1])
            self._models.runner.call(f"open {path.name}", attempt, came)

    def save_session(self) -> None:
        """File > Save session."""
        if self._keeper.path is None:
            self.ask_and_save_session()
        else:
            self._keeper.save(self._keeper.path)

    def ask_and_save_session(self) -> None:
        """File > Save session as."""
        start = str(self._keeper.path or Path(self._settings.folder) / f"session{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save session", start, f"Session (*{SUFFIX})")
        if path:
            target = _with_suffix(Path(path).absolute(), SUFFIX, {SUFFIX})
            self._settings.folder = str(target.parent)
            self._keeper.save(target)

    def ask_and_export(self, trajectory: bool) -> None:
        """File > Export poses, or the trajectory too."""
        recording = self._recording()
        if recording is None:
            return
        formats = load_all(EXPORTERS)
        able = {n: f for n, f in formats.items() if f.whole_run or not trajectory}
        filters = {f"{f.label} (*{f.suffix})": name for name, f in able.items()}
        what = "trajectory" if trajectory else "poses"
        start = str(Path(self._settings.folder) / f"{what}{formats['npz'].suffix}")
        path, chosen = QFileDialog.getSaveFileName(self._window, f"Export {what}", start, ";;".join(filters))
        if path:
            name = filters.get(chosen)
            suffix = formats[name].suffix if name else ""
            target = _with_suffix(Path(path), suffix, {f.suffix for f in formats.values()})
            self.export(target, trajectory, name if target.suffix.lower() == suffix else None)

    def export(self, path: Path, trajectory: bool, name: str | None = None) -> None:
        """Write the run shown to ``path``, in the format called ``name`` or that of its suffix."""
        recording = self._recording()
        if recording is None:
            return
        self._settings.folder = str(path.parent)
        self._models.runner.call(
            f"export to {path.name}",
            lambda: export(PoseExport.of(recording, trajectory=trajectory), path, name),
            lambda _: self._written(path),
            writes=True,
        )

    def ask_and_save_recording(self) -> None:
        """File > Save recording."""
        recording = self._recording()
        if recording is None:
            return
        start = str(Path(self._settings.folder) / "recording.h5")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save recording", start, "Recording (*.h5)")
        if path:
            target = _with_suffix(Path(path), ".h5", {".h5"})
            self._models.runner.call(
                f"save {target.name}",
                lambda: save_recording(target, recording),
                lambda _: self._saved(target),
                writes=True,
            )

    def _recording(self) -> Recording | None:
        recording = self._models.playback.recording
        if recording is None:
            self._models.notices.add(
                Notice("info", "There is nothing to export yet", "Sample first (Ctrl+Return).")
            )
        return recording

    def _written(self, path: Path) -> None:
        log.info("wrote %s", path)
        self._models.notices.add(Notice("info", f"Wrote {path.name}", f"in {path.parent}"))

    def _saved(self, path: Path) -> None:
        self._written(path)
        self._remember(path)

    def _remember(self, path: Path) -> None:
        self._settings.add_recent(str(path))
        self.recent_changed.emit()

    def _use_in_lab(self, which: int, path: Path, kind: Kind) -> None:
        if kind.name not in CHECKPOINTS:
            advice = "Choose one (.safetensors, .pth), or open this file with Ctrl+O."
            self._models.notices.error(f"{path.name} is no checkpoint", advice, f"It is {kind.words}.")
            return
        self._models.lab.choose_checkpoint(which, own=False, path=str(path))
        self._remember(path)

    def _came(self, together: Together, last: bool, opened: Opened | Refused) -> None:
        """Show what was opened; say once, after the last of them, what could not be."""
        if isinstance(opened, Refused):
            together.refused.append(opened)
        else:
            self._show(opened, together)
        if last and together.refused:
            self._models.notices.add(_refusal(together.refused))

    def _show(self, opened: Opened, together: Together) -> None:
        path = opened.path
        if opened.kind == "checkpoint":
            self._models.sampling.open_checkpoint(str(path))
        elif opened.kind == "pose-model":
            self._models.detecting.choose(path)
        elif opened.session is not None:
            self._keeper.show(opened.session, f"Open {path.name}", path)
        elif opened.picture is not None:
            together.picture = opened.picture
            self._models.imaging.show_picture(opened.picture)
        elif opened.offer is not None:
            self.importing.add(replace(opened.offer, picture=together.picture))
        else:
            self._models.sampling.show_recording(opened.recording, f"Open {path.name}")
        if opened.notes:
            self._models.notices.add(Notice("info", f"Opened {path.name}", "; ".join(opened.notes) + "."))
        self._remember(path)


def _open(path: Path, corrections: Mapping[str, str]) -> Opened | Refused:
    try:
        return open_file(path, corrections)
    except Exception as error:  # one file of several must not hide the others
        return Refused(path, failed_to(f"open {path.name}", error))


def _refusal(refused: Sequence[Refused]) -> Notice:
    """One notice of files that came together."""
    if len(refused) == 1:
        [(_, failed)] = refused
        return Notice("error", failed.title, failed.what_to_do, failed.details)
    told = [_named(path.name, failed.what_to_do) for path, failed in refused]
    more = len(told) - MOST_REASONS
    words = ["", *told[:MOST_REASONS], *([f"and {more} more, which the details name"] if more > 0 else [])]
    details = [*told, "", *(failed.details for _, failed in refused)]
    return Notice("error", f"Could not open {len(told)} files", "\n".join(words), "\n".join(details))


def _named(name: str, what_to_do: str) -> str:
    """What is wrong with a file, beginning with its name where it is not named."""
    if name in what_to_do:
        return what_to_do
    return f"{name} {what_to_do[3:]}" if what_to_do.startswith("It ") else f"{name}: {what_to_do}"


def _with_suffix(path: Path, suffix: str, known: set[str]) -> Path:
    return path if path.suffix.lower() in known or not suffix else path.with_name(path.name + suffix)


def in_order(paths: Sequence[Path]) -> list[Path]:
    """Pictures before what may be seen in them; of OpenPose's files, a frame each, the first for all."""
    suffixes = {pattern.removeprefix("*") for pattern in PICTURES.split()}
    chosen: dict[object, Path] = {}
    for path in sorted(paths, key=lambda path: path.suffix.lower() not in suffixes):
        numbered = _FRAME_FILE.match(path.name)
        chosen.setdefault((path.parent, numbered.group(1)) if numbered else path, path)
    return list(chosen.values())
