"""Changed poses back into the skeleton they came from: new rotations only where a joint has moved.

Rule for what 17 joints leave open: a bone is turned by the shortest arc from where its file has it to where
it is to be, so its twist stays the file's own. The pelvis follows the line of the hips, and tilts with the
trunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gfpose_core.io.mocap.motion import ancestors
from gfpose_core.io.mocap.rotations import frame, shortest_arc
from gfpose_core.skeleton import H36M17

UNCHANGED = 1e-4
"""Radians: a bone that is turned by less is left alone; it is a twentieth of a millimetre on a thigh."""

_AIMS = (
    ("RHip", "RKnee"), ("RKnee", "RAnkle"), ("LHip", "LKnee"), ("LKnee", "LAnkle"),
    ("LShoulder", "LElbow"), ("LElbow", "LWrist"), ("RShoulder", "RElbow"), ("RElbow", "RWrist"),
    ("Thorax", "Neck"), ("Neck", "Head"),
)  # fmt: skip
"""Bones whose upper joint alone says where they point."""

_REACHES = ("LHip", "RHip", "Thorax", "LShoulder", "RShoulder")
"""Joints that one further up is turned for, if there is one: buttocks, the lowest of the spine, collars."""


@dataclass(frozen=True, eq=False)
class Body:
    """A tree of joints as a file moves it.

    Attributes:
        parents: (K,), each before its children, -1 for a root.
        rotations, places: (K, T, 3, 3) and (K, T, 3) of each joint in its parent's axes.
        free: (K,) bool, the joints that can be turned at will.
    """

    parents: Sequence[int]
    rotations: Sequence[np.ndarray]
    places: Sequence[np.ndarray]
    free: Sequence[bool]


@dataclass(frozen=True, eq=False)
class Solution:
    """``rotations`` (T, 3, 3) of those joints that are turned, in their parents' axes; and the ``shift``
    (T, 3) of the root, in the world's."""

    rotations: dict[int, np.ndarray]
    shift: np.ndarray


def resolve(body: Body, joints: Mapping[str, int], poses: np.ndarray) -> Solution:
    """How ``body`` is to move so that its H36M-17 ``joints`` come to ``poses`` (T, 17, 3), in its unit and
    axes; NaN leaves alone."""
    return _Solver(body, joints, dict(zip(H36M17.names, np.moveaxis(poses, 1, 0)))).run()


class _Solver:
    """One walk from the root down; ``turned`` and ``points`` are the file's."""

    def __init__(self, body: Body, joints: Mapping[str, int], targets: Mapping[str, np.ndarray]) -> None:
        self.body, self.joints, self.targets = body, joints, targets
        self.turned: list[np.ndarray] = []
        self.points: list[np.ndarray] = []
        for rotation, place, parent in zip(body.rotations, body.places, body.parents):
            if parent >= 0:
                place = self.points[parent] + _apply(self.turned[parent], place)
                rotation = self.turned[parent] @ rotation
            self.turned.append(rotation)
            self.points.append(place)

    def run(self) -> Solution:
        pelvis, tilt, shift = self._pelvis()
        aims = self._aims()
        now: list[np.ndarray] = []
        place: list[np.ndarray] = []
        found: dict[int, np.ndarray] = {}
        for joint, parent in enumerate(self.body.parents):
            local, offset = self.body.rotations[joint], self.body.places[joint]
            above = now[parent] if parent >= 0 else np.eye(3)
            rotation = above @ local
            at = place[parent] + _apply(above, offset) if parent >= 0 else offset + shift
            if joint == pelvis:
                turn = tilt
            elif joint in aims:
                turn = self._turn(joint, *aims[joint], rotation, at)
            else:
                turn = None
            if turn is not None and self.body.free[joint]:
                rotation = turn @ rotation
                found[joint] = np.swapaxes(np.broadcast_to(above, rotation.shape), -1, -2) @ rotation
            now.append(rotation)
            place.append(at)
        return Solution(found, shift)

    def _pelvis(self) -> tuple[int, np.ndarray | None, np.ndarray]:
        """The joint that carries hips and spine, its turn, and how far the root moves."""
        wanted = ("LHip", "RHip", "Thorax")
        none = np.zeros((len(self.points[0]), 3))
        if not set(wanted[:2]) <= self.joints.keys():
            return -1, None, none
        ways = [self._above(name) for name in wanted if name in self.joints]
        pelvis = next((j for j in ways[0][1:] if all(j in way for way in ways)), -1)
        if pelvis < 0:
            return -1, None, none
        old = np.stack([self.points[self.joints[name]] for name in wanted if name in self.joints])
        new = np.stack([self.targets[name] for name in wanted if name in self.joints])
        hip = self.joints.get("Hip")
        before = old[:2].mean(axis=0) if hip is None else self.points[hip]
        after = self.targets["Hip"]
        after = np.where(np.isfinite(after), after, new[:2].mean(axis=0))
        small = UNCHANGED * np.median(np.linalg.norm(old[0] - old[1], axis=-1))
        # one hip alone is the leg's affair: the pelvis turns where both have moved
        moved = np.linalg.norm((new[:2] - after) - (old[:2] - before), axis=-1) > small
        turns = moved.all(axis=0) & np.isfinite(new).all(axis=(0, 2))
        tilt = np.tile(np.eye(3), (len(turns), 1, 1))
        if len(old) == 3:
            axes = [frame(p[0] - p[1], p[2] - m)[turns] for p, m in ((old, before), (new, after))]
            tilt[turns] = axes[1] @ axes[0].swapaxes(-1, -2)
        else:
            tilt[turns] = shortest_arc((old[0] - old[1])[turns], (new[0] - new[1])[turns])
        tilt = _still(tilt)
        landed = self.points[pelvis] + _apply(tilt, before - self.points[pelvis])
        shift = np.where(np.isfinite(after), after - landed, 0.0)
        shift[np.linalg.norm(shift, axis=-1) < small] = 0.0
        return pelvis, tilt, shift

    def _aims(self) -> dict[int, tuple[str | None, str]]:
        """Which joint turns for which H36M-17 joint, and the joint whose bone it is (None: any place)."""
        found: dict[int, tuple[str | None, str]] = {}
        for upper, lower in _AIMS:
            if upper in self.joints and lower in self.joints:
                found[self.joints[upper]] = upper, lower
        for name in _REACHES:
            if name not in self.joints:
                continue
            others = [other for other in _REACHES if other != name]
            others = others[:2] if name == "Thorax" else others  # the spine carries the arms too
            shared = {j for o in others if o in self.joints for j in self._above(o)}
            own = [j for j in self._above(name)[1:] if j not in shared and j not in found]
            if own:
                found[own[-1]] = None, name
        return found

    def _turn(self, joint: int, upper: str | None, lower: str, rotation: np.ndarray, at: np.ndarray):
        """The shortest arc in the world from where the bone would point now to where it is to."""
        end = self.points[self.joints[lower]] - self.points[joint]
        bone = _apply(rotation, _apply(self.turned[joint].swapaxes(-1, -2), end))
        wanted = self.targets[lower] - (at if upper is None else self.targets[upper])
        long = np.linalg.norm(bone, axis=-1) > 0.01 * np.linalg.norm(wanted, axis=-1)
        known = np.isfinite(wanted).all(axis=-1) & long
        turn = np.tile(np.eye(3), (len(known), 1, 1))
        turn[known] = shortest_arc(bone[known], wanted[known])
        return _still(turn)

    def _above(self, name: str) -> list[int]:
        return ancestors(self.body.parents, self.joints[name])


def _apply(rotations: np.ndarray, vectors: np.ndarray) -> np.ndarray:  # (T, 3, 3), (T, 3) -> (T, 3)
    return np.einsum("...ij,...j->...i", rotations, vectors)


def _still(turn: np.ndarray) -> np.ndarray:
    """``turn`` (T, 3, 3), with exactly nothing where it is as good as nothing."""
    small = np.abs(turn - np.eye(3)).max(axis=(-2, -1)) < UNCHANGED
    turn[small] = np.eye(3)
    return turn
