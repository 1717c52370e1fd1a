"""From any file of poses or keypoints to a clip, with what was detected and what a person may correct.

Reading takes two steps. An :class:`Importer` opens a file, once, as a :class:`Source`; the source is
interpreted, as often as corrections change, into a :class:`Clip` and the :class:`Detected` that says how::

    source = open_source("walk.bvh")
    first = source.interpret(Corrections())               # shown: first.detected.lines()
    again = source.interpret(Corrections(units="inches"))  # corrected
    again.clip.poses                                       # (T, 17, 3) mm
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, Protocol

from gfpose_core.errors import FormatError
from gfpose_core.io.clip import Clip, KeypointClip
from gfpose_core.io.magic import PROMISES, Kind, sniff
from gfpose_core.options import option
from gfpose_core.registry import IMPORTERS, load, load_all
from gfpose_core.skeleton import H36M17

Units = Literal["as detected", "millimetres", "centimetres", "decimetres", "metres", "inches", "feet"]
Axis = Literal["as detected", "x", "-x", "y", "-y", "z", "-z"]
Layout = Literal[
    "as detected",
    "COCO-17",
    "H36M-17",
    "H36M-17, left leg first",
    "BODY_25",
    "OpenPose COCO-18",
    "MediaPipe-33",
    "MPII-16",
    "Halpe-26",
]

MM = {
    "millimetres": 1.0,
    "centimetres": 10.0,
    "decimetres": 100.0,
    "metres": 1000.0,
    "inches": 25.4,
    "feet": 304.8,
}


@dataclass(frozen=True)
class Corrections:
    """What a person may set where detection was wrong; the defaults leave everything as detected.

    The command line's flags and the viewer's form are both made from these fields; ``only`` says which make
    sense for poses in space, and which for keypoints in an image.

    Raises:
        FormatError: a pair of ``joints`` that names no joint of H36M-17.
    """

    units: Units = option("as detected", "unit of length in the file", only="space")
    up: Axis = option("as detected", "axis of the file that points up", only="space")
    facing: Axis = option(
        "as detected", "turn the person about the up axis until this axis is faced at first", only="space"
    )
    joints: tuple[str, ...] = option(
        (), "a joint and the file's name for it, such as Neck=neck_01; Neck= for none", label="Joint"
    )
    swap_sides: bool = option(False, "exchange left and right joints")
    left_handed: bool = option(False, "the file's axes are left-handed: mirror them", only="space")
    fps: float = option(
        0.0, "frames a second, 0 for the file's own", label="Frame rate", min=0.0, max=10_000.0
    )
    person: int = option(0, "which person or hypothesis of several, from 0", min=0)
    take: str = option("", "which clip of a data set, by name; the first by default")
    layout: Layout = option("as detected", "which joints the keypoints are, in their order", only="image")
    width: int = option(
        0, "width of the image that keypoints lie in, 0 for the file's own", unit="px", min=0, only="image"
    )
    height: int = option(0, "height of that image", unit="px", min=0, only="image")

    def __post_init__(self) -> None:
        object.__setattr__(self, "joints", tuple(self.joints))
        for pair in self.joints:
            if "=" not in pair or pair.split("=")[0] not in H36M17.names:
                raise FormatError(f"{pair!r}: write JOINT=NAME with one of {', '.join(H36M17.names)}")

    @property
    def of_meaning(self) -> tuple[str, ...]:
        """Those that are set and tell what the file's own numbers and names mean."""
        usual = Corrections()
        told = ("units", "up", "facing", "swap_sides", "left_handed")
        return tuple(name for name in told if getattr(self, name) != getattr(usual, name))

    @property
    def mapping(self) -> dict[str, str]:
        """The file's name for each joint set by hand; empty for a joint that is not to be read."""
        return dict(pair.split("=", 1) for pair in self.joints)


@dataclass(frozen=True)
class Detected:
    """How a file was understood. Empty texts, and None, stand for what its format does not have.

    Attributes:
        format: for people, with the family of names: "BVH (Mixamo names)".
        frames, fps: of the clip; fps is None where the file does not tell.
        matched: for each H36M-17 joint that was found, what of the file it comes from: "lThigh", "middle
            of lThigh and rThigh".
        derived: those of them that are stand-ins made from other joints.
        names: the file's own joints, to choose from.
        units, mm_per_unit: of its lengths, with how they are known: "centimetres (from bone lengths)".
        up, facing: axes of the file, such as "y" and "-z".
        sides: whether left and right are as named.
        people: how many persons or hypotheses there are to choose from.
        takes: names of the clips there are to choose from.
        notes: whatever else was assumed or looks wrong, in sentences without a full stop.
    """

    format: str
    frames: int
    fps: float | None = None
    matched: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    units: str = ""
    mm_per_unit: float | None = None
    up: str = ""
    facing: str = ""
    sides: str = ""
    people: int = 1
    takes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The joints that the file does not have: they come in unobserved."""
        return tuple(name for name in H36M17.names if name not in self.matched)

    @property
    def key(self) -> str:
        """The same for files of one make, to remember corrections by."""
        return hashlib.sha256("\n".join((self.format, *self.names)).encode()).hexdigest()[:16]

    def lines(self) -> tuple[str, ...]:
        """The report for people, a line a fact."""
        rate = "no frame rate" if self.fps is None else f"{self.fps:g} frames a second"
        axes = [
            text
            for text in (
                self.up and f"{self.up} up",
                self.facing and f"facing {self.facing}",
                self.sides and f"left and right {self.sides}",
            )
            if text
        ]
        plain = len(self.matched) - len(self.derived)
        joints = f"{plain} of {H36M17.n_joints} joints"
        if self.derived:
            joints += f", stand-ins for {', '.join(self.derived)}"
        if self.missing:
            joints += f", no {', '.join(self.missing)}"
        lines = [self.format, f"{self.frames:,} frames, {rate}", joints]
        lines += [self.units] if self.units else []
        lines += [", ".join(axes)] if axes else []
        lines += [f"{self.people} people to choose from (--person)"] if self.people > 1 else []
        if self.takes:
            more = ", ..." if len(self.takes) > 5 else ""
            lines.append(
                f"{len(self.takes)} clips to choose from (--take): {', '.join(self.takes[:5])}{more}"
            )
        return (*lines, *self.notes)


@dataclass(frozen=True, eq=False)
class Imported:
    """A clip, and how it was understood."""

    detected: Detected
    clip: Clip


class Source(Protocol):
    """A file that was read, before anything is assumed of it."""

    def interpret(self, corrections: Corrections) -> Imported:
        """The clip under ``corrections``.

        Raises:
            FormatError: no such person, clip or joint, or nothing human is left.
        """
        ...


@dataclass(frozen=True)
class Importer:
    """A format that clips are read from: one of the table ``IMPORTERS``.

    ``claims`` says by content whether a file is of this format; it may look inside, and must not fail.
    ``suffixes`` are asked where no importer claims a file. ``open`` may raise anything on a damaged file:
    :func:`open_source` sees to that; memory and time must stay in proportion to the file.
    """

    label: str
    suffixes: tuple[str, ...]
    claims: Callable[[Path, Kind], bool]
    open: Callable[[Path], Source]


def read_clip(
    path: str | os.PathLike[str], corrections: Corrections | None = None, name: str | None = None
) -> Imported:
    """The clip in the file at ``path``, in the format called ``name`` or whatever it is.

    Raises:
        FormatError: no file, nothing that can be imported, a damaged file, or corrections that do not fit.
    """
    source, corrections = open_source(path, name), corrections or Corrections()
    with _in_words(Path(path)):
        found = source.interpret(corrections)
        _require_use(found, corrections)
        return found


def _require_use(found: Imported, corrections: Corrections) -> None:
    """Refuse corrections that say nothing about a file of this kind: they would be lost without a word."""
    usual, other = Corrections(), "space" if isinstance(found.clip, KeypointClip) else "image"
    idle = [f.name for f in fields(Corrections) if f.metadata.get("only") == other]
    idle += [] if found.detected.takes else ["take"]
    lost = [name.replace("_", "-") for name in idle if getattr(corrections, name) != getattr(usual, name)]
    if lost:
        kind = "keypoints" if other == "space" else "poses in space"
        raise FormatError(f"leave {', '.join(lost)} out: it holds {'one clip of ' * ('take' in lost)}{kind}")


def open_source(path: str | os.PathLike[str], name: str | None = None) -> Source:
    """Open the file at ``path`` in the format called ``name``, or in the one that it is of.

    Raises:
        FormatError: as :func:`read_clip`.
    """
    path = Path(path)
    chosen = importer_of(path) if name is None else load(IMPORTERS, name)
    with _in_words(path):
        return chosen.open(path)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is one kind of error, which names it."""
    try:
        yield
    except FormatError as error:
        named = str(error) if str(error).startswith(path.name) else f"{path.name}: {error}"
        raise FormatError(named) from error.__cause__
    except MemoryError:
        raise FormatError(f"{path.name} does not fit into memory") from None
    except Exception as error:  # each format's reader fails in its own ways
        raise FormatError(f"{path.name} is cut short or damaged ({error})") from error


def importer_of(path: str | os.PathLike[str]) -> Importer:
    """The importer that claims the file at ``path`` by its content, else the one of its suffix.

    Raises:
        FormatError: there is no such file, or none; the message says what the file is.
    """
    path = Path(path)
    kind = sniff(path)
    importers = load_all(IMPORTERS)
    for name, importer in importers.items():
        if _claims(name, importer, path, kind):
            return importer
    suffix, uncertain = path.suffix.lower(), kind.name in ("text", "unknown")
    if uncertain and suffix in PROMISES:
        told = ": inside it is a text file" if kind.name == "text" else ""
        raise FormatError(f"{path.name} is no {PROMISES[suffix]}, or a damaged one{told}")
    for importer in importers.values():
        if uncertain and suffix in importer.suffixes:
            return importer
    known = "" if kind.name in ("unknown", "empty", "damaged") else ", no clip of motion, poses or keypoints"
    raise FormatError(f"{path.name} is {kind.words}{known}")


def _claims(name: str, importer: Importer, path: Path, kind: Kind) -> bool:
    """Whether the file is for ``importer``; one of another package that fails has no say."""
    try:
        return importer.claims(path, kind)
    except Exception as error:
        if name in IMPORTERS.built_in:
            raise
        warnings.warn(f"the importer {name!r} failed ({error})", RuntimeWarning, stacklevel=2)
        return False
