"""C3D: markers in a laboratory, and of some programs the joint centres worked out from them.

Read here, not by ezc3d: on 120 damaged files it ended the process twice and did not return from two others.
After the format's user guide (https://www.c3d.org/HTML/default.htm); analogue channels are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.motion import MOST_JOINTS, MOST_POINTS
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.text import read_bytes

BLOCK = 512
_ORDERS = {84: "<", 86: ">"}  # Intel, MIPS; 85 is DEC, whose numbers nobody writes any more
_UNITS = {"mm": "millimetres", "cm": "centimetres", "m": "metres", "in": "inches"}

_CENTRES = {
    "Hip": ("FEP", "HJC"), "Knee": ("FEO", "KJC"), "Ankle": ("TIO", "AJC"),
    "Shoulder": ("CLO", "SJC"), "Elbow": ("HUO", "EJC"), "Wrist": ("RAO", "WJC"),
}  # fmt: skip
"""Joint centres: the ends of Plug-in Gait's segments (LFEP, RTIO, ...), and joints by their initials."""

_MARKERS = {
    "Knee": (("KNE", "KNM"), ("KNE",)), "Ankle": (("ANK", "MED"), ("ANK",)),
    "Shoulder": (("SHO",),), "Elbow": (("ELB", "ELM"), ("ELB",)), "Wrist": (("WRA", "WRB"),),
}  # fmt: skip
"""Markers on the skin whose middle stands in for a joint, the better choice first."""


@dataclass(frozen=True, eq=False)
class Markers:
    """``points`` (T, K, 3) in ``units``, ``seen`` (T, K) bool, by ``labels``."""

    labels: tuple[str, ...]
    points: np.ndarray
    seen: np.ndarray
    fps: float
    units: str


def parse(content: bytes) -> Markers:
    """The points of a C3D file.

    Raises:
        FormatError: damaged, cut short, or in DEC's numbers.
    """
    if len(content) < 2 * BLOCK or content[1] != 0x50 or content[0] < 2:
        raise FormatError("no C3D file, or cut short")
    at = (content[0] - 1) * BLOCK
    if at + 4 > len(content) or content[at + 3] not in _ORDERS:
        raise FormatError("its parameters are missing, or in numbers of DEC's machines, which are not read")
    order = _ORDERS[content[at + 3]]
    said = _parameters(content, at, order)
    words = np.frombuffer(content, order + "u2", 12)
    count, analogue = int(words[1]), int(words[2])
    scale = float(np.frombuffer(content, order + "f4", 1, 12)[0])
    rate = float(np.frombuffer(content, order + "f4", 1, 20)[0])
    start = (int(words[8]) - 1) * BLOCK
    if not 0 < count <= MOST_JOINTS or not 0.01 < rate < 1e5 or start < BLOCK or not np.isfinite(scale):
        raise FormatError(f"its header is damaged: {count} points at {rate:g} a second")
    width, dtype = (4, "f4") if scale < 0 else (2, "i2")
    size = (4 * count + analogue) * width
    frames = min(_frames(said, words), max(0, len(content) - start) // size)
    if not frames or frames < _frames(said, words) or frames * count > MOST_POINTS:
        raise FormatError(f"it says it has {_frames(said, words)} frames and holds {frames}")
    rows = np.frombuffer(content, order + dtype, frames * size // width, start).reshape(frames, -1)
    points = rows[:, : 4 * count].reshape(frames, count, 4).astype(np.float64)
    seen = (points[..., 3] >= 0) & (np.abs(points[..., :3]) < 1e9).all(axis=-1)
    place = points[..., :3] * (1.0 if scale < 0 else scale)
    labels = [label for name in ("LABELS", "LABELS2", "LABELS3") for label in said.get(f"POINT:{name}", ())]
    labels = [*labels[:count], *(f"point {i}" for i in range(len(labels), count))]
    units = _UNITS.get("".join(said.get("POINT:UNITS", ())).strip().lower(), "")
    return Markers(tuple(labels), np.where(seen[..., None], place, np.nan), seen, rate, units)


def _frames(said: dict, words: np.ndarray) -> int:
    """How many there are: 16 bits in the header, more in the parameters of long files."""
    first, last = int(words[3]), int(words[4])
    told = said.get("POINT:FRAMES")
    long = int(np.asarray(told).ravel()[0]) & 0xFFFF if told is not None and np.size(told) else 0
    return max(last - first + 1, long if last == 0xFFFF else 0)


def _parameters(content: bytes, at: int, order: str) -> dict:
    """Values by "GROUP:NAME": tuples of text, or arrays; as far as they can be read."""
    groups: dict[int, str] = {}
    found: dict[tuple[int, str], object] = {}
    place, end = at + 4, min(len(content), at + max(1, content[at + 2]) * BLOCK)
    while place + 2 < end:
        length, group = abs(_signed(content[place])), _signed(content[place + 1])
        name = content[place + 2 : place + 2 + length].decode("latin-1").strip().upper()
        jump = place + 2 + length
        if not length or not group or jump + 2 > end:
            break
        step = int(np.frombuffer(content, order + "i2", 1, jump)[0])
        if group < 0:
            groups[-group] = name
        else:
            found[group, name] = _value(content[jump + 2 : end], order)
        if step <= 0:
            break
        place = jump + step
    return {f"{groups.get(group, '')}:{name}": value for (group, name), value in found.items()}


def _value(content: bytes, order: str) -> object:
    if len(content) < 2:
        return ()
    kind, dims = _signed(content[0]), content[1]
    shape = tuple(content[2 : 2 + dims])
    body, count = content[2 + dims :], int(np.prod(shape, dtype=np.int64))
    width = abs(kind) if kind in (-1, 1, 2, 4) else 1
    if dims > 7 or count * width > len(body):
        return ()
    if kind == -1:
        text = body[:count].decode("latin-1")
        long = shape[0] if shape else 1
        return tuple(text[i : i + long].strip() for i in range(0, count, long)) if long else ()
    return np.frombuffer(body, order + {1: "i1", 2: "i2", 4: "f4"}.get(kind, "i1"), count)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _open(path: Path) -> Source:
    markers = parse(read_bytes(path))
    names = tuple(label.rpartition(":")[2] for label in markers.labels)  # "subject:LKNE"
    made = _Made(names, markers.points)
    joints = match_names(names)
    derived = []
    for side in "LR":
        for joint, centres in _CENTRES.items():
            exact = next((side + c for c in centres if side + c in made.index), None)
            stand_in = exact is None and made.joint(side, joint)
            if exact or stand_in:
                joints[side + joint] = made.index[exact or stand_in]
                derived += [side + joint] if stand_in else []
    if "Thorax" not in joints and (neck := made.middle("C7", "CLAV")):
        joints["Thorax"] = made.index[neck]
        derived.append("Thorax")
    points = np.stack(made.points, axis=1)
    capture = Capture(
        label="C3D",
        names=tuple(made.names),
        parents=np.full(len(made.names), -1),
        points=points,
        seen=np.isfinite(points).all(axis=-1),
        fps=markers.fps,
        units=markers.units,
        joints=joints,
        derived=tuple(derived),
        notes=("markers lie on the skin: joints made from them are centimetres off",) if derived else (),
    )
    return People((capture,))


class _Made:
    """Points of the file, and middles of them as they are needed."""

    def __init__(self, names: tuple[str, ...], points: np.ndarray) -> None:
        self.names, self.points = list(names), list(np.moveaxis(points, 1, 0))
        self.index = {name.upper(): i for i, name in reversed(list(enumerate(names)))}

    def middle(self, *names: str) -> str:
        """The name of the point between those called ``names``; empty where one is missing."""
        if not all(name in self.index for name in names):
            return ""
        if len(names) == 1:
            return names[0]
        mean = sum(self.points[self.index[name]] for name in names) / len(names)
        return self._add(f"MIDDLE OF {' AND '.join(names)}", mean)

    def joint(self, side: str, joint: str) -> str:
        """A stand-in for a limb's joint."""
        if joint == "Hip":
            return self._hip(side)
        choices = ([side + marker for marker in markers] for markers in _MARKERS[joint])
        return next((name for names in choices if (name := self.middle(*names))), "")

    def _hip(self, side: str) -> str:
        """From the four markers of the pelvis: 36 % of the distance between the front two aside, 19 % behind
        and 30 % below their middle (Bell, Pedersen and Brand 1990)."""
        corners = ("LASI", "RASI", "LPSI", "RPSI")
        if not all(name in self.index for name in corners):
            return ""
        left, right, *back = (self.points[self.index[name]] for name in corners)
        front, behind = (left + right) / 2, sum(back) / 2
        across = left - right
        width = np.linalg.norm(across, axis=-1, keepdims=True)
        x = across / width
        ahead = front - behind
        y = ahead - (ahead * x).sum(axis=-1, keepdims=True) * x
        y /= np.linalg.norm(y, axis=-1, keepdims=True)
        z = np.cross(x, -y)  # left x back = up
        sign = 1.0 if side == "L" else -1.0
        return self._add(f"{side} HIP OF THE PELVIS", front + width * (0.36 * sign * x - 0.19 * y - 0.30 * z))

    def _add(self, name: str, points: np.ndarray) -> str:
        self.index[name] = len(self.names)
        self.names.append(name.lower())
        self.points.append(points)
        return name


C3D = Importer("C3D", (".c3d",), lambda path, kind: kind.name == "c3d", _open)
