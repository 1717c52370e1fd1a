"""DPM-Solver++ (2M), an exponential integrator of second order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gfpose_core.samplers.exponential import Exponential


@dataclass(frozen=True)
class DPMSolver(Exponential):
    """Lu et al. 2022 (Alg. 2) and its SDE form: the estimate halfway through the step, held over it."""

    def weights(self, nodes: Sequence[float], h: float, kappa: float) -> Sequence[float]:
        full = -math.expm1(-kappa * h)
        if len(nodes) == 1:
            return [full]
        lean = h / -nodes[1] / 2  # of the line through both estimates, from the newer one to halfway
        return [full * (1 + lean), -full * lean]
