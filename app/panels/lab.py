"""The sampler lab: A and B in two rows, a button that runs both, and what they share."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.documents.lab import Setup
from app.documents.request import option_of
from app.follower import Follower
from app.looks.elided import ElidedCombo
from app.looks.progress_line import ProgressLine
from app.looks.words import capital
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.controls import (
    OPEN,
    OPEN_ANOTHER,
    checkpoint_choice,
    show_choices,
    show_option,
    show_samplers,
)
from gfpose_core.ladder import LADDER, LADDERS

WINDOWS = "As the window"
OWN = "Own"
OWN_CHECKPOINT = ("Window's", "own", None)
HEADS = ("", "Quality", "Sampler", "Steps", "Checkpoint")


class LabPanel(Panel):
    """Two setups from identical noise, shown side by side when both are done."""

    key = "lab"
    title = "Sampler lab"
    area = Qt.DockWidgetArea.BottomDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for column, head in enumerate(HEADS):
            grid.addWidget(muted(head), 0, column)
        for column, stretch in ((1, 2), (2, 3), (4, 2)):
            grid.setColumnStretch(column, stretch)
        self._rows = [SetupRow(models, which, grid) for which in (0, 1)]
        self._run = QPushButton("Run both")
        self._run.setObjectName("lab-run")
        self._run.setProperty("primary", True)
        self._run.setToolTip("Sample both ways with the same seed, then compare side by side (Shift+C again)")
        self._run.clicked.connect(self._clicked)
        self._bar = ProgressLine()
        self._bar.setObjectName("lab-progress")
        self._start = _combo("lab-start", "What both start from")
        self._start.activated.connect(lambda _: models.lab.start_from_noise(self._start.currentData()))
        self._words = muted("", "lab-words")
        self._words.setWordWrap(True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(muted("Start from"))
        line.addWidget(self._start, 3)
        line.addWidget(self._bar, 2)
        line.addWidget(self._run)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addLayout(grid)
        layout.addWidget(self._words)
        layout.addStretch(1)
        Follower(self, models.session, self._refresh, models.lab.changed)
        models.lab.progressed.connect(self._progress)
        self._refresh()

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 150)

    def _clicked(self) -> None:
        self.models.lab.cancel() if self.models.lab.running else self.models.lab.run()

    def _refresh(self) -> None:
        lab, running = self.models.lab, bool(self.models.lab.running)
        for row in self._rows:
            row.refresh(not running)
        self._run.setText("Cancel" if running else "Run both")
        self._run.setEnabled(self.models.sampling.prior is not None)
        self._bar.setVisible(running)
        self._show_start(not running)
        self._words.setText(f"{lab.running} is sampled…" if running else lab.words)
        self._progress()

    def _show_start(self, enabled: bool) -> None:
        lab, document = self.models.lab, self.models.session.document
        noise = "the noisy pose" if document.denoising else "noise"
        choices = [(capital(noise), True, "The same in both, hypothesis by hypothesis")]
        if (branch := document.branch) is not None:
            run = self.models.runs.find(branch.run)
            told = f"{run.name if run else 'The branched run'} at t = {branch.time:.2f}"
            choices.append((told, False, "Both go on from x(t) there, as the branch that is shown does"))
        show_choices(self._start, choices)
        self._start.setCurrentIndex(0 if branch is None or lab.from_noise else 1)
        self._start.setEnabled(enabled and branch is not None)
        self._start.setToolTip(
            "What both start from"
            if branch
            else f"Both start from {noise}; on a branch (Shift+B) there is a choice"
        )

    def _progress(self) -> None:
        self._bar.show_share(self.models.lab.share)


class SetupRow:
    """The controls of A or B, in a row of the grid."""

    def __init__(self, models: Models, which: int, grid: QGridLayout) -> None:
        self._models, self._which = models, which
        letter = "AB"[which]
        label = QLabel(letter)
        label.setProperty("role", "title")
        self._quality = _combo(f"lab-quality-{letter.lower()}", f"Quality of {letter}")
        for name in LADDER:
            self._quality.addItem(name.capitalize(), name)
        self._quality.addItem(WINDOWS, WINDOWS)
        self._quality.setItemData(
            self._quality.count() - 1, "Sampler and options as they are now", Qt.ItemDataRole.ToolTipRole
        )
        self._quality.activated.connect(lambda _: self._choose_quality(self._quality.currentData()))
        self._sampler = _combo(f"lab-sampler-{letter.lower()}", f"How {letter} solves the reverse SDE")
        self._sampler.activated.connect(
            lambda _: self._choose_sampler(self._sampler.currentText(), self._sampler.currentData())
        )
        self._steps = QSpinBox()
        self._steps.setObjectName(f"lab-steps-{letter.lower()}")
        self._steps.setAccessibleName(f"Steps of {letter}")
        self._steps.setRange(1, 10_000)
        self._steps.setMaximumWidth(76)
        self._steps.setKeyboardTracking(False)
        self._steps.valueChanged.connect(
            lambda value: self._edit("Steps", value, self._setup.with_steps(value), gesture=True)
        )
        self._checkpoint = _combo(f"lab-checkpoint-{letter.lower()}", f"Checkpoint of {letter}")
        self._checkpoint.activated.connect(lambda _: self._choose_checkpoint())
        for column, widget in enumerate(
            (label, self._quality, self._sampler, self._steps, self._checkpoint)
        ):  # fmt: skip
            grid.addWidget(widget, which + 1, column)

    @property
    def _setup(self) -> Setup:
        return self._models.lab.setups[self._which]

    def refresh(self, enabled: bool) -> None:
        """Show the setup."""
        setup, samplers = self._setup, self._models.sampling.samplers
        show_samplers(self._sampler, samplers, self._models.session.document)
        self._sampler.setCurrentIndex(self._sampler.findData(setup.sampler))
        self._show_quality(setup)
        steps = option_of(samplers, setup.sampler, "steps")
        if steps is not None:
            show_option(self._steps, steps, setup.options.get("steps", steps.default))
        paths = [None, *self._models.lab.checkpoints]
        if setup.checkpoint not in paths:
            paths.append(setup.checkpoint)
        show_choices(self._checkpoint, [OWN_CHECKPOINT, *map(checkpoint_choice, paths), OPEN_ANOTHER])
        self._checkpoint.setCurrentIndex(0 if setup.own else 1 + paths.index(setup.checkpoint))
        for control in (self._quality, self._sampler, self._checkpoint):
            control.setEnabled(enabled)
        self._steps.setEnabled(enabled and steps is not None)

    def _show_quality(self, setup: Setup) -> None:
        rungs = {name: (q.sampler, dict(q.options)) for name, q in LADDERS[setup.family].items()}
        name = next((n for n, rung in rungs.items() if rung == (setup.sampler, dict(setup.options))), OWN)
        own = self._quality.findData(OWN)
        if name == OWN and own < 0:
            self._quality.addItem(OWN, OWN)
        elif name != OWN and own >= 0:
            self._quality.removeItem(own)
        self._quality.setCurrentIndex(self._quality.findData(name))

    def _choose_quality(self, name: str) -> None:
        if name == WINDOWS:
            document = self._models.session.document
            self._edit("Quality", name, self._setup.with_sampler(document.sampler, document.sampler_options))
        elif name in LADDER:
            quality = LADDERS[self._setup.family][name]
            self._edit("Quality", name, self._setup.with_sampler(quality.sampler, quality.options))

    def _choose_sampler(self, title: str, name: str) -> None:
        self._edit("Sampler", title, self._setup.with_sampler(name))

    def _choose_checkpoint(self) -> None:
        lab, chosen = self._models.lab, self._checkpoint.currentData()
        if chosen == OPEN:
            lab.changed.emit()  # until a file is chosen it is what it was
            lab.open_asked.emit(self._which)
        else:
            lab.choose_checkpoint(self._which, chosen == "own", None if chosen == "own" else chosen or None)

    def _edit(self, what: str, value: object, setup: Setup, gesture: bool = False) -> None:
        lab, letter = self._models.lab, "AB"[self._which]
        both = (setup, lab.setups[1]) if self._which == 0 else (lab.setups[0], setup)
        lab.edit(f"{what} of {letter}: {value}", both, f"lab-{what}-{letter}" if gesture else "")
        lab.changed.emit()  # a choice that changed nothing shows what it was


def _combo(name: str, tip: str) -> QComboBox:
    combo = ElidedCombo()
    combo.setObjectName(name)
    combo.setToolTip(tip)
    combo.setAccessibleName(tip)
    combo.setMinimumContentsLength(5)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo
