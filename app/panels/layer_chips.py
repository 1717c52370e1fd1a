"""Chips that show what LAYERS lists, or take it away."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.viewmodels.layers import LAYERS, Layers


class LayerChips(QWidget):
    """One for each layer, in step with the menu."""

    def __init__(self, layers: Layers) -> None:
        super().__init__()
        self._layers = layers
        self._chips: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for name, layer in LAYERS.items():
            if not layer.chip:
                continue
            chip = self._chips[name] = QToolButton()
            chip.setObjectName(f"timeline-{name}")
            chip.setText(layer.label)
            chip.setToolTip(f"{layer.tip} ({layer.key})")
            chip.setCheckable(True)
            chip.setProperty("chip", True)
            chip.toggled.connect(lambda on, name=name: layers.set(name, on))
            row.addWidget(chip)
        layers.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        for name, chip in self._chips.items():
            chip.setChecked(name in self._layers.on)
