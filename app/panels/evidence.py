"""Evidence: the body map, the parts, the tasks and the noise."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.documents.presets import FROM_2D, PRESETS
from app.follower import Follower
from app.looks.icons import level_icon
from app.looks.marker_style import MIXED
from app.looks.plain import plain_tip
from app.looks.words import LEVEL_WORDS, joint_title
from app.menus.sample_menu import TASK_KEYS
from app.models import Models
from app.panels.base import Panel, muted, scrolling
from app.panels.body_map import BodyMap
from app.panels.controls import show_value
from app.panels.flow import FlowLayout
from app.panels.noise import NoiseControls
from app.panels.place import Place
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

_LEVELS = {FREE: ("Free", "F"), SEEN_2D: ("2D", "2"), FIXED_3D: ("3D", "3")}
"""Words and key of each level of the selected joints."""


class EvidencePanel(Panel):
    """What is known of the pose, and every way to change it."""

    key = "evidence"
    title = "Evidence"
    area = Qt.DockWidgetArea.LeftDockWidgetArea
    scrolls = False

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        conditioning = models.conditioning
        self._shown: dict[str, tuple[int, bool]] = {}
        self._rest = FIXED_3D  # what completions know of the other joints
        self.map = BodyMap()
        self.map.joint_clicked.connect(self._clicked)
        self.map.boxed.connect(conditioning.select)
        self._parts = {part: self._part_chip(part) for part in H36M17.parts}
        self._presets = {key: self._preset_chip(key) for key in PRESETS if not key.endswith(FROM_2D)}
        self._papers = self._paper_chip()
        self._knowing = {level: self._knowing_chip(level) for level in (FIXED_3D, SEEN_2D)}
        self._levels = {level: self._level_button(level) for level in _LEVELS}
        self._selected = muted("", "selection-label")
        self._place = Place(models)
        self._snap = QPushButton("Snap bones")
        self._snap.setObjectName("snap")
        self._snap.clicked.connect(conditioning.snap)
        self._snaps = QCheckBox("after every drag")
        self._snaps.setObjectName("snap-after-drag")
        self._snaps.setToolTip("A joint let go of goes to the nearest place that its bones reach (Shift+L)")
        self._snaps.toggled.connect(conditioning.set_snaps)
        for part, chip in self._parts.items():
            self.map.add_chip(part, chip)
        self.noise = NoiseControls(models)

        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 4, 12, 10)
        layout.setSpacing(7)
        layout.addWidget(self.map, 1)
        levels = QHBoxLayout()
        levels.setSpacing(4)
        levels.addWidget(self._selected, 1)
        for button in self._levels.values():
            levels.addWidget(button)
        layout.addLayout(levels)
        layout.addWidget(self._place)
        self._snapping = QWidget()
        snapping = QHBoxLayout(self._snapping)
        snapping.setContentsMargins(0, 0, 0, 0)
        snapping.addWidget(self._snap)
        snapping.addWidget(self._snaps)
        snapping.addStretch(1)
        layout.addWidget(self._snapping)
        tasks = QHBoxLayout()
        tasks.setSpacing(6)
        tasks.addWidget(_heading("Task"), 1)
        for key, chip in self._presets.items():
            if not PRESETS[key].free:
                tasks.addWidget(chip)
        layout.addLayout(tasks)
        knowing = QHBoxLayout()
        knowing.setSpacing(6)
        knowing.addWidget(muted("Complete from"), 1)
        for button in (*self._knowing.values(), self._papers):
            knowing.addWidget(button)
        layout.addLayout(knowing)
        layout.addLayout(_flow(chip for key, chip in self._presets.items() if PRESETS[key].free))
        layout.addWidget(self.noise)
        scroll = self._scroll = scrolling(content)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the keyboard
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(322)

        session = models.session
        Follower(
            self, session, self._refresh,
            session.changed, conditioning.selection_changed, conditioning.snaps_changed,
        )  # fmt: skip
        Follower(self, session, self._show_tasks, models.sampling.changed)
        self._refresh()

    def _show_noise(self) -> None:
        self._scroll.ensureWidgetVisible(self.noise, 0, 0)

    def _clicked(self, joint: int, modifiers: Qt.KeyboardModifier) -> None:
        click(self.models, joint, modifiers)

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

    def _paper_chip(self) -> QPushButton:
        chip = QPushButton("Paper")
        chip.setAccessibleName("As in the paper")
        chip.setObjectName("paper")
        chip.setProperty("chip", True)
        chip.setCheckable(True)
        chip.setToolTip(
            "Sample as GFPose does: Alg. 1 in 1,000 steps, evidence used as in supplementary section 5,\n"
            "denoising from t = 0.05 or 0.1. Otherwise as serves best: as good, and much quicker (Alt+0)"
        )
        chip.clicked.connect(lambda on: self.models.conditioning.set_papers(on))
        return chip

    def _knowing_chip(self, level: int) -> QPushButton:
        words, _ = _LEVELS[level]
        chip = QPushButton(level_icon(level), words)
        chip.setObjectName(f"complete-from-{words.lower()}")
        chip.setProperty("chip", True)
        chip.setCheckable(True)
        chip.setToolTip(f"Completions leave the other joints {LEVEL_WORDS[level]}")
        chip.clicked.connect(lambda: self._know_rest_in(level))
        return chip

    def _know_rest_in(self, level: int) -> None:
        """Completions are from evidence of this level from now on, the present one too."""
        current = self.models.conditioning.preset
        self._rest = level
        if current is not None and current.free:
            self.models.conditioning.apply_preset(self._variant(current.key.removesuffix(FROM_2D)))
        self._refresh()

    def _variant(self, key: str) -> str:
        """The preset meant by a chip."""
        return key + FROM_2D if PRESETS[key].free and self._rest == SEEN_2D else key

    def _apply(self, key: str) -> None:
        self.models.conditioning.apply_preset(self._variant(key))
        self._refresh()

    def _level_button(self, level: int) -> QPushButton:
        words, key = _LEVELS[level]
        button = QPushButton(level_icon(level), words)
        button.setObjectName(f"level-{words.lower()}")
        button.setToolTip(f"Selected joints: {LEVEL_WORDS[level]} ({key})")
        button.clicked.connect(lambda: self.models.conditioning.set_selected(level))
        return button

    def _refresh(self) -> None:
        conditioning, document = self.models.conditioning, self.models.session.document
        levels = document.known
        self.map.show_levels(levels, conditioning.selection)
        nothing = not levels.any()
        for part, chip in self._parts.items():
            of_part = set(levels[list(H36M17.parts[part])].tolist())
            level = of_part.pop() if len(of_part) == 1 else MIXED
            if self._shown.get(part) == (level, nothing):
                continue
            self._shown[part] = level, nothing
            chip.setIcon(level_icon(level))
            what = (
                f"Take the {part} away and fix the rest" if nothing else f"The whole {part}: free → 2D → 3D"
            )
            chip.setToolTip(f"{what}\nNow {LEVEL_WORDS.get(level, 'mixed')}")
            chip.setAccessibleName(f"{part.capitalize()}: {LEVEL_WORDS.get(level, 'mixed')}")
        self._show_tasks()
        self._show_selection()
        self.map.place_chips()
        hidden = self.noise.isHidden()
        self.noise.refresh()
        if hidden and not self.noise.isHidden():
            QTimer.singleShot(0, self._show_noise)  # when it has its place

    def _show_tasks(self) -> None:
        current, prior = self.models.conditioning.preset, self.models.sampling.prior
        refusals = self.models.sampling.refusals
        if current is not None and current.free:
            self._rest = current.known
        for level, chip in self._knowing.items():
            chip.setChecked(level == self._rest)
        for short, chip in self._presets.items():
            key = self._variant(short)
            refusal = refusals.get(key)
            chip.setChecked(current is not None and current.key == key)
            chip.setEnabled(refusal is None)
            keys = f" ({TASK_KEYS[key]})" if key in TASK_KEYS else ""
            told = [PRESETS[key].tip + keys, f"The paper's checkpoints for it: {PRESETS[key].suits}"]
            if prior is not None:
                told.append(f"{prior.name}, loaded now: {refusal or 'can do it'}")
            chip.setToolTip(plain_tip("\n".join(told)))
        self._papers.setChecked(self.models.conditioning.papers)

    def _show_selection(self) -> None:
        conditioning = self.models.conditioning
        selection = sorted(conditioning.selection)
        told = joint_title(selection[0]) if len(selection) == 1 else f"{len(selection)} joints"
        self._selected.setText(told if selection else "None selected")
        self._selected.setToolTip("Ctrl-click selects joints, a Shift-drag those in a box")
        for button in self._levels.values():
            button.setEnabled(bool(selection))
        self._place.refresh()
        reason = conditioning.why_not_snap()
        self._snapping.setVisible(reason is None)
        what = "the selected joints" if selection else "all joints"
        self._snap.setToolTip(f"Put {what} fixed in 3D to the nearest places that their bones reach (L)")
        show_value(self._snaps, conditioning.snaps)


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
