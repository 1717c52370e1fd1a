"""The controls of a plan: what to make, how large and in which form."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QWidget,
)  # fmt: skip

from app.panels.controls import show_choices, show_value
from app.pictures.plan import FORMATS, PICTURE, RANGES, WHATS, Plan

SIZES = ((1600, 1200), (1920, 1080), (3840, 2160), (1080, 1080), (640, 480), (480, 480))
SCHEMES = ("as shown", "light", "dark")

CHECKS = {
    "transparent": ("Transparent ground", "Leave the ground away: PNG, SVG, WebM and GIF can"),
    "floor": ("Floor", "The grid and the shadows on it"),
    "signs": ("Signs of evidence", "The rings and discs on the joints, rays and known bones"),
    "caption": ("Caption", "The time t and the noise level, as text"),
}
NUMBERS = {
    "scale": ("Scale", "Pixels of the file to one of the screen, each way"),
    "columns": ("Columns", "Hypotheses side by side on the sheet"),
    "most": ("Hypotheses", "How many of the list, from its head, are on the sheet"),
    "seconds": ("Length, s", "Of the whole clip"),
    "hold": ("of it, hold the pose, s", "How long the finished pose is held at the end"),
}
DRAWN = ("stage", "sheet", "denoising", "turntable")
ONLY_ON = {
    "scale": ("view",), "scheme": DRAWN, "transparent": DRAWN,
    "columns": ("sheet",), "most": ("sheet",), "seconds": ("denoising", "turntable"), "hold": ("denoising",),
    "fps": ("denoising", "turntable"), "floor": ("stage", "denoising", "turntable"),
    "signs": ("stage", "denoising", "turntable"), "caption": ("stage", "denoising", "turntable"),
}  # fmt: skip
"""Controls that mean nothing for other subjects, and are not there for those."""


class PlanForm(QWidget):
    """Shows a plan, and says what a person changes of it."""

    edited = Signal(dict)  # fields of the plan and their new values

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controls: dict[str, QWidget] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._combo("what", "Show", "What the picture or clip shows", list(WHATS.items()))
        self._combo("format", "Form", "What kind of file", [])
        self._size_rows()
        self._combo(
            "scheme", "Colours", "Of the window, or for light or dark pages",
            [(name, name.capitalize()) for name in SCHEMES],
        )  # fmt: skip
        for name, (label, tip) in CHECKS.items():
            box = QCheckBox(label)
            box.toggled.connect(lambda on, name=name: self.edited.emit({name: on}))
            self._form.addRow("", self._named(name, box, tip))
        for name, (label, tip) in NUMBERS.items():
            self._form.addRow(label, self._spin(name, tip))
        self._combo("fps", "Frames a second", "Of the clip", [])

    def show_plan(self, plan: Plan) -> None:
        """Show this, with the choices it has."""
        self._offer("format", [(key, FORMATS[key].label) for key in plan.forms])
        self._offer("fps", [(fps, str(fps)) for fps in plan.kind.fps])
        for name, control in self._controls.items():
            show_value(control, getattr(plan, name))
        self._sizes.setCurrentIndex(self._sizes.findData((plan.width, plan.height)))
        self._controls["transparent"].setEnabled(plan.kind.see_through)
        for name, whats in ONLY_ON.items():
            self._form.setRowVisible(self._controls[name], plan.what in whats)
        for row in (self._size_row, self._sizes):
            self._form.setRowVisible(row, plan.what in DRAWN)

    def _size_rows(self) -> None:
        row = self._size_row = QHBoxLayout()
        row.addWidget(self._spin("width", "Width of the file, px"), 1)
        row.addWidget(QLabel("×"))
        row.addWidget(self._spin("height", "Height of the file, px"), 1)
        self._form.addRow("Size, px", row)
        self._sizes = QComboBox()
        self._sizes.setObjectName("pictures-size")
        self._sizes.setToolTip("Sizes often wanted")
        self._sizes.setAccessibleName("Sizes often wanted")
        self._sizes.setPlaceholderText("Other")
        for pair in SIZES:
            self._sizes.addItem("{} × {}".format(*pair), pair)
        self._sizes.activated.connect(
            lambda _: self.edited.emit(dict(zip(("width", "height"), self._sizes.currentData())))
        )
        self._form.addRow("", self._sizes)

    def _named(self, name: str, control: QWidget, tip: str) -> QWidget:
        control.setObjectName(f"pictures-{name}")
        control.setToolTip(tip)
        self._controls[name] = control
        return control

    def _combo(self, name: str, label: str, tip: str, items: list[tuple[Any, str]]) -> None:
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.activated.connect(lambda _: self.edited.emit({name: combo.currentData()}))
        self._form.addRow(label, self._named(name, combo, tip))
        self._offer(name, items)

    def _spin(self, name: str, tip: str) -> QWidget:
        kind = type(getattr(PICTURE, name))
        spin = QDoubleSpinBox() if kind is float else QSpinBox()
        if kind is float:
            spin.setDecimals(1)
            spin.setSingleStep(0.5)
        spin.setRange(*map(kind, RANGES[name]))
        spin.setKeyboardTracking(False)
        spin.setAccessibleName(tip)
        spin.valueChanged.connect(lambda value: self.edited.emit({name: value}))
        return self._named(name, spin, tip)

    def _offer(self, name: str, items: list[tuple[Any, str]]) -> None:
        combo = self._controls[name]
        show_choices(combo, [(text, value, None) for value, text in items])
