"""BVH: a tree of joints with offsets, and the angles of every joint in every frame.

A reader of our own: of the packages, bvhio asks for as much memory as a damaged frame count says, and pybvh
refuses joints with position channels, several people and Latin-1, rounds the frame time and needs matplotlib.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.bvh_writer import BVHSource
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.motion import END, MOST_JOINTS, MOST_POINTS, Motion
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.text import read_text

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
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
_MOTION = re.compile(r"^[^\S\n]*MOTION\s", re.IGNORECASE | re.MULTILINE)
_TIMING = re.compile(rf"\s*Frames:\s*(\d+)\s+Frame\s+Time:\s*({_NUMBER})[ \t]*(?:\n|$)", re.IGNORECASE)


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
        words = re.split(r"[.;] use", str(error), maxsplit=1, flags=re.IGNORECASE)[0]  # numpy's advice
        raise FormatError(f"its frames are damaged or cut short ({words})") from error
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
                native=_writer(motion, joints),
            )
        )
    return People(tuple(captures))


def _writer(motion: Motion, joints: np.ndarray) -> Callable[..., BVHSource]:
    """What makes the clip's source, once it is known which of ``joints`` is what."""
    return lambda recipe, *how: BVHSource(motion, {name: int(joints[i]) for name, i in recipe.items()}, *how)


BVH = Importer("BVH", (".bvh",), lambda path, kind: kind.name == "bvh", _open)
