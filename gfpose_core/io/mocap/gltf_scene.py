"""The tables and bytes of a glTF file, and its first animation."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from gfpose_core.errors import FormatError
from gfpose_core.io.mocap.motion import MOST_POINTS
from gfpose_core.io.text import read_bytes

_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True, eq=False)
class Scene:
    """The JSON of a file, and its bytes."""

    tables: Mapping[str, Any]
    blob: bytes

    def array(self, accessor: int) -> np.ndarray:  # (count, size) float64
        """The content of an accessor.

        Raises:
            FormatError: it points out of the file, or is of a kind that no animation has.
        """
        said = self.tables["accessors"][accessor]
        view = self.tables["bufferViews"][said["bufferView"]]
        dtype, size = np.dtype(_TYPES[said["componentType"]]), _SIZES[said["type"]]
        stride = view.get("byteStride") or dtype.itemsize * size
        start = view.get("byteOffset", 0) + said.get("byteOffset", 0)
        count = said["count"]
        if "sparse" in said or stride != dtype.itemsize * size or view.get("buffer", 0) != 0:
            raise FormatError("it packs its animation in a way that is not read")
        if start < 0 or count < 1 or start + count * stride > len(self.blob):
            raise FormatError("an animation lies outside of the file: it is cut short")
        values = np.frombuffer(self.blob, dtype, count * size, start).astype(np.float64)
        if said.get("normalized") and dtype.kind != "f":
            values = np.maximum(values / np.iinfo(dtype).max, -1.0)
        if not np.isfinite(values).all():
            raise FormatError("it holds values that are no finite numbers")
        return values.reshape(count, size)


PATHS = {"translation": (0, 0, 0), "rotation": (0, 0, 0, 1), "scale": (1, 1, 1)}
"""What places a node in its parent's axes, and where it is without."""

FINEST = 120.0
"""Frames a second that animations with uneven keys are read at, at most."""

_SAME = 1e-4
"""Seconds: keys of two channels that are nearer to each other are one."""


def parse(content: bytes, folder: Path) -> Scene:
    """Split a file into its JSON and its bytes; those of text lie in itself, or in a file of ``folder``.

    Raises:
        FormatError: another version, chunks that do not fit the file, or bytes that are not there.
    """
    if content[:4] != b"glTF":
        tables = _tables(content)
        return Scene(tables, _bytes_of(tables, folder))
    if int.from_bytes(content[4:8], "little") != 2:
        raise FormatError("no binary glTF of version 2")
    if int.from_bytes(content[8:12], "little") > len(content):
        raise FormatError("the file is cut short")
    chunks, at = {}, 12
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "little")
        chunks.setdefault(content[at + 4 : at + 8], content[at + 8 : at + 8 + length])
        at += 8 + length
    return Scene(_tables(chunks.get(b"JSON", b"")), chunks.get(b"BIN\0", b""))


def _tables(text: bytes) -> dict[str, Any]:
    try:
        tables = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError("its JSON is missing or damaged") from error
    if not isinstance(tables, dict) or not str(tables.get("asset", {}).get("version")).startswith("2."):
        raise FormatError("no glTF of version 2")
    return tables


def _bytes_of(tables: Mapping[str, Any], folder: Path) -> bytes:
    uri = str(next((buffer.get("uri", "") for buffer in tables.get("buffers", ())), ""))
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2])
    beside = (folder / unquote(uri)).resolve()
    if not uri or not beside.is_relative_to(folder.resolve()) or not beside.is_file():
        raise FormatError(f"it needs the file {unquote(uri)[:80]!r} beside it: save it as binary glTF (.glb)")
    return read_bytes(beside)


class Animation:
    """The first animation, at even times.

    Attributes:
        times: (T,) seconds; the keys' own where they are even.
        notes: what had to be done to make them so.
    """

    def __init__(self, scene: Scene) -> None:
        self.channels: dict[tuple[int, str], tuple[np.ndarray, np.ndarray, bool]] = {}
        self.notes: tuple[str, ...] = ()
        animations = scene.tables.get("animations", [])
        for channel in animations[0]["channels"] if animations else []:
            if channel["target"]["path"] not in PATHS:
                continue  # of the mesh
            sampler = animations[0]["samplers"][channel["sampler"]]
            times = scene.array(sampler["input"])[:, 0]
            values = scene.array(sampler["output"])
            if sampler.get("interpolation") == "CUBICSPLINE":
                values = values[1::3]  # between the tangents
            if len(values) != len(times) or (np.diff(times) <= 0).any():
                raise FormatError("an animation's times and values do not belong together")
            target = channel["target"]
            held = sampler.get("interpolation") == "STEP"
            self.channels[target.get("node", -1), target["path"]] = times, values, held
        self.times = self._even_times()

    def _even_times(self) -> np.ndarray:
        keys = np.unique(np.concatenate([times for times, *_ in self.channels.values()] or [np.zeros(1)]))
        keys = keys[np.diff(keys, prepend=-np.inf) > _SAME]
        steps = np.diff(keys)
        if not len(steps) or np.ptp(steps) < 0.02 * steps.mean():
            return keys
        rate = min(float(np.round(1 / steps.min(), 3)), FINEST)
        count = round(float(keys[-1] - keys[0]) * rate) + 1
        if count > MOST_POINTS:
            raise FormatError(f"{count:,} frames are too many: cut it into shorter clips")
        self.notes = (f"its keys are uneven: read at {rate:g} frames a second",)
        return keys[0] + np.arange(count) / rate

    @property
    def fps(self) -> float | None:
        """Frames a second, where there are several."""
        if len(self.times) < 2:
            return None
        rate = (len(self.times) - 1) / float(self.times[-1] - self.times[0])
        return float(round(rate)) if abs(rate - round(rate)) < 1e-3 * rate else rate

    def local(self, node: int, said: Mapping[str, Any]) -> np.ndarray:  # (T, 4, 4)
        """The node in its parent's axes, as glTF's tables have ``said``."""
        local = np.tile(np.eye(4), (len(self.times), 1, 1))
        if "matrix" in said:
            return local @ np.array(said["matrix"], np.float64).reshape(4, 4).T
        turn, scale = self.values(node, "rotation", said), self.values(node, "scale", said)
        local[:, :3, :3] = Rotation.from_quat(turn).as_matrix() * scale[:, None]
        local[:, :3, 3] = self.values(node, "translation", said)
        return local

    def values(self, node: int, path: str, said: Mapping[str, Any]) -> np.ndarray:  # (T, 3 or 4)
        """One of a node's :data:`PATHS`."""
        if (node, path) not in self.channels:
            return np.tile(np.array(said.get(path, PATHS[path]), np.float64), (len(self.times), 1))
        times, values, held = self.channels[node, path]
        if len(times) == len(self.times) and np.array_equal(times, self.times):
            return values
        if held or len(times) < 2:
            return values[np.maximum(np.searchsorted(times, self.times + _SAME) - 1, 0)]
        if path == "rotation":  # the short way, whichever of its two signs a key has
            within = np.clip(self.times, times[0], times[-1])
            return Slerp(times, Rotation.from_quat(values))(within).as_quat()
        return np.stack([np.interp(self.times, times, column) for column in values.T], axis=-1)
