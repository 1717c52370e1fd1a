"""Metrics against loops written out, scipy's alignment, and the invariances that define them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gfpose_core import metrics

seeds = st.integers(0, 2**32 - 1)


def some_poses(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(0, 300, (*shape, 17, 3))


def moved(poses: np.ndarray, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    return scale * poses @ Rotation.random(random_state=rng).as_matrix().T + rng.normal(0, 1000, 3)


@given(seeds)
def test_mpjpe_is_the_mean_distance_of_joints_with_roots_on_each_other(seed):
    rng = np.random.default_rng(seed)
    poses, truth = some_poses(rng, 3), some_poses(rng, 3)
    slow = [
        np.mean([np.linalg.norm((p[j] - p[0]) - (q[j] - q[0])) for j in range(17)])
        for p, q in zip(poses, truth)
    ]
    assert metrics.mpjpe(poses, truth) == pytest.approx(slow)
    assert metrics.mpjpe(poses + [5, 6, 7], truth) == pytest.approx(slow)


@given(seeds)
def test_rigid_alignment_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    poses, truth = some_poses(rng), some_poses(rng)
    centred = poses - poses.mean(0)
    rotation, _ = Rotation.align_vectors(truth - truth.mean(0), centred)
    aligned = metrics.procrustes(poses, truth, scale=False)
    np.testing.assert_allclose(aligned, rotation.apply(centred) + truth.mean(0), atol=1e-6)


@given(seeds, st.floats(0.2, 5))
def test_a_similarity_is_undone(seed, scale):
    rng = np.random.default_rng(seed)
    truth = some_poses(rng)
    assert metrics.pa_mpjpe(moved(truth, rng, scale), truth) < 1e-6
    assert metrics.pa_mpjpe(moved(truth, rng), truth, scale=False) < 1e-6


@given(seeds, st.floats(0.2, 5))
def test_protocol_2_does_not_see_similarities_of_the_estimate(seed, scale):
    rng = np.random.default_rng(seed)
    poses, truth = some_poses(rng), some_poses(rng)
    before = metrics.pa_mpjpe(poses, truth)
    assert metrics.pa_mpjpe(moved(poses, rng, scale), truth) == pytest.approx(before)


@given(seeds)
def test_no_other_similarity_leaves_a_smaller_squared_error(seed):
    rng = np.random.default_rng(seed)
    poses, truth = some_poses(rng), some_poses(rng)
    aligned = metrics.procrustes(poses, truth)
    best = ((aligned - truth) ** 2).sum()
    for _ in range(5):
        nudge = Rotation.from_rotvec(rng.normal(0, 0.05, 3)).as_matrix()
        centre = aligned.mean(0) + rng.normal(0, 5, 3)
        other = rng.normal(1, 0.02) * (aligned - aligned.mean(0)) @ nudge + centre
        assert best <= ((other - truth) ** 2).sum()


@given(seeds)
def test_a_mirror_image_is_an_error_unless_reflection_is_asked_for(seed):
    rng = np.random.default_rng(seed)
    truth = some_poses(rng)
    mirrored = moved(truth * [-1, 1, 1], rng, 1.3)
    assert metrics.pa_mpjpe(mirrored, truth) > 10
    assert metrics.pa_mpjpe(mirrored, truth, scale=False) > 10
    assert metrics.pa_mpjpe(mirrored, truth, reflection=True) < 1e-6


def test_scale_is_not_fitted_when_rigid(rng):
    truth = some_poses(rng)
    assert metrics.pa_mpjpe(1.5 * truth, truth) < 1e-9
    assert metrics.pa_mpjpe(1.5 * truth, truth, scale=False) > 50


def test_batches_are_their_items(rng):
    poses, truth = some_poses(rng, 4, 5), some_poses(rng, 4)
    one_by_one = [[metrics.pa_mpjpe(poses[n, s], truth[n]) for s in range(5)] for n in range(4)]
    assert metrics.pa_mpjpe(poses, truth[:, None]) == pytest.approx(np.array(one_by_one))


def test_a_pose_shrunk_to_a_point_aligns_to_the_centre(rng):
    truth = some_poses(rng)
    aligned = metrics.procrustes(np.zeros((17, 3)), truth)
    np.testing.assert_allclose(aligned, np.tile(truth.mean(0), (17, 1)))


@given(seeds)
def test_n_mpjpe_does_not_see_size_and_no_other_size_has_a_smaller_squared_error(seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 300, (3, 17, 3))
    pose = truth + rng.normal(0, 60, truth.shape)
    np.testing.assert_allclose(metrics.n_mpjpe(0.3 * pose, truth), metrics.n_mpjpe(pose, truth))
    np.testing.assert_allclose(metrics.n_mpjpe(7 * truth + 40, truth), 0, atol=1e-9)
    rooted, wanted = (p - p[:, :1] for p in (pose, truth))
    sizes = np.linspace(0.5, 1.5, 2001)[:, None, None, None]
    best = ((sizes * rooted - wanted) ** 2).sum((-1, -2)).argmin(0)
    scaled = sizes[best][:, 0] * rooted
    np.testing.assert_allclose(metrics.n_mpjpe(pose, truth), metrics.mpjpe(scaled, truth), atol=0.5)


def test_min_mpjpe_picks_the_best_hypothesis_of_each_pose(rng):
    hypotheses, truth = some_poses(rng, 3, 6), some_poses(rng, 3)
    hypotheses[1, 4] = truth[1] + 100
    best = metrics.min_mpjpe(hypotheses, truth)
    assert best == pytest.approx([min(metrics.mpjpe(h, t) for h in hs) for hs, t in zip(hypotheses, truth)])
    assert best[1] == pytest.approx(0, abs=1e-9)


def test_pck_and_auc_count_joints_below_the_thresholds():
    truth = np.zeros((17, 3))
    poses = np.zeros((17, 3))
    poses[1:, 0] = np.arange(16) * 12.0 + 1  # 1, 13, ..., 181 mm
    errors = np.linalg.norm(poses, axis=-1)
    assert metrics.pck(poses, truth) == pytest.approx((errors < 150).sum() / 17)
    assert metrics.pck(poses, truth, 50) == pytest.approx((errors < 50).sum() / 17)
    assert len(metrics.AUC_THRESHOLDS_MM) == 31
    slow = np.mean([np.mean(errors < threshold) for threshold in range(0, 151, 5)])
    assert metrics.auc(poses, truth) == pytest.approx(slow)


def test_diversity_is_the_mean_over_all_pairs(rng):
    hypotheses = some_poses(rng, 2, 5)
    pairs = [(i, j) for i in range(5) for j in range(i)]
    slow = [np.mean([metrics.mpjpe(h[i], h[j]) for i, j in pairs]) for h in hypotheses]
    assert metrics.diversity(hypotheses) == pytest.approx(slow)
    assert metrics.diversity(hypotheses[:, :1]) == pytest.approx([0, 0])


def test_spread_is_the_size_of_the_standard_deviation(rng):
    hypotheses = rng.normal(0, 1, (4000, 17, 3)) * [30, 40, 0]
    hypotheses[:, 0] = 0
    assert metrics.spread(hypotheses) == pytest.approx(50 * 16 / 17, rel=0.02)
    shifted = hypotheses + rng.normal(0, 99, (4000, 1, 3))
    assert metrics.spread(shifted) == pytest.approx(metrics.spread(hypotheses))
