"""UniPC, an exponential integrator that corrects each step with the estimate made at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from gfpose_core.options import option
from gfpose_core.samplers.exponential import Exponential, Seen, Taken, polynomial_weights


@dataclass(frozen=True)
class UniPC(Exponential):
    """Zhao et al. 2023, "UniPC: a unified predictor-corrector framework" (Alg. 5 and 6, exact coefficients).

    The network call that the next step needs anyway corrects the last one, which gains an order for nothing.
    With fresh noise it is the stochastic Adams method of Xue et al. 2023, "SA-Solver" (section 5).
    """

    eta: float = option(
        0.0,
        "share of fresh noise: 1 the reverse SDE, 0 the probability flow",
        label="Fresh noise",
        min=0.0,
        max=1.0,
    )
    order: int = option(2, "estimates that a step is predicted from; correcting uses one more", min=1, max=3)

    def weights(self, nodes: Sequence[float], h: float, kappa: float) -> Sequence[float]:
        return polynomial_weights(nodes[: self.order], h, kappa)

    def correct(self, taken: Taken, seen: Seen) -> Tensor:
        nodes = [u - taken.u for u, _ in seen[: self.order + 1]]
        return taken.end(seen, polynomial_weights(nodes, taken.h, taken.kappa))
