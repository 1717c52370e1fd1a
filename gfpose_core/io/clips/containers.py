"""Clips as named arrays in JSON and HDF5: the same as in npz (:mod:`gfpose_core.io.clips.arrays`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.clip import Clip, PoseClip
from gfpose_core.io.clips.arrays import NAMES, arrays_of, source_of
from gfpose_core.io.hdf5 import create, get_array, open_hdf5, put_array, put_texts
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.json_files import read_json
from gfpose_core.io.magic import CLIP

VERSION = 1


def write_json(clip: Clip, path: Path) -> None:
    """Numbers have three decimals; places that are unknown are null."""
    about = {"format": CLIP, "version": VERSION, "units": "mm" if isinstance(clip, PoseClip) else "px"}
    plain = {name: _plain(np.asarray(array)) for name, array in arrays_of(clip).items()}
    with path.open("w", encoding="utf-8") as file:
        json.dump(about | plain, file, allow_nan=False)


def write_hdf5(clip: Clip, path: Path) -> None:
    """Arrays as datasets, texts as attributes."""
    with create(path) as file:
        file.attrs["version"] = VERSION
        put_texts(file, format=CLIP)
        for name, array in arrays_of(clip).items():
            if np.asarray(array).dtype.kind == "U":
                put_texts(file, **{name: array})
            else:
                put_array(file, name, array)


def _plain(array: np.ndarray) -> Any:
    if array.dtype.kind != "f" or not array.ndim:
        return array.tolist()
    rounded = np.round(array, 3)
    return np.where(np.isfinite(rounded), rounded.astype(object), None).tolist()


def _open(path: Path) -> Source:
    with path.open("rb") as file:
        text = file.read(1) == b"{"
    if text:
        content = read_json(path)
        arrays = {name: np.array(content[name]) for name in NAMES if name in content}
        version = content["version"]
    else:
        with open_hdf5(path) as file:
            arrays = {name: get_array(file, name) for name in NAMES if name in file}
            arrays |= {name: _texts(file.attrs[name]) for name in NAMES if name in file.attrs}
            version = file.attrs["version"]
    if version != VERSION:
        raise FormatError(f"format version {version}; this gfpose reads {VERSION}")
    numbers = {name: a.astype(np.float64) for name, a in arrays.items() if a.dtype == object}
    return source_of(arrays | numbers, "JSON" if text else "HDF5")


def _texts(told: Any) -> np.ndarray:
    """An attribute of one text or several."""
    texts = np.asarray(told)
    return np.char.decode(texts, "utf-8") if texts.dtype.kind == "S" else texts.astype(str)


CLIPS = Importer("clips of ours (JSON, HDF5)", (), lambda path, kind: kind.name == "clip", _open)
