"""glTF files against the rules that Khronos' validator checks, as far as this writer can break them."""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, export_clip
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import read_clip
from tests.samples import a_recording, people

SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
BYTES = {5121: 1, 5123: 2, 5125: 4, 5126: 4}


@pytest.fixture
def path(tmp_path, rng):
    clip = PoseClip(people(rng, 6), np.ones((6, 17), bool), "y-up", 24.0)
    export_clip(clip, tmp_path / "a.glb")
    return tmp_path / "a.glb"


def chunks(content: bytes) -> tuple[dict, bytes]:
    """The two chunks, with section 4 (GLB) of the specification checked."""
    magic, version, length = struct.unpack("<4sII", content[:12])
    assert (magic, version, length) == (b"glTF", 2, len(content))
    size, kind = struct.unpack("<I4s", content[12:20])
    assert kind == b"JSON"
    assert size % 4 == 0
    text, rest = content[20 : 20 + size], content[20 + size :]
    binary, kind = struct.unpack("<I4s", rest[:8])
    assert kind == b"BIN\0"
    assert binary % 4 == 0
    assert len(rest) == 8 + binary
    return json.loads(text), rest[8:]


def values(tables: dict, blob: bytes, accessor: int) -> np.ndarray:
    said = tables["accessors"][accessor]
    view = tables["bufferViews"][said["bufferView"]]
    size, width = SIZES[said["type"]], BYTES[said["componentType"]]
    start = view.get("byteOffset", 0) + said.get("byteOffset", 0)
    assert start % width == 0
    assert start % 4 == 0
    assert said["count"] >= 1
    assert said["count"] * size * width <= view["byteLength"]
    assert view.get("byteOffset", 0) + view["byteLength"] <= tables["buffers"][view["buffer"]]["byteLength"]
    dtype = {5126: "<f4", 5123: "<u2"}[said["componentType"]]
    found = np.frombuffer(blob, dtype, said["count"] * size, start).reshape(said["count"], size)
    for name, best in (("min", np.min), ("max", np.max)):
        if said.get(name):
            np.testing.assert_allclose(said[name], best(found, axis=0), atol=0, rtol=1e-7)
    return found


def no_empty_lists(value) -> bool:
    if isinstance(value, dict):
        return all(no_empty_lists(v) for k, v in value.items() if k != "extras")
    return not isinstance(value, list) or (value != [] and all(map(no_empty_lists, value)))


def test_the_file_keeps_the_rules(path):
    tables, blob = chunks(path.read_bytes())
    assert tables["asset"]["version"] == "2.0"
    assert no_empty_lists(tables), "EMPTY_ENTITY"
    assert len(tables["buffers"]) == 1
    assert "uri" not in tables["buffers"][0]
    assert tables["buffers"][0]["byteLength"] <= len(blob) <= tables["buffers"][0]["byteLength"] + 3
    nodes = tables["nodes"]
    children = [child for node in nodes for child in node.get("children", [])]
    assert len(children) == len(set(children)), "NODE_PARENT_OVERRIDE"
    roots = set(range(len(nodes))) - set(children)
    assert set(tables["scenes"][tables["scene"]]["nodes"]) == roots
    for node in nodes:
        if "rotation" in node:
            assert np.linalg.norm(node["rotation"]) == pytest.approx(1, abs=1e-5)
        assert not ("matrix" in node and {"translation", "rotation", "scale"} & node.keys())


def test_the_mesh_is_bound_to_the_skeleton(path):
    tables, blob = chunks(path.read_bytes())
    (skin,), (mesh,) = tables["skins"], tables["meshes"]
    joints = skin["joints"]
    assert len(set(joints)) == len(joints)
    inverse = values(tables, blob, skin["inverseBindMatrices"])
    assert len(inverse) == len(joints)
    np.testing.assert_allclose(inverse[:, 15], 1)
    np.testing.assert_allclose(inverse[:, [3, 7, 11]], 0)
    attributes = mesh["primitives"][0]["attributes"]
    counts = {tables["accessors"][a]["count"] for a in attributes.values()}
    assert len(counts) == 1
    assert counts.pop() % 3 == 0
    assert tables["accessors"][attributes["POSITION"]]["min"]
    np.testing.assert_allclose(
        np.linalg.norm(values(tables, blob, attributes["NORMAL"]), axis=-1), 1, atol=1e-5
    )
    weights, bound = (values(tables, blob, attributes[name]) for name in ("WEIGHTS_0", "JOINTS_0"))
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    assert bound.max() < len(joints)
    assert not bound[weights == 0].any(), "unused weights name joint 0"
    owner = next(node for node in tables["nodes"] if "skin" in node)
    assert {"mesh", "skin"} <= owner.keys()
    assert not {"translation", "rotation", "scale"} & owner.keys(), "NODE_SKINNED_MESH_NON_ROOT"
    corners = values(tables, blob, attributes["POSITION"]).reshape(-1, 3, 3)
    square = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = values(tables, blob, attributes["NORMAL"]).reshape(-1, 3, 3)[:, 0]
    assert (np.einsum("fi,fi->f", square, normals) > 0).all(), "faces look outwards"


def test_the_animation_is_sound(path):
    tables, blob = chunks(path.read_bytes())
    (animation,) = tables["animations"]
    targets = [(c["target"]["node"], c["target"]["path"]) for c in animation["channels"]]
    assert len(set(targets)) == len(targets)
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        times = values(tables, blob, sampler["input"])
        assert tables["accessors"][sampler["input"]]["min"] == [0.0]
        assert tables["accessors"][sampler["input"]]["max"]
        assert (np.diff(times[:, 0]) > 0).all()
        np.testing.assert_allclose(np.diff(times[:, 0]), 1 / 24, rtol=1e-5)
        moved = values(tables, blob, sampler["output"])
        assert len(moved) == len(times)
        assert np.isfinite(moved).all()
        if channel["target"]["path"] == "rotation":
            np.testing.assert_allclose(np.linalg.norm(moved, axis=-1), 1, atol=1e-5)
            assert (np.einsum("ti,ti->t", moved[1:], moved[:-1]) >= 0).all()


def test_a_person_stands_upright_in_metres_on_the_floor(path):
    tables, _ = chunks(path.read_bytes())
    place = tables["accessors"][tables["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    assert 1.4 < place["max"][1] - place["min"][1] < 2.1
    assert 1.2 < place["max"][0] - place["min"][0] < 2.1, "arms stretched out at rest"
    clip = read_clip(path).clip
    assert 0 < clip.poses[..., 1].min() < 200


def test_what_was_run_stands_in_the_file(tmp_path, rng):
    export(PoseExport.of(a_recording(rng)), tmp_path / "a.glb")
    tables, _ = chunks((tmp_path / "a.glb").read_bytes())
    assert tables["asset"]["extras"]["seed"] == 2**40 + 5
    assert len(tables["skins"]) == 3


VALIDATOR = Path(os.environ.get("GFPOSE_GLTF_VALIDATOR", "none"))
VALIDATE = """
const [validator, file] = process.argv.slice(1), content = require("fs").readFileSync(file);
require(validator).validateBytes(new Uint8Array(content)).then(
  (report) => console.log(JSON.stringify(report.issues)));
"""


def issues(path) -> dict:
    """What Khronos' own validator says."""
    command = ["node", "-e", VALIDATE, VALIDATOR.absolute(), path]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def still(rng) -> PoseExport:
    return PoseExport(
        np.repeat(people(rng, 1), 4, axis=0)[:, None].astype(np.float32), np.zeros((4, 3)), "y-up"
    )


def boneless(rng) -> PoseExport:
    poses = people(rng, 3)[:, None].astype(np.float32)
    poses[:, :, 5] = poses[:, :, 4]
    return PoseExport(poses, np.zeros((3, 3)), "y-up")


@pytest.mark.skipif(
    shutil.which("node") is None or not (VALIDATOR / "package.json").is_file(),
    reason="npm install gltf-validator, and GFPOSE_GLTF_VALIDATOR=FOLDER/node_modules/gltf-validator",
)
class TestKhronosValidator:
    @pytest.mark.parametrize(
        "poses",
        [
            lambda rng: PoseExport.of_clip(PoseClip(people(rng, 6), np.ones((6, 17), bool), "z-up", 24.0)),
            lambda rng: PoseExport(people(rng, 1)[:, None].astype(np.float32), np.zeros((1, 3)), "y-up"),
            lambda rng: PoseExport.of(a_recording(rng)),
            still,
            boneless,
        ],
        ids=["clip", "one frame", "hypotheses", "still", "without a thigh"],
    )
    def test_it_finds_nothing(self, tmp_path, rng, poses):
        export(poses(rng), tmp_path / "a.glb")
        found = issues(tmp_path / "a.glb")
        assert found["messages"] == []
        assert not any(found[f"num{kind}"] for kind in ("Errors", "Warnings", "Infos", "Hints"))

    def test_it_would_find_something(self, path):
        rewrite(path, lambda tables: tables["accessors"][0].update(max=[9.0]))
        assert issues(path)["numErrors"] == 1


def rewrite(path, change) -> None:
    tables, blob = chunks(path.read_bytes())
    change(tables)
    text = json.dumps(tables).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob))
    parts = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    path.write_bytes(head + parts)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t["nodes"][0]["children"].append(0), "form no tree|hangs on two"),
        (lambda t: t["nodes"][1]["children"].append(0), "form no tree|hangs on two"),
        (lambda t: t["nodes"][0]["children"].append(2), "hangs on two"),
        (lambda t: t["nodes"][0].update(children=[99999]), "damaged"),
        (lambda t: t["nodes"][-1].update(children=[-len(t["nodes"]) + 1]), "no node -"),
        (lambda t: t["accessors"][0].update(count=10**12), "lies outside of the file"),
        (lambda t: t["accessors"][0].update(count=-5), "lies outside of the file"),
        (lambda t: t["bufferViews"][0].update(byteOffset=-4), "lies outside of the file"),
        (lambda t: t["accessors"][0].update(sparse={}), "not read"),
        (lambda t: t["animations"][0]["samplers"][0].update(output=0), "damaged|belong together"),
        (lambda t: t.update(nodes=[]), "it has 0 nodes"),
        (lambda t: t["nodes"][3].update(translation=["x", 0, 0]), "damaged"),
        (lambda t: t["accessors"][0].update(componentType=1), "damaged"),
    ],
)
def test_hostile_files_are_refused(path, change, words):
    rewrite(path, change)
    with pytest.raises(FormatError, match=words):
        read_clip(path)


def test_other_versions_are_refused(path):
    content = bytearray(path.read_bytes())
    content[4] = 1
    path.write_bytes(content)
    with pytest.raises(FormatError, match="version 2"):
        read_clip(path)
