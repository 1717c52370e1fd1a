"""ZeDO: a pose that an image shows, found by optimisation over an unconditional prior (WACV 2024)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gfpose_core.camera import VIRTUAL_DISTANCE_MM
from gfpose_core.condition import Condition
from gfpose_core.errors import ConditionError
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.inference import accelerated, fastest_dtype
from gfpose_core.networks.score_mlp import Evidence
from gfpose_core.priors.base import EvidenceUse
from gfpose_core.priors.fitting import ZeDOStep, fit_iterations, refusal, weights_of
from gfpose_core.priors.initial_pose import fit_to_image
from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.priors.sight import NEAREST_MM, best_translation, onto_rays
from gfpose_core.samplers.noise import KeyedNoise
from gfpose_core.skeleton import H36M17, Skeleton
from gfpose_core.starts import shipped_starts

KEPT_TRANSLATION = 1 / 5
"""The share of the loop that goes by before translations are solved for."""

WHOLE_VECTORS = 32
"""The network is given a multiple of so many samples: the processor rounds what is left over otherwise, and
while a sampler forgets that, a search for a depth that no joint shows does not."""


class ZeDOPrior:
    """A denoiser that is told nothing, and typical poses; see :class:`gfpose_core.priors.base.PosePrior`.

    Every hypothesis starts from a typical pose of its own, or from the pose that ``condition.start`` gives it
    (the paper's section 4), which then only finds its translation. From there on nothing is random.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        name: str,
        sha256: str,
        facts: dict[str, object],
        skeleton: Skeleton = H36M17,
        starts: np.ndarray | None = None,
    ) -> None:
        """``starts`` (K, J, 3) mm, level camera axes, are those of :mod:`gfpose_core.starts`."""
        dtype = fastest_dtype(next(denoiser.parameters()).device)
        self.denoiser = accelerated(denoiser.eval().requires_grad_(False), dtype)
        self.precision = str(dtype).removeprefix("torch.")
        self.name, self.sha256, self.facts, self.skeleton = name, sha256, facts, skeleton
        self.starts = shipped_starts() if starts is None else starts

    @property
    def device(self) -> torch.device:
        return next(self.denoiser.parameters()).device

    @property
    def takes_evidence_as_exact(self) -> bool:
        """Evidence never reaches the network."""
        return False

    def generate(
        self,
        condition: Condition,
        hypotheses: int,
        sampler: Optimisation,
        seed: int,
        evidence: EvidenceUse | None = None,
        first_pose: int = 0,
        first_hypothesis: int = 0,
        shared_noise: bool = False,
        guidance: float = 1.0,
    ) -> Iterator[ZeDOStep]:
        """Optimise, an iteration a step, those of the initial pose optimiser first; the last one holds the
        result, each pose with its translation."""
        if why_not := self.refusal(condition, evidence, guidance):
            raise ConditionError(why_not)
        if not isinstance(sampler, Optimisation):
            raise ConditionError("ZeDO optimises: give it an Optimisation instead of a sampler")
        rays, weights = self._tensor(condition.rays)[:, None], self._tensor(weights_of(condition))[:, None]
        seen = (weights > 0)[..., None]
        levels = sampler.levels(given=condition.start is not None)
        fits = fit_iterations(condition, sampler.fit_steps, sampler.turn_given)
        step = partial(ZeDOStep, count=fits + sampler.steps + 1, condition=condition)
        if condition.start is None:
            noise = KeyedNoise(
                seed, first_pose, len(condition), hypotheses, 2, self.device, first_hypothesis,
                shared=shared_noise,
            )  # fmt: skip
            poses = self._typical(noise(), first_hypothesis)
        else:
            poses = self._given(condition, hypotheses, first_hypothesis)
        if condition.start is None or sampler.turn_given:
            towards = self._tensor(condition.view.rotation[:, 2])[:, None, None]
            time, fit = self._time(levels[0]), fit_to_image(poses, rays, weights, towards, sampler)
            for i, (poses, translation) in enumerate(fit):
                if i < fits:
                    yield step(i, 0, time, levels[0], poses, poses, translation)
        else:
            translation = best_translation(poses, rays, weights)
        for i, (level, kept) in enumerate(zip(levels, sampler.kept(levels))):
            if i >= KEPT_TRANSLATION * sampler.steps:
                translation = best_translation(poses, rays, weights)
            moved = torch.where(seen, onto_rays(poses + translation, rays) - translation, poses)
            clean = self._denoise(moved, level)
            time = self._time(level)
            yield step(fits + i, i + 1, time, level, poses, clean, translation)
            poses = clean + kept * (moved - clean)
        translation = best_translation(poses, rays, weights)
        yield step(fits + sampler.steps, sampler.steps, time, level, poses, poses, translation)

    def refusal(
        self, condition: Condition, evidence: EvidenceUse | None = None, guidance: float = 1.0
    ) -> str | None:
        """Why this prior cannot use ``condition``, in one sentence; None where it can."""
        if guidance != 1.0:
            return "ZeDO tells its network nothing, and guidance weighs what it is told: leave it at 1"
        if evidence not in (None, "condition"):
            return "ZeDO moves poses onto the rays that they were seen on: it imputes nothing"
        return refusal(condition)

    def time_of_noise(self, noise_mm: float) -> float:
        """The SDE time whose sigma/alpha equals ``noise_mm`` per coordinate, at most 1."""
        return min(1.0, self._time(noise_mm))

    def default_evidence(self, condition: Condition) -> EvidenceUse:
        """There is one way only."""
        return "condition"

    def _time(self, level: float) -> float:
        config = self.denoiser.config
        return float(config.sde.time_of(torch.tensor(level * config.units_per_mm, dtype=torch.float64)))

    def _typical(self, noise: Tensor, first: int) -> Tensor:  # (N, S, 2) -> (N, S, J, 3)
        """The start of each hypothesis; where they are used up, one of them turned at random."""
        n, s = noise.shape[:2]
        number = torch.arange(first, first + s)
        poses = torch.from_numpy(self.starts)[number % len(self.starts)].to(self.device)
        angle = torch.atan2(*noise.double().unbind(-1)) * (number >= len(self.starts)).to(self.device)
        sin, cos = angle.sin()[..., None], angle.cos()[..., None]
        x, y, z = poses.unbind(-1)
        return torch.stack([cos * x + sin * z, y.expand(n, s, -1), cos * z - sin * x], dim=-1)

    def _given(self, condition: Condition, hypotheses: int, first: int) -> Tensor:  # -> (N, S, J, 3)
        """The root-relative poses that the condition starts from."""
        poses = self._tensor(condition.start.poses)
        if poses.ndim == 3:
            poses = poses[:, None].expand(-1, hypotheses, -1, -1)
        poses = poses[:, first : first + hypotheses]
        if poses.shape[1] != hypotheses:
            raise ConditionError(f"there are {condition.start.poses.shape[1]} poses to start from for each")
        return poses - poses[:, :, :1]

    def _denoise(self, poses: Tensor, level: float) -> Tensor:  # (N, S, J, 3) -> (N, S, J, 3) mm
        """The clean estimate of poses that are taken to have noise of ``level`` mm on every coordinate."""
        config, rows = self.denoiser.config, poses.shape[:2].numel()
        t = torch.tensor(self._time(level), dtype=torch.float64)
        alpha, _ = config.sde.marginal(t)
        x = (float(alpha) * config.units_per_mm * self._to_network(poses)).float().view(1, rows, -1)
        with torch.no_grad():
            clean = self.denoiser.clean(F.pad(x, (0, 0, 0, -rows % WHOLE_VECTORS)), t, self._nothing)
        points = clean[:, :rows].double().view_as(poses) / config.units_per_mm
        return self._from_network(points)

    @cached_property
    def _nothing(self) -> Evidence:
        shown = torch.zeros(1, 1, 3 * self.skeleton.n_joints, device=self.device)
        with torch.no_grad():
            return self.denoiser.embed(shown, shown)

    def _to_network(self, poses: Tensor) -> Tensor:  # (N, S, J, 3) mm -> (N, S, J, 3) mm
        """Before a level camera at the usual distance, as :class:`gfpose_core.camera.View` has it.

        The true distance is what is looked for, and people far away must not look flatter than any the
        network has seen.
        """
        if self.denoiser.config.projection == "orthographic":
            return poses
        scale = VIRTUAL_DISTANCE_MM / (poses[..., 2:] + VIRTUAL_DISTANCE_MM).clamp(min=NEAREST_MM)
        return torch.cat([poses[..., :2] * scale, poses[..., 2:]], dim=-1)

    def _from_network(self, points: Tensor) -> Tensor:  # (N, S, J, 3) mm -> (N, S, J, 3) mm
        if self.denoiser.config.projection == "orthographic":
            return points
        depth = (points[..., 2:] + VIRTUAL_DISTANCE_MM).clamp(min=NEAREST_MM)
        return torch.cat([points[..., :2] * (depth / VIRTUAL_DISTANCE_MM), points[..., 2:]], dim=-1)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.tensor(array, dtype=torch.float64, device=self.device)
