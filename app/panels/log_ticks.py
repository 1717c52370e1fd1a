"""Where a logarithmic axis is labelled: as densely as the labels have room, at round numbers."""

from __future__ import annotations

import numpy as np

LABEL_PX = 17
"""From one label to the next, at least."""

_FRACTIONS = [np.arange(1, 10, step) for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)]
_COARSE = [(1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)]
_DIGITS = [*_FRACTIONS, *map(np.array, _COARSE)]
"""Multiples of a power of ten, the densest first."""


def log_ticks(low: float, high: float, height: float) -> list[tuple[float, str]]:
    """Places and labels on an axis from ``low`` to ``high``, log10 of the values, ``height`` px long."""
    decades = np.arange(np.floor(low), np.floor(high) + 1)
    choices = [(decades[:, None] + np.log10(digits)).ravel() for digits in _DIGITS]
    choices += [decades[decades % every == 0] for every in range(2, 1 + len(decades))]
    for places in choices:
        within = places[(places >= low - 1e-9) & (places <= high + 1e-9)]
        if len(within) < 2 or np.diff(within).min() * height >= LABEL_PX * (high - low):
            return [(float(place), f"{10**place:.6g}") for place in within]
    return []
