"""The authors' result files: sizes, axes, times, and refusals."""

import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import read_clip
from gfpose_core.io.results import read_results
from gfpose_core.metrics import pa_mpjpe
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17
from tests.samples import people

MM_PER_PX = 4.3


def image_space(rng, people_count: int, hypotheses: int) -> np.ndarray:
    """(N, H, 17, 3) poses as the authors normalise them, somewhere in the image."""
    poses = people(rng, people_count * hypotheses).reshape(people_count, hypotheses, 17, 3) * [1, -1, -1]
    pixels = (poses - poses[..., :1, :]) / MM_PER_PX
    place = rng.uniform(300, 700, (people_count, 1, 1, 2))
    return np.concatenate([(pixels[..., :2] + place) / 500 - 1, pixels[..., 2:] / 500], -1).astype(np.float32)


@pytest.fixture
def finals(rng) -> np.ndarray:
    return image_space(rng, 3, 5)


def test_results_come_in_camera_axes_and_human_size(tmp_path, finals):
    np.savez(tmp_path / "results.npz", pred3d=finals[None], gt3d=finals[None, :, :1])
    results = read_results(tmp_path / "results.npz")
    assert results.people == 3
    recording = results.recording(1)
    assert recording.poses.shape == (1, 5, 17, 3)
    np.testing.assert_allclose(recording.poses[..., 0, :], 0, atol=1e-4)
    lengths = H36M17.bone_lengths(recording.poses[0])
    np.testing.assert_allclose(lengths, np.tile(HUMAN_BONES_MM, (5, 1)), rtol=1e-3)
    assert (recording.poses[..., 10, 1] < -500).all(), "heads are up, where the camera's y is negative"
    np.testing.assert_allclose(results.truth_mm(1), recording.poses[0, 0], atol=1e-2)
    assert len(recording.trajectory) == 1


def test_the_older_name_and_a_missing_truth_are_fine(tmp_path, finals):
    np.savez(tmp_path / "r.npz", sample3d=finals[None])
    results = read_results(tmp_path / "r.npz")
    assert results.truth_mm(0) is None
    np.testing.assert_allclose(H36M17.bone_lengths(results.recording(0).poses).sum(-1), 4150, rtol=1e-3)


def test_trajectories_have_times_and_states_of_the_size_of_poses(tmp_path, rng, finals):
    moments = 50
    t = np.linspace(1, 1e-3, moments)[:, None, None, None, None]
    integral = 0.1 * t + 0.5 * 19.9 * t**2
    noise = rng.normal(0, 1, (moments, *finals.shape)) / 30
    states = np.exp(-integral / 2) * finals + (1 - np.exp(-integral)) * noise
    np.savez(tmp_path / "t.npz", pred3d=states.astype(np.float32))
    recording = read_results(tmp_path / "t.npz").recording(2)
    trajectory = recording.trajectory
    np.testing.assert_allclose(trajectory.times, t.ravel())
    assert trajectory.states.shape == (moments, 1, 5, 17, 3)
    assert (np.diff(trajectory.noise_levels) < 0).all()
    spread = trajectory.states.std(axis=(1, 2, 3, 4))
    assert spread[0] == pytest.approx(270, rel=0.15)
    assert (spread > 100).all()
    assert (spread < 600).all()
    assert pa_mpjpe(trajectory.states[-1, 0, 0], recording.poses[0, 0]) < 1


def test_a_person_who_is_not_there_is_refused(tmp_path, finals):
    np.savez(tmp_path / "r.npz", pred3d=finals[None])
    with pytest.raises(FormatError, match="no person 3: choose 0 to 2"):
        read_results(tmp_path / "r.npz").recording(3)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"poses": np.zeros(3)}, "no results of GFPose's code"),
        ({"pred3d": np.zeros((1, 2, 17, 3))}, r"samples \(1, 2, 17, 3\)"),
        ({"pred3d": np.full((1, 1, 1, 17, 3), np.nan)}, "not finite"),
        ({"pred3d": np.array([{"a": 1}], object)}, "holds objects"),
        ({"pred3d": np.zeros((1, 1, 1, 17, 3)), "gt3d": np.zeros((1, 2, 1, 17, 3))}, "gt3d"),
    ],
)
def test_other_archives_are_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "r.npz", **arrays)
    with pytest.raises(FormatError, match=words):
        read_results(tmp_path / "r.npz")


def test_a_body_without_size_is_refused(tmp_path):
    np.savez(tmp_path / "r.npz", pred3d=np.zeros((1, 1, 1, 17, 3)))
    with pytest.raises(FormatError, match="no pose to draw"):
        read_results(tmp_path / "r.npz").recording(0)


def test_a_cut_short_archive_is_refused(tmp_path, finals):
    np.savez(tmp_path / "r.npz", pred3d=finals[None])
    content = (tmp_path / "r.npz").read_bytes()
    (tmp_path / "r.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError, match="cut short"):
        read_results(tmp_path / "r.npz")


def test_as_a_clip_it_says_that_people_were_scaled(tmp_path, finals):
    np.savez(tmp_path / "r.npz", pred3d=finals[None])
    assert "millimetres, every person scaled to" in "\n".join(read_clip(tmp_path / "r.npz").detected.lines())
