"""A sampler's tensors as poses: between units of x and millimetres, where people stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from gfpose_core.camera import View
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.samplers.base import State, tweedie


@dataclass(frozen=True)
class Space:
    """The way between units of x and millimetres in the camera frame, for N poses.

    Attributes:
        view: what makes network space; priors without a perspective live relative to its centre.
        offset: (N, 3) mm, the camera-frame point that results are given relative to.
        config: its units and its projection.
    """

    view: View
    offset: np.ndarray
    config: DenoiserConfig

    @property
    def perspective(self) -> bool:
        return self.config.projection == "perspective"

    def encode(self, points: np.ndarray) -> np.ndarray:  # (N, ..., 3) camera mm -> (N, ..., 3) units
        """Camera-frame poses in the network's space."""
        network = (
            self.view.to_network(points) if self.perspective else points - _lead(self.view.centre, points)
        )
        return (network * self.config.units_per_mm).astype(np.float32)

    def encode_evidence(self, values: np.ndarray) -> np.ndarray:  # (N, J, 3) network mm -> (N, J, 3) units
        """A condition's values, which are in perspective network space, in the network's own."""
        if not self.perspective:
            return self.encode(self.view.to_camera(values.astype(np.float64)))
        return (values * self.config.units_per_mm).astype(np.float32)

    def decode(self, x: Tensor) -> np.ndarray:  # (N, S, 3J) units -> (N, S, J, 3) mm relative to offset
        """Clean poses."""
        network = _joints(x) / self.config.units_per_mm
        points = (
            self.view.to_camera(network) if self.perspective else network + _lead(self.view.centre, network)
        )
        return (points - _lead(self.offset, points)).astype(np.float32)

    def drawn(self, x: Tensor, t: Tensor) -> np.ndarray:  # (N, S, 3J) units -> (N, S, J, 3) mm
        """States at ``t`` as trajectories hold them."""
        points = self.turn(x / self._spread(t)) / self.config.units_per_mm
        return (points + _lead(self.view.centre - self.offset, points)).astype(np.float32)

    def undrawn(self, states: np.ndarray, t: Tensor) -> Tensor:  # (N, S, J, 3) mm -> (N, S, 3J) units
        """The inverse of :meth:`drawn`."""
        points = states.astype(np.float64) - _lead(self.view.centre - self.offset, states)
        if self.perspective:
            points = np.einsum("nij,nskj->nski", self.view.rotation, points)
        x = torch.from_numpy(points * self.config.units_per_mm) * self._spread(t)
        return x.float().view(*states.shape[:2], -1)

    def _spread(self, t: Tensor) -> Tensor:
        """What x(t) is divided by to be drawn: alpha sqrt(1 + rho^2)."""
        levels = self.config.levels(t)
        return levels.alpha * levels.spread

    def turn(self, x: Tensor) -> np.ndarray:  # (N, S, 3J) -> (N, S, J, 3)
        """Vectors of the network's space in camera axes, never unprojected."""
        joints = _joints(x)
        if not self.perspective:
            return joints
        return np.einsum("nji,nskj->nski", self.view.rotation, joints).astype(np.float32)


@dataclass(frozen=True)
class GFPoseStep:
    """A sampler's state as poses; see :class:`gfpose_core.priors.base.Step`."""

    state: State
    space: Space
    calls: int = 0

    @property
    def index(self) -> int:
        return self.state.index

    @property
    def count(self) -> int:
        return self.state.count

    @property
    def time(self) -> float:
        return float(self.state.t)

    @property
    def noise_level(self) -> float:
        config = self.space.config
        return float(config.levels(self.state.t).rho) * config.sigma_data / config.units_per_mm

    @cached_property
    def states(self) -> np.ndarray:
        return self.space.drawn(self.state.x, self.state.t)

    @cached_property
    def clean(self) -> np.ndarray:
        return self.space.decode(self.state.clean)

    @cached_property
    def score(self) -> np.ndarray:
        return self.space.turn(tweedie(self.space.config.sde, self.state.x, self.state.t, self.state.clean))


def _joints(x: Tensor) -> np.ndarray:  # (N, S, 3J) -> (N, S, J, 3)
    return x.float().cpu().numpy().reshape(*x.shape[:2], -1, 3)


def _lead(points: np.ndarray, like: np.ndarray) -> np.ndarray:  # (N, 3) -> (N, 1..., 3)
    return points.reshape(len(points), *(1,) * (like.ndim - 2), 3)
