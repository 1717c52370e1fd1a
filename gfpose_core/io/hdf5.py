"""HDF5 as this project writes it: damage is noticed, wherever in the file it falls.

The newest file format has checksums on its metadata, and Fletcher-32 guards the arrays. Text has a fixed
length: HDF5 keeps the other kind in a heap without checksums, and a single damaged bit there can hold the
reading library in a loop for ever.

A disk that is full, or fails, ends the process inside the HDF5 library. It is never told: it writes to a file
that keeps the failure to itself until the library is done.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_SMALL_BYTES, _MOST_PACKED = 64 * 2**20, 100
"""Up to what size nothing is asked; and how much smaller than in memory larger arrays may be in a file."""

Node = h5py.Group | h5py.Dataset


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
