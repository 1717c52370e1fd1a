"""BVH: a tree of joints with offsets, and the angles of every joint in every frame.

A reader of our own: of the packages, bvhio asks for as much memory as a damaged frame count says, and pybvh
refuses joints with position channels, several people and Latin-1, rounds the frame time and needs matplotlib.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.mocap.rotations import about
from gfpose_core.io.text import read_text

MOST_JOINTS, MOST_POINTS = 10_000, 10_000_000
"""Joints, and joints times frames: an hour of a hundred joints at 25 frames a second fits."""

END = " End Site"
"""What the end of a joint is called: the joint's name and this."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?:ROOT|JOINT)[ \t]+(?P<joint>[^\n{{]*[^\s{{])
    | (?P<end>End\s+Site)[^\n{{]*
    | OFFSET\s+(?P<offset>{_NUMBER}\s+{_NUMBER}\s+{_NUMBER})
    | CHANNELS\s+(?P<count>\d+)(?P<channels>(?:[ \t]+[XYZ](?:position|rotation))*)
    | (?P<brace>[{{}}])
    )[ \t]*""",
    re.IGNORECASE | re.VERBOSE,
)
_MOTION = re.compile(r"^\s*MOTION\s", re.IGNORECASE | re.MULTILINE)
_TIMING = re.compile(rf"\s*Frames:\s*(\d+)\s+Frame\s+Time:\s*({_NUMBER})[ \t]*(?:\n|$)", re.IGNORECASE)


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
        decimals = len(self.frame_time.partition(".")[2])
        return float(whole) if whole and f"{1 / whole:.{decimals}f}" == self.frame_time else 1 / seconds

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


def parse(text: str) -> Motion:
    """The content of a BVH file.

    Raises:
        FormatError: says in which line, and what is wrong.
    """
    motion = _MOTION.search(text)
    if motion is None:
        raise FormatError("it has no line MOTION: the file is cut short, or no BVH")
    names, parents, offsets, channels = _hierarchy(text, motion.start())
    timing = _TIMING.match(text, motion.end())
    if timing is None:
        raise FormatError('after MOTION, "Frames: N" and "Frame Time: SECONDS" are needed')
    frames, seconds = int(timing[1]), float(timing[2])
    if not frames or not 1e-5 < seconds < 1e5:
        raise FormatError(f"it has {frames} frames of {timing[2]} seconds: there is nothing to play")
    if len(names) > MOST_JOINTS or frames * len(names) > MOST_POINTS:
        raise FormatError(f"{len(names)} joints in {frames:,} frames are too many: cut it into shorter clips")
    values = _values(text[timing.end() :], frames, sum(map(len, channels)))
    return Motion(names, np.array(parents), np.array(offsets), channels, values, timing[2])


def _hierarchy(text: str, stop: int) -> tuple[tuple[str, ...], list[int], list, tuple[tuple[str, ...], ...]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float] | None] = []
    channels: list[tuple[str, ...]] = []
    is_open: list[int] = []
    begun = False  # a joint whose brace has not come yet

    def refuse(what: str) -> FormatError:
        return FormatError(f"line {text.count(chr(10), 0, at) + 1}: {what}")

    start = re.match(r"\s*HIERARCHY\b", text, re.IGNORECASE)
    at = start.end() if start else 0
    stop = len(text[:stop].rstrip())
    while at < stop:
        token = _TOKEN.match(text, at, stop)
        if token is None:
            words = text[at:stop].lstrip()
            at = stop - len(words)
            raise refuse(f"{words.split(None, 1)[0][:40]!r} cannot be understood here")
        if token["joint"] or token["end"]:
            at = token.end()
            if begun or (token["end"] and not is_open):
                raise refuse("a joint begins where none can")
            if token["joint"]:
                names.append(token["joint"].strip())
            else:
                names.append(names[is_open[-1]] + END)
            parents.append(is_open[-1] if is_open else -1)
            offsets.append(None)
            channels.append(())
            begun = True
        elif token["brace"] == "{":
            if not begun:
                raise refuse("{ without a joint")
            is_open.append(len(names) - 1)
            begun = False
        elif not is_open or begun:
            raise refuse(f"{token[0].split()[0]} outside of a joint")
        elif token["brace"]:
            if offsets[is_open.pop()] is None:
                raise refuse("a joint ends without an OFFSET")
        elif token["offset"]:
            offsets[is_open[-1]] = [float(number) for number in token["offset"].split()]
        else:
            listed = tuple(channel[0].upper() + channel[1:].lower() for channel in token["channels"].split())
            if len(listed) != int(token["count"]) or len(set(listed)) != len(listed) or len(listed) > 6:
                raise refuse(f"CHANNELS says {token['count']}, and lists {len(listed)}")
            channels[is_open[-1]] = listed
        at = token.end()
    if is_open or begun or not names:
        raise FormatError("its tree of joints does not end before MOTION: the file is cut short or damaged")
    if not np.isfinite(np.array(offsets)).all() or np.abs(np.array(offsets)).max() > 1e9:
        raise FormatError("it has offsets that are no lengths")
    return tuple(names), parents, offsets, tuple(channels)


def _values(text: str, frames: int, count: int) -> np.ndarray:  # (T, C)
    if not count:
        raise FormatError("none of its joints has a channel: nothing moves")
    if not text.strip():
        raise FormatError(f"it says it has {frames} frames and holds none: the file is cut short")
    try:
        values = np.loadtxt(io.StringIO(text), ndmin=2, comments=None)
    except ValueError as error:
        raise FormatError(f"its frames are damaged or cut short ({str(error).split('. Use')[0]})") from error
    if values.shape[1] != count:
        raise FormatError(f"a frame has {values.shape[1]} numbers, its joints {count} channels")
    if len(values) != frames:
        raise FormatError(
            f"it says it has {frames} frames and holds {len(values)}: cut short, or mend Frames:"
        )
    bad = ~(np.abs(values) < 1e9).all(axis=1)
    if bad.any():
        raise FormatError(f"frame {int(bad.argmax()) + 1} holds values that are no finite numbers")
    return values


def _open(path: Path) -> Source:
    motion = parse(read_text(path))
    points = motion.points()
    captures = []
    for joints in motion.people():
        names = tuple(motion.names[j] for j in joints)
        if captures and not match_names(names):
            continue  # a prop
        parents = motion.parents[joints]
        captures.append(
            Capture(
                label="BVH",
                names=names,
                parents=np.where(parents < 0, -1, parents - joints[0]),
                points=points[:, joints],
                seen=np.ones((len(points), len(joints)), bool),
                fps=motion.fps,
            )
        )
    return People(tuple(captures))


BVH = Importer("BVH", (".bvh",), lambda path, kind: kind.name == "bvh", _open)
