"""HDF5 that says it holds far more than it does, or whose content lies elsewhere, is refused unread; so is
what the HDF5 library itself loops or crashes in."""

import sys
import time
import tracemalloc

import h5py
import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, read_export
from gfpose_core.io import hdf5
from gfpose_core.io.datasets.benchmark import read_benchmark, training_poses
from gfpose_core.io.datasets.mpi_inf_3dhp import read_mpi_inf_3dhp
from gfpose_core.io.hdf5 import get_array, open_hdf5
from gfpose_core.io.identify import identify
from gfpose_core.io.importing import importer_of, open_source, read_clip
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


# Damage that libhdf5 2.0 loops or crashes in

DAMAGE = {"loop": (b"GCOL", 24, 0), "crash": (b"\x19\x01\x01\x00\x10", 1, 3)}
"""Where, how far behind, and what: the first text of a heap has no length; texts are of no known kind."""


def told_3dhp(path, rng):
    return write_3dhp(path.with_name("annot_data.mat"), seen(rng), about=["made", "by others"])


def damage(path, kind):
    content, (mark, behind, value) = bytearray(path.read_bytes()), DAMAGE[kind]
    content[content.index(mark) + behind] = value
    path.write_bytes(content)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(hdf5, "_LEAST_SECONDS", 2.0)


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("make", [pose_data, told_3dhp])
def test_what_the_library_loops_or_crashes_in_is_refused_once_and_for_all(tmp_path, rng, quick, kind, make):
    path = make(tmp_path / "a.h5", rng)
    damage(path, kind)
    start = time.perf_counter()
    for read in (importer_of, open_source, read_clip, training_poses, read_benchmark):
        with pytest.raises(FormatError, match=f"{path.name} is a damaged or cut-short HDF5 file"):
            read(path)
    assert identify(path).kind == "damaged"
    with pytest.raises(OSError, match={"loop": "get through it in 2 s", "crash": "crashes in it"}[kind]):
        open_hdf5(path).__enter__()
    if make is told_3dhp:
        with pytest.raises(FormatError, match=r"damaged.*\(the HDF5 library"):
            read_mpi_inf_3dhp(path)
    assert time.perf_counter() - start < 10


def test_files_of_others_are_gone_through_once_and_ours_not_at_all(tmp_path, rng, monkeypatch):
    runs, run = [], hdf5.subprocess.run
    monkeypatch.setattr(hdf5.subprocess, "run", lambda *what, **how: runs.append(what) or run(*what, **how))
    for name, (make, _, _) in READERS.items():
        path = make(tmp_path / f"{name}.h5", rng)
        for _ in range(2):
            identify(path)
        assert len(runs) == (name in ("training", "benchmark")), name
        runs.clear()
    path = tmp_path / "training.h5"
    with h5py.File(path, "a") as file:
        file.attrs["more"] = "text"
    identify(path)
    assert len(runs) == 1


@pytest.mark.parametrize("libver", ["latest", "v108"])
def test_texts_and_tables_without_checksums_are_seen_in_newer_files(tmp_path, libver):
    for name, content in {"plain": np.zeros(3), "text": ["a", "b"]}.items():
        with h5py.File(tmp_path / name, "w", libver=(libver, "latest")) as file:
            file[name] = content
        assert hdf5._is_guarded(tmp_path / name) == (name == "plain")


def test_all_of_a_file_is_gone_through_and_nothing_of_others(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", libver="earliest") as file:
        file.create_dataset("a/packed", data=np.zeros((100, 7)), chunks=(30, 3), compression="gzip")
        file["a/texts"], file["a/again"] = ["a", "b"], file["a"]
        file["a/none"] = h5py.Empty("f4")
        file["away"] = h5py.ExternalLink("none.h5", "/x")
        file["nowhere"] = h5py.SoftLink("/none")
        file.create_dataset("outside", (100,), "f8", external=[(tmp_path / "none", 0, 800)])
        file.create_dataset("huge", (HUGE, 1000), "f8", chunks=(1000, 1000))
    start = time.perf_counter()
    with open_hdf5(tmp_path / "a.h5") as file:
        assert list(file["a"]) == ["again", "none", "packed", "texts"]
    assert time.perf_counter() - start < 5


@pytest.mark.skipif(sys.platform != "linux", reason="memory is not limited there")
def test_texts_that_would_take_all_memory_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", libver="earliest") as file:
        file.create_dataset("texts", (HUGE,), h5py.string_dtype())
    with pytest.raises(OSError, match="takes all memory"):
        open_hdf5(tmp_path / "a.h5").__enter__()
