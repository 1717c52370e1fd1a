"""JSON from anywhere, in bounded memory, and which keys it begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.magic import Kind, sniff
from gfpose_core.io.text import read_bytes

MOST_BYTES = 256 * 2**20
"""Of one file, and of all files of a clip; parsed, it takes some ten times as much memory."""

_LOOK = 2**20
_KEY = re.compile(rb'"(\w{1,40})"\s*:')


def read_json(path: Path, most: int | None = None) -> Any:
    """What the file at ``path`` says; NaN and Infinity are let through.

    Raises:
        FormatError: no JSON, cut short, too deep, larger than ``most`` bytes, by default
            :data:`MOST_BYTES`, or it cannot be read.
    """
    try:
        return json.loads(read_bytes(path, MOST_BYTES if most is None else most))
    except OSError as error:
        raise FormatError(f"it cannot be read: {error.strerror}") from None
    except (ValueError, UnicodeError) as error:
        raise FormatError(f"no JSON, or cut short ({error})") from None
    except RecursionError:
        raise FormatError("it is nested too deep to be a list of keypoints") from None


def keys_of(path: Path, kind: Kind) -> set[str]:
    """Keys of objects in the beginning of a JSON file; none where it is another kind."""
    if kind.name != "json":
        return set()
    try:
        with path.open("rb") as file:
            return {key.decode() for key in _KEY.findall(file.read(_LOOK))}
    except OSError:
        return set()


def files_in(folder: Path) -> list[Path]:
    """The JSON files of a folder, by the numbers in their names."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() == ".json" and path.is_file()]
    except OSError:
        return []
    return sorted(found, key=natural)


def natural(path: Path) -> tuple[Any, ...]:
    """To sort names so that 2 comes before 10."""
    return tuple((part.isdigit(), int(part) if part.isdigit() else part) for part in _parts(path.stem))


def keys_in(path: Path, kind: Kind) -> set[str]:
    """As :func:`keys_of`; of a folder, those of its first JSON file that has any."""
    if kind.name != "folder":
        return keys_of(path, kind)
    for file in files_in(path)[:10]:
        try:
            if keys := keys_of(file, sniff(file)):
                return keys
        except FormatError:
            continue
    return set()


def read_all(paths: Iterable[Path]) -> list[tuple[Path, Any]]:
    """Every file's content, all together no larger than one may be.

    Raises:
        FormatError: as :func:`read_json`; the message names the file.
    """
    left, found = MOST_BYTES, []
    for path in paths:
        try:
            found.append((path, read_json(path, max(left, 0))))
            left -= path.stat().st_size
        except OSError as error:
            raise FormatError(f"{path.name} cannot be read: {error.strerror}") from None
        except FormatError as error:
            raise FormatError(f"{path.name}: {error}") from None
    return found


def triples(flat: Any) -> np.ndarray:  # -> (K, 3)
    """x, y and confidence of K points out of one list.

    Raises:
        FormatError: no list of numbers, or not three for each point.
    """
    if not isinstance(flat, list) or not flat or len(flat) % 3:
        raise FormatError("keypoints must be a list of x, y and confidence of each point")
    return numbers(flat).reshape(-1, 3)


def numbers(values: Any) -> np.ndarray:
    """An array of what should be numbers; None is NaN.

    Raises:
        FormatError: something in it is none.
    """
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise FormatError("there is something among the keypoints that is no number") from None


def objects(values: Any, what: str) -> list[dict[str, Any]]:
    """``values``, if they are a list of objects.

    Raises:
        FormatError: they are not.
    """
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise FormatError(f"{what} must be a list of objects")
    return values


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"(\d+)", name) if part]
