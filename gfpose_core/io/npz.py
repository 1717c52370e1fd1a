"""NumPy archives from anywhere: no objects are unpickled, and no more is unpacked than a limit."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Collection
from typing import IO, Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.pickles import read_pickle

MOST_BYTES = 2 * 2**30
"""That arrays of a smaller file may unpack to, together: a few kilobytes of zip can hold gigabytes."""

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """(shape, Fortran order, type) at the beginning of a .npy ``file``.

    Raises:
        ValueError: a damaged header, or a version of it that is not known.
    """
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"npy version {version}")
    return _HEADERS[version](file)


def read_arrays(
    path: str | os.PathLike[str], only: Collection[str] | None = None, most: int | None = None
) -> dict[str, np.ndarray]:
    """The arrays of the npz at ``path``, or those named in ``only`` that it has.

    Raises:
        FormatError: no npz, arrays of objects, damaged or cut short, or more bytes unpacked than the file
            and ``most``, by default :data:`MOST_BYTES`, are.
    """
    most = MOST_BYTES if most is None else most
    try:
        with zipfile.ZipFile(path) as archive:
            members = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
            wanted = [name for name in members if only is None or name in only]
            size = sum(members[name].file_size for name in wanted)
            if size > max(most, os.path.getsize(path)):
                raise FormatError(f"its arrays unpack to {size / 2**30:.1f} GiB; {most / 2**30:g} are read")
            return {name: _read(archive, members[name]) for name in wanted}
    except FormatError:
        raise
    except Exception as error:  # zipfile, zlib and numpy have no common base
        raise FormatError(f"no npz, cut short or damaged ({error})") from error


def read_dict(path: str | os.PathLike[str], name: str) -> dict[Any, Any]:
    """The dict that numpy.savez pickled as array ``name``; no code in it is run.

    Raises:
        FormatError: no such array, no dict, damaged, or more than :data:`MOST_BYTES` unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if (size := archive.getinfo(f"{name}.npy").file_size) > MOST_BYTES:
                raise FormatError(
                    f"{name} unpacks to {size / 2**30:.1f} GiB; {MOST_BYTES / 2**30:g} are read"
                )
            with archive.open(f"{name}.npy") as file:
                read_header(file)
                content = read_pickle(file)
                file.read()  # to the end, where the checksum is compared
        content = content.item()
    except FormatError:
        raise
    except Exception as error:  # zipfile, zlib, pickle and numpy have no common base
        raise FormatError(f"no npz with {name}, or damaged ({error})") from error
    if not isinstance(content, dict):
        raise FormatError(f"{name} is no dict of subjects")
    return content


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            raise FormatError(f"{member.filename} holds Python objects; arrays of numbers are needed")
        count = math.prod(shape)
        if any(n < 0 for n in shape) or count * dtype.itemsize > member.file_size:
            raise ValueError(f"{member.filename} says it is {shape}, which is more than it holds")
        content = file.read(count * dtype.itemsize)
        file.read()  # to the end, where the checksum is compared
    array = np.frombuffer(content, dtype, count) if dtype.itemsize else np.zeros(count, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
