"""Edit > Copy as command line: the line onto the clipboard, its evidence into a file that a person names."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.files.command_line import Command, command_of, start_beside
from app.files.keeping import Keeper
from app.models import Models
from app.settings import Settings
from app.viewmodels.notices import Notice
from gfpose_core.errors import GfposeError


def copy_command(models: Models, keeper: Keeper, settings: Settings, window: QWidget) -> None:
    """Copy the `gfpose` line that makes the document's poses, or say why there is none."""
    prior = models.sampling.prior
    if prior is None:
        models.notices.add(Notice("info", "The checkpoint is still being loaded", "Try again in a moment."))
        return
    try:
        command = command_of(models.session.document, prior)
    except GfposeError as error:
        models.notices.add(Notice("warning", "No command makes these poses", f"{error}."))
        return
    folder = keeper.path.parent if keeper.path else Path(settings.folder)
    name = keeper.path.stem if keeper.path else models.session.document.task
    if not command.arrays:
        _copy(models, command, None, folder / f"{name}-poses.npz")
        return
    start = str(folder / f"{name}-evidence.npz")
    chosen, _ = QFileDialog.getSaveFileName(
        window, "Save the evidence that the command reads", start, "Evidence (*.npz)"
    )
    if not chosen:
        return
    path = Path(chosen if chosen.lower().endswith(".npz") else chosen + ".npz").absolute()
    settings.folder = str(path.parent)
    out = path.with_name(f"{path.stem.removesuffix('-evidence')}-poses.npz")
    models.runner.call(
        f"write {path.name}",
        lambda: command.write(path),
        lambda _: _copy(models, command, path, out),
        writes=True,
    )


def _copy(models: Models, command: Command, evidence: Path | None, out: Path) -> None:
    line = command.line(evidence, out)
    QGuiApplication.clipboard().setText(line)
    wrote = f" {evidence.name} holds its evidence." if evidence else ""
    if command.start is not None:
        wrote += f" {start_beside(evidence).name} holds the poses to refine."
    models.notices.add(Notice("info", "Copied the command line", f"It writes {out.name}.{wrote}", line))
