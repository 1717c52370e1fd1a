"""glTF of others: as text, with uneven keys, and written back into its own scene."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.export.base import export_clip
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import read_clip
from tests.core.test_gltf import chunks, path, rewrite

__all__ = ["path"]  # the fixture


def as_text(path: Path, uri: str = "", **keys: tuple[np.ndarray, np.ndarray]) -> Path:
    """The same scene as text, its bytes within or in the file ``uri``; joints turn as ``keys`` say, by name:
    seconds (K,) and quaternions (K, 4)."""
    tables, blob = chunks(path.read_bytes())

    def put(array: np.ndarray, kind: str) -> int:
        nonlocal blob
        content = array.astype("<f4").tobytes()
        tables["bufferViews"].append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(content)})
        view = len(tables["bufferViews"]) - 1
        tables["accessors"].append(
            {"bufferView": view, "componentType": 5126, "count": len(array), "type": kind}
        )
        blob += content
        return len(tables["accessors"]) - 1

    animation, names = tables["animations"][0], [node["name"] for node in tables["nodes"]]
    for channel in animation["channels"]:
        name = names[channel["target"]["node"]]
        if name in keys and channel["target"]["path"] == "rotation":
            seconds, quaternions = keys[name]
            animation["samplers"][channel["sampler"]] |= {
                "input": put(seconds, "SCALAR"), "output": put(quaternions, "VEC4")
            }  # fmt: skip
    inside = f"data:application/octet-stream;base64,{base64.b64encode(blob).decode()}"
    tables["buffers"] = [{"byteLength": len(blob), "uri": uri or inside}]
    if uri:
        path.with_name(uri).write_bytes(blob)
    path.with_suffix(".gltf").write_text(json.dumps(tables))
    return path.with_suffix(".gltf")


@pytest.mark.parametrize("uri", ["", "ein Puffer.bin"])
def test_text_is_read_as_binary_is(path, uri):
    found = read_clip(as_text(path, uri))
    np.testing.assert_array_equal(found.clip.poses, read_clip(path).clip.poses)
    assert found.clip.fps == 24


@pytest.mark.parametrize("uri", ["none.bin", "../a.glb", "/etc/passwd", "https://x.org/a.bin"])
def test_bytes_that_do_not_lie_beside_the_text_are_not_looked_for(path, uri):
    (path.parent / "in").mkdir()
    tables = json.loads(as_text(path).read_text())
    tables["buffers"][0]["uri"] = uri
    (path.parent / "in/a.gltf").write_text(json.dumps(tables))
    with pytest.raises(FormatError, match="beside it: save it as binary glTF"):
        read_clip(path.parent / "in/a.gltf")


def test_uneven_keys_are_read_at_an_even_rate_and_turn_the_short_way(path):
    seconds = np.array([0, 2, 3, 5]) / 24
    turns = Rotation.from_euler("z", [[0], [40], [90], [10]], degrees=True)
    quaternions = turns.as_quat() * [[1], [-1], [1], [-1]]
    found = read_clip(as_text(path, LElbow=(seconds, quaternions))).clip
    assert (len(found), found.fps) == (6, 24)  # the others have a key in every frame

    def angles(clip: PoseClip) -> np.ndarray:
        upper, fore = (clip.poses[:, b] - clip.poses[:, a] for a, b in ((11, 12), (12, 13)))
        cos = (upper * fore).sum(-1) / np.linalg.norm(upper, axis=-1) / np.linalg.norm(fore, axis=-1)
        return np.degrees(np.arccos(np.clip(cos, -1, 1)))

    np.testing.assert_allclose(angles(found), [0, 20, 40, 90, 50, 10], atol=0.1)


def test_a_file_of_uneven_keys_alone_says_so(path):
    tables, _ = chunks(path.read_bytes())
    joints = [node["name"] for node in tables["nodes"] if "rotation" in node]
    seconds, still = np.array([0, 0.5, 0.6, 2.0]), Rotation.identity(4).as_quat()
    text = as_text(path, **dict.fromkeys(joints, (seconds, still)))
    scene = json.loads(text.read_text())
    animation = scene["animations"][0]
    animation["channels"] = [c for c in animation["channels"] if c["target"]["path"] == "rotation"]
    text.write_text(json.dumps(scene))
    found = read_clip(text)
    assert (len(found.clip), found.clip.fps) == (21, 10)
    assert "its keys are uneven: read at 10 frames a second" in found.detected.notes


def in_an_armature(path: Path) -> None:
    """The same scene in centimetres under a node that scales it and turns it to z up, with a lamp."""

    def change(tables: dict) -> None:
        turn = [float(x) for x in Rotation.from_euler("x", 90, degrees=True).as_quat()]
        hip, nodes = tables["scenes"][0]["nodes"][0], tables["nodes"]
        for node in nodes[:-1]:
            node["translation"] = [100 * x for x in node["translation"]]
        nodes += [{"name": "Armature", "scale": [0.01] * 3, "rotation": turn, "children": [hip]}]
        nodes += [{"name": "Lamp", "translation": [1, 2, 3]}]
        tables["scenes"][0]["nodes"] = [len(nodes) - 2, len(nodes) - 3, len(nodes) - 1]
        animation = tables["animations"][0]
        animation["channels"] = [c for c in animation["channels"] if c["target"]["path"] == "rotation"]

    rewrite(path, change)


@pytest.mark.parametrize("change", [lambda path: None, in_an_armature])
def test_a_clip_goes_back_into_its_own_scene(path, change):
    change(path)
    clip = read_clip(path).clip
    again = path.with_name("again.glb")
    export_clip(clip, again)
    assert chunks(again.read_bytes())[0] == chunks(path.read_bytes())[0]  # nothing moved, nothing written
    poses = clip.poses.copy()
    turns = Rotation.from_euler("xyz", [30, -20, 10], degrees=True).as_matrix()
    poses[2:4, 6] = poses[2:4, 5] + (poses[2:4, 6] - poses[2:4, 5]) @ turns.T
    export_clip(replace(clip, poses=poses), again)
    np.testing.assert_allclose(read_clip(again).clip.poses, poses, atol=0.01)
    (tables, _), (before, _) = chunks(again.read_bytes()), chunks(path.read_bytes())
    assert [n.get("name") for n in tables["nodes"]] == [n.get("name") for n in before["nodes"]]
    assert tables["meshes"] == before["meshes"]
    ways = [tables["animations"][0]["channels"], before["animations"][0]["channels"]]
    (changed,) = [one for one, other in zip(*ways) if one != other]
    assert tables["nodes"][changed["target"]["node"]]["name"] == "LKnee"
    moved = clip.poses @ turns.T + [100, 200, -300]
    export_clip(replace(clip, poses=moved), again)
    np.testing.assert_allclose(read_clip(again).clip.poses, moved, atol=0.01)
    export_clip(clip[1::2], again)
    found = read_clip(again).clip
    np.testing.assert_allclose(found.poses, clip.poses[1::2], atol=0.01)
    assert found.fps == 12


def test_named_it_goes_out_in_our_skeleton(path):
    rewrite(path, lambda tables: tables["nodes"].append({"name": "Lamp"}))
    clip = read_clip(path).clip
    export_clip(clip, path.with_name("own.glb"))
    export_clip(clip, path.with_name("ours.glb"), "gltf")
    found = [
        chunks(path.with_name(f"{name}.glb").read_bytes())[0]["nodes"][-1]["name"] for name in ("own", "ours")
    ]
    assert found == ["Lamp", "hypothesis 1"]


def test_nodes_that_are_scaled_unevenly_are_read_and_not_written_back(path):
    rewrite(path, lambda tables: tables["nodes"][0].update(scale=[1, 2, 1]))
    assert read_clip(path).clip.source is None
