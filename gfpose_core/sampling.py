"""Sampling many poses, and many hypotheses of each, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gfpose_core.condition import Condition
from gfpose_core.errors import ConditionError
from gfpose_core.priors.base import EvidenceUse, PosePrior
from gfpose_core.samplers.base import Sampler

ROWS = 1024
"""Samples at a time: what a processor's caches like best (gfpose bench quality); a GPU takes more."""

Chunk = tuple[slice, slice]
"""Poses and hypotheses that are sampled together."""

Progress = Callable[[float], None]
"""Hears the share of the work that is done, in [0, 1]."""


def chunks(poses: int, hypotheses: int, rows: int = ROWS) -> list[Chunk]:
    """``poses`` x ``hypotheses`` in blocks of at most ``rows``: whole poses, or one's in pieces."""
    return [
        (among, of)
        for among in _pieces(poses, max(1, rows // hypotheses))
        for of in _pieces(hypotheses, min(rows, hypotheses))
    ]


def stream(
    prior: PosePrior,
    condition: Condition,
    sampler: Sampler,
    seed: int,
    evidence: EvidenceUse | None,
    parts: Sequence[Chunk],
    progress: Progress = lambda share: None,
    shared_noise: bool = False,
    guidance: float = 1.0,
) -> Iterator[tuple[Chunk, np.ndarray]]:  # (n, s, J, 3) mm float32
    """The result of ``prior.generate`` for each of ``parts``, one after the other.

    The same parts give the same bits, whatever others are sampled before or elsewhere; another cut agrees to
    1e-4 of a pose's size.

    Raises:
        ConditionError: evidence this prior cannot use.
    """
    evidence = evidence or prior.default_evidence(condition)  # of all poses, not part by part
    if why_not := prior.refusal(condition, evidence, guidance):
        raise ConditionError(why_not)
    for i, (poses, hypotheses) in enumerate(parts):
        part = condition[poses]
        run = prior.generate(
            part,
            hypotheses.stop - hypotheses.start,
            sampler,
            seed,
            evidence,
            first_pose=poses.start,
            first_hypothesis=hypotheses.start,
            shared_noise=shared_noise,
            guidance=guidance if part.observed.any() else 1.0,
        )
        for step in run:
            progress((i + (step.index + 1) / step.count) / len(parts))
        yield (poses, hypotheses), step.clean


def sample(
    prior: PosePrior,
    condition: Condition,
    hypotheses: int,
    sampler: Sampler,
    seed: int,
    evidence: EvidenceUse | None = None,
    rows: int = ROWS,
    progress: Progress = lambda share: None,
    shared_noise: bool = False,
    guidance: float = 1.0,
) -> np.ndarray:  # -> (N, S, J, 3) mm float32
    """The result of ``prior.generate`` for all poses of ``condition``, at most ``rows`` samples at a time."""
    poses = np.empty((len(condition), hypotheses, prior.skeleton.n_joints, 3), np.float32)
    parts = chunks(len(condition), hypotheses, rows)
    run = stream(prior, condition, sampler, seed, evidence, parts, progress, shared_noise, guidance)
    for part, drawn in run:
        poses[part] = drawn
    return poses


def _pieces(total: int, most: int) -> list[slice]:
    """``total`` cut as evenly as it goes: a last piece of one sample would be the slowest of all."""
    count = -(-total // most)
    return [slice(i * total // count, (i + 1) * total // count) for i in range(count)]
