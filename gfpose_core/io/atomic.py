"""Files that are either wholly there or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gfpose_core.errors import FormatError


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, in the folder and with the suffix of ``target``, that becomes it at the end.

    Where the block raises, nothing is left behind and an older ``target`` stays as it was; its permissions
    stay in either case.

    Raises:
        FormatError: ``target`` is no place for a file, or could not be written.
    """
    target = place_for(target)
    part = target.with_name(f".{secrets.token_hex(4)}.part{target.suffix}")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FormatError(f"{target} was not written ({reason}): make room or go elsewhere") from error
    finally:
        part.unlink(missing_ok=True)


def place_for(target: str | os.PathLike[str]) -> Path:
    """Where a file is to be put, links followed.

    Raises:
        FormatError: there is a folder or a device, or no folder for it, or one that may not be written to.
    """
    try:
        place = Path(target).resolve()
        place.exists()
    except (OSError, RuntimeError) as error:  # a name too long; a circle of links, by Python's version
        raise FormatError(f"{target} is no place for a file ({error}): choose another") from None
    if place.is_dir():
        raise FormatError(f"{place} is a folder: give the name of a file")
    if place.exists() and not place.is_file():
        raise FormatError(f"{place} is a device, no file: give the name of a file")
    if not place.parent.is_dir():
        raise FormatError(f"there is no folder {place.parent}: make it first")
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise FormatError(f"{place.parent} may not be written to: choose another folder")
    return place
