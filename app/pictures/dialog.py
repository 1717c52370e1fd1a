"""Picture… and Clip…: what to make, how large and in which form, beside a live preview. It never blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.models import Models
from app.panels.base import muted
from app.panels.sampler import set_quietly
from app.pictures.plan import CLIP, FORMATS, PICTURE, RANGES, WHATS, Plan
from app.pictures.preview import Preview, PreviewBox, preview
from app.pictures.studio import Studio
from app.settings import Settings

SIZES = ((1600, 1200), (1920, 1080), (3840, 2160), (1080, 1080), (640, 480), (480, 480))
SCHEMES = ("as shown", "light", "dark")
GIF_SIDE = 640  # px that a GIF is offered with: at the size of a video it would be many megabytes
SOON_MS = 150

CHECKS = {
    "transparent": ("Transparent ground", "Leave the ground away: PNG, SVG, WebM and GIF can"),
    "floor": ("Floor", "The grid and the shadows on it"),
    "signs": ("Signs of evidence", "The rings and discs on the joints, rays and known bones"),
    "caption": ("Caption", "The time t and the noise level, as text"),
}
NUMBERS = {
    "columns": ("Columns", "Hypotheses side by side on the sheet"),
    "most": ("Hypotheses", "How many of the list, from its head, are on the sheet"),
    "seconds": ("Length, s", "Of the whole clip"),
    "hold": ("of it, hold the pose, s", "How long the finished pose is held at the end"),
}


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
        self._controls: dict[str, QWidget] = {}
        self._box = PreviewBox()
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._build_form()
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
        both.addLayout(self._form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.setSpacing(12)
        layout.addLayout(both)
        layout.addLayout(buttons)

        self._soon = QTimer(self, singleShot=True, interval=SOON_MS, timeout=self._ask_preview)
        models.session.changed.connect(self._look_again)
        models.playback.recording_changed.connect(self._look_again)
        studio.view_changed.connect(self._look_again)

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
        """Change the plan; what does not fit its format any more is fitted."""
        if "what" in changes:  # a picture and a clip are remembered apart
            moves = Plan(what=changes["what"]).moves
            self._use(replace(self._plans[moves], **changes).fitted())
        else:
            plan = replace(self._plan, **changes)
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

    def done(self, result: int) -> None:
        self._box.rest()
        self._soon.stop()
        super().done(result)

    # The form

    def _build_form(self) -> None:
        self._combo("what", "Show", "What the picture or clip shows", list(WHATS.items()))
        self._combo("format", "Form", "What kind of file", [])
        size = QHBoxLayout()
        for name, tip in (("width", "Width of the file, px"), ("height", "Height of the file, px")):
            size.addWidget(self._spin(name, tip), 1)
            if name == "width":
                size.addWidget(QLabel("×"))
        self._form.addRow("Size, px", size)
        self._sizes = QComboBox()
        self._sizes.setObjectName("pictures-size")
        self._sizes.setToolTip("Sizes often wanted")
        self._sizes.setAccessibleName("Sizes often wanted")
        for pair in SIZES:
            self._sizes.addItem("{} × {}".format(*pair), pair)
        self._sizes.activated.connect(
            lambda _: self.edit(width=self._sizes.currentData()[0], height=self._sizes.currentData()[1])
        )
        self._sizes.setPlaceholderText("Other")
        self._form.addRow("", self._sizes)
        self._combo(
            "scheme", "Colours", "Of the window, or for light or dark pages",
            [(name, name.capitalize()) for name in SCHEMES],
        )  # fmt: skip
        for name, (label, tip) in CHECKS.items():
            box = QCheckBox(label)
            box.toggled.connect(lambda on, name=name: self.edit(**{name: on}))
            self._form.addRow("", self._named(name, box, tip))
        for name, (label, tip) in NUMBERS.items():
            self._form.addRow(label, self._spin(name, tip))
        self._combo("fps", "Frames a second", "Of the clip", [])

    def _named(self, name: str, control: QWidget, tip: str) -> QWidget:
        control.setObjectName(f"pictures-{name}")
        control.setToolTip(tip)
        self._controls[name] = control
        return control

    def _combo(self, name: str, label: str, tip: str, items: list[tuple[Any, str]]) -> None:
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for value, text in items:
            combo.addItem(text, value)
        combo.activated.connect(lambda _: self.edit(**{name: combo.currentData()}))
        self._form.addRow(label, self._named(name, combo, tip))

    def _spin(self, name: str, tip: str) -> QWidget:
        spin = QDoubleSpinBox() if isinstance(getattr(PICTURE, name), float) else QSpinBox()
        if isinstance(spin, QDoubleSpinBox):
            spin.setDecimals(1)
            spin.setSingleStep(0.5)
        spin.setRange(*(type(getattr(PICTURE, name))(bound) for bound in RANGES[name]))
        spin.setKeyboardTracking(False)
        spin.setAccessibleName(tip)
        spin.valueChanged.connect(lambda value: self.edit(**{name: value}))
        return self._named(name, spin, tip)

    def _use(self, plan: Plan) -> None:
        self._plan = self._plans[plan.moves] = plan
        self._asked += 1  # a preview still being drawn is of another plan
        self._settings.keep_plan("clip" if plan.moves else "picture", plan.to_json())
        forms = [(key, form.label) for key, form in FORMATS.items() if form.moves == plan.moves]
        self._offer("format", forms)
        self._offer("fps", [(fps, str(fps)) for fps in plan.kind.fps])
        for name, control in self._controls.items():
            set_quietly(control, getattr(plan, name))
        self._sizes.setCurrentIndex(self._sizes.findData((plan.width, plan.height)))
        self._controls["transparent"].setEnabled(plan.kind.see_through)
        shown = {
            "columns": plan.what == "sheet", "most": plan.what == "sheet", "floor": plan.what != "sheet",
            "signs": plan.what != "sheet", "caption": plan.what != "sheet", "seconds": plan.moves,
            "fps": plan.moves, "hold": plan.what == "denoising",
        }  # fmt: skip
        for name, visible in shown.items():
            self._form.setRowVisible(self._controls[name], visible)
        self._facts.setText(self._words(None))
        self._look_again()

    def _offer(self, name: str, items: list[tuple[Any, str]]) -> None:
        combo = self._controls[name]
        combo.blockSignals(True)
        combo.clear()
        for value, text in items:
            combo.addItem(text, value)
        combo.blockSignals(False)

    # The preview

    def _look_again(self, *_: object) -> None:
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._soon.start()

    def _ask_preview(self) -> None:
        plan, subject = self._plan, self._studio.subject()
        reason = self._studio.refusal(plan, subject)
        self._save.setEnabled(reason is None)
        if reason is not None:
            self._facts.setText(reason)
            return
        self._asked += 1
        asked = self._asked
        self._models.runner.call(
            "draw the preview", lambda: preview(plan, subject), lambda found: self._show(asked, found)
        )

    def _show(self, asked: int, found: Preview) -> None:
        if asked == self._asked and self.isVisible():
            self._box.show_preview(found)
            self._facts.setText(self._words(found.size))

    def _words(self, size: int | None) -> str:
        plan = self._plan
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
