"""Where files are written: full disks, odd places, names of every kind; an older file is never lost."""

import os
import resource
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, export_clip
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.checkpoints import write_checkpoint
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import read_clip
from gfpose_core.io.recordings import save_recording
from gfpose_core.registry import EXPORTERS, load_all
from gfpose_core.trajectory import Recording
from tests.core.test_checkpoints import CONFIG, weights
from tests.samples import a_recording, people


def a_run() -> Recording:
    return a_recording(np.random.default_rng(0))


WRITERS = {
    **{
        name: (form.suffix, lambda path, name=name: export(PoseExport.of(a_run()), path, name))
        for name, form in load_all(EXPORTERS).items()
    },
    "recording": (".h5", lambda path: save_recording(path, a_run())),
    "checkpoint": (".safetensors", lambda path: write_checkpoint(path, CONFIG, weights(), {})),
}


def a_clip() -> PoseClip:
    return PoseClip(people(np.random.default_rng(0), 3), np.ones((3, 17), bool), "y-up", 30.0)


@contextmanager
def disk_of(size: int):
    """Files may grow to ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path, name):
    suffix, write = WRITERS[name]
    path = tmp_path / f"a{suffix}"
    write(path)
    before = path.read_bytes()
    for size in np.linspace(0, len(before) - 1, 9, dtype=int).tolist():
        with disk_of(size), pytest.raises(FormatError, match=r"was not written \(File too large\)"):
            write(path)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    "name",
    ["posé 日本.npz", "C:\\poses\\walk.npz", "n" * 250 + ".npz", "a b'\"&<i>.npz", ".npz.npz", "𝟙🕺.npz"],
)
def test_any_name_that_the_system_takes_is_written_and_read(tmp_path, name):
    clip = a_clip()
    export_clip(clip, tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    np.testing.assert_array_equal(read_clip(tmp_path / name).clip.poses, clip.poses)


def test_places_that_are_none_are_refused_before_anything_is_written(tmp_path):
    (tmp_path / "one.npz").symlink_to("two.npz")
    (tmp_path / "two.npz").symlink_to("one.npz")
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    there = {path: path.lstat().st_mtime_ns for path in tmp_path.iterdir()}
    for name, said in (
        ("one.npz", "no place for a file"),
        ("pipe.npz", "a device"),
        ("folder.npz", "is a folder"),
        ("none/a.npz", "make it first"),
        ("n" * 300 + ".npz", "no place for a file"),
    ):
        with pytest.raises(FormatError, match=said):
            export_clip(a_clip(), tmp_path / name)
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.iterdir()} == there


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)  # root may write anywhere
    with pytest.raises(FormatError, match="may not be written to"), atomic_path(tmp_path / "a.npz"):
        pass


def test_a_link_stays_and_so_do_the_permissions_of_what_it_leads_to(tmp_path):
    (tmp_path / "real.npz").write_bytes(b"old")
    (tmp_path / "real.npz").chmod(0o640)
    (tmp_path / "link.npz").symlink_to("real.npz")
    export_clip(a_clip(), tmp_path / "link.npz")
    assert (tmp_path / "link.npz").is_symlink()
    assert (tmp_path / "real.npz").stat().st_mode & 0o777 == 0o640
    assert len(read_clip(tmp_path / "real.npz").clip) == len(a_clip())
