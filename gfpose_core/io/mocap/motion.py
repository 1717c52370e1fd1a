"""Trees of joints that move by channels, as BVH has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from gfpose_core.io.mocap.rotations import about

MOST_JOINTS, MOST_POINTS = 10_000, 10_000_000
"""Joints, and joints times frames: an hour of a hundred joints at 25 frames a second fits."""


END = " End Site"
"""What the end of a joint is called: the joint's name and this."""


def ancestors(parents: Sequence[int], joint: int) -> list[int]:
    """``joint`` and what carries it, up to the root, whose parent is -1."""
    way = []
    while joint >= 0:
        way.append(joint)
        joint = int(parents[joint])
    return way


@dataclass(frozen=True, eq=False)
class Motion:
    """A BVH file's content.

    Attributes:
        names, parents: (K,), with the ends of joints; a parent comes before its children, -1 is a root's.
        offsets: (K, 3) from the parent.
        channels: (K,) of each joint, in the file's order: "Xposition", ..., "Zrotation"; () for an end.
        values: (T, C) of all channels, angles in degrees.
        frame_time: seconds, as it is written.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    offsets: np.ndarray
    channels: tuple[tuple[str, ...], ...]
    values: np.ndarray
    frame_time: str

    @property
    def fps(self) -> float:
        """Frames a second: a whole number where the frame time is one's, as far as it is written."""
        seconds = float(self.frame_time)
        whole = round(1 / seconds)
        decimals = -Decimal(self.frame_time).as_tuple().exponent
        meant = decimals > 2 and whole and abs(1 / whole - seconds) <= 0.5 * 10.0**-decimals
        return float(whole) if meant else 1 / seconds

    @cached_property
    def columns(self) -> np.ndarray:
        """(K + 1,) where the channels of each joint begin in ``values``."""
        return np.cumsum([0, *map(len, self.channels)])

    def local(self, joint: int) -> tuple[np.ndarray, np.ndarray]:  # (T, 3, 3), (T, 3)
        """Rotation and place of ``joint`` in its parent's axes.

        Positions take the offset's place where they lie about it, as Blender and MotionBuilder write them,
        else they are added to it.
        """
        T, start = len(self.values), self.columns[joint]
        rotation, place = np.tile(np.eye(3), (T, 1, 1)), np.tile(self.offsets[joint], (T, 1))
        moved = {}
        for i, channel in enumerate(self.channels[joint]):
            values = self.values[:, start + i]
            if channel[1:] == "rotation":
                rotation = rotation @ about("XYZ".index(channel[0]), values)
            else:
                moved["XYZ".index(channel[0])] = values
        if moved:
            axes, values = list(moved), np.stack(list(moved.values()), axis=-1)
            middle, offset = np.median(values, axis=0), self.offsets[joint, axes]
            absolute = np.linalg.norm(middle - offset) <= np.linalg.norm(middle)
            place[:, axes] = values + (0.0 if absolute else offset)
        return rotation, place

    def points(self) -> np.ndarray:  # (T, K, 3)
        """Where the joints are."""
        points = np.empty((len(self.values), len(self.names), 3))
        turned: dict[int, np.ndarray] = {}  # of the joints whose children are still to come
        last_child = {int(parent): joint for joint, parent in enumerate(self.parents)}
        for joint, parent in enumerate(self.parents):
            rotation, place = self.local(joint)
            if parent >= 0:
                place = points[:, parent] + np.einsum("tij,tj->ti", turned[parent], place)
                rotation = turned[parent] @ rotation
                if last_child[parent] == joint:
                    del turned[parent]
            points[:, joint] = place
            if joint in last_child:
                turned[joint] = rotation
        return points

    def people(self) -> Iterator[np.ndarray]:
        """The joints of each tree, by index."""
        root = np.arange(len(self.names))
        for joint, parent in enumerate(self.parents):
            root[joint] = root[parent] if parent >= 0 else joint
        for first in np.flatnonzero(self.parents < 0):
            yield np.flatnonzero(root == first)
