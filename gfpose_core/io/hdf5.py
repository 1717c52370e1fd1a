"""HDF5 as this project writes it: damage is noticed, wherever in the file it falls.

The newest file format has checksums on its metadata, and Fletcher-32 guards the arrays. Text has a fixed
length: HDF5 keeps the other kind in a heap without checksums, and a single damaged bit there can hold the
reading library in a loop for ever. Files of other programs may be of the older format and have such heaps:
before one is opened another process goes through it, which may loop or crash as it likes.

A disk that is full, or fails, ends the process inside the HDF5 library. It is never told: it writes to a file
that keeps the failure to itself until the library is done.
"""

from __future__ import annotations

import io
import mmap
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_SMALL_BYTES, _MOST_PACKED = 64 * 2**20, 100
"""Up to what size nothing is asked; and how much smaller than in memory larger arrays may be in a file."""

_SIGNATURE, _CHECKED_SINCE = b"\x89HDF\r\n\x1a\n", 2
"""What a file begins with, and the version of its superblock from which on metadata have checksums."""
_UNCHECKED = (b"GCOL", b"TREE")
"""What heaps of text and tables begin with that have none, in files of any version."""

_LEAST_SECONDS, _BYTES_A_SECOND = 10.0, 4e6
"""How long the other process may take: packed numbers are what takes longest to read."""

Node = h5py.Group | h5py.Dataset


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """A file to read from, whoever wrote it.

    Raises:
        OSError: there is none, or it is damaged, perhaps so that the HDF5 library would not return from it.
    """
    about = path.stat()
    if refusal := _refusal(path, about.st_size, about.st_mtime_ns, about.st_ino):
        raise OSError(refusal)
    with h5py.File(path) as file:
        yield file


@lru_cache(maxsize=1000)
def _refusal(path: Path, size: int, modified: int, inode: int) -> str:
    """Why the file is not to be opened in this process; empty where it may be."""
    if not size or _is_guarded(path):
        return ""
    seconds = _LEAST_SECONDS + size / _BYTES_A_SECOND
    walk = [sys.executable, "-P", Path(__file__).with_name("hdf5_walk.py"), path]
    try:
        done = subprocess.run(walk, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"the HDF5 library did not get through it in {seconds:.0f} s"
    return "" if done.returncode == 0 else "the HDF5 library crashes in it, or takes all memory"


def _is_guarded(path: Path) -> bool:
    """Whether all that the library walks along in the file has checksums."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        checked = content[:8] == _SIGNATURE and content[8:9] >= bytes([_CHECKED_SINCE])
        return checked and all(content.find(mark) < 0 for mark in _UNCHECKED)


@contextmanager
def create(path: Path) -> Iterator[h5py.File]:
    """A new file to write to.

    Raises:
        OSError: at the end, where something could not be written.
    """
    with _Sink(path, "w+b") as sink:
        try:
            with h5py.File(sink, "w", libver="latest") as file:
                yield file
        finally:
            if sink.failure is not None:
                raise sink.failure


class _Sink(io.FileIO):
    """A file that takes all it is given; ``failure`` says what became of it."""

    failure: OSError | None = None

    def write(self, content: Any) -> int:
        left = memoryview(content)
        while len(left) and self.failure is None:
            left = left[self._try(super().write, left) or 0 :]
        return len(content)

    def truncate(self, size: int | None = None) -> int:
        self._try(super().truncate, size)
        return size or 0

    def _try(self, act: Callable[[Any], int], given: Any) -> int | None:
        try:
            return act(given)
        except OSError as error:
            self.failure = self.failure or error
            return None


def put_array(group: h5py.Group, name: str, array: np.ndarray) -> h5py.Dataset:
    """Store ``array``, guarded by checksums."""
    array = np.asarray(array)
    return group.create_dataset(name, data=array, fletcher32=True if array.size and array.ndim else None)


def get_array(group: h5py.Group, name: str) -> np.ndarray:
    """The dataset called ``name``, in memory; one of texts as an array of str.

    Raises:
        KeyError: there is none.
        ValueError: it says it is far larger than what the file holds of it, or its content lies elsewhere.
    """
    found = group[name]
    if not isinstance(found, h5py.Dataset):
        raise ValueError(f"{name} is a group")
    if found.is_virtual or found.external:
        raise ValueError(f"{name} lies in other files")
    if found.nbytes > max(_SMALL_BYTES, _MOST_PACKED * found.id.get_storage_size()):
        raise ValueError(f"{name} says it is {found.shape}, which is more than the file holds")
    return np.asarray((found.asstr() if h5py.check_string_dtype(found.dtype) else found)[()])


def put_texts(node: Node, **texts: str | Sequence[str]) -> None:
    """Store texts, or lists of them, as attributes."""
    for name, text in texts.items():
        encoded = np.char.encode(text, "utf-8")
        size = max(encoded.dtype.itemsize, 1)
        node.attrs[name] = encoded.astype(h5py.string_dtype("utf-8", size))


def pose_splits(file: h5py.File) -> dict[str, h5py.Group]:
    """The groups of ``file`` that hold poses, by name; other groups and datasets are passed over."""
    return {
        name: group for name, group in file.items() if isinstance(group, h5py.Group) and "positions" in group
    }


def get_text(node: Node, name: str, default: str | None = None) -> str:
    """A text attribute, whoever wrote it.

    Raises:
        KeyError: it is not there and there is no ``default``.
    """
    value = node.attrs[name] if default is None else node.attrs.get(name, default)
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
