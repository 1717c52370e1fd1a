"""Arrays too large to hold, on disk while several processes fill them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gfpose_core import distributed


@contextmanager
def scratch(shape: tuple[int, ...], folder: Path) -> Iterator[np.ndarray]:
    """A float32 array in a file of ``folder``, the same one in every process; gone after the block.

    Whatever is written to it leaves memory as the system sees fit. Processes on several machines need
    ``folder`` to be one that they share.

    Raises:
        OSError: there is no room for it.
    """
    path = folder / distributed.from_first(f".{secrets.token_hex(4)}.scratch")
    try:
        if distributed.is_first():
            _reserve(path, 4 * int(np.prod(shape, dtype=np.int64)))
        distributed.gather(None)  # wait for the file
        yield np.memmap(path, np.float32, "r+", shape=shape)
    finally:
        if distributed.is_first():
            path.unlink(missing_ok=True)


def _reserve(path: Path, size: int) -> None:
    """Make a file of ``size`` bytes; a full disk is found out here, not by a crash while it is filled."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
