"""Picture… and Clip…: a form beside a live preview. It never blocks the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.models import Models
from app.panels.base import muted
from app.pictures.form import PlanForm
from app.pictures.plan import CLIP, PICTURE, WHATS, Plan
from app.pictures.preview import Preview, PreviewBox, preview
from app.pictures.studio import Studio
from app.settings import Settings

GIF_SIDE = 640  # px that a GIF is offered with: at the size of a video it would be many megabytes
SOON_MS = 150


class PictureDialog(QDialog):
    """Edits two plans, one of a picture and one of a clip; both are remembered."""

    def __init__(self, studio: Studio, models: Models, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("pictures")
        self.setWindowTitle("Picture or clip")
        self._studio, self._models, self._settings = studio, models, settings
        self._plans = {
            False: Plan.from_json(settings.plan("picture"), PICTURE),
            True: Plan.from_json(settings.plan("clip"), CLIP),
        }
        self._plan = self._plans[False]
        self._asked = 0
        self._box = PreviewBox()
        self._form = PlanForm()
        self._form.edited.connect(lambda changes: self.edit(**changes))
        self._facts = muted("", "pictures-facts")
        self._facts.setWordWrap(True)
        self._save = QPushButton("Save…")
        self._save.setObjectName("pictures-save")
        self._save.setProperty("primary", True)
        self._save.setDefault(True)
        self._save.setToolTip("Choose a name and make the file; the window stays in use meanwhile (Return)")
        self._save.clicked.connect(self.ask_and_save)
        close = QPushButton("Close")
        close.setObjectName("pictures-close")
        close.setToolTip("Make nothing (Esc)")
        close.clicked.connect(self.reject)

        buttons = QHBoxLayout()
        buttons.addWidget(self._facts, 1)
        buttons.addWidget(close)
        buttons.addWidget(self._save)
        both = QHBoxLayout()
        both.setSpacing(18)
        both.addWidget(self._box, 1)
        both.addWidget(self._form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.setSpacing(12)
        layout.addLayout(both)
        layout.addLayout(buttons)

        self._soon = QTimer(self, singleShot=True, interval=SOON_MS, timeout=self._ask_preview)
        models.session.changed.connect(self._look_again)
        models.playback.recording_changed.connect(self._look_again)
        studio.view_changed.connect(self._look_again)
        models.compare.changed.connect(self._look_again)

    @property
    def plan(self) -> Plan:
        """What the dialog says."""
        return self._plan

    def open_for(self, clip: bool) -> None:
        """Show it with the picture or the clip of last time."""
        self._use(self._plans[clip])
        self.show()
        self.raise_()
        self.activateWindow()

    def edit(self, **changes: Any) -> None:
        """Change the plan; what does not fit its form any more is fitted."""
        base = self._plans[replace(self._plan, **changes).moves]  # pictures and clips are remembered apart
        plan = replace(base, **changes)
        if changes.get("format") == "gif" and (larger := max(plan.size)) > GIF_SIDE:
            width, height = (round(side * GIF_SIDE / larger) for side in plan.size)
            plan = replace(plan, width=width, height=height)
        self._use(plan.fitted())

    def ask_and_save(self) -> None:
        """Ask for a name, and have the file made."""
        suffix = f".{self._plan.format}"
        start = str(Path(self._settings.folder) / f"{self._plan.what}{suffix}")
        wanted = f"{self._plan.kind.label} (*{suffix})"
        path, _ = QFileDialog.getSaveFileName(self, "Save " + WHATS[self._plan.what].lower(), start, wanted)
        if path:
            target = Path(path) if path.lower().endswith(suffix) else Path(path + suffix)
            self._settings.folder = str(target.parent)
            self._studio.make(target, self._plan)
            self.accept()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def done(self, result: int) -> None:
        self._box.rest()
        self._soon.stop()
        super().done(result)

    def _use(self, plan: Plan) -> None:
        self._plan = self._plans[plan.moves] = plan
        self._asked += 1  # a preview still being drawn is of another plan
        self._settings.keep_plan("clip" if plan.moves else "picture", plan.to_json())
        self._form.show_plan(plan)
        if plan.what == "view":  # as large as it will be found to be
            self._facts.clear()
        else:
            self._say(plan)
        self._look_again()

    def _look_again(self, *_: object) -> None:
        if self.isVisible():
            self._soon.start()

    def _ask_preview(self) -> None:
        plan, subject = self._studio.take(self._plan)
        reason = self._studio.refusal(plan, subject)
        self._save.setEnabled(reason is None)
        if reason is not None:
            self._facts.setText(reason)
            return
        self._asked += 1
        asked = self._asked
        self._models.runner.call(
            "draw the preview", lambda: preview(plan, subject), lambda found: self._show(asked, plan, found)
        )

    def _show(self, asked: int, plan: Plan, found: Preview) -> None:
        if asked == self._asked and self.isVisible():
            self._box.show_preview(found)
            self._say(plan, found.size)

    def _say(self, plan: Plan, size: int | None = None) -> None:
        """What the file will be."""
        both = self._models.compare.on and plan.shows_stage
        self._facts.setText(_words(plan, size) + (", A and B" if both else ""))


def _words(plan: Plan, size: int | None = None) -> str:
    """What the file will be; ``size`` bytes, where that is known."""
    width, height = plan.size
    parts = [f"{width} × {height} px"]
    if plan.moves:
        parts.append(f"{plan.frames} frames")
    if size is not None:
        parts.append(f"about {_bytes(size)}")
    if plan.size != (plan.width, plan.height):
        parts.append("even sides, as this form wants")
    return ", ".join(parts)


def _bytes(size: int) -> str:
    """Bytes in words, to two figures."""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{float(f'{size / scale:.2g}'):g} {unit}"
    return f"{size} bytes"
