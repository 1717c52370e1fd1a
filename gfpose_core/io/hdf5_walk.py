"""Goes through an HDF5 file wherever libhdf5 might loop or crash in it: a program that nobody misses.

:mod:`gfpose_core.io.hdf5` runs it on files that have no checksums, before it opens them. What fails in an
orderly way is no matter here: it will fail so again where it is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import h5py

MOST_BYTES = 2 * 2**30
"""Of memory. Reading goes by chunks, so that only damage takes as much."""


def walk(file: h5py.File) -> None:
    """Look up all names, and read all that lies in heaps, behind tables or filters: numbers that lie in one
    piece are left out.

    Raises:
        MemoryError: more than there may be.
    """
    known, still = set(), [file["/"]]
    while still:
        node = still.pop()
        place = h5py.h5o.get_info(node.id).addr
        if place in known:
            continue
        known.add(place)
        for name in _names(node.attrs):
            _try(node.attrs.__getitem__, name)
        if isinstance(node, h5py.Group):
            for name in _names(node):
                if isinstance(_try(node.get, name, None, False, True), h5py.HardLink):
                    still += [inner for inner in [_try(node.__getitem__, name)] if inner is not None]
        elif isinstance(node, h5py.Dataset):
            _try(_read, node)


def _names(mapping: Any) -> Iterator[str]:
    with suppress(Exception):
        yield from mapping


def _try(act: Any, *given: Any) -> Any:
    try:
        return act(*given)
    except MemoryError:
        raise
    except Exception:
        return None


def _read(dataset: h5py.Dataset) -> None:
    if dataset.is_virtual or dataset.external:
        return
    if dataset.chunks is None:
        if dataset.dtype.hasobject:
            dataset[()]
        return
    places: list[tuple[int, ...]] = []
    dataset.id.chunk_iter(lambda chunk: places.append(chunk.chunk_offset))
    for place in places:
        _try(dataset.__getitem__, tuple(slice(a, a + n) for a, n in zip(place, dataset.chunks)))


def main(path: str) -> None:
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with h5py.File(path) as file:
        walk(file)


if __name__ == "__main__":
    with suppress(OSError):
        main(sys.argv[1])
