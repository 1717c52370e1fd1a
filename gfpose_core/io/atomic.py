"""Files that are either wholly there or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gfpose_core.errors import FormatError


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, in the folder and with the suffix of ``target``, that becomes it at the end.

    Where the block raises, nothing is left behind and an older ``target`` stays as it was.

    Raises:
        FormatError: ``target`` is a folder, or lies in none.
    """
    target = Path(target).resolve()
    if target.is_dir():
        raise FormatError(f"{target} is a folder: give the name of a file")
    if not target.parent.is_dir():
        raise FormatError(f"there is no folder {target.parent}: make it first")
    part = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
