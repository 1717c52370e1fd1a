"""When a loss says that training has come apart."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from gfpose_core.errors import TrainingError

KNOWN, LEAST = 200, 20
"""How many of the last usual losses are looked back on, and how few are enough to judge by."""
TOO_HIGH = 2.0
PATIENCE = 20


class Divergence(TrainingError):
    """Training came apart: the loss spiked, or is no longer a number."""


class LossWatch:
    """Tells spikes from noise, whatever the loss's level and however much it varies from step to step.

    A loss is high above :data:`TOO_HIGH` times what 19 of 20 of the last usual losses stayed below, and
    :data:`PATIENCE` high ones in a row are a divergence. High losses are not usual ones: a spike does not
    raise the bar it is measured by. A resumed run learns its usual losses anew.
    """

    def __init__(self) -> None:
        self._usual: deque[float] = deque(maxlen=KNOWN)
        self._in_a_row = 0

    def is_high(self, loss: float) -> bool:
        """Whether ``loss`` is out of the usual, or no number."""
        if not math.isfinite(loss):
            return True
        return len(self._usual) >= LEAST and loss > TOO_HIGH * float(np.quantile(self._usual, 0.95))

    def see(self, step: int, loss: float) -> None:
        """Take note of a step's loss.

        Raises:
            Divergence: it has been high for too long.
        """
        if not self.is_high(loss):
            self._usual.append(loss)
            self._in_a_row = 0
            return
        self._in_a_row += 1
        if self._in_a_row == PATIENCE:
            raise self.divergence(step, loss)

    def divergence(self, step: int, loss: float) -> Divergence:
        """The error that says how far ``loss`` is from the usual."""
        usual = float(np.median(self._usual)) if self._usual else math.nan
        return Divergence(f"training diverged at step {step}: the loss is {loss:.4g}, usually {usual:.4g}")
