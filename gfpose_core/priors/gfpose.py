"""GFPose: a score-based pose prior, steered by evidence (Ci et al., CVPR 2023)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from gfpose_core.condition import SEEN_2D, Condition, Resume
from gfpose_core.errors import ConditionError
from gfpose_core.likelihood import BLUR_MM, Heard, LogProb, log_density
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.inference import accelerated, fastest_dtype
from gfpose_core.networks.score_mlp import Evidence
from gfpose_core.priors import guidance as weighing
from gfpose_core.priors.base import EvidenceUse
from gfpose_core.priors.density import free_coordinates, log_stretch
from gfpose_core.priors.steps import GFPoseStep, Space
from gfpose_core.samplers.base import Problem, Resumed, Sampler, as_time
from gfpose_core.samplers.noise import KeyedNoise
from gfpose_core.skeleton import H36M17, Skeleton

PLACING_ROUNDS = 10
"""Rounds of expectation-maximisation that find where a noisy pose's root truly is."""


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
        dtype = fastest_dtype(next(denoiser.parameters()).device)
        self.denoiser = accelerated(denoiser.eval().requires_grad_(False), dtype)
        self.precision = str(dtype).removeprefix("torch.")
        self.name, self.sha256, self.facts, self.skeleton = name, sha256, facts, skeleton

    @property
    def device(self) -> torch.device:
        return next(self.denoiser.parameters()).device

    @property
    def takes_evidence_as_exact(self) -> bool:
        """Whether x(t) is not read where there is evidence, so that imputing changes nothing."""
        return self.denoiser.config.network.condition == "exact"

    def generate(
        self,
        condition: Condition,
        hypotheses: int,
        sampler: Sampler,
        seed: int,
        evidence: EvidenceUse | None = None,
        first_pose: int = 0,
        first_hypothesis: int = 0,
        shared_noise: bool = False,
        guidance: float = 1.0,
    ) -> Iterator[GFPoseStep]:
        """Sample, step by step; see :meth:`gfpose_core.priors.base.PosePrior.generate`."""
        if refusal := self.refusal(condition, evidence, guidance):
            raise ConditionError(refusal)
        evidence = evidence or self.default_evidence(condition)
        space, start = self._place(condition)
        embedded, observed, values = self._embed(condition, space, evidence)
        size = 3 * self.skeleton.n_joints
        sde = self.denoiser.config.sde
        imputes = evidence != "condition"

        clean, cost = partial(self.denoiser.clean, evidence=embedded), 1
        if guidance != 1.0:
            clean = weighing.guided(self.denoiser, values * observed, observed, guidance)
            cost = weighing.CALLS
        calls = 0

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            nonlocal calls
            calls += cost
            with torch.no_grad():
                return clean(x, t)

        def constrain(x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
            if not imputes:
                return x
            alpha, sigma = sde.marginal(t)
            return torch.where(observed, alpha * values + sigma * noise, x)

        resumed, first_draw = None, 0
        if condition.resume is not None:
            which = slice(first_hypothesis, first_hypothesis + hypotheses)
            resumed = self._resume(condition.resume, space, which, observed, values)
            first_draw = _stream(condition.resume)
        problem = Problem(
            sde=sde,
            denoise=denoise,
            noise=KeyedNoise(
                seed,
                first_pose,
                len(condition),
                hypotheses,
                size,
                self.device,
                first_hypothesis,
                first_draw,
                shared_noise,
            ),
            constrain=constrain,
            imputes=imputes,
            start=start,
            start_time=condition.start.time if condition.start else 1.0,
            units_per_mm=self.denoiser.config.units_per_mm,
            resumed=resumed,
        )
        for state in sampler.run(problem):
            if imputes and state.index + 1 == state.count:  # the result holds the evidence itself
                state = replace(state, clean=torch.where(observed, values, state.clean))
            yield GFPoseStep(state, space, calls)

    def log_prob(self, condition: Condition, poses: np.ndarray, heard: Heard = lambda share: None) -> LogProb:
        """How likely ``poses`` are; see :meth:`gfpose_core.priors.base.HasLogProb.log_prob`.

        Evidence steers the network alone, with no weight but its own, whatever way it is sampled with.
        Divergences are taken through the network as it is defined, in float32.
        """
        if condition.start is not None:
            raise ConditionError("a noisy pose to start from is no evidence: take the density without it")
        if refusal := self.refusal(condition, "condition"):
            raise ConditionError(refusal)
        config = self.denoiser.config
        space, _ = self._place(condition)
        exact = Denoiser(config, self.denoiser.network.definition)
        embedded, observed, values = self._embed(condition, space, "condition", exact)
        points = poses + space.offset[:, None, None]
        x = torch.from_numpy(space.encode(points)).flatten(2).to(self.device)
        free = free_coordinates(condition)
        nats = log_density(
            config.sde,
            lambda x, t: exact.clean(x, t, embedded),
            torch.where(observed, values, x),
            torch.from_numpy(free).view(observed.shape).to(self.device),
            BLUR_MM * config.units_per_mm,
            heard=heard,
        )
        count = free.sum((1, 2))
        per_mm = nats.cpu().numpy() + count[:, None] * np.log(config.units_per_mm)
        return LogProb(per_mm + log_stretch(space, points, free), count)

    def refusal(
        self, condition: Condition, evidence: EvidenceUse | None = None, guidance: float = 1.0
    ) -> str | None:
        """Why this prior cannot use ``condition``, in one sentence; None where it can."""
        if condition.start and condition.start.poses.ndim == 4:
            return "this prior starts all hypotheses from one noisy pose: give (N, J, 3)"
        levels, conditional = condition.levels, self.denoiser.config.network.condition != "none"
        evidence = evidence or self.default_evidence(condition)
        if why_not := weighing.refusal(guidance, condition, evidence, conditional):
            return why_not
        if not levels.any():
            return None
        if not conditional and evidence != "imputation":
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

    def default_evidence(self, condition: Condition) -> EvidenceUse:
        """The paper's choice (supplementary section 5): condition for lifting, both for completion."""
        if self.denoiser.config.network.condition == "none":
            return "imputation"
        levels = condition.levels
        return "condition" if (levels == SEEN_2D).all() or not levels.any() else "both"

    def _embed(
        self, condition: Condition, space: Space, evidence: EvidenceUse, denoiser: Denoiser | None = None
    ) -> tuple[Evidence, Tensor, Tensor]:
        """The evidence for ``denoiser``, by default the one that samples, and what imputation needs: flags
        and values, (N, 1, 3J) in units of x."""
        shape = (len(condition), 1, -1)
        values = torch.from_numpy(space.encode_evidence(condition.values)).view(shape).to(self.device)
        observed = torch.from_numpy(condition.observed.copy()).view(shape).to(self.device)
        shown = (evidence != "imputation") * observed
        with torch.no_grad():
            embedded = (denoiser or self.denoiser).embed(values * shown, shown.to(values.dtype))
        return embedded, observed, values

    def _place(self, condition: Condition) -> tuple[Space, Tensor | None]:
        """The space of ``condition``, and its noisy poses there, (N, 1, 3J).

        A noisy pose's translation is the most likely one: expectation (the clean estimate) and
        maximisation (the mean difference to it) in turn, from the noisy root.
        """
        config, view = self.denoiser.config, condition.view
        space = Space(view, condition.origin, config)
        if condition.start is None:
            return space, None
        blank = Condition.nothing(1, self.skeleton)
        nothing, _, _ = self._embed(blank, Space(blank.view, blank.origin, config), "condition")
        t = as_time(condition.start.time)
        alpha, _ = config.sde.marginal(t)
        noisy = condition.start.poses.astype(np.float64)
        root = noisy[:, 0]
        for _ in range(PLACING_ROUNDS):
            space = replace(space, offset=view.centre - root)
            x = self._units(space, noisy)
            with torch.no_grad():
                clean = self.denoiser.clean(alpha * x, t, nothing)
            root = root + (noisy - space.decode(clean)[:, 0]).mean(axis=1)
        space = replace(space, offset=view.centre - root)
        return space, self._units(space, noisy)

    def _resume(
        self, resume: Resume, space: Space, hypotheses: slice, observed: Tensor, values: Tensor
    ) -> Resumed:
        """The states of ``hypotheses`` in units of x, with what a solver had seen before, if it still counts.

        Observed coordinates tell which noise they were overwritten with.
        """
        count = hypotheses.stop - hypotheses.start
        fanned, there = resume.states.shape[1] == 1, resume.states.shape[1]
        if not fanned and hypotheses.stop > there:
            raise ConditionError(f"there are states of {there} hypotheses to go on from: ask for no more")

        def taken(array: np.ndarray) -> np.ndarray:
            return np.repeat(array, count, 1) if fanned else array[:, hypotheses]

        config = self.denoiser.config
        t = as_time(resume.time)
        x = space.undrawn(taken(resume.states), t).to(self.device)
        if resume.earlier is None:
            return Resumed(x, resume.time)
        alpha, sigma = config.sde.marginal(t)
        seen = []
        for time, clean in zip(resume.earlier_times, resume.earlier):
            estimate = torch.from_numpy(space.encode(taken(clean) + space.offset[:, None, None]))
            level = float(config.sde.noise_level(as_time(float(time))))
            seen.append((level, estimate.view(x.shape).to(self.device)))
        return Resumed(x, resume.time, tuple(seen), torch.where(observed, (x - alpha * values) / sigma, x))

    def _units(self, space: Space, poses: np.ndarray) -> Tensor:  # (N, J, 3) mm from offset -> (N, 1, 3J)
        placed = torch.from_numpy(space.encode(poses + space.offset[:, None]))
        return placed.view(len(poses), 1, -1).to(self.device)


def _stream(resume: Resume) -> int:
    """Where in the stream of a seed a run that goes on draws its noise: what had led to its states must not
    come again, whatever the seed."""
    return zlib.crc32(np.float64(resume.time).tobytes()) >> 1
