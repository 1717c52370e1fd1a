"""ASF and AMC, Acclaim's pair: a skeleton in one file, its motion in the other (CMU's captures)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.motion import MOST_JOINTS, MOST_POINTS
from gfpose_core.io.mocap.rotations import in_order
from gfpose_core.io.text import read_text

CMU_LENGTH, CMU_FPS = 0.45, 120.0
"""Of CMU's files: one unit is 1/0.45 inch (:units length 0.45); AMC tells no frame rate, theirs is 120."""

_FAR_ENDS = {
    "RHip": "rhipjoint", "RKnee": "rfemur", "RAnkle": "rtibia",
    "LHip": "lhipjoint", "LKnee": "lfemur", "LAnkle": "ltibia",
    "Thorax": "lowerneck", "Neck": "upperneck", "Head": "head",
    "LShoulder": "lclavicle", "LElbow": "lhumerus", "LWrist": "lwrist",
    "RShoulder": "rclavicle", "RElbow": "rhumerus", "RWrist": "rwrist",
}  # fmt: skip
"""The bone at whose far end a joint lies."""


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
    length = _numbers([units.get("length", "1")], 1)[0]
    if not 0 < length < 1e6:
        raise FormatError(f"its unit of length is {length:g}")
    return Skeleton(tuple(bones[n] for n in parents), tuple(parents.values()), float(length), radians)


def parse_amc(text: str, skeleton: Skeleton) -> dict[str, np.ndarray]:
    """The values of every bone that moves, (T, its freedoms), as the file has them.

    Raises:
        FormatError: bones that are not the skeleton's, wrong counts, numbers missing, damaged or not finite.
    """
    frames: list[dict[str, list[str]]] = []
    for line in (line.split() for line in text.split("\n")):
        if not line or line[0][0] in "#:":
            continue
        if len(line) == 1 and line[0].isdecimal():
            frames.append({})
        elif not frames:
            raise FormatError("its frames do not begin with a number")
        else:
            frames[-1][line[0]] = line[1:]
    if not frames:
        raise FormatError("it holds no frames")
    freedom = {bone.name: len(bone.freedom) for bone in skeleton.bones if bone.freedom}
    if strange := frames[0].keys() - freedom.keys():
        raise FormatError(f"it moves {min(strange)!r}, which is no bone of this skeleton")
    if len(frames) * len(skeleton.bones) > MOST_POINTS:
        raise FormatError(f"{len(frames):,} frames are too many: cut it into shorter clips")
    values = {}
    for name in frames[0]:
        column = [frame.get(name, ()) for frame in frames]
        short = [i for i, numbers in enumerate(column) if len(numbers) != freedom[name]]
        if short:
            raise FormatError(f"frame {short[0] + 1}, {name}: {freedom[name]} numbers are needed")
        values[name] = _numbers([n for numbers in column for n in numbers], -1).reshape(len(frames), -1)
    return values


def points(skeleton: Skeleton, values: dict[str, np.ndarray]) -> np.ndarray:  # (T, K, 3)
    """Where the far ends of the bones are, in the file's unit: a bone's local rotation is C R C^-1."""
    T = len(next(iter(values.values())))
    placed = np.zeros((T, len(skeleton.bones), 3))
    turned: list[np.ndarray] = []
    for i, (bone, parent) in enumerate(zip(skeleton.bones, skeleton.parents)):
        rotation = np.tile(np.eye(3), (T, 1, 1))
        if bone.name in values:
            moved = dict(zip(bone.freedom, values[bone.name].T))
            angles = np.stack([moved.get("r" + axis, np.zeros(T)) for axis in bone.order], axis=-1)
            local = _extrinsic(bone.order, np.rad2deg(angles) if skeleton.radians else angles)
            rotation = bone.axes @ local @ bone.axes.T
            placed[:, i] = np.stack([moved.get("t" + axis, np.zeros(T)) for axis in "xyz"], axis=-1)
        if parent >= 0:
            rotation = turned[parent] @ rotation
            placed[:, i] = placed[:, parent] + rotation @ bone.vector
        turned.append(rotation)
    return placed


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
    angles = _numbers(said.get("orientation", ["0", "0", "0"]), 3)
    return Bone("root", np.zeros(3), _extrinsic(_order(axis), angles), _order(axis), freedom)


def _bone(lines: list[list[str]], radians: bool) -> Bone:
    said = {line[0].lower(): line[1:] for line in lines}
    name = (said.get("name") or ["without a name"])[0]
    for wanted in ("direction", "length", "axis"):
        if wanted not in said:
            raise FormatError(f"the bone {name} has no {wanted}")
    angles = _numbers(said["axis"][:3], 3)
    order = _order(said["axis"][3] if len(said["axis"]) > 3 else "XYZ")
    direction, length = _numbers(said["direction"], 3), _numbers(said["length"], 1)
    size = np.linalg.norm(direction)
    return Bone(
        name,
        direction / size * length if size > 0 else np.zeros(3),
        _extrinsic(order, np.rad2deg(angles) if radians else angles),
        order,
        tuple(word.lower() for word in said.get("dof", ())),
    )


def _order(text: str) -> str:
    if sorted(text.lower()) != ["x", "y", "z"]:
        raise FormatError(f"{text!r} is no order of axes")
    return text.lower()


def _extrinsic(order: str, degrees: np.ndarray) -> np.ndarray:  # (..., 3) -> (..., 3, 3)
    """Rotations about fixed axes, the first of ``order`` first."""
    return in_order(order[::-1], degrees[..., ::-1])


def _numbers(words: list[str], count: int) -> np.ndarray:
    try:
        numbers = np.array(words, np.float64)
    except ValueError as error:
        raise FormatError(f"a number is damaged ({error})") from error
    if count >= 0 and len(numbers) != count:
        raise FormatError(f"{count} numbers are needed where it has {' '.join(words) or 'none'}")
    if not (np.abs(numbers) < 1e9).all():
        raise FormatError("it holds values that are no finite numbers")
    return numbers


def _skeleton_of(path: Path) -> Path:
    """The skeleton beside ``path``: the one whose name is part of the motion's, else the only one."""
    beside = sorted(p for p in path.parent.iterdir() if p.suffix.lower() == ".asf")
    words = re.split(r"[\W_]+", path.stem.lower())
    named = [p for p in beside if p.stem.lower() in (path.stem.lower(), *words)]
    if len(named) == 1 or len(beside) == 1:
        return (named or beside)[0]
    raise FormatError(
        f"it needs its skeleton beside it, {words[0]}.asf; there "
        + ("is none" if not beside else f"are {', '.join(p.name for p in beside[:5])}")
    )


def _open(path: Path) -> Source:
    if path.suffix.lower() == ".asf":
        raise FormatError("a skeleton without motion: open the .amc that lies beside it")
    beside = _skeleton_of(path)
    try:
        skeleton = parse_asf(read_text(beside))
    except FormatError as error:
        raise FormatError(f"its skeleton {beside.name}: {error}") from error
    names = tuple(bone.name for bone in skeleton.bones)
    placed = points(skeleton, parse_amc(read_text(path), skeleton))
    capture = Capture(
        label="ASF/AMC",
        names=names,
        parents=np.array(skeleton.parents),
        points=placed,
        seen=np.ones(placed.shape[:2], bool),
        fps=CMU_FPS,
        units="CMU units of 1/0.45 inch" if skeleton.length == CMU_LENGTH else "",
        joints={j: names.index(bone) for j, bone in _FAR_ENDS.items() if bone in names},
        notes=(
            f"skeleton: {beside.name}",
            "AMC tells no frame rate: 120 frames a second, as CMU's, are assumed",
        ),
    )
    return People((capture,))


AMC = Importer("ASF/AMC", (".amc", ".asf"), lambda path, kind: kind.name in ("amc", "asf"), _open)
