"""Keypoints in a table (CSV, TSV): a row for each joint, or columns for each joint, as its header says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.clips.arrays import matrix_of, size_of
from gfpose_core.io.clips.table import told_in
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections
from gfpose_core.io.keypoints.people import Person, gather
from gfpose_core.io.magic import Kind
from gfpose_core.io.text import read_bytes

_X, _Y, _Z = ("x", "px", "u"), ("y", "py", "v"), ("z",)
_CONFIDENCE = ("confidence", "conf", "c", "score", "likelihood", "visibility", "visible", "p", "prob")
_FRAME = ("frame", "frame_id", "frame_idx", "frame_index", "frame_number", "image", "image_id", "t")
_JOINT = (
    "joint",
    "joint_name",
    "keypoint",
    "name",
    "bodypart",
    "landmark",
    "point",
    "joint_id",
    "keypoint_id",
)
_PERSON = ("person", "person_id", "track_id", "track", "id", "individual")

_NUMBERED = re.compile(rf"^(x|y|z|{'|'.join(_CONFIDENCE)})_?(\d+)$")

_HEAD = 2**16
MOST_JOINTS = 1000


def _claims(path: Path, kind: Kind) -> bool:
    if kind.name != "text":
        return False
    try:
        with path.open("rb") as file:
            rows = _rows(_without_about(file.read(_HEAD))[0])
        header = next(rows)
    except (OSError, FormatError, csv.Error, StopIteration):
        return False
    return _is_long(header) or len(_wide(header)) >= 3


def _without_about(content: bytes) -> tuple[bytes, dict[str, str]]:
    """The table without the line that ours begin with, and what that says."""
    line, _, rest = content.partition(b"\n")
    told = told_in(line[:_HEAD].decode("utf-8", errors="replace"))
    return (rest, told) if told else (content, {})


def _open(path: Path) -> Source:
    content, told = _without_about(read_bytes(path))
    rows = _rows(content)
    header = next(rows, [])
    if _is_long(header):
        names, people = _long(header, rows)
    elif found := _wide(header):
        names, people = tuple(found), _by_columns(header, found, rows)
    else:
        raise FormatError(
            "its first line must name the columns: frame, joint, x, y and confidence; or nose_x, nose_y, "
            "...; or x0, y0, c0, x1, ... in the order of a layout"
        )
    if all(name.isdigit() for name in names):
        names, people = (), _by_number(names, people)
    return replace(Detections("Table", gather(people), names=names), **_facts(told, header, content))


def _facts(told: dict[str, str], header: Sequence[str], content: bytes) -> dict[str, Any]:
    """What our own tables say of a clip, :func:`gfpose_core.io.clips.table.write_keypoints`."""
    try:
        facts: dict[str, Any] = {"fps": float(told["fps"])} if "fps" in told else {}
        numbers = {name: np.array(told.get(name, "").split(), float) for name in ("image_size", "camera_K")}
    except ValueError as error:
        raise FormatError(f"its first line is damaged ({error})") from error
    if numbers["image_size"].size:
        facts["image_size"] = size_of(numbers["image_size"])
    if numbers["camera_K"].size:
        facts["camera_K"] = matrix_of(numbers["camera_K"].reshape(-1, 3), 1)
    if "root_depth" in header and told:
        column, rows = header.index("root_depth"), list(_rows(content))[1:]
        facts["root_depth"] = np.array([_value(row, column, i) for i, row in enumerate(rows, 2)])
    return facts | {"derived": tuple(told.get("derived", "").split())}


TABLE = Importer("CSV keypoints", (".csv", ".tsv"), _claims, _open)


def _rows(content: bytes) -> Iterator[list[str]]:
    """Its rows, the header in small letters. Spreadsheets write UTF-16, semicolons and decimal commas."""
    coding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = content.decode(coding, errors="replace")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = (line for line in reader if any(cell.strip() for cell in line))
    header = next(lines, None)
    if header is None:
        return
    yield [cell.strip().lower().replace(" ", "_") for cell in header]
    for line in lines:
        yield [cell.strip().replace(",", ".") if delimiter == ";" else cell.strip() for cell in line]


def _is_long(header: Sequence[str]) -> bool:
    told = [_find(header, names) is not None for names in (_JOINT, _X, _Y)]
    return all(told) and _find(header, _Z) is None


def _long(header: Sequence[str], rows: Iterator[list[str]]) -> tuple[tuple[str, ...], list[Person]]:
    joint, x, y = (_find(header, names) for names in (_JOINT, _X, _Y))
    frame, person, sure = (_find(header, names) for names in (_FRAME, _PERSON, _CONFIDENCE))
    order: dict[str, int] = {}
    found: dict[tuple[object, object], dict[int, tuple[float, float, float]]] = {}
    for number, row in enumerate(rows, 2):
        if len(row) < len(header):
            raise FormatError(f"row {number} has {len(row)} columns of {len(header)}")
        j = order.setdefault(row[joint], len(order))
        key = (_whole(row[frame]) if frame is not None else 0, row[person] if person is not None else None)
        points = found.setdefault(key, {})
        if j in points:
            raise FormatError(f"row {number} tells {row[joint]} of frame {key[0]} once more")
        points[j] = tuple(_value(row, column, number) for column in (x, y, sure))
    if len(order) > MOST_JOINTS:
        raise FormatError(f"{len(order)} names of joints; {MOST_JOINTS} are read")
    people = []
    for (at, who), points in found.items():
        table = np.full((len(order), 3), np.nan)
        table[list(points)] = list(points.values())
        if sure is not None:
            table[np.isnan(table[:, 2]), 2] = 0.0
        people.append(Person(at, table, who))
    return tuple(order), people


def _by_number(names: Sequence[str], people: list[Person]) -> list[Person]:
    """Joints in the order of their numbers, which are a layout's."""
    places = [int(name) for name in names]
    if sorted(places) != list(range(len(places))):
        raise FormatError(f"joints by number, but not 0 to {len(places) - 1}: some are left out")
    return [person._replace(points=person.points[np.argsort(places)]) for person in people]


def _by_columns(
    header: Sequence[str], found: dict[str, tuple[int, int, int | None]], rows: Iterator[list[str]]
) -> list[Person]:
    frame, person = _find(header, _FRAME), _find(header, _PERSON)
    people = []
    for number, row in enumerate(rows, 2):
        if len(row) < len(header):
            raise FormatError(f"row {number} has {len(row)} columns of {len(header)}")
        points = [[_value(row, column, number) for column in columns] for columns in found.values()]
        at = _whole(row[frame]) if frame is not None else number
        people.append(Person(at, np.array(points), row[person] if person is not None else None))
    return people


def _wide(header: Sequence[str]) -> dict[str, tuple[int, int, int | None]]:
    """Columns of x, y and confidence of each joint that has "NAME_x" and "NAME_y", or "x0" and "y0"; none
    where one has a z."""
    cells = (_NUMBERED.sub(r"\2_\1", cell.replace(".", "_").replace(":", "_")) for cell in header)
    index = {cell: i for i, cell in enumerate(cells)}
    found = {}
    for cell, i in index.items():
        name, _, axis = cell.rpartition("_")
        if axis == "x" and name and f"{name}_y" in index:
            if f"{name}_z" in index:
                return {}
            sure = next((index[f"{name}_{c}"] for c in _CONFIDENCE if f"{name}_{c}" in index), None)
            found[name] = i, index[f"{name}_y"], sure
    return found


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _value(row: Sequence[str], column: int | None, number: int) -> float:
    """A cell's number; NaN where it is empty."""
    if column is None or not row[column]:
        return float("nan")
    try:
        return float(row[column])
    except ValueError:
        raise FormatError(f"row {number}: {row[column][:40]!r} is no number") from None


def _whole(cell: str) -> int | str:
    """A frame's number, or the name of its image."""
    return int(cell) if cell.isdigit() and len(cell) < 19 else cell
