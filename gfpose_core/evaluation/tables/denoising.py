"""Noisy captures made clean: GFPose Table 7, and what a matched start time gains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gfpose_core.condition import Condition
from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam, Task
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.metrics import pa_mpjpe
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.euler_maruyama import Algorithm1
from gfpose_core.samplers.posterior_mean import PosteriorMean

STDS_PX = {
    "clean": 0.0,
    "N(0, 25)": 5.0,
    "N(0, 100)": 10.0,
    "N(0, 400)": 20.0,
    "U(25)": 25 / math.sqrt(12),
    "U(50)": 50 / math.sqrt(12),
    "U(100)": 100 / math.sqrt(12),
}
"""Standard deviation of each noise on every coordinate: N by its variance, U(a) over -a/2 to a/2."""

LEAST_MM = 1.0
"""The noise that a matched start takes clean poses to have."""


def denoise(exam: Exam) -> Table:
    """Table 7: with the paper's start times and its Alg. 1, and with the start matched to the noise.

    Noise is in pixels of the 1000 x 1000 image, on all three coordinates of every joint; at a pose's own
    depth a pixel has its size in mm.
    """
    cases = {name: NoisyPoses.draw(exam, name) for name in STDS_PX}
    tasks = []
    for name, case in cases.items():
        paper = Condition.denoise(case.poses, papers.DENOISE[name][2])
        tasks.append(Task(f"{name}, Alg. 1", paper, exam.truth, 1, sampler=Algorithm1()))
        tasks.append(case.task(exam, exam.prior, f"{name}, matched sample"))
        tasks.append(case.task(exam, exam.prior, f"{name}, matched mean", sampler=PosteriorMean()))
    scores = iter(exam.run(tasks))
    rows = []
    for name, case in cases.items():
        literal, sample, mean = (next(scores).best_aligned(1) for _ in range(3))
        figures = {
            "noise, mm": case.std_mm,
            "before": float(pa_mpjpe(case.poses, exam.truth, reflection=True).mean()),
            "Alg. 1, paper's T": literal,
            "matched, sample": sample,
            "matched, mean": mean,
        }
        unclean, cleaned, _ = papers.DENOISE[name]
        rows.append(Row(name, figures, {"before": unclean, "Alg. 1, paper's T": cleaned}))
    return Table(
        "denoise",
        "Denoising: MPJPE under protocol 2, mm",
        "GFPose Table 7",
        rows,
        notes=(
            "*noise, mm*: standard deviation on every coordinate. *matched*: the start time whose "
            "sigma/alpha is that noise; a sample of the reverse SDE, and the posterior mean in one call.",
        ),
    )


@dataclass(frozen=True)
class NoisyPoses:
    """The exam's poses (N, J, 3) mm with noise of mean standard deviation ``std_mm`` on every coordinate."""

    poses: np.ndarray
    std_mm: float

    @classmethod
    def draw(cls, exam: Exam, name: str) -> NoisyPoses:
        """Noise ``name`` of :data:`STDS_PX` on the exam's poses, each at its own depth."""
        pixel = exam.subjects.points[:, 0, 2] / exam.subjects.camera.K[..., 0, 0]
        rng = exam.rng(4, list(STDS_PX).index(name))
        if name.startswith("U"):
            unit = rng.uniform(-math.sqrt(3), math.sqrt(3), exam.truth.shape)
        else:
            unit = rng.standard_normal(exam.truth.shape)
        noise = STDS_PX[name] * pixel[:, None, None] * unit
        return cls(exam.truth + noise, float(STDS_PX[name] * pixel.mean()))

    def task(self, exam: Exam, prior: PosePrior, name: str, **options: object) -> Task:
        """Denoise from the time at which the SDE's own noise is as large."""
        time = prior.time_of_noise(max(LEAST_MM, self.std_mm))
        return Task(name, Condition.denoise(self.poses, time), exam.truth, 1, **options)
