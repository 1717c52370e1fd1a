"""glTF 2.0, binary or as text: the nodes of its scene, moved by its first animation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.gltf_scene import Animation, Scene, parse
from gfpose_core.io.mocap.gltf_writer import GLTFSource, Rig
from gfpose_core.io.mocap.motion import MOST_JOINTS, MOST_POINTS
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.text import read_bytes
from gfpose_core.skeleton import H36M17


def _open(path: Path) -> Source:
    scene = parse(read_bytes(path), path.parent)
    nodes = scene.tables.get("nodes", [])
    parents, order = _tree(nodes)
    motion = Animation(scene)
    if len(nodes) * len(motion.times) > MOST_POINTS:
        raise FormatError("it has too many nodes and frames: cut it into shorter clips")
    points = np.empty((len(motion.times), len(nodes), 3))
    placed: dict[int, np.ndarray] = {}
    for node in order:
        local = motion.local(node, nodes[node])
        placed[node] = placed[parents[node]] @ local if parents[node] >= 0 else local
        points[:, node] = placed[node][:, :3, 3]
    names = tuple(str(node.get("name", f"node {i}")) for i, node in enumerate(nodes))
    rig = Rig.of(scene, motion, parents, order)
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
                    native=rig and partial(_source, rig, people),
                    derived=_derived(scene),
                    notes=motion.notes,
                )
            )
    named = [capture for capture in captures if match_names(capture.names)]
    return People(tuple(named or captures[:1]))


def _source(rig: Rig, people: list[int], recipe: dict[str, int], *how: Any) -> GLTFSource:
    return GLTFSource(rig, {name: people[i] for name, i in recipe.items()}, *how)


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


GLTF = Importer("glTF", (".glb", ".gltf"), lambda path, kind: kind.name == "gltf", _open)
