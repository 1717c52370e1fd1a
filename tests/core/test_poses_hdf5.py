"""Pose files: what is read, and everything that can be wrong with one, said in words."""

import h5py
import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.poses_hdf5 import check_poses, has_split, read_poses
from gfpose_core.skeleton import H36M17
from tests.samples import people


def write(path, positions, names=H36M17.names, **attrs):
    with h5py.File(path, "w") as file:
        file.attrs.update({"units": "mm", "up_axis": "y", "joint_names": list(names), "credit": "us"} | attrs)
        group = file.create_group("train")
        group["positions"] = positions
        group["clip_index"] = np.arange(len(positions)) // 5
        group["clip_names"] = [f"clip {i}" for i in range(2)]
    return path


@pytest.fixture
def poses(rng) -> np.ndarray:
    return people(rng, 10).astype(np.float32)


def test_poses_come_with_their_clips_and_credit(tmp_path, poses):
    read = read_poses(write(tmp_path / "p.h5", poses))
    np.testing.assert_array_equal(read.positions, poses)
    assert read.positions.dtype == np.float32
    assert read.clip_index.tolist() == [0] * 5 + [1] * 5
    assert read.clip_names == ("clip 0", "clip 1")
    assert read.facts["credit"] == "us"
    assert read.facts["joint_names"] == list(H36M17.names)


def test_the_projects_data_reads(shared):
    read = read_poses(shared / "data/cmu_h36m17.h5", "val")
    assert read.positions.shape == (4456, 17, 3)
    assert len(read.clip_names) == 12


def test_other_things_in_the_file_are_passed_over(tmp_path, poses):
    path = write(tmp_path / "x.h5", poses)
    with h5py.File(path, "a") as file:
        file["camera"] = np.eye(3)
    assert len(read_poses(path, "train").positions) == len(poses)
    assert has_split(path, "train")
    assert not has_split(path, "camera")


def test_a_split_that_is_not_there_is_refused(tmp_path, poses):
    with pytest.raises(FormatError, match="has no split 'test': choose one of train"):
        read_poses(write(tmp_path / "p.h5", poses), "test")


MIRRORED = list(H36M17.mirror)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p / 1000, "thighs are 0.443 long: looks like metres"),
        (lambda p: p / 10, "looks like centimetres"),
        (lambda p: p / 25.4, "looks like inches"),
        (lambda p: p * 1e5, r"thighs are 4.43e\+07 long; millimetres"),
        (lambda p: p[:, ::-1], "not of human length: are the joints in H36M-17 order"),
        (lambda p: p[:, MIRRORED], "left and right joints are swapped"),
        (lambda p: p * [-1, 1, 1], "left and right joints are swapped"),
        (lambda p: p[..., [0, 2, 1]], "the z axis points up; y must point up"),
        (lambda p: p * [1, -1, -1], "the y axis points down; y must point up"),
        (
            lambda p: np.where(np.arange(10)[:, None, None] == 7, np.nan, p),
            "1 poses have NaN .* the first is 7",
        ),
        (lambda p: p[:, :16], r"positions are \(10, 16, 3\)"),
        (lambda p: p[:0], r"positions are \(0, 17, 3\)"),
        (lambda p: p * 0, "not of human length"),
    ],
)
def test_bad_poses_are_refused_with_what_is_wrong(poses, change, words):
    with pytest.raises(FormatError, match=words):
        check_poses(change(poses))


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"names": H36M17.names[::-1]}, "its joints are RWrist, "),
        ({"units": "m"}, "its units is 'm'"),
        ({"up_axis": "z"}, "its up_axis is 'z'"),
    ],
)
def test_what_the_file_says_of_itself_must_fit(tmp_path, poses, attrs, words):
    with pytest.raises(FormatError, match=words):
        read_poses(write(tmp_path / "p.h5", poses, **attrs))


def test_clips_must_fit_the_poses(tmp_path, poses):
    path = write(tmp_path / "p.h5", poses)
    with h5py.File(path, "a") as file:
        file["train/clip_index"][3] = 9
    with pytest.raises(FormatError, match="clip_index"):
        read_poses(path)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "p.h5").write_bytes(b"\x89HDF\r\n\x1a\n cut short")
    with pytest.raises(FormatError, match="damaged or cut-short HDF5"):
        read_poses(tmp_path / "p.h5")
