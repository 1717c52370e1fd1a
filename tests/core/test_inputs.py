"""Evidence read from npz files: what is assumed, what is refused, and what must not matter."""

import numpy as np
import pytest

from gfpose_core.camera import AXES, Camera, from_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError, FormatError
from gfpose_core.io.inputs import read_keypoints, read_noisy, read_partial
from gfpose_core.pose import HUMAN_BONES_MM, estimate_root_depth
from gfpose_core.skeleton import H36M17
from tests.samples import people

K = Camera.guess(1000, 1000).K


@pytest.fixture
def save(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "in.npz", **arrays)
        return tmp_path / "in.npz"

    return save


@pytest.fixture
def points(rng):
    return people(rng, 3) * [1, -1, -1] + [300, 900, 4200]  # camera frame, mm


def test_keypoints_become_the_x_and_y_of_the_pose(save, points):
    pixels = Camera(K).project(points)
    given = read_keypoints(save(keypoints_2d=pixels, camera_K=K, root_depth=points[:, 0, 2]))
    network = given.condition.view.to_network(points)
    np.testing.assert_allclose(given.condition.values[..., :2], network[..., :2], atol=1e-3)
    np.testing.assert_allclose(given.origin, points[:, 0], rtol=1e-9)
    assert (given.shift == 0).all()
    assert given.notes == ()
    assert (given.condition.levels == SEEN_2D).all()


def test_each_pose_may_have_a_camera_of_its_own(save, points):
    several = np.stack([K, K * [[1.1], [1.1], [1]], K * [[0.9], [0.9], [1]]])
    pixels = Camera(several).project(points)
    given = read_keypoints(save(keypoints_2d=pixels, camera_K=several, root_depth=points[:, 0, 2]))
    np.testing.assert_allclose(given.origin, points[:, 0], rtol=1e-9)


def test_a_hidden_hip_gives_absolute_poses(save, points):
    visible = np.ones((3, 17), bool)
    visible[:, 0] = False
    pixels = Camera(K).project(points)
    pixels[:, 0] = np.nan  # what is not visible is not looked at
    given = read_keypoints(save(keypoints_2d=pixels, camera_K=K, root_depth=points[:, 0, 2], visible=visible))
    assert (given.origin == 0).all()
    np.testing.assert_allclose(given.shift, given.condition.origin)


def test_assumptions_are_announced(save, points):
    pixels = Camera(K).project(points)
    given = read_keypoints(save(keypoints_2d=pixels, image_size=np.array([1000, 1000])))
    assert len(given.notes) == 2
    assert "f = 1200 px" in given.notes[0]
    assert "human bone lengths" in given.notes[1]
    assert given.origin[:, 2] == pytest.approx(points[:, 0, 2], rel=0.12)


def test_depth_from_bones_that_lie_across_the_view():
    """Exact where every bone is seen at full length."""
    pose = np.zeros((1, 17, 2))
    for (parent, child), length in zip(H36M17.bones, HUMAN_BONES_MM):
        angle = 0.7 * child
        pose[:, child] = pose[:, parent] + length * np.array([np.cos(angle), np.sin(angle)])
    visible = np.ones((1, 17), bool)
    assert estimate_root_depth(pose / 3456.0, visible) == pytest.approx(3456.0)
    visible[:, 3:] = False
    assert estimate_root_depth(pose / 3456.0, visible) == pytest.approx(3456.0)


@pytest.mark.parametrize("axes", AXES)
def test_partial_poses_keep_their_place_in_any_axes(save, points, axes):
    world = from_camera_axes(points, axes)
    observed = np.ones((3, 17), bool)
    observed[:, 1:4] = False
    given = read_partial(save(poses_3d=world, observed=observed), axes)
    np.testing.assert_allclose(given.origin, world[:, 0], rtol=1e-6)
    back = (
        given.condition.view.to_camera(given.condition.values.astype(float)) - given.condition.origin[:, None]
    )
    np.testing.assert_allclose(back[:, 4:], (points - points[:, :1])[:, 4:], atol=1e-2)
    assert (given.condition.levels[:, 1:4] == FREE).all()


@pytest.mark.parametrize("axes", AXES)
def test_numbers_that_are_not_observed_never_matter(save, points, axes, rng):
    world = from_camera_axes(points, axes)
    observed = rng.random((3, 17)) < 0.6
    flags = np.repeat(observed[..., None], 3, -1)
    flags[0, 4] = np.abs(AXES[axes]).T @ np.array([1, 1, 0]) > 0  # a joint seen, not fixed
    first = read_partial(save(poses_3d=world, observed=flags), axes)
    garbled = np.where(flags, world, np.nan)
    again = read_partial(save(poses_3d=garbled, observed=flags), axes)
    np.testing.assert_array_equal(first.condition.values, again.condition.values)
    np.testing.assert_array_equal(first.condition.view.rotation, again.condition.view.rotation)
    assert first.condition.levels[0, 4] == SEEN_2D


@pytest.mark.parametrize("axes", AXES)
def test_a_camera_that_stands_elsewhere_sees_along_other_rays(save, points, axes):
    """Poses given from their roots, and where the camera stands, are the points it sees."""
    root, levels = points[:, :1], np.full((3, 17), FIXED_3D)
    told = {"poses_3d": from_camera_axes(points - root, axes), "observed": np.ones((3, 17), bool)}
    given = read_partial(save(**told, camera_at=from_camera_axes(-root[:, 0], axes)), axes)
    expected = Condition.from_camera(points, levels)
    np.testing.assert_allclose(given.condition.values, expected.values, atol=1e-3)
    np.testing.assert_allclose(given.condition.origin, expected.origin, atol=1e-6)
    np.testing.assert_allclose(given.condition.view.rotation, expected.view.rotation, atol=1e-9)
    np.testing.assert_allclose(given.shift, 0, atol=1e-9)


def test_without_the_hip_poses_come_back_absolute(save, points):
    observed = np.ones((3, 17), bool)
    observed[:, 0] = False
    given = read_partial(save(poses_3d=points, observed=observed), "camera")
    assert (given.origin == 0).all()
    values = given.condition.view.to_camera(given.condition.values.astype(float))
    back = values - given.condition.origin[:, None] + given.shift[:, None]
    np.testing.assert_allclose(back[:, 1:], points[:, 1:], atol=1e-2)
    assert (given.condition.levels[:, 1:] == FIXED_3D).all()


def test_noisy_poses_turn_into_camera_axes(save, points):
    world = from_camera_axes(points, "z-up")
    np.testing.assert_allclose(read_noisy(save(poses_3d=world), "z-up"), points, atol=1e-6)


GOOD = {"keypoints_2d": np.full((2, 17, 2), 500.0) + np.arange(34).reshape(17, 2), "camera_K": K}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keypoints_2d": np.zeros((2, 16, 2))}, "is needed"),
        ({"keypoints_2d": np.zeros((0, 17, 2))}, "no poses"),
        ({"keypoints_2d": np.full((2, 17, 2), np.nan)}, "finite"),
        ({"keypoints_2d": np.full((2, 17, 2), 5.0)}, "one pixel"),
        ({"camera_K": np.zeros((3, 3))}, "focal"),
        ({"camera_K": np.zeros((5, 3, 3))}, "camera_K"),
        ({"camera_K": np.diag([1000.0, 1000.0, 0.0])}, "focal"),
        ({"camera_K": K.T}, "transposed"),
        ({"visible": np.full((2, 17), np.nan)}, "true and false"),
        ({"visible": np.full((2, 17), 0.3)}, "true and false"),
        ({"root_depth": np.array([1000.0, -5.0])}, "positive"),
        ({"root_depth": np.array(1000.0)}, "root_depth"),
        ({"visible": np.zeros((2, 17), bool)}, "no visible joint"),
        ({"visible": np.array([["yes"] * 17] * 2)}, "visible"),
    ],
)
def test_bad_keypoints_are_refused_in_words(save, change, words):
    with pytest.raises((FormatError, ConditionError), match=words):
        read_keypoints(save(**GOOD | change))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"poses_3d": np.zeros((2, 17, 3))}, "observed"),
        ({"poses_3d": np.zeros((2, 17, 3)), "observed": np.ones((2, 16), bool)}, "observed"),
        ({"poses_3d": np.full((2, 17, 3), np.inf), "observed": np.ones((2, 17), bool)}, "finite"),
        ({"poses_3d": np.zeros((2, 17, 3)), "observed": np.zeros((2, 17), bool)}, "gfpose generate"),
        (
            {"poses_3d": np.zeros((2, 17, 3)), "observed": np.ones((2, 17, 3), bool) & [True, False, True]},
            "x and y",
        ),
    ],
)
def test_bad_partial_poses_are_refused_in_words(save, arrays, words):
    with pytest.raises((FormatError, ConditionError), match=words):
        read_partial(save(**arrays), "camera")


@pytest.mark.parametrize(("unit", "mm"), [("metres", 1000), ("centimetres", 10), ("inches", 25.4)])
def test_other_units_are_refused_by_name(save, points, unit, mm):
    observed = np.ones((3, 17), bool)
    observed[:, 4:7] = False
    with pytest.raises(FormatError, match=f"{unit}|decimetres"):  # inches are near decimetres
        read_partial(save(poses_3d=points / mm, observed=observed), "camera")
    with pytest.raises(FormatError, match="millimetres"):
        read_noisy(save(poses_3d=points / mm), "camera")


def test_files_that_are_no_npz_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    np.save(tmp_path / "single.npy", np.zeros(3))
    with open(tmp_path / "object.npz", "wb") as file:
        np.savez(file, keypoints_2d=np.array([{"a": 1}], dtype=object))
    for name in ("text.npz", "single.npy", "object.npz", "missing.npz"):
        with pytest.raises(FormatError) as refused:
            read_keypoints(tmp_path / name)
        assert "pickle" not in str(refused.value)


def test_zedos_layout_is_taken(save, points, rng):
    """A third column of confidence, 0 for a joint that was not found, and K for each pose."""
    confidence = rng.uniform(0.1, 1, (3, 17))
    confidence[1, 4] = 0
    keypoints = np.concatenate([Camera(K).project(points), confidence[..., None]], axis=-1)
    keypoints[1, 4, :2] = np.nan
    given = read_keypoints(save(keypoints_2d=keypoints, K=np.tile(K, (3, 1, 1)))).condition
    np.testing.assert_array_equal(given.confidence, confidence)
    np.testing.assert_array_equal(given.levels == SEEN_2D, confidence > 0)
    seen = given.levels == SEEN_2D
    np.testing.assert_allclose(given.rays[seen], (points / points[..., 2:])[seen], atol=1e-6)


@pytest.mark.parametrize("odd", [-0.5, np.nan])
def test_confidences_that_are_none_are_refused(save, points, odd):
    keypoints = np.concatenate([Camera(K).project(points), np.full((3, 17, 1), odd)], axis=-1)
    with pytest.raises(FormatError, match="third column"):
        read_keypoints(save(keypoints_2d=keypoints))
