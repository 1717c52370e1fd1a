"""Classifier-free guidance (Ho and Salimans 2022): evidence is given more weight than it has, or less.

    D_w(x, t) = D(x, t | nothing) + w (D(x, t | evidence) - D(x, t | nothing)),

the same on scores: w = 1 is the network's own conditional estimate, w = 0 the unconditional one. Both come
from one network, which was trained without evidence too.

Where evidence is exact the estimate of an observed coordinate is its value, and nothing is surer than that:
there w counts as 1 at most. Taken past its value it misses the evidence, by 4 mm at w = 2, and at w = 3 most
samples run away.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gfpose_core.condition import MOST_GUIDANCE, Condition
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.priors.base import EvidenceUse

CALLS = 2
"""Of the network at each step, which are made as one of twice the size."""


def guided(
    denoiser: Denoiser, values: Tensor, observed: Tensor, weight: float
) -> Callable[[Tensor, Tensor], Tensor]:
    """D_w from (x, t), x (N, S, 3J), for evidence (N, 1, 3J): ``values`` in units of x, 0 where not
    ``observed``."""
    nothing = torch.zeros_like(values)
    shown = observed.to(values.dtype)
    with torch.no_grad():
        both = denoiser.embed(torch.cat([values, nothing]), torch.cat([shown, nothing]))
    exact = denoiser.config.network.condition == "exact"
    weights = torch.full_like(values, weight)
    weights = torch.where(observed, weights.clamp(max=1.0), weights) if exact else weights

    def clean(x: Tensor, t: Tensor) -> Tensor:
        told, untold = denoiser.clean(torch.cat([x, x]), t, both).chunk(2)
        return torch.lerp(untold, told, weights)

    return clean


def refusal(weight: float, condition: Condition, evidence: EvidenceUse, conditional: bool) -> str | None:
    """Why evidence cannot have this ``weight``, in a clause; None where it can.

    ``conditional`` is whether the network can be told any.
    """
    if weight == 1.0:
        return None
    if not 0.0 <= weight <= MOST_GUIDANCE:
        return f"the guidance weight is {weight:g}: give 0 to {MOST_GUIDANCE:g}"
    if not condition.observed.any():
        return "there is no evidence for guidance to weigh: leave it at 1"
    if not conditional:
        return "this checkpoint is unconditional, and guidance weighs what a network is told: set it to 1"
    if evidence == "imputation":
        return "imputation tells the network nothing, and guidance weighs what it is told: choose both"
    return None
