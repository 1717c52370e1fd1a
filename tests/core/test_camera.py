"""Network space and back, exactly; axes; pinhole cameras; refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.camera import AXES, Camera, View, from_camera_axes, to_camera_axes
from gfpose_core.errors import ConditionError, FormatError

seeds = st.integers(0, 2**32 - 1)


def some_view(rng: np.random.Generator, n: int = 3) -> View:
    rays = np.concatenate([rng.uniform(-0.8, 0.8, (n, 2)), np.ones((n, 1))], axis=-1)
    return View.towards(rays, rng.uniform(1500, 9000, n))


def around(view: View, rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Points within a body's reach of the centre, in front of the camera."""
    n = len(view)
    offsets = rng.uniform(-700, 700, (n, *shape, 3))
    return view.centre.reshape(n, *(1,) * len(shape), 3) + offsets


@given(seeds)
def test_network_space_has_an_exact_inverse(seed):
    rng = np.random.default_rng(seed)
    view = some_view(rng)
    points = around(view, rng, 17)
    np.testing.assert_allclose(view.to_camera(view.to_network(points)), points, atol=1e-6)
    network = view.to_network(points)
    np.testing.assert_allclose(view.to_network(view.to_camera(network)), network, atol=1e-6)


@given(seeds)
def test_a_batch_with_hypotheses_is_its_poses(seed):
    rng = np.random.default_rng(seed)
    view = some_view(rng)
    points = around(view, rng, 4, 17)
    together = view.to_network(points)
    for n in range(3):
        for s in range(4):
            np.testing.assert_allclose(together[n, s], view[n : n + 1].to_network(points[n : n + 1, s])[0])


@given(seeds)
def test_the_centre_is_the_origin_and_its_view_is_a_rotation(seed):
    rng = np.random.default_rng(seed)
    view = some_view(rng)
    np.testing.assert_allclose(view.to_network(view.centre[:, None]), 0, atol=1e-8)
    np.testing.assert_allclose(
        view.rotation @ view.rotation.swapaxes(-1, -2), np.tile(np.eye(3), (3, 1, 1)), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(view.rotation), 1)
    np.testing.assert_allclose(np.linalg.norm(view.centre, axis=-1), view.depth)


@given(st.floats(20, 140), st.floats(100, 9000))
def test_a_field_of_view_is_the_angle_between_the_outermost_rays(degrees, width):
    camera = Camera.centred(Camera.focal_of(degrees, width), (width, 700))
    left, right = camera.rays(np.array([[0.0, 350.0], [width, 350.0]]))
    cosine = left @ right / np.linalg.norm(left) / np.linalg.norm(right)
    assert np.degrees(np.arccos(cosine)) == pytest.approx(degrees)
    assert camera.field_of_view == pytest.approx(degrees)


def test_an_image_without_pixels_is_refused():
    with pytest.raises(FormatError, match="0 x 5 px"):
        Camera(np.eye(3), (0, 5))


@given(seeds, st.floats(0.3, 3))
def test_points_on_one_ray_share_x_and_y(seed, factor):
    """What an image shows of a joint is its x and y in network space, however deep it lies."""
    rng = np.random.default_rng(seed)
    view = some_view(rng)
    points = around(view, rng, 17)
    np.testing.assert_allclose(view.to_network(points)[..., :2], view.to_network(points * factor)[..., :2])


def test_a_level_view_only_shifts_and_foreshortens():
    view = View.level(1, 4000.0)
    point = np.array([[[100.0, -200.0, 5000.0]]])
    np.testing.assert_allclose(view.to_network(point), [[[80.0, -160.0, 1000.0]]])


def test_depths_behind_the_camera_are_held_before_it():
    view = View.level(1, 4000.0)
    np.testing.assert_allclose(view.to_camera(np.array([[[10.0, 0.0, -9000.0]]])), [[[1.0, 0.0, 400.0]]])


def test_points_and_rays_behind_the_camera_are_refused():
    with pytest.raises(ConditionError, match="at or behind the camera"):
        View.level().to_network(np.array([[[0.0, 0.0, -1.0]]]))
    with pytest.raises(ConditionError, match="at or behind the camera"):
        View.towards(np.array([[0.0, 0.0, -1.0]]), 3000.0)
    for depth in (0.0, -5.0, np.nan):
        with pytest.raises(ConditionError):
            View.towards(np.array([[0.0, 0.0, 1.0]]), depth)


@pytest.mark.parametrize("axes", AXES)
def test_axes_are_rotations_with_an_inverse(axes, rng):
    points = rng.normal(0, 500, (2, 17, 3)).astype(np.float32)
    turned = to_camera_axes(points, axes)
    assert turned.dtype == np.float32
    np.testing.assert_array_equal(from_camera_axes(turned, axes), points)
    assert np.linalg.det(AXES[axes]) == pytest.approx(1)


def test_world_up_is_camera_minus_y():
    np.testing.assert_array_equal(to_camera_axes(np.array([0.0, 1.0, 0.0]), "y-up"), [0, -1, 0])
    np.testing.assert_array_equal(to_camera_axes(np.array([0.0, 0.0, 1.0]), "z-up"), [0, -1, 0])
    np.testing.assert_array_equal(to_camera_axes(np.array([0.0, 0.0, -1.0]), "y-up"), [0, 0, 1])
    np.testing.assert_array_equal(to_camera_axes(np.array([0.0, 1.0, 0.0]), "z-up"), [0, 0, 1])


def test_unknown_axes_are_refused():
    with pytest.raises(FormatError, match="unknown axes 'x-up': use one of camera, y-up, z-up"):
        to_camera_axes(np.zeros(3), "x-up")


@given(seeds, st.booleans())
def test_rays_go_through_the_pixels_they_came_from(seed, own_matrices):
    rng = np.random.default_rng(seed)
    K = np.array([[1145.0, 0.3, 512.0], [0.0, 1143.0, 515.0], [0.0, 0.0, 1.0]])
    camera = Camera(np.stack([K, K * [1.1, 1, 1]]) if own_matrices else K)
    points = rng.uniform(-900, 900, (2, 17, 3)) + [0, 0, 4000]
    rays = camera.rays(camera.project(points))
    np.testing.assert_allclose(rays, points / points[..., 2:], atol=1e-9)


def test_a_guessed_camera_looks_through_the_middle():
    camera = Camera.guess(1920, 1080)
    np.testing.assert_allclose(camera.project(np.array([[[0.0, 0.0, 1000.0]]])), [[[960, 540]]])
    assert camera.K[0, 0] == camera.K[1, 1] == 1.2 * 1920


@pytest.mark.parametrize(
    ("K", "words"),
    [
        (np.eye(4), "shape"),
        (np.zeros((2, 2, 3, 3)), "shape"),
        (np.diag([0.0, 1.0, 1.0]), "non-zero focal"),
        (np.diag([np.nan, 1.0, 1.0]), "finite"),
    ],
)
def test_cameras_that_are_none_are_refused(K, words):
    with pytest.raises(FormatError, match=words):
        Camera(K)


def test_points_behind_the_camera_have_no_pixel():
    with pytest.raises(ConditionError):
        Camera(np.eye(3)).project(np.array([[[0.0, 0.0, 0.0]]]))
