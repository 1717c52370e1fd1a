"""GFPose: a score-based pose prior, steered by evidence (Ci et al., CVPR 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from gfpose_core.camera import View
from gfpose_core.condition import SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.score_mlp import Evidence
from gfpose_core.priors.base import EvidenceUse
from gfpose_core.samplers.base import KeyedNoise, Problem, Sampler, State, tweedie
from gfpose_core.skeleton import H36M17, Skeleton

PLACING_ROUNDS = 10
"""Rounds of expectation-maximisation that find where a noisy pose's root truly is."""


@dataclass(frozen=True)
class Space:
    """The way between units of x and millimetres in the camera frame, for N poses.

    Attributes:
        offset: (N, 3) mm, the camera-frame point that results are given relative to.
        perspective: False where poses are root-relative camera coordinates (ZeDO's).
    """

    view: View
    offset: np.ndarray
    units_per_mm: float
    perspective: bool

    def encode(self, points: np.ndarray) -> np.ndarray:  # (N, ..., 3) camera mm -> (N, ..., 3) units
        if self.perspective:
            network = self.view.to_network(points)
        else:
            network = points - _lead(self.view.centre, points)
        return (network * self.units_per_mm).astype(np.float32)

    def decode(self, x: np.ndarray) -> np.ndarray:  # (N, ..., 3) units -> (N, ..., 3) mm relative to offset
        network = x / self.units_per_mm
        points = self.view.to_camera(network) if self.perspective else network + _lead(self.view.centre, x)
        return (points - _lead(self.offset, x)).astype(np.float32)

    def turn_back(
        self, x: np.ndarray
    ) -> np.ndarray:  # (N, ..., 3) units -> (N, ..., 3) mm relative to offset
        """States and scores drawn where the pose is: turned like it, but never unprojected."""
        rotation = self.view.rotation.reshape(len(x), *(1,) * (x.ndim - 2), 3, 3)
        turned = np.einsum("...ji,...j->...i", rotation, x) if self.perspective else x
        return (turned / self.units_per_mm + _lead(self.view.centre - self.offset, x)).astype(np.float32)


@dataclass(frozen=True)
class GFPoseStep:
    """A sampler's state as poses; see :class:`gfpose_core.priors.base.Step`."""

    state: State
    space: Space
    denoiser: Denoiser

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
        return float(self.denoiser.config.sde.noise_level(self.state.t)) / self.space.units_per_mm

    @cached_property
    def states(self) -> np.ndarray:
        config = self.denoiser.config
        alpha, sigma = config.sde.marginal(self.state.t)
        rho = sigma / alpha / config.sigma_data
        return self.space.turn_back(_joints(self.state.x / (alpha * torch.sqrt(1 + rho**2))))

    @cached_property
    def clean(self) -> np.ndarray:
        return self.space.decode(_joints(self.state.clean))

    @cached_property
    def score(self) -> np.ndarray:
        score = tweedie(self.denoiser.config.sde, self.state.x, self.state.t, self.state.clean)
        return np.einsum("nji,nskj->nski", self.space.view.rotation, _joints(score))


class GFPosePrior:
    """A trained denoiser with a name; see :class:`gfpose_core.priors.base.PosePrior`."""

    def __init__(
        self,
        denoiser: Denoiser,
        name: str,
        sha256: str,
        facts: dict[str, object],
        skeleton: Skeleton = H36M17,
    ) -> None:
        self.denoiser = denoiser.eval().requires_grad_(False)
        self.name, self.sha256, self.facts, self.skeleton = name, sha256, facts, skeleton

    @property
    def device(self) -> torch.device:
        return next(self.denoiser.parameters()).device

    def generate(
        self,
        condition: Condition,
        hypotheses: int,
        sampler: Sampler,
        seed: int,
        evidence: EvidenceUse | None = None,
        first_pose: int = 0,
    ) -> Iterator[GFPoseStep]:
        """Sample, step by step; see :meth:`gfpose_core.priors.base.PosePrior.generate`."""
        if refusal := self.refusal(condition, evidence):
            raise ConditionError(refusal)
        evidence = evidence or self._default_evidence(condition)
        space, start = self._place(condition)
        embedded, observed, values = self._embed(condition, evidence)
        size = 3 * self.skeleton.n_joints
        sde = self.denoiser.config.sde
        imputes = evidence != "condition" and bool(condition.observed.any())

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            with torch.no_grad():
                return self.denoiser.clean(x, t, embedded)

        def constrain(x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
            if not imputes:
                return x
            alpha, sigma = sde.marginal(t)
            return torch.where(observed, alpha * values + sigma * noise, x)

        problem = Problem(
            sde=sde,
            denoise=denoise,
            noise=KeyedNoise(seed, first_pose, len(condition), hypotheses, size, self.device),
            constrain=constrain,
            imputes=imputes,
            start=start,
            start_time=condition.start.time if condition.start else 1.0,
            units_per_mm=self.denoiser.config.units_per_mm,
        )
        for state in sampler.run(problem):
            if imputes and state.index + 1 == state.count:  # the result holds the evidence itself
                exact = torch.where(observed, values, state.clean)
                state = State(state.index, state.count, state.t, state.x, exact)
            yield GFPoseStep(state, space, self.denoiser)

    def refusal(self, condition: Condition, evidence: EvidenceUse | None = None) -> str | None:
        """Why this prior cannot use ``condition``, in one sentence; None where it can."""
        levels = condition.levels
        if not levels.any():
            return None
        evidence = evidence or self._default_evidence(condition)
        if self.denoiser.config.network.condition == "none" and evidence != "imputation":
            return "this checkpoint is unconditional: choose imputation as the way evidence is used"
        if self.denoiser.config.projection == "orthographic" and (levels == SEEN_2D).any():
            return "this checkpoint knows no camera: fix joints in 3D instead of seeing them in 2D"
        if evidence == "imputation" and (levels[:, 0] == 0).any():
            return "imputation alone needs to know where the hip is: observe joint 0, or choose both"
        return None

    def time_of_noise(self, noise_mm: float) -> float:
        """The SDE time whose sigma/alpha equals ``noise_mm`` per coordinate, at most 1."""
        config = self.denoiser.config
        level = torch.tensor(noise_mm * config.units_per_mm, dtype=torch.float64)
        return min(1.0, float(config.sde.time_of(level)))

    def _default_evidence(self, condition: Condition) -> EvidenceUse:
        """The paper's choice (supplementary section 5): condition for lifting, both for completion."""
        if self.denoiser.config.network.condition == "none":
            return "imputation"
        return "condition" if (condition.levels == SEEN_2D).all() else "both"

    def _embed(self, condition: Condition, evidence: EvidenceUse) -> tuple[Evidence, Tensor, Tensor]:
        """The network's evidence, and what imputation needs: flags and values, (N, 1, 3J) in units of x."""
        config, shape = self.denoiser.config, (len(condition), 1, -1)
        known = condition.values.astype(np.float64)
        if config.projection == "orthographic":
            known = condition.view.to_camera(known) - condition.view.centre[:, None]
        values = (
            torch.from_numpy((known * config.units_per_mm).astype(np.float32)).view(shape).to(self.device)
        )
        observed = torch.from_numpy(condition.observed.copy()).view(shape).to(self.device)
        shown = (evidence != "imputation") * observed
        with torch.no_grad():
            embedded = self.denoiser.embed(values * shown, shown.to(values.dtype))
        return embedded, observed, values

    def _place(self, condition: Condition) -> tuple[Space, Tensor | None]:
        """The space of ``condition``, and its noisy poses there, (N, 1, 3J).

        A noisy pose's translation is the most likely one: expectation (the clean estimate) and
        maximisation (the mean difference to it) in turn, from the noisy root.
        """
        config = self.denoiser.config
        space = Space(
            condition.view, condition.origin, config.units_per_mm, config.projection == "perspective"
        )
        if condition.start is None:
            return space, None
        noisy = condition.start.poses.astype(np.float64)
        centre = condition.view.centre
        nothing, _, _ = self._embed(Condition.nothing(len(noisy), self.skeleton), "condition")
        t = torch.tensor(condition.start.time, dtype=torch.float64)
        alpha, _ = config.sde.marginal(t)
        root = noisy[:, 0]
        for _ in range(PLACING_ROUNDS):
            x = alpha * self._units(space, noisy + (centre - root)[:, None])
            with torch.no_grad():
                clean = self.denoiser.clean(x, t, nothing)
            relative = space.decode(_joints(clean))[:, 0] + condition.origin[:, None] - centre[:, None]
            root = (noisy - relative).mean(axis=1)
        placed = Space(condition.view, centre - root, config.units_per_mm, space.perspective)
        return placed, self._units(placed, noisy + (centre - root)[:, None])

    def _units(self, space: Space, points: np.ndarray) -> Tensor:  # (N, J, 3) camera mm -> (N, 1, 3J)
        return torch.from_numpy(space.encode(points)).view(len(points), 1, -1).to(self.device)


def _joints(x: Tensor) -> np.ndarray:  # (N, S, 3J) -> (N, S, J, 3)
    return x.float().cpu().numpy().reshape(*x.shape[:2], -1, 3)


def _lead(points: np.ndarray, like: np.ndarray) -> np.ndarray:  # (N, 3) -> (N, 1..., 3)
    return points.reshape(len(points), *(1,) * (like.ndim - 2), 3)
