"""Poses as binary glTF 2.0: a skinned skeleton for each hypothesis, all moved by one animation.

Units and axes are glTF's own: metres, y up. The skeleton is that of :mod:`gfpose_core.export.rig`; every bone
is a slim octahedron bound to one joint. What was run, and which joints are stand-ins, stands in the asset's
extras.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pygltflib as gltf
from scipy.spatial.transform import Rotation

from gfpose_core.export.base import DEFAULT_FPS, Format, PoseExport
from gfpose_core.export.rig import RIGS, Rigged, rigs
from gfpose_core.io.mocap.rotations import shortest_arc

M_PER_MM = 0.001
_WIDTH = 0.06  # of a bone, as a share of its length
_OCTAHEDRON = np.array(
    [[0, 0, 0], [1, 0.15, 0], [0, 0.15, 1], [-1, 0.15, 0], [0, 0.15, -1], [0, 1, 0]], float
)
_FACES = [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1], [5, 2, 1], [5, 3, 2], [5, 4, 3], [5, 1, 4]]


def write(poses: PoseExport, path: Path) -> None:
    """A scene with ``poses`` as an animation; each is a key frame."""
    file = _File()
    seconds = np.arange(len(poses.poses)) / (poses.fps or DEFAULT_FPS)
    times = file.put(seconds.astype(np.float32), bounds=True)
    for s, rigged in enumerate(rigs(poses, RIGS["h36m-17"])):
        file.add_person(rigged, times, f"hypothesis {s + 1}")
    said = ("seed", "checkpoint", "checkpoint_sha256", "sampler", "steps")
    run = {name: getattr(poses, name) for name in said} | {"options": dict(poses.options)}
    extras = (run if poses.checkpoint else {}) | ({"derived": poses.derived} if poses.derived else {})
    path.write_bytes(file.content(extras))


class _File:
    """A scene being put together: glTF's tables, and the bytes that they point into."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.scene = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator="gfpose-viewer"),
            scene=0,
            scenes=[gltf.Scene(name="poses", nodes=[])],
            materials=[_material()],
            animations=[gltf.Animation(name="motion", samplers=[], channels=[])],
        )

    def put(self, array: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Store ``array``, a row an element; returns its accessor."""
        kinds = {(): gltf.SCALAR, (3,): gltf.VEC3, (4,): gltf.VEC4, (4, 4): gltf.MAT4}
        types = {"f": gltf.FLOAT, "u": gltf.UNSIGNED_SHORT}
        content = array.tobytes()
        tables = self.scene
        tables.bufferViews.append(
            gltf.BufferView(buffer=0, byteOffset=len(self.blob), byteLength=len(content), target=target)
        )
        self.blob += content + bytes(-len(content) % 4)
        rows = array.reshape(len(array), -1)
        tables.accessors.append(
            gltf.Accessor(
                bufferView=len(tables.bufferViews) - 1,
                componentType=types[array.dtype.kind],
                count=len(array),
                type=kinds[array.shape[1:]],
                min=rows.min(axis=0).tolist() if bounds else None,
                max=rows.max(axis=0).tolist() if bounds else None,
            )
        )
        return len(tables.accessors) - 1

    def add_person(self, rigged: Rigged, times: int, name: str) -> None:
        """Nodes, skin, mesh and motion of one skeleton."""
        first = len(self.scene.nodes)
        offsets = rigged.offsets * M_PER_MM
        quaternions = [_continuous(Rotation.from_matrix(r).as_quat()) for r in rigged.rotations]
        root = rigged.root * M_PER_MM
        for joint, joint_name in enumerate(rigged.names):
            self.scene.nodes.append(
                gltf.Node(
                    name=joint_name,
                    translation=(offsets[joint] if joint else root[0]).tolist(),
                    rotation=quaternions[joint][0].tolist(),
                    children=[first + child for child, p in enumerate(rigged.parents) if p == joint],
                )
            )
            self._move(first + joint, "rotation", times, quaternions[joint])
        self._move(first, "translation", times, root)
        at_rest = _at_rest(rigged) * M_PER_MM
        self._bind(rigged, at_rest, first, name)
        self.scene.scenes[0].nodes += [first, len(self.scene.nodes) - 1]

    def _move(self, node: int, path: str, times: int, values: np.ndarray) -> None:
        animation = self.scene.animations[0]
        values = self.put(values.astype(np.float32))
        animation.samplers.append(gltf.AnimationSampler(input=times, output=values, interpolation="LINEAR"))
        target = gltf.AnimationChannelTarget(node=node, path=path)
        animation.channels.append(gltf.AnimationChannel(sampler=len(animation.samplers) - 1, target=target))

    def _bind(self, rigged: Rigged, at_rest: np.ndarray, first: int, name: str) -> None:
        joints = len(rigged.names)
        inverse = np.tile(np.eye(4, dtype=np.float32), (joints, 1, 1))
        inverse[:, 3, :3] = -at_rest  # by columns, as glTF stores matrices
        places, normals, owners = _bones(rigged, at_rest)
        weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(places), 1))
        bound = np.zeros((len(places), 4), np.uint16)
        bound[:, 0] = owners
        attributes = gltf.Attributes(
            POSITION=self.put(places, gltf.ARRAY_BUFFER, bounds=True),
            NORMAL=self.put(normals, gltf.ARRAY_BUFFER),
            JOINTS_0=self.put(bound, gltf.ARRAY_BUFFER),
            WEIGHTS_0=self.put(weights, gltf.ARRAY_BUFFER),
        )
        scene = self.scene
        scene.meshes.append(
            gltf.Mesh(name="bones", primitives=[gltf.Primitive(attributes=attributes, material=0)])
        )
        scene.skins.append(
            gltf.Skin(
                name=name,
                inverseBindMatrices=self.put(inverse),
                skeleton=first,
                joints=list(range(first, first + joints)),
            )
        )
        scene.nodes.append(gltf.Node(name=name, mesh=len(scene.meshes) - 1, skin=len(scene.skins) - 1))

    def content(self, extras: dict[str, Any]) -> bytes:
        """The whole file."""
        self.scene.asset.extras = extras
        self.scene.buffers = [gltf.Buffer(byteLength=len(self.blob))]
        self.scene.set_binary_blob(bytes(self.blob))
        return b"".join(self.scene.save_to_bytes())


def _material() -> gltf.Material:
    look = gltf.PbrMetallicRoughness(
        baseColorFactor=[0.8, 0.8, 0.8, 1.0], metallicFactor=0.0, roughnessFactor=0.7
    )
    return gltf.Material(name="bone", pbrMetallicRoughness=look)


def _at_rest(rigged: Rigged) -> np.ndarray:  # (K, 3) mm
    placed = np.zeros_like(rigged.offsets)
    for joint, parent in enumerate(rigged.parents):
        placed[joint] = rigged.offsets[joint] + (placed[parent] if parent >= 0 else 0.0)
    return placed


def _bones(rigged: Rigged, at_rest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners (V, 3) m and normals (V, 3) of all bones at rest, and the joint (V,) that carries each."""
    spans = [(p, rigged.offsets[j] * M_PER_MM) for j, p in enumerate(rigged.parents) if p >= 0]
    spans += [(joint, tip * M_PER_MM) for joint, tip in enumerate(rigged.tips)]
    places, normals, owners = [], [], []
    for joint, span in spans:
        length = float(np.linalg.norm(span))
        if length < 1e-6:
            continue
        corners = _OCTAHEDRON * [_WIDTH * length, length, _WIDTH * length]
        corners = corners @ shortest_arc(np.array([0.0, 1, 0]), span).T + at_rest[joint]
        faces = corners[_FACES]  # (8, 3, 3)
        square = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
        middle = corners.mean(axis=0)
        inward = np.einsum("fi,fi->f", square, faces.mean(axis=1) - middle) < 0
        faces[inward], square[inward] = faces[inward][:, ::-1], -square[inward]
        places.append(faces.reshape(-1, 3))
        normals.append(np.repeat(square / np.linalg.norm(square, axis=-1, keepdims=True), 3, axis=0))
        owners.append(np.full(len(faces) * 3, joint))
    found = (np.concatenate(arrays) for arrays in (places, normals, owners))
    corners, square, joints = found
    return corners.astype(np.float32), square.astype(np.float32), joints


def _continuous(quaternions: np.ndarray) -> np.ndarray:  # (T, 4) -> (T, 4)
    """The same turns; neighbours on one half of the sphere, so that what lies between is the short way."""
    against = np.einsum("ti,ti->t", quaternions[1:], quaternions[:-1]) < 0
    sign = np.cumprod(np.concatenate([[1.0], np.where(against, -1.0, 1.0)]))
    return quaternions * sign[:, None]


GLTF = Format(".glb", "glTF 2.0 (binary)", write, whole_run=False)
