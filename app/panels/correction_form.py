"""The corrections of an import, in a form made of their dataclass: only what makes sense for the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.documents.request import OptionField
from app.engine.backend import option_fields
from app.engine.offer import Offer
from app.looks.words import capital, joint_title
from app.panels.controls import control_for, show_value
from gfpose_core.io.importing import Corrections, Detected
from gfpose_core.skeleton import H36M17

AS_DETECTED, NONE = None, ""
_ONLY = {field.name: field.metadata.get("only") for field in fields(Corrections)}


class CorrectionForm(QWidget):
    """``edited(name=value)`` is called with what a person changes."""

    def __init__(self, edited: Callable[..., None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edited = edited
        self._controls: dict[str, QWidget] = {}
        self._joints: dict[str, QComboBox] = {}
        self._shape: object = None
        self._form = _form()
        self._toggle = QToolButton()
        self._toggle.setObjectName("import-joints-toggle")
        self._toggle.setText("Joints, one by one")
        self._toggle.setToolTip("Which of the file's points each joint is read from")
        self._toggle.setCheckable(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setArrowType(Qt.ArrowType.RightArrow)
        self._toggle.setAutoRaise(True)
        self._table = QWidget()
        self._table.setObjectName("import-joints")
        self._rows = _form()
        self._table.setLayout(self._rows)
        self._table.hide()
        self._toggle.toggled.connect(self._show_joints)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._form)
        layout.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._table)

    def show_offer(self, offer: Offer, corrections: Corrections) -> None:
        """Show what can be corrected in a file, and how it is."""
        detected = offer.found.detected
        wanted = [option for option in option_fields(Corrections) if _fits(option, offer)]
        shape = tuple(option.name for option in wanted), detected.names, detected.takes, offer.path
        if shape != self._shape:
            self._rebuild(wanted, detected)
            self._shape = shape
        for option in wanted:
            value = getattr(corrections, option.name)
            if option.name == "take":
                value = value or detected.takes[0]
            show_value(self._controls[option.name], value)
        told = corrections.mapping
        for joint, combo in self._joints.items():
            combo.setItemText(0, f"as detected: {detected.matched.get(joint, 'none')}")
            if joint in told:
                combo.setItemText(0, "as detected")
            combo.setCurrentIndex(max(combo.findData(told.get(joint, AS_DETECTED)), 0))

    def _rebuild(self, wanted: list[OptionField], detected: Detected) -> None:
        for form in (self._form, self._rows):
            while form.rowCount():
                form.removeRow(0)
        self._controls, self._joints = {}, {}
        for option in wanted:
            control = self._control(option, detected)
            control.setObjectName(f"import-{option.name}")
            label = _label(option.label)
            for widget in (label, control):
                widget.setToolTip(capital(option.help))
            self._controls[option.name] = control
            self._form.addRow(label, control)
        for joint in H36M17.names:
            combo = QComboBox()
            combo.setObjectName(f"import-joint-{joint}")
            combo.setToolTip(f"The file's point for the {joint_title(joint_index(joint)).lower()}")
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.addItem("as detected", AS_DETECTED)
            combo.addItem("none: not known", NONE)
            for name in detected.names:
                combo.addItem(name, name)
            combo.activated.connect(self._tell_joints)
            self._joints[joint] = combo
            self._rows.addRow(_label(joint_title(joint_index(joint))), combo)

    def _control(self, option: OptionField, detected: Detected) -> QWidget:
        if option.name == "take":
            combo = QComboBox()
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for take in detected.takes:
                combo.addItem(take, take)
            combo.activated.connect(lambda _: self._edited(take=combo.currentData()))
            return combo
        control = control_for(option, lambda name, value: self._edited(**{name: value}))
        if option.name == "person":
            control.setMaximum(detected.people - 1)
        if option.name in ("fps", "width", "height"):
            control.setSpecialValueText("as detected")
        return control

    def _tell_joints(self) -> None:
        told = ((joint, combo.currentData()) for joint, combo in self._joints.items())
        self._edited(joints=tuple(f"{joint}={name}" for joint, name in told if name is not AS_DETECTED))

    def _show_joints(self, on: bool) -> None:
        self._toggle.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._table.setVisible(on)


def joint_index(name: str) -> int:
    return H36M17.names.index(name)


def _fits(option: OptionField, offer: Offer) -> bool:
    """Whether there is anything to choose; joints have rows of their own."""
    detected = offer.found.detected
    if option.name == "joints":
        return False
    if option.name == "person":
        return detected.people > 1
    if option.name == "take":
        return len(detected.takes) > 1
    return _ONLY[option.name] in (None, "image" if offer.in_image else "space")


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(10)
    form.setVerticalSpacing(6)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label
