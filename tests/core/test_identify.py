"""Every kind of file is said to be what it is, and nothing makes the telling fail."""

import pickle
import zipfile

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.errors import FormatError
from gfpose_core.io.checkpoints import write_checkpoint
from gfpose_core.io.identify import identify
from gfpose_core.io.recordings import save_recording
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLP, ScoreMLPConfig
from tests.samples import a_recording, people


def said(path) -> tuple[str, str]:
    info = identify(path)
    assert all(isinstance(line, str) and line for line in info.lines)
    return info.kind, "\n".join(info.lines)


def test_our_checkpoint(tmp_path):
    config = DenoiserConfig(ScoreMLPConfig(hidden=32, embed=8, blocks=1, groups=4))
    digest = write_checkpoint(
        tmp_path / "m.safetensors",
        config,
        ScoreMLP(config.network).state_dict(),
        {"credit": "us", "recipe": {"name": "default", "model": {}}},
    )
    kind, lines = said(tmp_path / "m.safetensors")
    assert kind == "checkpoint"
    assert "written by this library" in lines
    assert "credit: us\nrecipe: name default\n" in lines
    assert digest in lines


def test_the_authors_checkpoint(shared):
    kind, lines = said(shared / "fixtures/gfpose_official_tiny.pth")
    assert kind == "checkpoint"
    assert "GFPose's authors" in lines


def test_recording(tmp_path, rng):
    save_recording(tmp_path / "r.h5", a_recording(rng))
    kind, lines = said(tmp_path / "r.h5")
    assert kind == "recording"
    assert "2 poses x 3 hypotheses, finished" in lines


def test_archives_list_their_arrays(tmp_path):
    np.savez(tmp_path / "in.npz", keypoints_2d=np.zeros((3, 17, 2)), camera_K=np.eye(3, dtype=np.float32))
    kind, lines = said(tmp_path / "in.npz")
    assert kind == "npz"
    assert "keypoints_2d: 3 x 17 x 2, float64" in lines
    assert "camera_K: 3 x 3, float32" in lines
    np.savez(tmp_path / "results.npz", pred3d=np.zeros((1, 2, 3, 17, 3)))
    assert said(tmp_path / "results.npz") == (
        "results",
        "Results of GFPose's own code (npz)\npred3d: 1 x 2 x 3 x 17 x 3, float64",
    )


def test_pose_files_list_their_splits(tmp_path):
    with h5py.File(tmp_path / "p.h5", "w") as file:
        file["val/positions"] = people(np.random.default_rng(0), 1200)
        file.attrs["credit"] = "us"
    kind, lines = said(tmp_path / "p.h5")
    assert kind == "poses"
    assert "val: 1,200 poses of 17 joints" in lines
    assert "credit: us" in lines
    assert "1 clips to choose from (--take): val/" in lines
    assert "1,200 frames" in lines


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.bmp", b"BM\x36\x00\x00\x00\x00\x00", "picture"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "picture"),
        ("a.mp4", b"\x00\x00\x00\x20ftypisom", "video"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", "picture"),
        ("a.avif", b"\x00\x00\x00\x1cftypavif", "picture"),
        ("a.bvh", b"HIERARCHY\n", "bvh"),
        ("a.amc", b"#!OML\n:FULLY-SPECIFIED\n", "amc"),
        ("a.asf", b"# x\n:version 1.10\n", "asf"),
        ("a.json", b'[{"keypoints": []}]', "json"),
        ("a.csv", b"BM,x,y\n1,2,3\n", "text"),
        ("a.txt", "é".encode() * 4000, "text"),
        ("a.gz", b"\x1f\x8b\x08", "archive"),
        ("a", b"", "empty"),
        ("a", b"\x00\x01\xff\xfe" * 8, "unknown"),
        ("a.pkl", pickle.dumps({"joint_3d": [1.0]}), "refused"),
    ],
)
def test_other_kinds_by_their_first_bytes(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content)
    assert said(tmp_path / name)[0] == kind


def test_zip_and_hdf5_of_other_programs(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert said(tmp_path / "a.zip") == ("archive", "A zip archive")
    h5py.File(tmp_path / "a.h5", "w").close()
    assert said(tmp_path / "a.h5") == ("hdf5", "An HDF5 file with no poses")
    torch.save({"weights": torch.zeros(2)}, tmp_path / "a.pt")
    assert said(tmp_path / "a.pt")[0] == "refused"


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(FormatError, match="there is no file"):
        identify(tmp_path / "none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identify")
    np.savez_compressed(folder / "a.npz", x=np.arange(99), y=np.eye(2))
    save_recording(folder / "a.h5", a_recording(np.random.default_rng(0), moments=0))
    return folder


@given(name=st.sampled_from(["a.npz", "a.h5"]), data=st.data())
def test_damage_is_described_never_raised(folder, name, data):
    content = bytearray((folder / name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "damaged").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    said(folder / "damaged")
