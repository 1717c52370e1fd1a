"""What every family of pose priors offers, whatever is inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from gfpose_core.condition import Condition
from gfpose_core.likelihood import Heard, LogProb
from gfpose_core.samplers.base import Sampler
from gfpose_core.skeleton import Skeleton

EvidenceUse = Literal["condition", "imputation", "both"]
"""How evidence steers a sample (GFPose supplementary section 7): through the network, by overwriting the
observed coordinates of x(t) after every step, or both. By default condition for lifting and both for
completion, as the paper."""


class Step(Protocol):
    """One moment of a sampling run on N poses x S hypotheses. Arrays are computed when first asked for."""

    index: int  # 0 for the first
    count: int  # how many steps the run will have
    time: float  # of the SDE
    noise_level: float  # sigma / alpha, mm

    @property
    def states(self) -> np.ndarray: ...  # (N, S, J, 3) mm, x(t) / (alpha sqrt(1 + rho^2)), network space

    @property
    def clean(self) -> np.ndarray: ...  # (N, S, J, 3) mm, camera axes, relative to condition.origin

    @property
    def score(self) -> np.ndarray: ...  # (N, S, J, 3), d log p_t / d x, network space


@runtime_checkable
class FitsImage(Protocol):
    """A step of a search for poses that an image shows: how well those it begins with fit."""

    @property
    def reprojection_error(self) -> np.ndarray: ...  # (N, S) px of a nominal camera, gfpose_core.rays

    @property
    def ray_distance(self) -> np.ndarray: ...  # (N, S) mm


@runtime_checkable
class CountsCalls(Protocol):
    """A step that knows what it cost."""

    calls: int  # of the network, since the run began


class PosePrior(Protocol):
    """A distribution over poses that can be sampled under a condition."""

    name: str
    sha256: str  # of tensors and config
    skeleton: Skeleton
    facts: dict[str, object]  # how it was trained, for people to read
    precision: str  # of its arithmetic, which differs between machines: "bfloat16", "float32"

    @property
    def takes_evidence_as_exact(self) -> bool:
        """Whether x(t) is not read where there is evidence, so that imputing changes nothing."""
        ...

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
    ) -> Iterator[Step]:
        """Sample ``hypotheses`` poses for each condition, step by step; the last ``clean`` is the result.

        ``sampler`` is of the kind that drives the family: :func:`gfpose_core.registry.drivers`. Noise is
        keyed by (seed, first_pose + n, first_hypothesis + s): the same request gives the same bits on the
        same machine, and any split of poses or hypotheses agrees to 1e-4. ``shared_noise`` gives all poses
        the noise of pose 0, hypothesis by hypothesis: frames of a clip, which are alike, come out alike.
        ``guidance`` is the weight of the evidence that the network is told, see
        :mod:`gfpose_core.priors.guidance`; 1 leaves it as it is.

        Raises:
            ConditionError: evidence this prior cannot use.
        """
        ...

    def default_evidence(self, condition: Condition) -> EvidenceUse:
        """How :meth:`generate` uses evidence where nothing is said."""
        ...

    def refusal(
        self, condition: Condition, evidence: EvidenceUse | None = None, guidance: float = 1.0
    ) -> str | None:
        """Why this prior cannot use ``condition``, in one sentence; None where it can. One that cannot go on
        from states refuses a ``resume``."""
        ...

    def time_of_noise(self, noise_mm: float) -> float:
        """The SDE time whose sigma/alpha equals ``noise_mm`` per coordinate."""
        ...


@runtime_checkable
class HasLogProb(Protocol):
    """A prior that can say how likely a pose is."""

    def log_prob(self, condition: Condition, poses: np.ndarray, heard: Heard = lambda share: None) -> LogProb:
        """ln p of ``poses`` (N, S, J, 3) mm, as :meth:`PosePrior.generate` gives them, under ``condition``.

        The density is that of what the evidence leaves open, given the evidence, per mm of each free
        coordinate in camera axes: of a joint seen in 2D the depth, of a free one all three. It is the
        density of poses blurred by :data:`gfpose_core.likelihood.BLUR_MM`, without which there is none.

        Raises:
            ConditionError: evidence that this prior cannot condition on.
        """
        ...
