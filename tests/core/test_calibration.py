"""Measures of sets against closed forms of Gaussians, loops written out, and what they must not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gfpose_core import calibration, metrics
from gfpose_core.io.datasets.poses_hdf5 import read_poses
from gfpose_core.skeleton import H36M17
from tests.samples import people

seeds = st.integers(0, 2**32 - 1)
RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE = 1, 2, 3


def draws(rng: np.random.Generator, *shape: int, sigma: float = 50.0) -> np.ndarray:
    """Points (*shape, 3) about a root at zero, joint 0, isotropic Gaussian."""
    points = rng.normal(0, sigma, (*shape, 3))
    points[..., 0, :] = 0
    return points


def moved(poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return poses @ Rotation.random(random_state=rng).as_matrix().T + rng.normal(0, 1000, 3)


@pytest.mark.parametrize("count", [2, 7])
def test_the_energy_score_of_gaussians_is_its_closed_form_with_few_hypotheses_too(rng, count):
    hypotheses, truth = draws(rng, 8000, count, 2), draws(rng, 8000, 2)
    sure = calibration.energy_score(hypotheses, np.zeros((2, 3)))
    mean_norm, mean_apart = 50 * np.sqrt(8 / np.pi), 50 * 4 / np.sqrt(np.pi)
    assert sure.mean() == pytest.approx((mean_norm - mean_apart / 2) / 2, rel=0.03)
    drawn = calibration.energy_score(hypotheses, truth)
    assert drawn.mean() == pytest.approx(mean_apart / 2 / 2, rel=0.03)


def test_no_other_width_or_place_scores_less_energy(rng):
    hypotheses, truth = draws(rng, 3000, 20, 2), draws(rng, 3000, 2)
    right = calibration.energy_score(hypotheses, truth).mean()
    assert calibration.energy_score(0.5 * hypotheses, truth).mean() > right + 0.5
    assert calibration.energy_score(2.0 * hypotheses, truth).mean() > right + 0.5
    aside = hypotheses + np.array([0, 40, 0]) * [[0], [1]]
    assert calibration.energy_score(aside, truth).mean() > right + 0.5


def test_the_best_of_few_hypotheses_prefers_a_set_too_narrow_where_the_energy_score_does_not(rng):
    hypotheses, truth = draws(rng, 500, 20, 17), draws(rng, 500, 17)
    narrow = 0.3 * hypotheses
    assert metrics.min_mpjpe(narrow, truth).mean() < metrics.min_mpjpe(hypotheses, truth).mean()
    scores = calibration.energy_score(narrow, truth), calibration.energy_score(hypotheses, truth)
    assert scores[0].mean() > scores[1].mean()


def test_energy_is_the_error_less_half_the_diversity(rng):
    hypotheses, truth = rng.normal(0, 300, (2, 3, 5, 17, 3)), rng.normal(0, 300, (2, 3, 17, 3))
    error = metrics.mpjpe(hypotheses, truth[..., None, :, :]).mean(-1)
    score = calibration.energy_score(hypotheses, truth)
    assert score == pytest.approx(error - metrics.diversity(hypotheses) / 2)
    alone = calibration.energy_score(hypotheses[..., :1, :, :], truth)
    assert alone == pytest.approx(metrics.mpjpe(hypotheses[..., 0, :, :], truth))


def errors(hypotheses: np.ndarray, truth: np.ndarray) -> float:
    ranks = calibration.coverage_rank(hypotheses, truth)
    return calibration.calibration_error(ranks, hypotheses.shape[-3])


@pytest.mark.parametrize("count", [3, 4, 50])
def test_ranks_of_a_calibrated_set_are_uniform_however_small_it_is(rng, count):
    n = 10_000
    scale = np.array([[1.0, 1.0, 1.0], [1.0, 0.3, 0.1]])  # about an unknown root, and not isotropic
    ranks = calibration.coverage_rank(
        rng.normal(0, 50, (n, count, 2, 3)) * scale, rng.normal(0, 50, (n, 2, 3)) * scale
    )
    assert np.isnan(ranks[:, 0]).all()
    found = np.bincount(np.round(ranks[:, 1] * count).astype(int), minlength=count + 1)
    expected = n / (count + 1)
    assert ((found - expected) ** 2 / expected).sum() < count + 6 * np.sqrt(2 * count)  # chi-squared
    assert calibration.calibration_error(ranks, count) < 3 * 0.3 / np.sqrt(n)


def test_around_the_hypotheses_own_median_few_would_look_too_narrow(rng):
    hypotheses, truth = draws(rng, 4000, 5, 2), draws(rng, 4000, 2)
    centre = np.median(hypotheses, axis=1)
    own = np.linalg.norm(hypotheses - centre[:, None], axis=-1)
    naive = (own < np.linalg.norm(truth - centre, axis=-1)[:, None]).mean(1)[:, 1]
    assert naive.mean() > 0.6
    assert np.nanmean(calibration.coverage_rank(hypotheses, truth)) == pytest.approx(0.5, abs=0.02)


def test_sets_too_narrow_too_wide_or_aside_are_worse_calibrated(rng):
    hypotheses, truth = draws(rng, 2000, 40, 4), draws(rng, 2000, 4)
    right = errors(hypotheses, truth)
    assert right < 0.02
    assert errors(0.7 * hypotheses, truth) > 5 * right
    assert errors(1.5 * hypotheses, truth) > 5 * right
    assert errors(hypotheses + np.array([0, 50, 0]) * [[0], [1], [1], [1]], truth) > 5 * right
    assert errors(0.01 * hypotheses, truth) == pytest.approx(0.45, abs=0.01)


def test_calibrated_ranks_have_no_expected_error_whatever_s():
    for count in (1, 4, 7, 200):
        every = np.linspace(0, 1, count + 1)[:, None]
        assert calibration.calibration_error(every, count) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("rank", [0, 1])
def test_ranks_all_at_one_end_are_wrong_at_every_level_but_the_ends(rank):
    inner = 0.5 * 19 / 21
    assert calibration.calibration_error(np.full((9, 2), rank), 10**6) == pytest.approx(inner, rel=1e-4)


def test_joints_fixed_by_evidence_are_left_out(rng):
    hypotheses, truth = draws(rng, 400, 30, 4), draws(rng, 400, 4)
    hypotheses[:100, :, 2] = truth[:100, None, 2] + rng.uniform(0, 0.09, (100, 30, 3))
    hypotheses[:, :, 3] = truth[:, None, 3]
    ranks = calibration.coverage_rank(hypotheses, truth)
    assert np.isnan(ranks).mean(0).tolist() == [1, 0, 0.25, 1]
    by_hand = [
        calibration.calibration_error(ranks[ok, j : j + 1], 30) for j, ok in ((1, ...), (2, slice(100, None)))
    ]
    assert calibration.calibration_error(ranks, 30) == pytest.approx(np.mean(by_hand))
    assert np.isnan(calibration.calibration_error(ranks[:, [0, 3]], 30))


def test_ties_count_half():
    truth = np.zeros((2, 3))
    hypotheses = np.zeros((4, 2, 3))
    hypotheses[:, 1] = [[1, 0, 0], [-1, 0, 0], [0, 0, 0], [0, 0, 0]]  # two nowhere else than the truth
    assert calibration.coverage_rank(hypotheses, truth)[1] == pytest.approx(0.25)


@given(seeds)
def test_motion_is_not_seen(seed):
    rng = np.random.default_rng(seed)
    hypotheses, truth = people(rng, 6), people(rng, 1)[0]
    together = moved(np.concatenate([hypotheses, truth[None]]), rng)
    before, after = (hypotheses, truth), (together[:-1], together[-1])
    assert calibration.energy_score(*after) == pytest.approx(calibration.energy_score(*before))
    for measure in (calibration.bone_length_variation, calibration.left_right_asymmetry):
        assert measure(after[0]) == pytest.approx(measure(before[0]), abs=1e-6)
    wrong = calibration.implausible_joints
    np.testing.assert_array_equal(wrong(after[0]), wrong(before[0]))
    ranks = calibration.coverage_rank(*before)
    np.testing.assert_allclose(
        calibration.coverage_rank(hypotheses + rng.normal(0, 99, (6, 1, 3)), truth), ranks
    )


@given(seeds)
def test_the_order_of_hypotheses_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    hypotheses, truth = rng.normal(0, 300, (7, 17, 3)), rng.normal(0, 300, (17, 3))
    shuffled = rng.permutation(hypotheses)
    for measure in (calibration.energy_score, calibration.coverage_rank):
        np.testing.assert_allclose(measure(shuffled, truth), measure(hypotheses, truth))
    for measure in (calibration.mean_pose, calibration.medoid, calibration.bone_length_variation):
        np.testing.assert_allclose(measure(shuffled), measure(hypotheses))


def test_batches_are_their_items(rng):
    hypotheses = rng.normal(0, 300, (2, 3, 5, 17, 3)).astype(np.float32)
    truth = rng.normal(0, 300, (2, 3, 17, 3)).astype(np.float32)
    for measure in (calibration.energy_score, calibration.coverage_rank):
        one_by_one = [[measure(hypotheses[n, m], truth[n, m]) for m in range(3)] for n in range(2)]
        np.testing.assert_array_equal(measure(hypotheses, truth), one_by_one)
    one_by_one = [[calibration.medoid(hypotheses[n, m]) for m in range(3)] for n in range(2)]
    np.testing.assert_array_equal(calibration.medoid(hypotheses), one_by_one)


def test_the_medoid_is_the_hypothesis_nearest_to_the_others(rng):
    hypotheses = rng.normal(0, 300, (9, 17, 3))
    to_others = [np.mean([metrics.mpjpe(a, b) for b in hypotheses]) for a in hypotheses]
    np.testing.assert_array_equal(calibration.medoid(hypotheses), hypotheses[np.argmin(to_others)])
    np.testing.assert_allclose(calibration.mean_pose(hypotheses), np.mean(list(hypotheses), axis=0))


def test_bones_that_vary_and_sides_that_differ_are_measured_in_millimetres(rng):
    pose = people(rng, 1)[0]
    assert calibration.bone_length_variation(np.stack([pose, moved(pose, rng)])) == pytest.approx(0, abs=1e-9)
    sizes = np.array([0.9, 1.1])[:, None, None]
    lengths = H36M17.bone_lengths(pose)
    assert calibration.bone_length_variation(pose * sizes) == pytest.approx(0.1 * lengths.mean())
    assert calibration.left_right_asymmetry(pose) == pytest.approx(0, abs=1e-9)
    longer = pose.copy()
    shin = pose[RIGHT_ANKLE] - pose[RIGHT_KNEE]
    longer[RIGHT_ANKLE] += 60 * shin / np.linalg.norm(shin)
    assert calibration.left_right_asymmetry(longer) == pytest.approx(60 / 6)


def test_people_are_plausible_at_any_size_and_mirrored_and_noise_is_not(rng):
    poses = people(rng, 100, wobble=0.03)
    assert not calibration.implausible_joints(poses).any()
    assert not calibration.implausible_joints(0.5 * poses).any()
    assert not calibration.implausible_joints(poses[:, list(H36M17.mirror)] * [-1, 1, 1]).any()
    assert calibration.implausible_joints(poses + rng.normal(0, 50, poses.shape)).mean() > 0.2
    assert calibration.implausible_joints(np.zeros((17, 3))) == 16 / 17
    assert (
        calibration.implausible_joints(poses[:, list(H36M17.mirror)]) >= 2 / 17
    ).all()  # knees to the back


@pytest.mark.parametrize(
    ("direction", "length", "plausible"),
    [
        ([0, -1, 0], 454, True),
        ([0, 0, -1], 454, True),
        ([0, -1, 0.5], 454, False),  # the knee bends forward
        ([0, 1, -0.1], 454, False),  # the heel is in the thigh
        ([0, -1, 0], 1.4 * 454, False),
        ([0, -1, 0], 0.6 * 454, False),
    ],
)
def test_the_joint_that_is_out_of_range_is_counted(direction, length, plausible, rng):
    pose = people(rng, 1, wobble=0)[0]
    pose[RIGHT_KNEE] = pose[RIGHT_HIP] + [0, -443, 0]
    pose[RIGHT_ANKLE] = pose[RIGHT_KNEE] + length * np.array(direction) / np.linalg.norm(direction)
    assert calibration.implausible_joints(pose) == (0 if plausible else 1 / 17)


def test_the_limits_fit_the_projects_people(shared, rng):
    path = shared / "data/cmu_h36m17.h5"
    train, val = (read_poses(path, split).positions for split in ("train", "val"))
    assert calibration.implausible_joints(train).mean() < 0.001
    assert calibration.implausible_joints(val).mean() < 0.005
    assert calibration.implausible_joints(val + rng.normal(0, 50, val.shape)).mean() > 0.3
