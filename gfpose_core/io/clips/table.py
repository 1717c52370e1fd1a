"""Poses as CSV tables: what :mod:`gfpose_core.export.csv` writes."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gfpose_core.camera import AXES
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.magic import Kind
from gfpose_core.io.mocap.capture import UP_OF_AXES, Capture, People
from gfpose_core.io.text import read_text
from gfpose_core.skeleton import H36M17

_ABOUT = "# gfpose, units "
_FIRST = ("pose", "hypothesis")


@dataclass(frozen=True, eq=False)
class Table:
    """``points`` (T, S, K, 3) mm, NaN where unknown, of joints with ``names`` in ``axes``."""

    points: np.ndarray
    names: tuple[str, ...]
    axes: str
    fps: float | None
    derived: tuple[str, ...] = ()


def about_line(units: str, fps: float | None, derived: Iterable[str], **facts: str) -> str:
    """The first line of a table: its unit, and what else is known of the clip."""
    facts |= {} if fps is None else {"fps": f"{fps:.9g}"}
    facts |= {"derived": " ".join(derived)}
    return ", ".join([_ABOUT + units, *(f"{name} {value}" for name, value in facts.items() if value)])


def told_in(line: str) -> dict[str, str]:
    """What such a line says, by name; nothing where it is another."""
    line = line.removeprefix("\ufeff").strip()
    parts = line.split(", ")[1:] if line.startswith(_ABOUT) else []
    return dict(part.split(" ", 1) for part in parts if " " in part)


def write_table(table: Table, path: Path) -> None:
    """A line that says units, axes and rate; one with the names of the columns; a row for each pose."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(about_line("mm", table.fps, table.derived, axes=table.axes) + "\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*_FIRST, *(f"{name}.{letter}" for name in table.names for letter in "xyz")])
        for t, pose in enumerate(table.points):
            for s, points in enumerate(pose):
                numbers = ("" if value != value else f"{value:.3f}" for value in points.ravel().tolist())
                rows.writerow([t, s, *numbers])


def write_keypoints(clip: KeypointClip, path: Path) -> None:
    """A line that says rate, image and camera; then ``frame``, ``Hip_x``, ``Hip_y``, ``Hip_confidence`` to
    those of RWrist, pixels, and ``root_depth``, mm, where it is known.

    Raises:
        FormatError: a camera for each frame.
    """
    K = clip.camera_K
    if K is not None and K.ndim == 3 and np.ptp(K, axis=0).any():
        raise FormatError("CSV holds one camera for all frames: choose npz, JSON or HDF5")
    facts = {"image_size": clip.image_size, "camera_K": None if K is None else K.reshape(-1, 9)[0]}
    told = {
        name: " ".join(f"{x:.9g}" for x in values) for name, values in facts.items() if values is not None
    }
    columns = [f"{name}_{column}" for name in H36M17.names for column in ("x", "y", "confidence")]
    cells = np.concatenate([clip.keypoints, clip.confidence[..., None]], axis=-1).reshape(len(clip), -1)
    if clip.root_depth is not None:
        columns, cells = [*columns, "root_depth"], np.column_stack([cells, clip.root_depth])
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(about_line("px", clip.fps, clip.stand_ins, **told) + "\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["frame", *columns])
        for t, row in enumerate(cells.tolist()):
            rows.writerow([t, *("" if value != value else f"{value:.3f}" for value in row)])


def read_table(text: str) -> Table:
    """Inverse of :func:`write_table`, to half a micrometre.

    Raises:
        FormatError: other columns, rows that are missing or damaged.
    """
    about, *lines = text.split("\n")
    said = told_in(about)
    rows = csv.reader(lines)
    header = next(rows, [])
    columns = header[len(_FIRST) :]
    names = tuple(column.rpartition(".")[0] for column in columns[::3])
    if tuple(header[: len(_FIRST)]) != _FIRST or columns != [f"{n}.{a}" for n in names for a in "xyz"]:
        raise FormatError("its columns are not pose, hypothesis, and x, y, z of every joint")
    try:
        body = [[float(cell) if cell else np.nan for cell in row] for row in rows if row]
        if short := [i for i, row in enumerate(body) if len(row) != len(header)]:
            raise FormatError(f"row {short[0] + 1} has another number of cells than there are columns")
        table = np.array(body).reshape(-1, len(header))
        fps = float(said["fps"]) if "fps" in said else None
    except ValueError as error:
        raise FormatError(f"a row is damaged or cut short ({error})") from error
    people = int((table[:, 0] == 0).sum())
    order = np.stack(np.divmod(np.arange(len(table)), max(people, 1)), axis=-1)
    if not len(table) or len(table) % max(people, 1) or not np.array_equal(table[:, :2], order):
        raise FormatError("its rows are not every hypothesis of every pose, in order")
    points = table[:, 2:].reshape(-1, people, len(names), 3)
    if np.isinf(points).any():
        raise FormatError("it holds values that are no finite numbers")
    return Table(points, names, said.get("axes", ""), fps, tuple(said.get("derived", "").split()))


def _claims(path: Path, kind: Kind) -> bool:
    if kind.name != "text":
        return False
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").startswith(f"{_ABOUT}mm".encode())


def _open(path: Path) -> Source:
    table = read_table(read_text(path))
    if table.axes not in AXES:
        raise FormatError(f"its axes are {table.axes!r}; {', '.join(AXES)} can be read")
    return People(
        tuple(
            Capture(
                label="CSV",
                names=table.names,
                parents=np.full(len(table.names), -1),
                points=table.points[:, s],
                seen=np.isfinite(table.points[:, s]).all(axis=-1),
                fps=table.fps,
                units="millimetres",
                up=UP_OF_AXES[table.axes],
                derived=table.derived,
            )
            for s in range(table.points.shape[1])
        )
    )


CSV = Importer("CSV", (), _claims, _open)
