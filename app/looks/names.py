"""Names for screen readers: a control that has no text of its own is called what its tooltip says it is."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QWidget,
)

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QAbstractItemView)


def name_controls(parent: QWidget) -> None:
    """Name controls below ``parent`` that have neither a name nor text after their tooltips' first lines."""
    for kind in CONTROLS:
        for control in parent.findChildren(kind):
            text = control.text() if isinstance(control, QAbstractButton) else ""
            if control.toolTip() and not (text or control.accessibleName()):
                control.setAccessibleName(control.toolTip().partition("\n")[0].partition(" (")[0])
