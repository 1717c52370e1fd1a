"""ASF, Acclaim's skeletons: bones that turn about axes of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.mocap.motion import MOST_JOINTS
from gfpose_core.io.mocap.rotations import in_order


@dataclass(frozen=True)
class Bone:
    """One bone: its direction and length at rest in the world's axes, and the axes it turns about."""

    name: str
    vector: np.ndarray  # (3,)
    axes: np.ndarray  # (3, 3), C
    order: str  # in which its angles are applied, "xyz"
    freedom: tuple[str, ...]  # "rx", ...


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones and how they hang together; "root" is the one without length."""

    bones: tuple[Bone, ...]
    parents: tuple[int, ...]  # each before its children
    length: float  # of :units
    radians: bool


def parse_asf(text: str) -> Skeleton:
    """The skeleton in an ASF file.

    Raises:
        FormatError: sections missing, numbers damaged, bones that form no tree.
    """
    sections = _sections(text)
    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            raise FormatError(f"the skeleton has no :{name}: it is cut short, or no ASF")
    units = dict(line[:2] for line in sections.get("units", []) if len(line) > 1)
    radians = units.get("angle", "deg").lower().startswith("rad")
    bones = {"root": _root(sections["root"])}
    for lines in _blocks(sections["bonedata"]):
        bone = _bone(lines, radians)
        bones[bone.name] = bone
    if len(bones) > MOST_JOINTS:
        raise FormatError(f"{len(bones):,} bones are too many")
    parents = _tree(next(_blocks(sections["hierarchy"]), []), bones)
    length = numbers([units.get("length", "1")], 1)[0]
    if not 0 < length < 1e6:
        raise FormatError(f"its unit of length is {length:g}")
    return Skeleton(tuple(bones[n] for n in parents), tuple(parents.values()), float(length), radians)


def _sections(text: str) -> dict[str, list[list[str]]]:
    """Lines, in words, by the name after the colon that they stand under."""
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in text.split("\n"):
        words = line.split("#")[0].split()
        if words and words[0][0] == ":":
            current = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            current.append(words)
    return sections


def _blocks(lines: list[list[str]]) -> Iterator[list[list[str]]]:
    block: list[list[str]] | None = None
    for line in lines:
        if line[0] == "begin":
            block = []
        elif line[0] == "end" and block is not None:
            yield block
            block = None
        elif block is not None:
            block.append(line)


def _tree(lines: list[list[str]], bones: Mapping[str, Bone]) -> dict[str, int]:
    """The bones from the root downwards, each with the place of its parent in that order."""
    below: dict[str, list[str]] = {}
    above: dict[str, str] = {}
    for parent, *children in lines:
        below.setdefault(parent, []).extend(children)
        above |= dict.fromkeys(children, parent)
    named = below.keys() | above.keys()
    if unknown := named - bones.keys():
        raise FormatError(f"the hierarchy has a bone {min(unknown)!r} without data")
    places = {"root": -1}
    for i, name in enumerate(order := ["root"]):  # grows as it goes; what lies on a circle is never reached
        for child in below.get(name, ()):
            if child in places:
                raise FormatError(f"the bone {child!r} hangs on two others")
            places[child] = i
            order.append(child)
    if lost := named - places.keys():
        raise FormatError(f"the bone {min(lost)!r} does not hang on the root")
    return places


def _root(lines: list[list[str]]) -> Bone:
    said = {line[0].lower(): line[1:] for line in lines}
    freedom = tuple(word.lower() for word in said.get("order", ()))
    if not freedom or not set(freedom) <= {"tx", "ty", "tz", "rx", "ry", "rz"}:
        raise FormatError("the root's order names no axes")
    axis = (said.get("axis") or ["XYZ"])[0]
    angles = numbers(said.get("orientation", ["0", "0", "0"]), 3)
    return Bone("root", np.zeros(3), extrinsic(_order(axis), angles), _order(axis), freedom)


def _bone(lines: list[list[str]], radians: bool) -> Bone:
    said = {line[0].lower(): line[1:] for line in lines}
    name = (said.get("name") or ["without a name"])[0]
    for wanted in ("direction", "length", "axis"):
        if wanted not in said:
            raise FormatError(f"the bone {name} has no {wanted}")
    angles = numbers(said["axis"][:3], 3)
    order = _order(said["axis"][3] if len(said["axis"]) > 3 else "XYZ")
    direction, length = numbers(said["direction"], 3), numbers(said["length"], 1)
    size = np.linalg.norm(direction)
    return Bone(
        name,
        direction / size * length if size > 0 else np.zeros(3),
        extrinsic(order, np.rad2deg(angles) if radians else angles),
        order,
        tuple(word.lower() for word in said.get("dof", ())),
    )


def _order(text: str) -> str:
    if sorted(text.lower()) != ["x", "y", "z"]:
        raise FormatError(f"{text!r} is no order of axes")
    return text.lower()


def extrinsic(order: str, degrees: np.ndarray) -> np.ndarray:  # (..., 3) -> (..., 3, 3)
    """Rotations about fixed axes, the first of ``order`` first."""
    return in_order(order[::-1], degrees[..., ::-1])


def numbers(words: list[str], count: int) -> np.ndarray:
    """An array of ``count`` numbers, or of any with -1.

    Raises:
        FormatError: damaged, too many or few, or not finite.
    """
    try:
        numbers = np.array(words, np.float64)
    except ValueError as error:
        raise FormatError(f"a number is damaged ({error})") from error
    if count >= 0 and len(numbers) != count:
        raise FormatError(f"{count} numbers are needed where it has {' '.join(words) or 'none'}")
    if not (np.abs(numbers) < 1e9).all():
        raise FormatError("it holds values that are no finite numbers")
    return numbers


def skeleton_of(path: Path) -> Path:
    """The skeleton beside the motion ``path``: the one whose name is part of its, else the only one.

    Raises:
        FormatError: there is none, or it is not clear which.
    """
    beside = sorted(p for p in path.parent.iterdir() if p.suffix.lower() == ".asf")
    words = re.split(r"[\W_]+", path.stem.lower())
    named = [p for p in beside if p.stem.lower() in (path.stem.lower(), *words)]
    if len(named) == 1 or len(beside) == 1:
        return (named or beside)[0]
    raise FormatError(
        f"it needs its skeleton beside it, {words[0]}.asf; there "
        + ("is none" if not beside else f"are {', '.join(p.name for p in beside[:5])}")
    )
