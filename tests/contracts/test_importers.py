"""What every registered importer must do with a good file, a worse one, and corrections."""

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, export_clip
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.io.importing import Corrections, Imported, importer_of, open_source, read_clip
from gfpose_core.io.recordings import save_recording
from gfpose_core.registry import IMPORTERS, load
from gfpose_core.skeleton import H36M17
from tests.core.test_asf_amc import write as write_amc
from tests.core.test_benchmarks import seen, write_3dhp, write_h36m
from tests.keypoint_files import WRITERS, walk
from tests.samples import a_bvh, a_c3d, a_recording, people


def exported(path: Path, rng: np.random.Generator) -> Path:
    """A clip of ours in the format of the suffix."""
    export_clip(PoseClip(people(rng, 3), np.ones((3, 17), bool), "y-up", 25.0), path)
    return path


def results_of_a_run(path: Path, rng: np.random.Generator) -> Path:
    poses = people(rng, 3)[:, None].astype(np.float32)
    export(PoseExport(poses, np.zeros((3, 3)), "y-up"), path)
    return path


UPSIDE = np.array([1, -1, -1])
"""From y up to a camera's axes."""
SEEN = UPSIDE / 500
"""And to GFPose's image space."""


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def recorded(path: Path, rng: np.random.Generator) -> Path:
    poses = (people(rng, 2) * UPSIDE)[:, None].astype(np.float32)
    save_recording(path, a_recording(rng, s=1, poses=poses))
    return path


def pose_data(path: Path, rng: np.random.Generator) -> Path:
    with h5py.File(path, "w") as file:
        for split in ("train", "test"):
            file[f"{split}/positions"] = people(rng, 6)
            file[f"{split}/clip_index"] = [0, 0, 0, 1, 1, 1]
            file[f"{split}/clip_names"] = ["walk", "run"]
        file.attrs["fps"] = 30.0
    return path


def human36m(rng: np.random.Generator) -> np.ndarray:
    z_up = people(rng, 4)[..., [0, 2, 1]] * [1, -1, 1] / 1000
    return np.array({"S1": {"Walking 1": z_up}, "S9": {"Sitting": z_up + [0, 1, 0]}}, object)


SAMPLES: dict[str, Callable[[Path, np.random.Generator], Path]] = {
    "bvh": lambda folder, rng: a_bvh(folder / "a.bvh", people(rng, 3) / 10),
    "amc": lambda folder, rng: write_amc(folder),
    "gltf": lambda folder, rng: exported(folder / "a.glb", rng),
    "clip": lambda folder, rng: exported(folder / "a.json", rng),
    "poses-csv": lambda folder, rng: exported(folder / "a.csv", rng),
    "exported": lambda folder, rng: results_of_a_run(folder / "a.h5", rng),
    "recording": lambda folder, rng: recorded(folder / "a.h5", rng),
    "results": lambda folder, rng: saved(
        folder / "a.npz", pred3d=people(rng, 3)[None, :, None] * UPSIDE / 500
    ),
    "pose-data": lambda folder, rng: pose_data(folder / "a.h5", rng),
    "videopose3d": lambda folder, rng: saved(folder / "a.npz", positions_3d=human36m(rng)),
    "human36m": lambda folder, rng: write_h36m(folder / "h36m_test.pkl", seen(rng)),
    "mpi-inf-3dhp": lambda folder, rng: write_3dhp(folder / "annot_data.mat", seen(rng)),
    "c3d": lambda folder, rng: a_c3d(folder / "a.c3d", people(rng, 3)),
    **{name: lambda folder, rng, to=to: to(folder, walk(rng)) for name, to in WRITERS.items()},
}
"""A good file for each importer: whoever adds one adds the other."""


@pytest.fixture(params=SAMPLES)
def name(request) -> str:
    return request.param


@pytest.fixture
def sample(tmp_path, name, rng) -> Path:
    folder = tmp_path / "ein Ordner ☃"
    folder.mkdir()
    return SAMPLES[name](folder, rng)


def assert_sound(found: Imported) -> None:
    detected, clip = found.detected, found.clip
    assert detected.format
    assert detected.frames == len(clip)
    known = clip.visible if isinstance(clip, KeypointClip) else clip.observed
    places = clip.keypoints if isinstance(clip, KeypointClip) else clip.poses
    assert known.any()
    np.testing.assert_array_equal(np.isfinite(places).all(axis=-1), known)
    shown = {joint for joint, seen in zip(H36M17.names, known.any(axis=0)) if seen}
    assert shown <= set(detected.matched)
    assert set(detected.missing).isdisjoint(detected.matched)
    assert set(detected.derived) <= set(detected.matched)
    assert {joint for joint, flag in zip(H36M17.names, clip.derived) if flag} == set(detected.derived)
    assert all(detected.lines())
    assert not any(line.endswith(".") and not line.endswith("...") for line in detected.lines())


def test_a_file_is_known_by_its_content_and_read_whole(name, sample):
    assert importer_of(sample) is load(IMPORTERS, name)
    assert_sound(read_clip(sample))


def test_the_name_of_the_file_does_not_matter(name, sample):
    if sample.is_dir():
        pytest.skip("a folder")
    other = sample.with_name("file.dat")
    sample.rename(other)
    assert importer_of(other) is load(IMPORTERS, name)


def test_a_source_is_interpreted_again_and_again(sample):
    source = open_source(sample)
    first = source.interpret(Corrections())
    swapped = source.interpret(Corrections(swap_sides=True, fps=12.5))
    assert_sound(swapped)
    assert swapped.clip.fps == swapped.detected.fps == 12.5
    again = source.interpret(Corrections())
    for one, other in ((first.clip, again.clip),):
        attribute = "keypoints" if isinstance(one, KeypointClip) else "poses"
        np.testing.assert_array_equal(getattr(one, attribute), getattr(other, attribute))
        np.testing.assert_array_equal(
            getattr(swapped.clip, attribute), getattr(one, attribute)[:, list(H36M17.mirror)]
        )
    assert again.detected == first.detected
    assert again.detected.key == first.detected.key


@pytest.mark.parametrize("correction", [{"person": 1000}, {"joints": ("Head=no such joint",)}])
def test_corrections_that_do_not_fit_are_refused(sample, correction):
    with pytest.raises(FormatError):
        open_source(sample).interpret(Corrections(**correction))


def test_a_joint_can_be_left_out(sample):
    found = open_source(sample).interpret(Corrections(joints=("LAnkle=",)))
    assert "LAnkle" in found.detected.missing
    assert_sound(found)


def test_half_a_file_is_one_clear_error(sample):
    if sample.is_dir():
        sample = sorted(sample.iterdir())[0]
    content = sample.read_bytes()
    for cut in (0, 1, len(content) // 3, len(content) // 2, len(content) - 2):
        sample.write_bytes(content[:cut])
        try:
            assert_sound(read_clip(sample))
        except FormatError as error:
            assert sample.name in str(error)  # noqa: PT017
            assert len(str(error)) < 1000  # noqa: PT017


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="a user who may not read is needed")
def test_an_unreadable_file_is_one_clear_error(sample):
    target = sorted(sample.iterdir())[0] if sample.is_dir() else sample
    target.chmod(0)
    with pytest.raises(FormatError, match="cannot be read"):
        read_clip(target)


def test_all_built_in_importers_are_here():
    assert set(SAMPLES) >= set(IMPORTERS)
