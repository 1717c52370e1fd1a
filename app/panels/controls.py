"""What panels do with their controls. Nothing here is told back as an edit, and where a control shows already
what it is to show, nothing is laid out or painted anew: some of it happens with every move of a drag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSpinBox,
    QWidget,
)  # fmt: skip

from app.documents.branch import NO_MEAN
from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.optimising import ZEDO, sampler_title, why_not_optimise
from app.documents.request import OptionField
from app.looks.icons import icon
from app.looks.plain import plain_tip
from app.looks.words import capital

Choice = tuple[str, Any, str | None]
"""Of a combo box: its text, its data, and its tool tip."""

OPEN = "open"
OPEN_ANOTHER: Choice = ("Open…", OPEN, None)


def control_for(option: OptionField, edited: Any) -> QWidget:
    """An input for one option; ``edited(name, value)`` is called when a person changes it."""
    if option.choices:
        control = QComboBox()
        for choice in option.choices:
            control.addItem(str(choice), choice)
        control.activated.connect(lambda _: edited(option.name, control.currentData()))
    elif option.kind is bool:
        control = QCheckBox()
        control.clicked.connect(lambda on: edited(option.name, on))
    elif option.kind is int:
        control = QSpinBox()
        control.setRange(int(option.minimum or 0), int(option.maximum or 100_000))
        control.setKeyboardTracking(False)
        control.valueChanged.connect(lambda value: edited(option.name, value))
    elif option.kind is float:
        control = QDoubleSpinBox()
        low, high = option.minimum or 0.0, option.maximum if option.maximum is not None else 1000.0
        decimals = 5 if low and low < 1e-3 else 4 if low and low < 0.01 else 2
        control.setDecimals(decimals)
        control.setRange(low, high)
        control.setSingleStep(10**-decimals * (10 if decimals > 2 else 5))
        control.setKeyboardTracking(False)
        control.valueChanged.connect(lambda value: edited(option.name, value))
    else:
        control = QLineEdit()
        control.editingFinished.connect(lambda: edited(option.name, control.text()))
    if option.unit and isinstance(control, QSpinBox | QDoubleSpinBox):
        control.setSuffix(f" {option.unit}")
    control.setObjectName(f"option-{option.name}")
    return control


def show_value(control: QWidget, value: Any) -> None:
    """Show a value."""
    with QSignalBlocker(control):
        if isinstance(control, QComboBox):
            control.setCurrentIndex(control.findData(value))
        elif isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QLineEdit):
            control.setText(str(value))
        elif control.value() != (value if isinstance(value, int) else round(value, control.decimals())):
            control.setValue(value)


def show_option(spin: QSpinBox, option: OptionField, value: int) -> None:
    """Show the value of an option that is a whole number, within its range, and what it means."""
    within = int(option.minimum or 0), int(option.maximum or 10_000)
    if within != (spin.minimum(), spin.maximum()):
        with QSignalBlocker(spin):
            spin.setRange(*within)
    show_value(spin, value)
    spin.setToolTip(capital(option.help))


def show_icon(button: QAbstractButton, name: str) -> None:
    """Put the icon ``name`` on a button."""
    if button.property("glyph") != name:
        button.setProperty("glyph", name)
        button.setIcon(icon(name))


def show_choices(combo: QComboBox, choices: Sequence[Choice]) -> None:
    """Offer these and no others."""
    tip = Qt.ItemDataRole.ToolTipRole
    rows = range(combo.count())
    if [(combo.itemText(row), combo.itemData(row), combo.itemData(row, tip)) for row in rows] == [*choices]:
        return
    with QSignalBlocker(combo):
        combo.clear()
        for row, (text, data, told) in enumerate(choices):
            combo.addItem(text, data)
            combo.setItemData(row, told, tip)


def checkpoint_choice(path: str | None) -> Choice:
    """A checkpoint to choose; None is the shipped one, whose data is the empty string."""
    return (Path(path).name, path, plain_tip(path)) if path else ("Shipped prior", "", "Shipped prior")


def show_samplers(combo: QComboBox, samplers: Mapping[str, Any], document: Document) -> None:
    """Offer all of them, greyed where they cannot do what is asked."""
    if combo.count() != len(samplers):
        combo.clear()
        for name in samplers:
            combo.addItem(sampler_title(name), name)
    grey(combo, ZEDO, why_not_optimise(document))
    grey(combo, POSTERIOR_MEAN, None if document.branch is None else NO_MEAN)


def grey(combo: QComboBox, choice: Any, why_not: str | None, tip: str | None = None) -> None:
    """Offer ``choice`` with its ``tip``, or do not and say why."""
    if (row := combo.findData(choice)) >= 0:
        combo.model().item(row).setEnabled(why_not is None)
        combo.setItemData(row, tip if why_not is None else capital(why_not), Qt.ItemDataRole.ToolTipRole)
