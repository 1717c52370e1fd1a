"""The toolbar: task, checkpoint, sampler, steps, hypotheses, seed, and the buttons one always needs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QSpinBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.documents.document import MOST_HYPOTHESES, POSTERIOR_MEAN
from app.documents.optimising import sampler_title
from app.documents.presets import PRESETS
from app.documents.request import option_of
from app.follower import Follower
from app.looks.elided import ElidedCombo
from app.looks.icons import icon
from app.menus.actions import Actions
from app.models import Models
from app.panels.controls import (
    OPEN,
    OPEN_ANOTHER,
    checkpoint_choice,
    show_choices,
    show_icon,
    show_option,
    show_samplers,
    show_value,
)

ROOMY, TIGHT = 1420, 1310
"""px: with less than the first the lists are narrower, with less than the second the words go as well, for
tooltips say them; so the buttons stay in sight."""

NARROWER = 0.72
MOST_SEED = 2.0**53
"""Whole numbers beyond it are not exact in a box; a recording's larger seed is shown rounded, and kept."""


class ToolBar(QToolBar):
    """Shows the document's choices; everything it changes is an undoable edit."""

    def __init__(self, models: Models, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(18, 18))
        self._models = models
        self._recent: list[str] = []
        self._refusals: Mapping[str, str] | None = None
        self._open = actions["open"].trigger
        self._labels: list[QAction] = []
        self._widths: dict[QComboBox, int] = {}

        self._task = self._combo("task", "What the evidence asks for", 166)
        for key, preset in PRESETS.items():
            self._task.addItem(preset.label, key)
        self._task.activated.connect(self._task_chosen)
        self._checkpoint = self._combo("checkpoint", "The prior's checkpoint", 116)
        self._checkpoint.activated.connect(self._checkpoint_chosen)
        self._sampler = self._combo("sampler", "How the reverse SDE is solved", 132)
        self._sampler.activated.connect(lambda _: self._sampler_chosen())
        self._steps_label = self._label("Steps")
        self._steps = self._spin("steps", "Steps", 1, 10_000)
        self._steps.valueChanged.connect(self._steps_chosen)
        self._label("Hypotheses")
        self._hypotheses = self._spin("hypotheses", "Hypotheses drawn at once", 1, MOST_HYPOTHESES)
        self._hypotheses.valueChanged.connect(
            lambda value: models.session.edit(f"Hypotheses: {value}", "hypotheses", hypotheses=value)
        )
        self._label("Seed")
        self._seed = self._spin("seed", "The same seed gives the same poses", 0, MOST_SEED, QDoubleSpinBox())
        self._seed.setDecimals(0)
        self._seed.setFixedWidth(90)
        self._seed.valueChanged.connect(
            lambda value: models.session.edit(f"Seed: {value:.0f}", "seed", seed=int(value))
        )
        self._lock = QToolButton()
        self._lock.setObjectName("seed-lock")
        self._lock.setCheckable(True)
        self._lock.toggled.connect(lambda on: models.session.edit("Lock the seed", seed_locked=on))
        self.addWidget(self._lock)
        self.addSeparator()
        self._button(actions, "sample", "play", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button(actions, "cancel", "stop", Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._button(actions, "live", "loop", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addSeparator()
        for name, glyph in (("undo", "undo"), ("redo", "redo"), ("picture", "camera")):
            self._button(actions, name, glyph, Qt.ToolButtonStyle.ToolButtonIconOnly)
        export = self._button(actions, "export-menu", "export", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        more.setIcon(icon("forward"))
        more.setToolTip("More")
        more.setStyleSheet("padding: 0; min-height: 0")
        more.setIconSize(QSize(12, 12))
        Follower(self, models.session, self._refresh, models.session.changed, models.sampling.changed)
        self._refresh()

    def set_recent_checkpoints(self, paths: list[str]) -> None:
        """Checkpoints to choose from besides the shipped one."""
        self._recent = paths
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = event.size().width()
        for label in self._labels:
            label.setVisible(room >= TIGHT)
        for combo, width in self._widths.items():
            combo.setFixedWidth(width if room >= ROOMY else round(NARROWER * width))
        super().resizeEvent(event)

    def _combo(self, name: str, tip: str, width: int) -> QComboBox:
        combo = ElidedCombo()
        combo.setObjectName(name)
        combo.setToolTip(tip)
        combo.setAccessibleName(tip)
        combo.setFixedWidth(width)
        self._widths[combo] = width
        self.addWidget(combo)
        return combo

    def _spin(
        self, name: str, tip: str, low: float, high: float, spin: QAbstractSpinBox | None = None
    ) -> QAbstractSpinBox:
        spin = spin or QSpinBox()
        spin.setObjectName(name)
        spin.setToolTip(tip)
        spin.setAccessibleName(tip)
        spin.setRange(low, high)
        spin.setKeyboardTracking(False)
        spin.setFixedWidth(42 + 8 * len(str(high)))
        self.addWidget(spin)
        return spin

    def _label(self, text: str) -> QLabel:
        label = QLabel(f" {text} ")
        label.setProperty("role", "muted")
        self._labels.append(self.addWidget(label))
        return label

    def _button(self, actions: Actions, name: str, glyph: str, style: Qt.ToolButtonStyle) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(actions[name])
        button.setObjectName(f"button-{name}")
        button.setProperty("primary", name == "sample")
        actions[name].setIcon(icon(glyph, on_accent=name == "sample"))
        button.setToolButtonStyle(style)
        self.addWidget(button)
        return button

    def _refresh(self) -> None:
        document, sampling = self._models.session.document, self._models.sampling
        preset = self._models.conditioning.preset
        custom = self._task.findData(None)
        if preset is None and custom < 0:
            self._task.insertItem(0, "Own evidence", None)
        elif preset is not None and custom >= 0:
            self._task.removeItem(custom)
        self._task.setCurrentIndex(self._task.findData(preset.key if preset else None))
        if self._refusals is not sampling.refusals:
            self._show_refusals(sampling.refusals)
        self._fill_checkpoints(document.checkpoint)
        show_samplers(self._sampler, sampling.samplers, document)
        self._sampler.setCurrentIndex(self._sampler.findData(document.sampler))
        steps = option_of(sampling.samplers, document.sampler, "steps")
        self._steps.setEnabled(steps is not None)
        if steps is not None:
            show_option(self._steps, steps, document.sampler_options.get("steps", steps.default))
            self._steps_label.setText(f" {steps.label} ")
        mean = document.sampler == POSTERIOR_MEAN
        self._hypotheses.setEnabled(not mean)
        self._hypotheses.setToolTip("The posterior mean is one" if mean else "Hypotheses drawn at once")
        show_value(self._hypotheses, document.hypotheses)
        show_value(self._seed, document.seed)
        locked = document.seed_locked
        with QSignalBlocker(self._lock):
            self._lock.setChecked(locked)
        show_icon(self._lock, "lock" if locked else "unlock")
        self._lock.setToolTip(
            "The seed stays as it is" if locked else "▶ draws a new seed; click to keep this one"
        )

    def _show_refusals(self, refusals: Mapping[str, str]) -> None:
        self._refusals = refusals
        for row in range(self._task.count()):
            refusal = refusals.get(self._task.itemData(row))
            self._task.model().item(row).setEnabled(refusal is None)
            self._task.setItemData(row, refusal, Qt.ItemDataRole.ToolTipRole)

    def _fill_checkpoints(self, current: str | None) -> None:
        paths = [None, *self._recent, *([current] if current and current not in self._recent else [])]
        show_choices(self._checkpoint, [*map(checkpoint_choice, paths), OPEN_ANOTHER])
        self._checkpoint.setCurrentIndex(paths.index(current))

    def _task_chosen(self) -> None:
        if self._task.currentData() is not None:
            self._models.conditioning.apply_preset(self._task.currentData())
        self._refresh()

    def _checkpoint_chosen(self) -> None:
        chosen = self._checkpoint.currentData()
        self._refresh()
        if chosen == OPEN:
            self._open()
        else:
            self._models.sampling.open_checkpoint(chosen or None)

    def _sampler_chosen(self) -> None:
        session, name = self._models.session, self._sampler.currentData()
        if name != session.document.sampler:
            session.apply(f"Sampler: {sampler_title(name)}", session.document.with_sampler(name))

    def _steps_chosen(self, value: int) -> None:
        document = self._models.session.document
        gesture = f"option-{document.sampler}-steps"
        self._models.session.apply(
            f"Steps of {sampler_title(document.sampler)}: {value}",
            document.with_option("steps", value),
            gesture,
        )
