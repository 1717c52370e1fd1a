"""Binary glTF 2.0: the nodes of its scene, moved by its first animation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.motion import MOST_JOINTS, MOST_POINTS
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.text import read_bytes
from gfpose_core.skeleton import H36M17

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


def parse(content: bytes) -> Scene:
    """Split a file into its JSON and its bytes.

    Raises:
        FormatError: another version, or chunks that do not fit the file.
    """
    if content[:4] != b"glTF" or int.from_bytes(content[4:8], "little") != 2:
        raise FormatError("no binary glTF of version 2")
    if int.from_bytes(content[8:12], "little") > len(content):
        raise FormatError("the file is cut short")
    chunks, at = {}, 12
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "little")
        chunks.setdefault(content[at + 4 : at + 8], content[at + 8 : at + 8 + length])
        at += 8 + length
    try:
        tables = json.loads(chunks[b"JSON"])
    except (KeyError, ValueError, RecursionError) as error:
        raise FormatError("its JSON is missing or damaged") from error
    return Scene(tables, chunks.get(b"BIN\0", b""))


def _open(path: Path) -> Source:
    scene = parse(read_bytes(path))
    nodes = scene.tables.get("nodes", [])
    parents, order = _tree(nodes)
    motion = _Motion(scene)
    if len(nodes) * len(motion.times) > MOST_POINTS:
        raise FormatError("it has too many nodes and frames: cut it into shorter clips")
    points = np.empty((len(motion.times), len(nodes), 3))
    placed: dict[int, np.ndarray] = {}
    for node in order:
        local = motion.local(node, nodes[node])
        placed[node] = placed[parents[node]] @ local if parents[node] >= 0 else local
        points[:, node] = placed[node][:, :3, 3]
    names = tuple(str(node.get("name", f"node {i}")) for i, node in enumerate(nodes))
    captures = []
    for people in _trees(parents, order):
        own = tuple(names[i] for i in people)
        if not captures or match_names(own):
            place = {node: i for i, node in enumerate(people)}
            captures.append(
                Capture(
                    label="glTF",
                    names=own,
                    parents=np.array([place.get(parents[i], -1) for i in people]),
                    points=points[:, people],
                    seen=np.ones((len(points), len(people)), bool),
                    fps=motion.fps,
                    units="metres",
                    derived=_derived(scene),
                )
            )
    named = [capture for capture in captures if match_names(capture.names)]
    return People(tuple(named or captures[:1]))


class _Motion:
    """The first animation, at the times of its longest channel."""

    def __init__(self, scene: Scene) -> None:
        self.channels: dict[tuple[int, str], tuple[np.ndarray, np.ndarray]] = {}
        animations = scene.tables.get("animations", [])
        for channel in animations[0]["channels"] if animations else []:
            sampler = animations[0]["samplers"][channel["sampler"]]
            times = scene.array(sampler["input"])[:, 0]
            values = scene.array(sampler["output"])
            if sampler.get("interpolation") == "CUBICSPLINE":
                values = values[1::3]  # between the tangents
            if len(values) != len(times) or (np.diff(times) <= 0).any():
                raise FormatError("an animation's times and values do not belong together")
            self.channels[channel["target"].get("node", -1), channel["target"]["path"]] = times, values
        every = [times for times, _ in self.channels.values()]
        self.times = max(every, key=len) if every else np.zeros(1)

    @property
    def fps(self) -> float | None:
        """Frames a second, where there are several."""
        if len(self.times) < 2:
            return None
        rate = (len(self.times) - 1) / float(self.times[-1] - self.times[0])
        return float(round(rate)) if abs(rate - round(rate)) < 1e-3 * rate else rate

    def local(self, node: int, said: Mapping[str, Any]) -> np.ndarray:  # (T, 4, 4)
        """The node in its parent's axes."""
        local = np.tile(np.eye(4), (len(self.times), 1, 1))
        if "matrix" in said:
            return local @ np.array(said["matrix"], np.float64).reshape(4, 4).T
        turn = self._values(node, "rotation", said.get("rotation", (0, 0, 0, 1)))
        scale = self._values(node, "scale", said.get("scale", (1, 1, 1)))
        local[:, :3, :3] = Rotation.from_quat(turn).as_matrix() * scale[:, None]
        local[:, :3, 3] = self._values(node, "translation", said.get("translation", (0, 0, 0)))
        return local

    def _values(self, node: int, path: str, still: Any) -> np.ndarray:  # (T, 3 or 4)
        if (node, path) not in self.channels:
            return np.tile(np.array(still, np.float64), (len(self.times), 1))
        times, values = self.channels[node, path]
        if len(times) == len(self.times) and np.array_equal(times, self.times):
            return values
        return np.stack([np.interp(self.times, times, column) for column in values.T], axis=-1)


def _derived(scene: Scene) -> tuple[str, ...]:
    """Stand-ins, as :mod:`gfpose_core.export.gltf` lists them."""
    extras = scene.tables.get("asset", {}).get("extras")
    told = extras.get("derived") if isinstance(extras, dict) else None
    return tuple(name for name in H36M17.names if name in told) if isinstance(told, list) else ()


def _tree(nodes: list[Mapping[str, Any]]) -> tuple[list[int], list[int]]:
    """The parent of each node, -1 for none, and an order with parents first."""
    if not 0 < len(nodes) <= MOST_JOINTS:
        raise FormatError(f"it has {len(nodes)} nodes")
    parents = [-1] * len(nodes)
    for i, node in enumerate(nodes):
        for child in node.get("children", ()):
            if child < 0:  # would count from the end, and could close a circle
                raise FormatError(f"there is no node {child}")
            if parents[child] >= 0:
                raise FormatError(f"node {child} hangs on two others")
            parents[child] = i
    order = [i for i, parent in enumerate(parents) if parent < 0]
    for node in order:  # grows as it goes; what lies on a circle is never reached
        order += nodes[node].get("children", ())
    if len(order) != len(nodes):
        raise FormatError("its nodes form no tree")
    return parents, order


def _trees(parents: list[int], order: list[int]) -> list[list[int]]:
    """The nodes of each tree, parents first."""
    trees: dict[int, list[int]] = {}
    root: dict[int, int] = {}
    for node in order:
        root[node] = root[parents[node]] if parents[node] >= 0 else node
        trees.setdefault(root[node], []).append(node)
    return list(trees.values())


GLTF = Importer("glTF (binary)", (".glb",), lambda path, kind: kind.name == "gltf", _open)
