"""Recordings come back as they went; other files are refused in words."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.camera import Camera
from gfpose_core.condition import Condition, NoiseStart
from gfpose_core.errors import FormatError
from gfpose_core.io.recordings import load_recording, save_recording
from tests.samples import a_recording


def assert_same(one, other) -> None:
    for name in ("poses", "seed", "checkpoint", "checkpoint_sha256", "sampler", "options", "status"):
        np.testing.assert_equal(getattr(one, name), getattr(other, name))
    for name, array in vars(one.trajectory).items():
        np.testing.assert_array_equal(array, getattr(other.trajectory, name))
    for name in ("values", "observed", "origin"):
        np.testing.assert_array_equal(getattr(one.condition, name), getattr(other.condition, name))
    np.testing.assert_array_equal(one.condition.view.rotation, other.condition.view.rotation)
    np.testing.assert_array_equal(one.condition.view.depth, other.condition.view.depth)


@pytest.mark.parametrize("moments", [0, 3])
def test_a_recording_comes_back_as_it_was(tmp_path, rng, moments):
    recording = a_recording(rng, moments=moments)
    save_recording(tmp_path / "run.h5", recording)
    assert_same(load_recording(tmp_path / "run.h5"), recording)


@pytest.mark.parametrize("camera", [Camera.guess(640, 480), Camera(np.diag([900.0, 910.0, 1.0]))])
def test_the_camera_of_the_evidence_is_kept(tmp_path, rng, camera):
    save_recording(tmp_path / "run.h5", a_recording(rng, camera=camera))
    back = load_recording(tmp_path / "run.h5").camera
    np.testing.assert_array_equal(back.K, camera.K)
    assert back.size == camera.size


def test_the_noisy_start_is_kept(tmp_path, rng):
    poses = rng.normal(0, 300, (2, 17, 3)).astype(np.float32)
    recording = a_recording(rng, condition=Condition.denoise(poses, 0.3))
    save_recording(tmp_path / "run.h5", recording)
    start = load_recording(tmp_path / "run.h5").condition.start
    assert isinstance(start, NoiseStart)
    assert start.time == 0.3
    np.testing.assert_array_equal(start.poses, poses)


def test_confidence_is_kept(tmp_path, rng):
    confidence = rng.random((2, 17))
    condition = replace(a_recording(rng).condition, confidence=confidence)
    save_recording(tmp_path / "run.h5", a_recording(rng, condition=condition))
    np.testing.assert_array_equal(load_recording(tmp_path / "run.h5").condition.confidence, confidence)


def test_a_failed_save_leaves_the_old_file_and_no_part(tmp_path, rng):
    path = tmp_path / "run.h5"
    save_recording(path, a_recording(rng))
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_recording(path, a_recording(rng, options={"not JSON": object()}))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_said(tmp_path, rng):
    with pytest.raises(FormatError, match="there is no folder"):
        save_recording(tmp_path / "none" / "run.h5", a_recording(rng))
    with pytest.raises(FormatError, match="is a folder"):
        save_recording(tmp_path, a_recording(rng))


def test_other_files_are_refused_in_words(tmp_path, rng):
    with pytest.raises(FormatError, match="there is no file"):
        load_recording(tmp_path / "none.h5")
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(FormatError, match="is a text file, no recording"):
        load_recording(tmp_path / "note.txt")
    path = tmp_path / "run.h5"
    save_recording(path, a_recording(rng))
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 99
    with pytest.raises(FormatError, match="format version 99"):
        load_recording(path)


@pytest.mark.parametrize("name", ["poses", "trajectory/times", "trajectory/clean", "condition/observed"])
def test_arrays_that_do_not_belong_together_are_refused(tmp_path, rng, name):
    path = tmp_path / "run.h5"
    save_recording(path, a_recording(rng))
    with h5py.File(path, "a") as file:
        short = file[name][1:]
        del file[name]
        file[name] = short
    with pytest.raises(FormatError, match="cut short or damaged"):
        load_recording(path)


@pytest.mark.parametrize(
    "name", ["poses", "trajectory/noise_levels", "trajectory/states", "condition/origin"]
)
@pytest.mark.parametrize("value", [np.nan, np.inf, "x", 1j])
def test_values_that_are_no_finite_numbers_are_refused(tmp_path, rng, name, value):
    path = tmp_path / "run.h5"
    save_recording(path, a_recording(rng))
    with h5py.File(path, "a") as file:
        shape = file[name].shape
        del file[name]
        file[name] = np.full(shape, value, "S1" if value == "x" else None)
    with pytest.raises(FormatError, match=r"run.h5 .* damaged"):
        load_recording(path)


@pytest.mark.parametrize("name", ["condition/rotation", "condition/depth", "trajectory/times"])
def test_arrays_without_axes_are_refused(tmp_path, rng, name):
    path = tmp_path / "run.h5"
    save_recording(path, a_recording(rng))
    with h5py.File(path, "a") as file:
        del file[name]
        file[name] = 1.0
    with pytest.raises(FormatError, match=r"run.h5 .* damaged"):
        load_recording(path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("recordings") / "run.h5"
    save_recording(path, a_recording(np.random.default_rng(1)))
    return path


@given(data=st.data())
def test_damage_raises_nothing_else_and_never_goes_unseen(saved, data):
    content = bytearray(saved.read_bytes())
    if data.draw(st.booleans(), "cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1), "length")]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = saved.with_name("damaged.h5")
    damaged.write_bytes(content)
    try:
        read = load_recording(damaged)
    except FormatError:
        return
    assert_same(read, load_recording(saved))
