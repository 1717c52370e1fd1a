"""How long sampling takes, beside the paper's algorithm taken literally and the machine's matrix products."""

from __future__ import annotations

import copy
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gfpose_core.condition import SEEN_2D, Condition
from gfpose_core.ladder import LADDER
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.inference import fastest_dtype
from gfpose_core.networks.score_mlp import Evidence, ScoreMLP, ScoreMLPConfig
from gfpose_core.priors.gfpose import GFPosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.samplers.euler_maruyama import Algorithm1

STEPS = 1000
ROUNDS, BUDGET_S = 8, 0.5
"""Long runs are timed in so many rounds, each for about so long, and the fastest round counts: on a busy
machine whatever is compared then gets the same share of it."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a run takes, from the first ``timed`` of its steps."""

    seconds: float
    timed: int


class LiteralMLP(nn.Module):
    """``definition`` as the authors' code calls it: the condition and the time are embedded for every sample
    at every call, in float32."""

    def __init__(self, definition: ScoreMLP) -> None:
        super().__init__()
        self.definition = definition

    def embed(self, values: Tensor, observed: Tensor) -> Evidence:
        return Evidence(values, observed, None)

    def forward(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        shown = self.definition.embed(evidence.values.expand_as(x), evidence.observed.expand_as(x))
        return self.definition(x, t.expand(*x.shape[:-1], 1), shown)


def literal(prior: GFPosePrior) -> GFPosePrior:
    """``prior`` with its network called literally: the reference and, with Alg. 1, the paper's sampling."""
    reference = copy.copy(prior)
    reference.denoiser = Denoiser(prior.denoiser.config, LiteralMLP(prior.denoiser.network.definition))
    reference.precision = "float32"
    return reference


def a_condition(seed: int = 0) -> Condition:
    """All joints of one pose of no importance seen in 2D."""
    pose = np.random.default_rng(seed).normal(0, 200, (1, 17, 3)) + [0.0, 0.0, 5000.0]
    return Condition.from_camera(pose, np.full((1, 17), SEEN_2D))


def paces(priors: list[GFPosePrior], hypotheses: int) -> list[Pace]:
    """How fast each of ``priors`` takes Alg. 1's steps, in turns, so that all suffer the same neighbours."""
    rounds = [[_pace(prior, hypotheses) for prior in priors] for _ in range(ROUNDS)]
    return [min(of_one, key=lambda pace: pace.seconds) for of_one in zip(*rounds)]


def _pace(prior: GFPosePrior, hypotheses: int) -> Pace:
    begun = time.perf_counter()
    for step in prior.generate(a_condition(), hypotheses, Algorithm1(STEPS), seed=0):
        step.state.clean[0, 0, 0].item()  # a device may still be at work
        seconds = time.perf_counter() - begun
        if seconds > BUDGET_S and step.index > 2:
            break
    timed = min(step.index + 1, STEPS)  # the last yield of all calls no network
    return Pace(seconds * STEPS / timed, timed)


def distance(prior: GFPosePrior, hypotheses: int = 4) -> float:
    """Millimetres between what ``prior`` and its literal form draw from the same noise, mean over joints."""
    ends = []
    for each in (prior, literal(prior)):
        *_, last = each.generate(a_condition(), hypotheses, Algorithm1(STEPS), seed=0)
        ends.append(last.clean)
    return float(np.linalg.norm(ends[0] - ends[1], axis=-1).mean())


def whole_runs(
    prior: GFPosePrior, hypotheses: int, sampler: Sampler, runs: int = 40
) -> np.ndarray:  # -> (runs,)
    """Seconds from evidence to poses in millimetres, of evidence that is new each time."""
    seconds = []
    for run in range(runs):
        started = time.perf_counter()
        *_, last = prior.generate(a_condition(run), hypotheses, sampler, seed=0)
        last.clean.sum()
        seconds.append(time.perf_counter() - started)
    return np.array(seconds)


def preview(prior: GFPosePrior, hypotheses: int) -> tuple[float, float]:
    """Milliseconds of the first preview and of one after another edit, the median."""
    first, *later = 1e3 * whole_runs(prior, hypotheses, LADDER["preview"].solver())
    return float(first), float(np.median(later))


def matmul_peak(device: torch.device, size: int = 2048) -> float:
    """FLOP/s of large matrix products in the fastest dtype, timed in rounds as steps are."""
    a, b = torch.randn(2, size, size, device=device).to(fastest_dtype(device))
    rates = []
    for _ in range(ROUNDS):
        products, begun = 0, time.perf_counter()
        while (seconds := time.perf_counter() - begun) < BUDGET_S or not products:
            (a @ b)[0, 0].item()
            products += 1
        rates.append(2 * size**3 * products / seconds)
    return max(rates)


def useful_flops(config: ScoreMLPConfig) -> int:
    """Of one network call for one sample: matrix products with what changes from call to call."""
    size, hidden = 3 * config.n_joints, config.hidden
    layers = 1 + 2 * config.blocks
    moving = 2 * size * hidden + (layers - 1) * hidden**2
    if config.condition == "difference":
        moving += size * hidden + layers * hidden**2
    return 2 * moving


def peak_memory_mb() -> float | None:
    """The most memory this process has held; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)
