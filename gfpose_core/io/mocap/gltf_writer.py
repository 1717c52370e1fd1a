"""Changed clips back into the glTF scene that they were: its nodes, meshes and skins, with new keys."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy.spatial.transform import Rotation

from gfpose_core.io.clip import PoseClip, in_axes
from gfpose_core.io.mocap.gltf_scene import Animation, Scene
from gfpose_core.io.mocap.motion import ancestors
from gfpose_core.io.mocap.resolve import Body, resolve

_EVEN = 1e-3
"""Scales of a node along its axes that differ by a smaller share are one."""


@dataclass(frozen=True, eq=False)
class Rig:
    """A scene's nodes as a body of joints: in ``order`` (K,), parents first.

    Attributes:
        scales: (K, T), the world's units in one of a node's parent.
    """

    scene: Scene
    animation: Animation
    order: list[int]
    body: Body
    scales: np.ndarray

    @classmethod
    def of(cls, scene: Scene, animation: Animation, parents: list[int], order: list[int]) -> Rig | None:
        """None where nodes are scaled unevenly: their children turn in no rigid way."""
        nodes = scene.tables["nodes"]
        place = {node: k for k, node in enumerate(order)}
        above = [place.get(parents[node], -1) for node in order]
        rotations, places, scales, inner = [], [], [], []
        for node, parent in zip(order, above):
            local = animation.local(node, nodes[node])
            sizes = np.linalg.norm(local[:, :3, :3], axis=1)  # (T, 3), of the columns
            size = sizes.mean(axis=1)
            turn = local[:, :3, :3] / np.maximum(size, 1e-30)[:, None, None]
            skewed = np.abs(turn.swapaxes(1, 2) @ turn - np.eye(3)).max() > _EVEN
            if skewed or (np.linalg.det(turn) < 0).any():
                return None
            scale = inner[parent] if parent >= 0 else np.ones(len(local))
            rotations.append(turn)
            places.append(local[:, :3, 3] * scale[:, None])
            scales.append(scale)
            inner.append(scale * size)
        free = ["matrix" not in nodes[node] for node in order]
        return cls(scene, animation, order, Body(above, rotations, places, free), np.stack(scales))

    def at(self, frames: np.ndarray) -> Body:
        """The body in those frames."""
        body = self.body
        rotations, places = ([array[frames] for array in arrays] for arrays in (body.rotations, body.places))
        return Body(body.parents, rotations, places, body.free)


@dataclass(frozen=True, eq=False)
class GLTFSource:
    """A :class:`gfpose_core.io.clip.OwnForm`.

    Attributes:
        joints: H36M-17 joints by node.
        placed: (3, 3), from metres and the file's axes to the clip's.
        axes: the clip's.
    """

    rig: Rig
    joints: Mapping[str, int]
    placed: np.ndarray
    axes: str
    corrected: tuple[str, ...] = ()
    suffix: ClassVar[str] = ".glb"

    def write(self, clip: PoseClip, path: Path, target: Path) -> None:
        """The scene with the clip's poses as its first animation; of other frames than the file's, or at
        another rate, all of its keys are written anew."""
        animation, nodes = self.rig.animation, self.rig.scene.tables["nodes"]
        moved = self._moved(in_axes(clip, self.axes), clip.frames)
        seconds = animation.times
        if clip.fps != animation.fps or not np.array_equal(clip.frames, np.arange(len(seconds))):
            kept = {key: animation.values(*key, nodes[key[0]])[clip.frames] for key in animation.channels}
            moved = kept | moved
            seconds = np.arange(len(clip)) / (clip.fps or 1.0)
        path.write_bytes(_with_keys(self.rig.scene, seconds, moved))

    def _moved(self, poses: np.ndarray, frames: np.ndarray) -> dict[tuple[int, str], np.ndarray]:
        """New values by node and path: of those that differ from the file's."""
        rig, nodes = self.rig, self.rig.scene.tables["nodes"]
        body, place = rig.at(frames), {node: k for k, node in enumerate(rig.order)}
        joints = {name: place[node] for name, node in self.joints.items()}
        found = resolve(body, joints, poses @ np.linalg.inv(self.placed).T)
        moved = {}
        for k, turned in found.rotations.items():
            changed = np.abs(turned - body.rotations[k]).max(axis=(-2, -1)) > 1e-9
            if changed.any():
                old = rig.animation.values(rig.order[k], "rotation", nodes[rig.order[k]])[frames]
                new = Rotation.from_matrix(turned).as_quat()
                moved[rig.order[k], "rotation"] = np.where(changed[:, None], new, old)
        if found.shift.any():
            k = ancestors(body.parents, next(iter(joints.values())))[-1]
            offset = found.shift / rig.scales[k][frames][:, None]
            moved[rig.order[k], "translation"] = (
                rig.animation.values(rig.order[k], "translation", nodes[rig.order[k]])[frames] + offset
            )
        return moved


def _with_keys(scene: Scene, seconds: np.ndarray, moved: Mapping[tuple[int, str], np.ndarray]) -> bytes:
    """The scene as a binary file, with ``moved`` in place of its first animation's channels."""
    tables: dict[str, Any] = copy.deepcopy(dict(scene.tables))
    blob = bytearray(scene.blob)
    animations = tables.setdefault("animations", [])
    if moved and not animations:
        animations.append({"channels": [], "samplers": []})

    def put(array: np.ndarray, kind: str, **bounds: list[float]) -> int:
        blob.extend(bytes(-len(blob) % 4))
        content = array.astype("<f4").tobytes()
        views, accessors = (tables.setdefault(name, []) for name in ("bufferViews", "accessors"))
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(content)})
        blob.extend(content)
        accessors.append(
            {"bufferView": len(views) - 1, "componentType": 5126, "count": len(array), "type": kind, **bounds}
        )
        return len(accessors) - 1

    if moved:
        channels, samplers = animations[0]["channels"], animations[0]["samplers"]
        first, last = (float(x) for x in seconds.astype("<f4")[[0, -1]])
        times = put(seconds, "SCALAR", min=[first], max=[last])
        by_target = {(c["target"].get("node"), c["target"]["path"]): c for c in channels}
        for (node, path), values in moved.items():
            samplers.append({"input": times, "output": put(values, f"VEC{values.shape[1]}")})
            if (node, path) in by_target:
                by_target[node, path]["sampler"] = len(samplers) - 1
            else:
                channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})
    blob.extend(bytes(-len(blob) % 4))
    if blob:
        tables["buffers"] = [{"byteLength": len(blob)}, *tables.get("buffers", [])[1:]]
    text = json.dumps(tables).encode()
    text += b" " * (-len(text) % 4)
    parts = [(b"JSON", text), *([(b"BIN\0", bytes(blob))] if blob else [])]
    body = b"".join(len(content).to_bytes(4, "little") + name + content for name, content in parts)
    return b"glTF" + (2).to_bytes(4, "little") + (12 + len(body)).to_bytes(4, "little") + body
