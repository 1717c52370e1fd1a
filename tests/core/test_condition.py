"""Evidence in network space: 2D is exactly x and y, 3D exactly the point, the rest is not looked at."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.camera import Camera, View
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition, NoiseStart
from gfpose_core.errors import ConditionError
from tests.samples import people

seeds = st.integers(0, 2**32 - 1)
K = np.array([[1100.0, 0.0, 500.0], [0.0, 1120.0, 480.0], [0.0, 0.0, 1.0]])


def before_camera(rng: np.random.Generator, n: int = 3) -> np.ndarray:
    place = rng.uniform([-1500, -800, 3000], [1500, 800, 7000], (n, 1, 3))
    return people(rng, n) * [1, -1, -1] + [0, 950, 0] + place


def some_levels(rng: np.random.Generator, n: int = 3) -> np.ndarray:
    levels = rng.integers(0, 3, (n, 17))
    levels[rng.random(n) < 0.3, 0] = FREE
    return levels


@given(seeds)
def test_the_observation_is_the_true_pose_in_network_space(seed):
    rng = np.random.default_rng(seed)
    points, levels = before_camera(rng), some_levels(rng)
    condition = Condition.from_camera(points, levels)
    np.testing.assert_array_equal(condition.levels, levels)
    truth = condition.view.to_network(points)
    np.testing.assert_allclose(condition.values[condition.observed], truth[condition.observed], atol=1e-2)
    assert (condition.values[~condition.observed] == 0).all()


@given(seeds)
def test_free_joints_and_unseen_depths_are_not_looked_at(seed):
    rng = np.random.default_rng(seed)
    points, levels = before_camera(rng), some_levels(rng)
    levels[:, 5] = FIXED_3D
    other = np.where((levels == FREE)[..., None], before_camera(rng), points)
    other = np.where((levels == SEEN_2D)[..., None], other * rng.uniform(0.5, 2, (3, 17, 1)), other)
    one, two = (Condition.from_camera(p, levels, origin=points[:, 0]) for p in (points, other))
    np.testing.assert_allclose(one.values, two.values, atol=1e-2)
    np.testing.assert_allclose(one.view.rotation, two.view.rotation, atol=1e-9)
    np.testing.assert_allclose(one.view.depth, two.view.depth)


@given(seeds)
def test_keypoints_say_the_same_as_the_points_they_show(seed):
    rng = np.random.default_rng(seed)
    points, visible = before_camera(rng), rng.random((3, 17)) < 0.7
    visible[:, 0] = True
    camera = Camera(K)
    pixels = np.where(visible[..., None], camera.project(points), np.nan)
    lifted = Condition.from_keypoints(pixels, camera, points[:, 0, 2], visible)
    known = Condition.from_camera(points, np.where(visible, SEEN_2D, FREE))
    np.testing.assert_allclose(lifted.values, known.values, atol=1e-2)
    np.testing.assert_allclose(lifted.view.depth, known.view.depth)
    np.testing.assert_allclose(lifted.origin, points[:, 0], atol=1e-6)


@given(seeds)
def test_an_unseen_root_leaves_the_axis_to_the_mean_of_the_seen(seed):
    rng = np.random.default_rng(seed)
    points, levels = before_camera(rng), some_levels(rng)
    levels[:, 0], levels[:, 4] = FREE, FIXED_3D
    condition = Condition.from_camera(points, levels)
    for n in range(3):
        seen = points[n, levels[n] > FREE]
        axis = condition.view.rotation[n, 2]
        np.testing.assert_allclose(axis[:2] / axis[2], (seen[:, :2] / seen[:, 2:]).mean(0), atol=1e-9)
        fixed = points[n, levels[n] == FIXED_3D]
        assert condition.view.depth[n] == pytest.approx((fixed @ axis).mean())


@given(seeds)
def test_a_seen_root_is_the_axis(seed):
    rng = np.random.default_rng(seed)
    points, levels = before_camera(rng), some_levels(rng)
    levels[:, 0] = SEEN_2D
    condition = Condition.from_camera(points, levels)
    np.testing.assert_allclose(condition.values[:, 0, :2], 0, atol=1e-3)
    levels[:, 0] = FIXED_3D
    condition = Condition.from_camera(points, levels)
    np.testing.assert_allclose(condition.values[:, 0], 0, atol=1e-3)
    np.testing.assert_allclose(condition.view.centre, points[:, 0])


def test_nothing_and_noise_have_no_evidence(rng):
    assert (Condition.nothing(4).levels == FREE).all()
    assert len(Condition.nothing(4)) == 4
    noisy = people(rng, 2)
    condition = Condition.denoise(noisy, 0.2)
    assert not condition.observed.any()
    np.testing.assert_allclose(condition.start.poses, noisy, rtol=1e-6)


def test_a_slice_keeps_everything_of_its_poses(rng):
    points = before_camera(rng)
    condition = Condition.from_camera(points, some_levels(rng))
    condition = replace(condition, start=NoiseStart(points.astype(np.float32), 0.5))
    part = condition[1:]
    assert len(part) == 2
    np.testing.assert_array_equal(part.values, condition.values[1:])
    np.testing.assert_array_equal(part.view.depth, condition.view.depth[1:])
    np.testing.assert_array_equal(part.origin, points[1:, 0])
    np.testing.assert_array_equal(part.start.poses, condition.start.poses[1:])


def test_evidence_does_not_change(rng):
    condition = Condition.from_camera(before_camera(rng), some_levels(rng))
    for array in (condition.values, condition.observed):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0, 0] = 1


def test_the_callers_arrays_stay_theirs():
    observed = flags(True, True, False)
    build(observed=observed)
    observed[0, 0] = True


def build(values=None, observed=None, view=None, origin=None, start=None) -> Condition:
    plain = Condition.nothing(2)
    given = {"values": values, "observed": observed, "view": view, "origin": origin, "start": start}
    return replace(plain, **{name: value for name, value in given.items() if value is not None})


def flags(*xyz: bool) -> np.ndarray:
    observed = np.zeros((2, 17, 3), bool)
    observed[1, 3] = xyz
    return observed


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"observed": flags(True, False, False)}, "nothing else"),
        ({"observed": flags(False, False, True)}, "nothing else"),
        ({"observed": np.zeros((2, 16, 3), bool)}, "must both be"),
        ({"view": View.level(3)}, "same poses"),
        ({"origin": np.zeros((1, 3))}, "same poses"),
        ({"values": np.full((2, 17, 3), np.nan), "observed": flags(True, True, False)}, "finite"),
        ({"start": NoiseStart(np.zeros((1, 17, 3)), 0.5)}, "must have the shape"),
    ],
)
def test_evidence_that_contradicts_itself_is_refused(parts, words):
    with pytest.raises(ConditionError, match=words):
        build(**parts)


def test_what_is_not_observed_may_be_anything():
    assert (build(values=np.full((2, 17, 3), np.nan)).values == 0).all()


@pytest.mark.parametrize("time", [0.0, -0.1, 1.5, np.nan])
def test_start_times_off_the_sde_are_refused(time):
    with pytest.raises(ConditionError, match="must lie in"):
        NoiseStart(np.zeros((1, 17, 3)), time)


@pytest.mark.parametrize("poses", [np.zeros((17, 3)), np.zeros((1, 17, 2)), np.full((1, 17, 3), np.inf)])
def test_noisy_poses_that_are_none_are_refused(poses):
    with pytest.raises(ConditionError, match="noisy poses"):
        NoiseStart(poses, 0.5)


def test_rays_point_at_what_is_seen(rng):
    points = before_camera(rng)
    condition = Condition.from_camera(points, np.full((3, 17), SEEN_2D))
    np.testing.assert_allclose(condition.rays, points / points[..., 2:], atol=1e-6)


def test_confidence_follows_its_poses_and_is_refused_where_it_cannot_be(rng):
    points = before_camera(rng)
    pixels, visible = Camera(K).project(points), np.ones((3, 17), bool)
    confidence = rng.random((3, 17))

    def seen(confidence):
        return Condition.from_keypoints(pixels, Camera(K), points[:, 0, 2], visible, confidence)

    np.testing.assert_array_equal(seen(confidence)[1:].confidence, confidence[1:])
    assert seen(None)[1:].confidence is None
    for odd in (confidence[:2], confidence - 2, confidence * np.nan):
        with pytest.raises(ConditionError, match="confidence"):
            seen(odd)


def test_a_start_is_one_pose_or_one_for_each_hypothesis(rng):
    poses = rng.normal(0, 100, (3, 5, 17, 3))
    condition = replace(Condition.nothing(3), start=NoiseStart(poses, 0.1))
    np.testing.assert_array_equal(condition[1:].start.poses, poses[1:])
    with pytest.raises(ConditionError, match="must have the shape"):
        replace(Condition.nothing(2), start=NoiseStart(poses, 0.1))
