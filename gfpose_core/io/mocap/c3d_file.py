"""A C3D file's points, and where in it they stand.

After the format's user guide (https://www.c3d.org/HTML/default.htm); analogue channels are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.mocap.motion import MOST_JOINTS, MOST_POINTS

BLOCK = 512
MOST_FRAMES = 65_535
"""As far as the format counts."""

OURS, DERIVED = "GFPOSE", "DERIVED"
"""A group of ours and its parameter: the joints that are stand-ins, which C3D has no place for."""

_ORDERS = {84: "<", 86: ">"}  # Intel, MIPS; 85 is DEC, whose numbers nobody writes any more
_UNITS = {"mm": "millimetres", "cm": "centimetres", "m": "metres", "in": "inches"}


@dataclass(frozen=True)
class Parameter:
    """Lines of text; or numbers of a NumPy type, and at which byte of the file they stand."""

    lines: tuple[str, ...] = ()
    at: int = 0
    dtype: str = "u1"
    count: int = 0

    def of(self, content: bytes | bytearray) -> np.ndarray:  # (count,)
        """The numbers; those of a bytearray can be set."""
        return np.frombuffer(content, self.dtype, self.count, self.at)


@dataclass(frozen=True, eq=False)
class Markers:
    """A C3D file's content.

    Attributes:
        content: the file.
        start: the byte that its frames begin at.
        frames: T, how many there are.
        labels: (K,) of the points.
        fps: frames a second.
        units: a key of :data:`gfpose_core.io.importing.MM`; empty where it does not tell.
        analogue: how many numbers of analogue channels follow the points of a frame.
        scale: the length that integers count; negative where numbers are floats.
        order: "<" or ">".
        said: parameters by "GROUP:NAME", as far as they can be read.
    """

    content: bytes
    start: int
    frames: int
    labels: tuple[str, ...]
    fps: float
    units: str
    analogue: int
    scale: float
    order: str
    said: dict[str, Parameter]

    @property
    def dtype(self) -> np.dtype:
        """Of the numbers of the frames."""
        return np.dtype(self.order + ("f4" if self.scale < 0 else "i2"))

    @property
    def rows(self) -> np.ndarray:  # (T, 4 K + analogue)
        """The numbers of the frames: x, y, z and the residual of each point come first."""
        width = 4 * len(self.labels) + self.analogue
        numbers = np.frombuffer(self.content, self.dtype, self.frames * width, self.start)
        return numbers.reshape(self.frames, width)

    @cached_property
    def points(self) -> np.ndarray:  # (T, K, 3)
        """Where the points are, in ``units``; NaN where they are not seen."""
        told = self.rows[:, : 4 * len(self.labels)].reshape(self.frames, -1, 4).astype(np.float64)
        seen = (told[..., 3] >= 0) & (np.abs(told[..., :3]) < 1e9).all(axis=-1)
        return np.where(seen[..., None], told[..., :3] * (1.0 if self.scale < 0 else self.scale), np.nan)


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
    if not 0 < count <= MOST_JOINTS or not 0.01 < rate < 1e5 or start < BLOCK or not 0 < abs(scale) < 1e9:
        raise FormatError(f"its header is damaged: {count} points at {rate:g} a second")
    told = _frames(said, words, content)
    frames = min(told, max(0, len(content) - start) // ((4 * count + analogue) * (4 if scale < 0 else 2)))
    if not frames or frames < told or frames * count > MOST_POINTS:
        raise FormatError(f"it says it has {told} frames and holds {frames}")
    names = ("LABELS", *(f"LABELS{i}" for i in range(2, 100)))
    labels = [line for name in names for line in said.get(f"POINT:{name}", Parameter()).lines]
    labels = [*labels[:count], *(f"point {i}" for i in range(len(labels), count))]
    units = _UNITS.get("".join(said.get("POINT:UNITS", Parameter()).lines).lower(), "")
    return Markers(content, start, frames, tuple(labels), rate, units, analogue, scale, order, said)


def _frames(said: dict[str, Parameter], words: np.ndarray, content: bytes) -> int:
    """How many there are: 16 bits in the header, more in the parameters of long files."""
    first, last = int(words[3]), int(words[4])
    told = said.get("POINT:FRAMES", Parameter())
    long = int(told.of(content)[0]) & 0xFFFF if told.count else 0
    return max(last - first + 1, long if last == 0xFFFF else 0)


def _parameters(content: bytes, at: int, order: str) -> dict[str, Parameter]:
    """By "GROUP:NAME", as far as they can be read."""
    groups: dict[int, str] = {}
    found: dict[tuple[int, str], Parameter] = {}
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
            found[group, name] = _parameter(content, jump + 2, end, order)
        if step <= 0:
            break
        place = jump + step
    return {f"{groups.get(group, '')}:{name}": value for (group, name), value in found.items()}


def _parameter(content: bytes, at: int, end: int, order: str) -> Parameter:
    if at + 2 > end:
        return Parameter()
    kind, dims = _signed(content[at]), content[at + 1]
    shape = tuple(content[at + 2 : min(at + 2 + dims, end)])
    at, count = at + 2 + dims, int(np.prod(shape, dtype=np.int64))
    width = abs(kind) if kind in (-1, 1, 2, 4) else 1
    if dims > 7 or at + count * width > end:
        return Parameter()
    if kind == -1:
        text, long = content[at : at + count].decode("latin-1"), shape[0] if shape else 1
        return Parameter(tuple(text[i : i + long].strip() for i in range(0, count, long)) if long else ())
    return Parameter((), at, order + {2: "i2", 4: "f4"}.get(kind, "i1"), count)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
