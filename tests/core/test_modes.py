"""Clusters, medoids, near-duplicates, and measures that hypotheses are sorted by, against literal ones."""

import numpy as np
import pytest

from gfpose_core.calibration import unusual_bones
from gfpose_core.camera import Camera
from gfpose_core.condition import FREE, SEEN_2D, Condition
from gfpose_core.metrics import mpjpe, reprojection_error
from gfpose_core.modes import clusters, near_duplicates
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17
from tests.samples import people


@pytest.fixture
def three_kinds(rng):
    """Thirty poses: 15, 10 and 5 of three kinds, shuffled, standing anywhere; and their kinds."""
    kinds = np.repeat([0, 1, 2], [15, 10, 5])
    poses = people(rng, 3, wobble=0.8)[kinds] + rng.normal(0, 8, (30, 17, 3))
    poses += rng.normal(0, 500, (30, 1, 3))
    order = rng.permutation(30)
    return poses[order], kinds[order]


def test_clusters_are_the_kinds_of_poses_the_largest_first(three_kinds):
    poses, kinds = three_kinds
    found = clusters(poses, 3)
    assert np.array_equal(found.of, kinds)
    np.testing.assert_allclose(found.shares, [0.5, 1 / 3, 1 / 6])
    for k, medoid in enumerate(found.medoids):
        members = np.flatnonzero(kinds == k)
        errors = [sum(mpjpe(poses[i], poses[j]) for j in members) for i in members]
        assert medoid == members[int(np.argmin(errors))]


def test_the_same_hypotheses_give_the_same_clusters(three_kinds):
    poses, _ = three_kinds
    first, again = clusters(poses, 7), clusters(poses.copy(), 7)
    assert np.array_equal(first.of, again.of)
    assert np.array_equal(first.medoids, again.medoids)
    assert (np.diff(first.shares) <= 0).all()
    assert first.shares.sum() == pytest.approx(1)


def test_fewer_clusters_where_fewer_poses_differ(rng):
    poses = people(rng, 2)[[0, 0, 1, 0]]
    found = clusters(poses, 5)
    assert found.of.tolist() == [0, 0, 1, 0]
    assert clusters(poses[:1], 3).of.tolist() == [0]


def test_facing_does_not_count_where_poses_are_turned_alike(rng):
    """Two kinds of poses, each facing anywhere: only turned alike are they told apart."""
    kinds = np.repeat([0, 1], 12)
    poses = people(rng, 2, wobble=0.4)[kinds] - [0, 950, 0]
    angle = rng.uniform(-1.3, 1.3, 24)
    turn = np.zeros((24, 3, 3))
    turn[:, 1, 1] = 1
    turn[:, 0, 0] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 0, 2], turn[:, 2, 0] = np.sin(angle), -np.sin(angle)
    turned = poses @ turn
    alike, as_they_are = clusters(turned, 2, turned_alike=True), clusters(turned, 2)
    assert np.array_equal(alike.of, kinds)
    assert not np.array_equal(as_they_are.of, kinds)


def test_a_near_duplicate_names_the_first_it_repeats(rng):
    pose = people(rng, 1)[0]
    nudge = np.zeros((17, 3))
    nudge[5:, 0] = 1.0
    steps = np.array([0, 6, 300, 12, 303, 20])  # mm at 12 of 17 joints: 6 -> MPJPE 4.2
    poses = pose + steps[:, None, None] * nudge + rng.normal(0, 900, (6, 1, 3))
    assert near_duplicates(poses, 5).tolist() == [0, 0, 2, 3, 2, 5]
    assert near_duplicates(poses, 10).tolist() == [0, 0, 2, 0, 2, 5]
    assert near_duplicates(poses, 0.1).tolist() == list(range(6))


def test_unusual_bones_measure_proportions_not_size(rng):
    directions = rng.normal(size=(16, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)

    def pose(lengths):
        joints = np.zeros((17, 3))
        for bone, (parent, child) in enumerate(H36M17.bones):
            joints[child] = joints[parent] + lengths[bone] * directions[bone]
        return joints

    assert unusual_bones(pose(0.8 * HUMAN_BONES_MM)) == pytest.approx(0, abs=1e-9)
    odd = HUMAN_BONES_MM.copy()
    odd[3] *= 1.32
    assert unusual_bones(pose(odd)) == pytest.approx(32 / 16)
    assert np.isfinite(unusual_bones(np.zeros((17, 3))))


def test_reprojection_is_told_in_pixels_or_at_the_depth_of_the_root(rng):
    points = people(rng, 1) * [1, -1, -1] + [300, 900, 4000]
    levels = np.full((1, 17), SEEN_2D)
    levels[0, [3, 6]] = FREE
    camera = Camera.guess(1000, 800)
    condition = Condition.from_keypoints(
        camera.project(points), camera, points[:, 0, 2], np.asarray(levels == SEEN_2D)
    )
    poses = (points - condition.origin[:, None])[:, None] + rng.normal(0, 40, (1, 5, 17, 3))
    pixels = reprojection_error(poses, condition, camera)[0]
    seen = np.flatnonzero(levels[0])
    for s in range(5):
        here = camera.project(poses[:, s] + condition.origin[:, None])
        apart = np.linalg.norm(here - camera.project(points), axis=-1)[0, seen]
        assert pixels[s] == pytest.approx(apart.mean(), rel=1e-4)
    millimetres = reprojection_error(poses, condition)[0]
    focal = camera.K[0, 0]
    np.testing.assert_allclose(millimetres, pixels * points[0, 0, 2] / focal, rtol=0.1)
    exact = (points - condition.origin[:, None])[:, None]
    np.testing.assert_allclose(reprojection_error(exact, condition), 0, atol=0.01)
    assert np.isnan(reprojection_error(exact, Condition.nothing())).all()
