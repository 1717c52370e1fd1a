"""Kinematic skeletons: joint names, bones, the left-right mirror and the five body parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints. ``parents[j]`` is the joint above ``j``; the root's is -1 and comes first.

    ``parts`` names disjoint groups of joints that together cover the body (the part level of
    GFPose's hierarchical mask, section 4.3).
    """

    name: str
    names: tuple[str, ...]
    parents: tuple[int, ...]
    parts: Mapping[str, tuple[int, ...]] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))

    @property
    def n_joints(self) -> int:
        return len(self.names)

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) of every bone, in the order of the children."""
        return tuple((parent, child) for child, parent in enumerate(self.parents) if parent >= 0)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """``"left"``, ``"right"`` or ``"centre"`` for every joint."""
        return tuple(
            {"L": "left", "R": "right"}.get(name[0], "centre") if name[1].isupper() else "centre"
            for name in self.names
        )

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """For every joint, its counterpart on the other side of the body."""
        swap = {"left": "R", "right": "L"}
        return tuple(
            j if side == "centre" else self.names.index(swap[side] + self.names[j][1:])
            for j, side in enumerate(self.sides)
        )

    def part_of(self, joint: int) -> str:
        """The name of the part that holds ``joint``."""
        return next(name for name, joints in self.parts.items() if joint in joints)

    def bone_lengths(self, poses: np.ndarray) -> np.ndarray:  # (..., J, 3) -> (..., J - 1)
        """Lengths of ``bones``, in the unit of ``poses``."""
        parents, children = np.asarray(self.bones).T
        return np.linalg.norm(poses[..., children, :] - poses[..., parents, :], axis=-1)


H36M17 = Skeleton(
    name="h36m-17",
    names=(
        "Hip", "RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "Spine", "Thorax", "Neck", "Head",
        "LShoulder", "LElbow", "LWrist", "RShoulder", "RElbow", "RWrist",
    ),
    parents=(-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15),
    parts={
        "right leg": (1, 2, 3),
        "left leg": (4, 5, 6),
        "torso": (0, 7, 8, 9, 10),
        "left arm": (11, 12, 13),
        "right arm": (14, 15, 16),
    },
)  # fmt: skip
"""Human3.6M's 17 joints in the order of GFPose, VideoPose3D, DiffPose and ZeDO."""
