"""Which joints a training sample shows, and how well: the hierarchical masks and our mixture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import TrainingError
from gfpose_core.skeleton import H36M17, Skeleton


@dataclass(frozen=True)
class HPJ:
    """M = M_human * M_part * M_joint (GFPose section 4.3), each level dropped with its probability.

    Attributes:
        human, part, joint: p_h, p_p and p_j.
        fixed: probability that a sample shows its joints in 3D instead of 2D (U3D: 0.1).
    """

    human: float = 0.1
    part: float = 0.1
    joint: float = 0.1
    fixed: float = 0.0
    skeleton: ClassVar[Skeleton] = H36M17

    @classmethod
    def parse(cls, text: str) -> HPJ:
        """Read the paper's shorthand: tenths of probability, ``T`` for one; ``HPJ-020`` is p_p = 0.2.

        Ending in ``-3D``, all that is shown is shown in 3D; in ``-2D`` or neither, in 2D.
        """
        match = re.fullmatch(r"(?:HPJ-)?([0-9T])([0-9T])([0-9T])(?:-([23])D)?", text, re.IGNORECASE)
        if not match:
            raise TrainingError(
                f"{text!r} is no mask: write HPJ-xxx with a digit (tenths) or T (always) a level, and -2D or "
                "-3D after it for the evidence shown"
            )
        *levels, dimensions = match.groups()
        return cls(
            *(1.0 if level in "Tt" else int(level) / 10 for level in levels), fixed=float(dimensions == "3")
        )

    def __str__(self) -> str:
        levels = ("T" if p == 1.0 else f"{p * 10:g}" for p in (self.human, self.part, self.joint))
        return "HPJ-" + "".join(levels) + ("-3D" if self.fixed == 1.0 else "")

    def visible(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, J) bool: the joints left after all three masks."""
        return (
            (rng.random((n, 1)) >= self.human)
            & _part_mask(rng, np.full((n, 1), self.part), self.skeleton)
            & (rng.random((n, self.skeleton.n_joints)) >= self.joint)
        )

    def levels(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, J) int evidence levels of ``n`` training samples."""
        shown = np.where(rng.random((n, 1)) < self.fixed, FIXED_3D, SEEN_2D)
        return np.where(self.visible(n, rng), shown, FREE)


@dataclass(frozen=True)
class JointMixture:
    """Our mixture: every task is common in training, and levels may differ from joint to joint.

    A sample is unconditional (``unconditional``), else all 2D, all 3D (``fixed``) or joint by joint
    either (``mixed``). Parts are masked in a share ``parts`` of the samples and single joints in a share
    ``joints``; each such sample draws its own masking probability, up to ``most``. A sample whose every
    joint is fixed would teach nothing: it loses one part.
    """

    unconditional: float = 0.1
    fixed: float = 0.3
    mixed: float = 0.1
    parts: float = 0.5
    joints: float = 0.3
    most: float = 0.6
    skeleton: ClassVar[Skeleton] = H36M17

    def levels(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, J) int evidence levels of ``n`` training samples."""
        part = rng.uniform(0, self.most, (n, 1)) * (rng.random((n, 1)) < self.parts)
        joint = rng.uniform(0, self.most, (n, 1)) * (rng.random((n, 1)) < self.joints)
        visible = (
            (rng.random((n, 1)) >= self.unconditional)
            & _part_mask(rng, part, self.skeleton)
            & (rng.random((n, self.skeleton.n_joints)) >= joint)
        )
        kind = rng.random((n, 1))
        share = np.where(
            kind < self.fixed, 1.0, np.where(kind < self.fixed + self.mixed, rng.random((n, 1)), 0.0)
        )
        fixed = rng.random(visible.shape) < share
        part = _part_index(self.skeleton)
        told = (visible & fixed).all(axis=1, keepdims=True)
        visible &= ~(told & (part == rng.integers(part.max() + 1, size=(n, 1))))
        return np.where(visible, np.where(fixed, FIXED_3D, SEEN_2D), FREE)


def _part_mask(rng: np.random.Generator, p: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(n, J) bool: False where the joint's part was masked, each with probability ``p`` (n, 1)."""
    part = _part_index(skeleton)
    return (rng.random((len(p), part.max() + 1)) >= p)[:, part]


def _part_index(skeleton: Skeleton) -> np.ndarray:
    """(J,) int: which of the skeleton's parts each joint belongs to."""
    parts = list(skeleton.parts)
    return np.array([parts.index(skeleton.part_of(j)) for j in range(skeleton.n_joints)])


U2D = HPJ(0.1, 0.1, 0.1)
U3D = HPJ(0.1, 0.1, 0.1, fixed=0.1)
"""The paper's unified models (supplementary section 6)."""
