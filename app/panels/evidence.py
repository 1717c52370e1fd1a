"""Evidence: the body map, the parts, the tasks and the noise."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.models import Models
from app.panels.base import Panel, muted
from app.panels.body_map import BodyMap
from app.panels.flow import FlowLayout
from app.panels.noise import NoiseControls
from app.presets import PRESETS
from app.words import LEVEL_WORDS
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

_SIGNS = {FREE: "○", SEEN_2D: "◐", FIXED_3D: "●"}


class EvidencePanel(Panel):
    """What is known of the pose, and every way to change it."""

    key = "evidence"
    title = "Evidence"
    area = Qt.DockWidgetArea.LeftDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        conditioning = models.conditioning
        self.map = BodyMap()
        self.map.joint_clicked.connect(self._clicked)
        self.map.boxed.connect(conditioning.select)
        self.map.level_typed.connect(self._set_selected)
        self._parts = {part: self._part_chip(part) for part in H36M17.parts}
        self._presets = {key: self._preset_chip(key) for key in PRESETS}
        self._levels = {level: self._level_button(level) for level in _SIGNS}
        self._selected = muted("", "selection-label")
        for part, chip in self._parts.items():
            self.map.add_chip(part, chip)
        self.noise = NoiseControls(models)

        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 4, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self.map, 1)
        self._selection_row = QWidget()
        levels = QHBoxLayout(self._selection_row)
        levels.setContentsMargins(0, 0, 0, 0)
        levels.setSpacing(4)
        levels.addWidget(self._selected, 1)
        for button in self._levels.values():
            levels.addWidget(button)
        layout.addWidget(self._selection_row)
        layout.addWidget(_heading("Task"))
        layout.addLayout(_flow(chip for key, chip in self._presets.items() if not PRESETS[key].free))
        layout.addWidget(muted("Complete the"))
        layout.addLayout(_flow(chip for key, chip in self._presets.items() if PRESETS[key].free))
        layout.addWidget(self.noise)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(322)

        models.session.changed.connect(self._refresh)
        conditioning.selection_changed.connect(self._refresh)
        models.sampling.changed.connect(self._refresh)
        self._refresh()

    def _clicked(self, joint: int, modifiers: Qt.KeyboardModifier) -> None:
        click(self.models, joint, modifiers)

    def _set_selected(self, level: int) -> None:
        if self.models.conditioning.selection:
            self.models.conditioning.set_level(sorted(self.models.conditioning.selection), level)

    def _part_chip(self, part: str) -> QPushButton:
        chip = QPushButton(part.capitalize())
        chip.setObjectName(f"part-{part.replace(' ', '-')}")
        chip.setProperty("chip", True)
        chip.clicked.connect(lambda: self.models.conditioning.cycle_part(part))
        return chip

    def _preset_chip(self, key: str) -> QPushButton:
        chip = QPushButton(PRESETS[key].short)
        chip.setObjectName(f"preset-{key.replace(' ', '-')}")
        chip.setProperty("chip", True)
        chip.setCheckable(True)
        chip.clicked.connect(lambda: self._apply(key))
        return chip

    def _apply(self, key: str) -> None:
        self.models.conditioning.apply_preset(key)
        self._refresh()

    def _level_button(self, level: int) -> QPushButton:
        words = {FREE: "Free", SEEN_2D: "2D", FIXED_3D: "3D"}
        button = QPushButton(f"{_SIGNS[level]} {words[level]}")
        button.setObjectName(f"level-{words[level].lower()}")
        key = {FREE: "F", SEEN_2D: "2", FIXED_3D: "3"}[level]
        button.setToolTip(f"Selected joints: {LEVEL_WORDS[level]} ({key} on the body map)")
        button.clicked.connect(lambda: self._set_selected(level))
        return button

    def _refresh(self) -> None:
        conditioning, document = self.models.conditioning, self.models.session.document
        levels = document.levels
        self.map.show_levels(levels, conditioning.selection)
        nothing = not levels.any()
        for part, chip in self._parts.items():
            of_part = set(levels[list(H36M17.parts[part])].tolist())
            sign = _SIGNS[of_part.pop()] if len(of_part) == 1 else "◌"
            chip.setText(f"{sign} {part.capitalize()}")
            chip.setToolTip(
                f"Take the {part} away and fix the rest" if nothing else f"The whole {part}: free → 2D → 3D"
            )  # fmt: skip
        current, prior = conditioning.preset, self.models.sampling.prior
        for key, chip in self._presets.items():
            refusal = prior.refusals.get(key) if prior else None
            chip.setChecked(current is not None and current.key == key)
            chip.setEnabled(refusal is None)
            chip.setToolTip(refusal or PRESETS[key].tip)
        count = len(conditioning.selection)
        self._selected.setText(f"{count} joint{'s'[: count > 1]}")
        self._selection_row.setVisible(count > 0)
        self.map.place_chips()
        self.noise.refresh()


def click(models: Models, joint: int, modifiers: Qt.KeyboardModifier) -> None:
    """A joint was clicked, on the map or on the stage: Shift means its part, Ctrl selects it."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        models.conditioning.cycle_part(H36M17.part_of(joint))
    elif modifiers & Qt.KeyboardModifier.ControlModifier:
        models.conditioning.toggle_selected(joint)
    else:
        models.conditioning.cycle_joint(joint)


def _flow(widgets) -> FlowLayout:
    layout = FlowLayout()
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "title")
    return label
