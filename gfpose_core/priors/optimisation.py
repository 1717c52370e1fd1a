"""How ZeDO optimises: its options, and the noise levels they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from gfpose_core.errors import ConditionError
from gfpose_core.options import option, require_in_range
from gfpose_core.sde import SubVPSDE

ZEDO_UNIT_MM = 1000.0
"""ZeDO's poses are in metres: what its times mean in mm."""


@dataclass(frozen=True)
class Optimisation:
    """How ZeDO looks for a pose. The defaults are the paper's and its release's (supplementary Table 5).

    The release has ``distance=3000, nearest=1500, farthest=6000, joints="hips"`` for Human3.6M.

    Raises:
        ConditionError: numbers out of their range; people who must be farther away than they may be.
    """

    steps: int = option(
        1000, "iterations of the loop, a network call each", label="Iterations", min=5, max=1000
    )
    fit_steps: int = option(
        500, "iterations of the initial pose optimiser", label="Fit steps", min=0, max=1000
    )
    headings: int = option(
        1, "ways that the optimiser's poses face at first; the best is kept", min=1, max=16
    )
    axes: Literal["x", "y", "z", "xy", "xz", "yz", "xyz"] = option(
        "y", "camera axes that the optimiser turns about: y is the vertical of a level camera"
    )
    joints: Literal["all", "hips"] = option(
        "all", "joints that the optimiser fits: hips are the root and both hips", label="Fitted joints"
    )
    distance: float = option(
        8000.0, "distance of a person that it begins with", label="First distance", unit="mm",
        min=500.0, max=50_000.0,
    )  # fmt: skip
    turn_given: bool = option(
        False, "turn given poses by the optimiser too: those of another camera, or of none"
    )
    nearest: float = option(1600.0, "least distance of a person", unit="mm", min=500.0, max=10_000.0)
    farthest: float = option(16_000.0, "largest distance of a person", unit="mm", min=1000.0, max=50_000.0)
    highest: float = option(110.0, "noise level at the loop's start", unit="mm", min=5.0, max=1000.0)
    refined: float = option(
        110.0, "noise level at its start where poses are given", label="Given poses", unit="mm",
        min=5.0, max=1000.0,
    )  # fmt: skip
    lowest: float = option(2.0, "noise level at its end", unit="mm", min=0.1, max=50.0)
    pull: float = option(
        1000 / 90, "how many times further than the probability flow a step goes", min=1.0, max=100.0
    )

    def __post_init__(self) -> None:
        require_in_range(self)
        if self.nearest > self.farthest:
            raise ConditionError(
                f"people cannot be {self.nearest:g} mm away at least, {self.farthest:g} at most"
            )

    def levels(self, given: bool = False) -> np.ndarray:  # -> (steps,) mm
        """Noise levels of the calls from ``highest``, or ``refined`` where poses are given, down, even in
        the time of ZeDO's SDE."""
        sde, highest = SubVPSDE(), self.refined if given else self.highest
        ends = torch.tensor([highest, min(self.lowest, highest / 4)], dtype=torch.float64) / ZEDO_UNIT_MM
        first, last = sde.time_of(ends)
        share = torch.linspace(0, 1, self.steps, dtype=torch.float64)
        return (ZEDO_UNIT_MM * sde.noise_level(first + (last - first) * share)).numpy()

    def kept(self, levels: np.ndarray) -> np.ndarray:  # (steps,) -> (steps,)
        """What a step leaves of a pose's distance to its clean estimate.

        Along the probability flow that distance falls as the noise level does. The release steps by 1/1000 in
        time on a grid of 1000 that is 0.09 long, so it goes 1000 / 90 times as far, and ``pull`` says so of
        any grid.
        """
        return np.exp(self.pull * np.gradient(np.log(levels)))
