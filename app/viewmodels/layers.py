"""What can be shown beside the poses, on the stage and over the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal


class Layer(NamedTuple):
    """One of them: its words, its key, and what a person is told about it."""

    label: str
    key: str
    tip: str
    chip: bool = True  # whether it has one under the timeline


LAYERS = {
    "arrows": Layer("Arrows", "A", "Score arrows on the joints"),
    "trails": Layer("Trails", "T", "Trails of the joints"),
    "spread": Layer(
        "Spread",
        "E",
        "Ellipsoids of one standard deviation of the hypotheses around their mean, at each joint",
    ),
    "compare": Layer(
        "Compared hypotheses",
        "H",
        "Compare the selected hypotheses, or the pinned ones, with the one in focus",
        False,
    ),
    "overlaid": Layer(
        "Denoising overlaid",
        "Shift+G",
        "The clean, the noisy and the denoised pose over each other, not side by side",
        False,
    ),
    "plots": Layer("Plots", "M", "Plots of the run"),
}


class Layers(QObject):
    """Which of LAYERS are on. View state, not undone."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on: frozenset[str] = frozenset()

    @property
    def on(self) -> frozenset[str]:
        return self._on

    def set(self, layer: str, on: bool) -> None:
        """Show a layer, or take it away."""
        self.restore(self._on | {layer} if on else self._on - {layer})

    def restore(self, layers: Iterable[str]) -> None:
        """Show these and no others; unknown names are left out."""
        on = frozenset(layers) & LAYERS.keys()
        if on != self._on:
            self._on = on
            self.changed.emit()
