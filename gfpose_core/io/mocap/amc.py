"""AMC, Acclaim's motion: what the angles of a skeleton's bones are in every frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.mocap.asf import Skeleton, extrinsic, numbers
from gfpose_core.io.mocap.motion import MOST_POINTS

CMU_FPS = 120.0
"""AMC tells no frame rate; that of CMU's files."""

_RATE = re.compile(r"#\s*frames a second:\s*(\d{1,5}(?:\.\d{1,9})?)\s*$")
"""A comment of ours: AMC itself has no place for the rate."""


@dataclass(frozen=True, eq=False)
class AMCMotion:
    """An AMC file's content.

    Attributes:
        head: the lines before its frames.
        numbers: of the frames, as written.
        values: of every bone that moves, (T, its freedoms); angles in degrees.
        angles: of the same bones, (freedoms,) bool, which of them are angles.
        radians: whether the file has them in radians.
        fps: where it tells, which only our own do.
        notes: what was assumed.
    """

    head: tuple[str, ...]
    numbers: tuple[str, ...]
    values: dict[str, np.ndarray]
    angles: dict[str, np.ndarray]
    radians: bool
    fps: float | None = None
    notes: tuple[str, ...] = ()

    def written(self) -> dict[str, np.ndarray]:
        """The values as the file has them."""
        if not self.radians:
            return self.values
        return {
            name: np.where(self.angles[name], np.deg2rad(values), values)
            for name, values in self.values.items()
        }

    def at(self, frames: np.ndarray, fps: float | None) -> AMCMotion:
        """Those ``frames`` (T,) of it, ``fps`` a second: a rate that is not CMU's is noted in the head."""
        head = tuple(line for line in self.head if not _RATE.match(line))
        head += (f"# frames a second: {fps:.9g}",) if fps not in (None, CMU_FPS) else ()
        numbers = tuple(self.numbers[i] for i in frames)
        values = {name: array[frames] for name, array in self.values.items()}
        return replace(self, head=head, numbers=numbers, values=values, fps=fps)


def parse_amc(text: str, skeleton: Skeleton) -> AMCMotion:
    """The motion in an AMC file.

    Raises:
        FormatError: bones that are not the skeleton's, wrong counts, numbers missing, damaged or not finite.
    """
    head: list[str] = []
    marks: list[str] = []
    frames: list[dict[str, list[str]]] = []
    for whole in text.split("\n"):
        line = whole.split()
        if not line or line[0][0] in "#:":
            head += [whole] if line and not frames else []
        elif len(line) == 1 and line[0].isdecimal():
            marks.append(line[0])
            frames.append({})
        elif not frames:
            raise FormatError("its frames do not begin with a number")
        else:
            frames[-1][line[0]] = line[1:]
    if not frames:
        raise FormatError("it holds no frames")
    freedom = {bone.name: bone.freedom for bone in skeleton.bones if bone.freedom}
    if strange := frames[0].keys() - freedom.keys():
        raise FormatError(f"it moves {min(strange)!r}, which is no bone of this skeleton")
    if len(frames) * len(skeleton.bones) > MOST_POINTS:
        raise FormatError(f"{len(frames):,} frames are too many: cut it into shorter clips")
    values = {}
    for name in frames[0]:
        column, count = [frame.get(name, ()) for frame in frames], len(freedom[name])
        short = [i for i, words in enumerate(column) if len(words) != count]
        if short:
            raise FormatError(f"frame {short[0] + 1}, {name}: {count} numbers are needed")
        values[name] = numbers([n for words in column for n in words], -1).reshape(len(frames), -1)
    angles = {name: np.array([way[0] == "r" for way in freedom[name]]) for name in values}
    radians, notes = _in_radians(head, values, angles, skeleton)
    if radians:
        values = {name: np.where(angles[name], np.rad2deg(v), v) for name, v in values.items()}
    rate = next((float(found[1]) for line in head if (found := _RATE.match(line))), None)
    return AMCMotion(tuple(head), tuple(marks), values, angles, radians, rate, notes)


def _in_radians(
    head: list[str], values: dict[str, np.ndarray], angles: dict[str, np.ndarray], skeleton: Skeleton
) -> tuple[bool, tuple[str, ...]]:
    """As the file says, else as its skeleton does, else by how large its angles are."""
    told = {line.strip().upper() for line in head} & {":RADIANS", ":DEGREES"}
    if told or skeleton.radians:
        return ":RADIANS" in told or not told, ()
    largest = max((np.abs(v[:, angles[name]]).max(initial=0.0) for name, v in values.items()), default=0.0)
    small = 0 < largest <= 2 * np.pi
    unit = "radians: none is larger than 2 pi" if small else "degrees"
    return small, (f"it has no line :DEGREES or :RADIANS: its angles are taken for {unit}",)


def points(skeleton: Skeleton, values: Mapping[str, np.ndarray]) -> np.ndarray:  # (T, K, 3)
    """Where the far ends of the bones are, in the file's unit, with angles in degrees."""
    return walk(skeleton, values)[0]


def walk(
    skeleton: Skeleton, values: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, list[np.ndarray]]:  # (T, K, 3), K of (T, 3, 3)
    """Far ends and rotations of the bones in the world: a bone's own rotation is C R C^-1."""
    T = len(next(iter(values.values())))
    placed = np.zeros((T, len(skeleton.bones), 3))
    turned: list[np.ndarray] = []
    for i, (bone, parent) in enumerate(zip(skeleton.bones, skeleton.parents)):
        rotation = np.tile(np.eye(3), (T, 1, 1))
        if bone.name in values:
            moved = dict(zip(bone.freedom, values[bone.name].T))
            angles = np.stack([moved.get("r" + axis, np.zeros(T)) for axis in bone.order], axis=-1)
            rotation = bone.axes @ extrinsic(bone.order, angles) @ bone.axes.T
            placed[:, i] = np.stack([moved.get("t" + axis, np.zeros(T)) for axis in "xyz"], axis=-1)
        if parent >= 0:
            rotation = turned[parent] @ rotation
            placed[:, i] = placed[:, parent] + rotation @ bone.vector
        turned.append(rotation)
    return placed, turned
