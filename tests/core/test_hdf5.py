"""HDF5 that says it holds far more than it does, or whose content lies elsewhere, is refused unread."""

import tracemalloc

import h5py
import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, read_export
from gfpose_core.io.datasets.benchmark import read_benchmark, training_poses
from gfpose_core.io.hdf5 import get_array
from gfpose_core.io.recordings import load_recording, save_recording
from tests.contracts.test_importers import pose_data
from tests.core.test_benchmarks import seen, write_3dhp
from tests.samples import a_recording

HUGE = 10**9


def a_run(path, rng):
    save_recording(path, a_recording(rng))
    return path


def an_export(path, rng):
    export(PoseExport.of(a_recording(rng)), path)
    return path


READERS = {
    "recording": (a_run, load_recording, "poses"),
    "export": (an_export, read_export, "origin"),
    "training": (pose_data, training_poses, "train/positions"),
    "benchmark": (lambda path, rng: write_3dhp(path, seen(rng)), read_benchmark, "annot2"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_claim_to_be_enormous_takes_no_memory(tmp_path, rng, name):
    make, read, dataset = READERS[name]
    path = make(tmp_path / "a.h5", rng)
    with h5py.File(path, "a") as file:
        shape = file[dataset].shape
        del file[dataset]
        file.create_dataset(dataset, (HUGE, *shape[1:]), "f4", chunks=(1000, *shape[1:]))
    tracemalloc.start()
    with pytest.raises(FormatError, match="more than the file holds"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_what_is_packed_tightly_is_refused_and_what_is_small_is_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, size in {"bomb": 40_000_000, "small": 4000}.items():
            file.create_dataset(name, data=np.zeros(size, "f4"), chunks=(1000,), compression="gzip")
        file["full"] = np.arange(20_000_000, dtype="f4")
    with h5py.File(tmp_path / "a.h5") as file:
        with pytest.raises(ValueError, match="bomb says it is"):
            get_array(file, "bomb")
        assert get_array(file, "small").shape == (4000,)
        assert get_array(file, "full")[-1] == 19_999_999


def test_content_that_lies_in_other_files_is_not_looked_for(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(800))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("outside", (100,), "f8", external=[(tmp_path / "secret", 0, 800)])
        layout = h5py.VirtualLayout((100,), "f8")
        layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (100,))
        file.create_virtual_dataset("virtual", layout)
    with h5py.File(tmp_path / "a.h5") as file:
        for name in ("outside", "virtual"):
            with pytest.raises(ValueError, match=f"{name} lies in other files"):
                get_array(file, name)


def test_groups_are_no_arrays_and_texts_are_texts(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("group")
        file["texts"] = ["ä", "b"]
        with pytest.raises(ValueError, match="group is a group"):
            get_array(file, "group")
        assert list(get_array(file, "texts")) == ["ä", "b"]
        file["text"] = "one"
        assert get_array(file, "text").shape == ()


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("value", ["text", 5, h5py.Empty("f4")], ids=str)
def test_one_value_instead_of_an_array_is_refused(tmp_path, rng, name, value):
    make, read, dataset = READERS[name]
    path = make(tmp_path / "a.h5", rng)
    with h5py.File(path, "a") as file:
        del file[dataset]
        file[dataset] = value
    with pytest.raises(FormatError):
        read(path)
