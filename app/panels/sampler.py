"""How poses are found, and the options of what finds them, in a form made of its dataclass fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.guiding import why_not_guide
from app.documents.optimising import METHODS, ZEDO, sampler_title, why_not_optimise
from app.documents.request import OptionField
from app.follower import Follower
from app.looks.words import capital
from app.menus.menu_entries import NOT_NOW
from app.models import Models
from app.panels.base import Panel, muted, scrolling
from app.panels.controls import control_for, grey, show_value
from app.panels.start_choice import StartChoice
from app.viewmodels.asking import quality_of
from gfpose_core.condition import MOST_GUIDANCE
from gfpose_core.ladder import LADDER, LADDERS
from gfpose_core.registry import family_of

EVIDENCE_USES = (
    ("As the paper does", None, "Condition for lifting, both for completion"),
    ("Condition", "condition", "The network is told the evidence"),
    ("Imputation", "imputation", "Observed coordinates are overwritten after every step"),
    ("Both", "both", "The network is told, and observed coordinates are overwritten"),
)

OWN_SETTINGS = "Own settings"
QUALITY_TIP = "Sampler and steps by what they are good for"

ON_TOOLBAR = ("steps",)
"""Options with a control of their own elsewhere."""

USE_TIP = "How evidence steers the sampler (GFPose supplementary section 7)"
NO_USE_TIP = "ZeDO moves poses onto the rays that joints were seen on: there is one way only"

GUIDANCE_TIP = """Weight of the evidence that the network is told: above 1 hypotheses spread less.
All but 1 take two network calls a step"""

FIRST_OPTION = 5
"""The form's first row that belongs to the sampler: method, start, quality, evidence use and guidance stand
above."""


class SamplerPanel(Panel):
    """The method, how good the poses are to be, how evidence steers the sampler, and its own options."""

    key = "sampler"
    title = "Sampler"
    area = Qt.DockWidgetArea.LeftDockWidgetArea
    scrolls = False

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        self._shown: tuple[OptionField, ...] | None = None
        self._controls: dict[str, QWidget] = {}
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(10)
        self._form.setVerticalSpacing(6)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._method = QComboBox()
        self._method.setObjectName("method")
        self._method.setAccessibleName("Method")
        for sampler, (name, _) in METHODS.items():
            self._method.addItem(name, sampler)
        self._method.activated.connect(self._method_chosen)
        self._add_row("Method", self._method)
        self._start = StartChoice(models)
        self._add_row("Start from", self._start)
        self._quality = QComboBox()
        self._quality.setObjectName("quality")
        for name in LADDER:
            self._quality.addItem(name.capitalize(), name)
        self._quality.activated.connect(self._quality_chosen)
        self._add_row("Quality", self._quality)
        self._use = QComboBox()
        self._use.setObjectName("evidence-use")
        for row, (text, value, tip) in enumerate(EVIDENCE_USES):
            self._use.addItem(text, value)
            self._use.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self._use.activated.connect(self._use_chosen)
        self._add_row("Evidence use", self._use)
        self._guidance = QDoubleSpinBox()
        self._guidance.setObjectName("guidance")
        self._guidance.setAccessibleName("Guidance weight")
        self._guidance.setRange(0.0, MOST_GUIDANCE)
        self._guidance.setSingleStep(0.25)
        self._guidance.setKeyboardTracking(False)
        self._guidance.valueChanged.connect(self._guidance_chosen)
        self._add_row("Guidance", self._guidance)
        self._content = QWidget()
        self._form.setContentsMargins(12, 4, 12, 10)
        self._content.setLayout(self._form)
        scroll = scrolling(self._content)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the keyboard
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        Follower(self, models.session, self._refresh, models.session.changed, models.sampling.changed)
        self._refresh()

    def _refresh(self) -> None:
        document, sampling = self.models.session.document, self.models.sampling
        fields = tuple(o for o in sampling.samplers.get(document.sampler, ()) if o.name not in ON_TOOLBAR)
        if fields != self._shown:
            self._rebuild(fields)
        for option in fields:
            show_value(self._controls[option.name], document.sampler_options.get(option.name, option.default))
        self._show_method(document)
        self._start.refresh()
        self._form.setRowVisible(self._start, document.optimises)
        self._show_quality(document)
        self._use.setCurrentIndex(self._use.findData(None if document.optimises else document.evidence))
        self._use.setEnabled(document.task in ("lift", "complete") and not document.optimises)
        self._use.setToolTip(NO_USE_TIP if document.optimises else USE_TIP)
        show_value(self._guidance, document.guidance)
        why_not = why_not_guide(document)
        self._guidance.setEnabled(why_not is None)
        self._guidance.setToolTip(GUIDANCE_TIP + (NOT_NOW + why_not if why_not else ""))
        self.setMaximumHeight(self._content.sizeHint().height())

    def _show_method(self, document: Document) -> None:
        self._method.setCurrentIndex(self._method.findData(ZEDO if document.optimises else Document.sampler))
        for sampler, (_, tip) in METHODS.items():
            grey(self._method, sampler, self._why_no_zedo(document) if sampler == ZEDO else None, tip)
        self._method.setToolTip(self._method.currentData(Qt.ItemDataRole.ToolTipRole))

    def _why_no_zedo(self, document: Document) -> str | None:
        known = ZEDO in self.models.sampling.samplers
        return why_not_optimise(document) if known else "the samplers are still being loaded"

    def _show_quality(self, document: Document) -> None:
        for row in range(self._quality.count()):
            if (quality := LADDERS[document.family].get(self._quality.itemData(row))) is not None:
                self._quality.setItemData(row, capital(quality.about), Qt.ItemDataRole.ToolTipRole)
        name = quality_of(document, self.models.sampling.samplers)
        own = self._quality.findData(None)
        if name is None and own < 0:
            self._quality.addItem(OWN_SETTINGS, None)
        elif name is not None and own >= 0:
            self._quality.removeItem(own)
        self._quality.setCurrentIndex(self._quality.findData(name))
        mean = document.sampler == POSTERIOR_MEAN
        self._quality.setEnabled(not mean)
        self._quality.setToolTip("The posterior mean is one network call" if mean else QUALITY_TIP)

    def _rebuild(self, fields: tuple[OptionField, ...]) -> None:
        while self._form.rowCount() > FIRST_OPTION:
            self._form.removeRow(FIRST_OPTION)
        self._shown = fields
        self._controls = {}
        for option in fields:
            control = control_for(option, self._edited)
            for widget in (self._add_row(option.label, control), control):
                widget.setToolTip(capital(option.help))
            control.setAccessibleName(option.label)
            self._controls[option.name] = control

    def _add_row(self, text: str, control: QWidget) -> QLabel:
        """A row of the form, its label as high as its control: the form would put it at the top."""
        label = muted(text)
        label.setMinimumHeight(control.sizeHint().height())
        self._form.addRow(label, control)
        return label

    def _edited(self, name: str, value: Any) -> None:
        document = self.models.session.document
        fields = {option.name: option for option in self._shown}
        if document.sampler_options.get(name, fields[name].default) != value:
            shown = f"{value:g}" if isinstance(value, float) else value
            text = f"{fields[name].label} of {sampler_title(document.sampler)}: {shown}"
            self.models.session.apply(
                text, document.with_option(name, value), f"option-{document.sampler}-{name}"
            )

    def _method_chosen(self) -> None:
        session, sampler = self.models.session, self._method.currentData()
        if family_of(sampler) != session.document.family:
            session.apply(f"Method: {self._method.currentText()}", session.document.with_sampler(sampler))

    def _quality_chosen(self) -> None:
        session, name = self.models.session, self._quality.currentData()
        if name not in (None, quality_of(session.document, self.models.sampling.samplers)):
            session.apply(f"Quality: {name}", session.document.with_quality(name))

    def _use_chosen(self) -> None:
        text = f"Evidence use: {self._use.currentText().lower()}"
        self.models.session.edit(text, evidence=self._use.currentData())

    def _guidance_chosen(self, weight: float) -> None:
        session = self.models.session
        session.apply(f"Guidance: {weight:g}", replace(session.document, guidance=weight), "guidance")
