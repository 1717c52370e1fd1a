"""Where a solver stops on its way from noise to a pose: grids of noise levels, any of them for any solver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

from gfpose_core.sde import SDE

GridName = Literal["karras", "log-snr", "time"]

RHO = 7.0
"""The power that Karras et al. 2022 (section 3) found best for images."""


def _karras(sde: SDE, highest: Tensor, lowest: Tensor, count: int) -> Tensor:
    """Even in level^(1/rho) (Karras et al. 2022, Eq. 5): steps shrink towards the pose."""
    return _even(highest ** (1 / RHO), lowest ** (1 / RHO), count) ** RHO


def _log_snr(sde: SDE, highest: Tensor, lowest: Tensor, count: int) -> Tensor:
    """Even in the logarithm: every step divides the noise by the same factor. Best for poses in few steps."""
    return _even(highest.log(), lowest.log(), count).exp()


def _time(sde: SDE, highest: Tensor, lowest: Tensor, count: int) -> Tensor:
    """Even in t, as Alg. 1 of GFPose: most steps are spent on noise larger than any pose."""
    return sde.noise_level(_even(sde.time_of(highest), sde.time_of(lowest), count))


GRIDS: Mapping[GridName, Callable[[SDE, Tensor, Tensor, int], Tensor]] = {
    "karras": _karras,
    "log-snr": _log_snr,
    "time": _time,
}
"""Name -> (sde, highest, lowest, count) -> (count,) falling levels sigma/alpha; float64, units of x."""


def _even(first: Tensor, last: Tensor, count: int) -> Tensor:
    return first + (last - first) * torch.linspace(0, 1, count, dtype=torch.float64)
