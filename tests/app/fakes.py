"""A prior without torch: a Gaussian around a standing pose, sampled by a straight walk out of noise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.documents.request import OptionField, PriorInfo, Ready
from gfpose_core.condition import Condition
from gfpose_core.errors import CheckpointError
from gfpose_core.skeleton import H36M17

STANDING = np.array([
    [0, 0, 0], [-130, 0, 0], [-140, 440, 10], [-145, 880, 30], [130, 0, 0], [140, 440, 10], [145, 880, 30],
    [0, -230, 10], [0, -480, 0], [0, -590, -20], [0, -700, -10],
    [170, -450, 0], [240, -190, 10], [260, 50, -30], [-170, -450, 0], [-240, -190, 10], [-260, 50, -30],
], np.float32)  # fmt: skip
"""(17, 3) mm, camera axes, root at 0."""


@dataclass(frozen=True)
class FakeStep:
    index: int
    count: int
    time: float
    noise_level: float
    states: np.ndarray
    clean: np.ndarray

    @property
    def score(self) -> np.ndarray:
        return self.clean - self.states


@dataclass(frozen=True)
class FakeSampler:
    steps: int = 20
    eta: float = 1.0
    pause: float = 0.0


@dataclass
class FakePrior:
    name: str = "fake"
    sha256: str = "f" * 64
    facts: dict[str, object] = field(default_factory=lambda: {"training": "none"})
    skeleton = H36M17
    spread: float = 60.0
    error: Exception | None = None

    def generate(
        self,
        condition: Condition,
        hypotheses: int,
        sampler: Any,
        seed: int,
        evidence=None,
        first_pose=0,
        first_hypothesis=0,
        shared_noise=False,
        guidance=1.0,
    ) -> Iterator[FakeStep]:
        rng = np.random.default_rng(seed)
        shape = (len(condition), hypotheses, 17, 3)
        end = STANDING + rng.normal(0, self.spread, shape)
        known = condition.view.to_camera(condition.values.astype(float)) - condition.origin[:, None]
        end = np.where((condition.levels == 2)[:, None, :, None], known[:, None], end).astype(np.float32)
        if condition.start is not None:
            end = np.repeat((condition.start.poses * 0.5 + STANDING * 0.5)[:, None], hypotheses, 1)
        noise = rng.normal(0, 350, shape).astype(np.float32)
        times = np.linspace(1, 1e-3, sampler.steps)
        if (resume := condition.resume) is not None:
            times = np.array([resume.time, *times[times < resume.time - 1e-9]])
            noise = (resume.states - (1 - resume.time) * end) / resume.time
        count = len(times)
        for index, t in enumerate(times):
            if self.error is not None and index == 2:
                raise self.error
            time.sleep(sampler.pause)
            states = (t * noise + (1 - t) * end).astype(np.float32)
            yield FakeStep(
                index,
                count,
                float(t),
                float(1000 * t**2),
                states,
                STANDING * np.float32(t) + end * np.float32(1 - t),
            )

    def default_evidence(self, condition: Condition) -> str:
        return "both"

    def refusal(self, condition: Condition, evidence=None, guidance=1.0) -> str | None:
        return None

    def time_of_noise(self, noise_mm: float) -> float:
        return float(np.sqrt(noise_mm / 1000))


@dataclass
class FakeBackend:
    """Stands in for TorchBackend; ``prior`` answers for every checkpoint but those called bad."""

    prior: FakePrior = field(default_factory=FakePrior)
    threads: list[bool] = field(default_factory=list)
    weighing_s: float = 0.0
    unlikely: Exception | None = None

    def ready(self) -> Ready:
        steps = OptionField("steps", int, 20, "network calls", "Steps", "", 1, 10_000)
        eta = OptionField("eta", float, 1.0, "share of fresh noise", "Fresh noise", "", 0.0, 1.0)
        pause = OptionField("pause", float, 0.0, "seconds a step takes", "Pause", "s", 0.0, 1.0)
        samplers = dict.fromkeys(("dpm-solver", "euler-maruyama"), (steps, eta, pause))
        return Ready({**samplers, "posterior-mean": ()}, ("cpu",))

    def load(self, checkpoint: str | None, device: str, family: str = "gfpose") -> FakePrior:
        if checkpoint and "bad" in checkpoint:
            raise CheckpointError(f"{checkpoint} is no checkpoint: choose another file")
        return self.prior

    def describe(self, prior: FakePrior, checkpoint: str | None, device: str) -> PriorInfo:
        levels = np.geomspace(0.1, 1000, 200)
        return PriorInfo(
            prior.name, checkpoint, device, prior.sha256, prior.facts, {}, levels, np.sqrt(levels / 1000)
        )

    def sampler(self, name: str, options: dict[str, Any]) -> FakeSampler:
        return FakeSampler(1) if name == "posterior-mean" else FakeSampler(**options)

    def likelihoods(self, prior: FakePrior, condition: Condition, poses: np.ndarray, heard) -> np.ndarray:
        """Of the Gaussian around the standing pose, whatever the evidence."""
        for share in (0.5, 1.0):
            time.sleep(self.weighing_s)
            heard(share)
        if self.unlikely is not None:
            raise self.unlikely
        away = np.asarray(poses, float) - STANDING
        return -0.5 * (away**2).mean((1, 2)) / prior.spread**2

    def use_threads(self, animate: bool) -> None:
        self.threads.append(animate)
