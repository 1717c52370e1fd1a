"""Sampling many poses in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gfpose_core.condition import Condition
from gfpose_core.priors.base import EvidenceUse, PosePrior
from gfpose_core.samplers.base import Sampler


def sample(
    prior: PosePrior,
    condition: Condition,
    hypotheses: int,
    sampler: Sampler,
    seed: int,
    evidence: EvidenceUse | None = None,
    rows: int = 8192,
    progress: Callable[[float], None] = lambda share: None,
) -> np.ndarray:  # -> (N, S, J, 3) mm float32
    """The result of ``prior.generate`` for all poses of ``condition``, about ``rows`` samples at a time.

    ``progress`` hears the share of the work that is done, in [0, 1].
    """
    chunk = max(1, rows // hypotheses)
    evidence = evidence or prior.default_evidence(condition)  # of all poses, not chunk by chunk
    results = []
    for first in range(0, len(condition), chunk):
        part = condition[first : first + chunk]
        for step in prior.generate(part, hypotheses, sampler, seed, evidence, first_pose=first):
            progress((first + len(part) * (step.index + 1) / step.count) / len(condition))
        results.append(step.clean)
    return np.concatenate(results)
