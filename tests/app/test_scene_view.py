"""The orbit camera and picking, in numbers."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.scene.view import PRESETS, OrbitCamera, pick, pick_line

CAMERAS = st.builds(
    OrbitCamera,
    azimuth=st.floats(-180, 180),
    elevation=st.floats(-89, 90),
    distance=st.floats(1, 10),
    target=st.tuples(*[st.floats(-1, 1)] * 3),
)
SIZES = st.tuples(st.integers(200, 2000), st.integers(200, 2000))
POINTS = hnp.arrays(float, (6, 3), elements=st.floats(-0.4, 0.4))


@given(CAMERAS, SIZES, POINTS)
@settings(max_examples=60, deadline=None)
def test_unproject_undoes_project(camera, size, points):
    points = points + camera.target
    xy, depth = camera.project(points, size)
    np.testing.assert_allclose(camera.unproject(xy, depth, size), points, atol=1e-9)


@given(CAMERAS, SIZES, POINTS)
@settings(max_examples=60, deadline=None)
def test_project_agrees_with_the_matrices_given_to_opengl(camera, size, points):
    points = points + camera.target
    clip = np.c_[points, np.ones(6)] @ (camera.projection_matrix(size) @ camera.view_matrix).T
    ndc = clip[:, :3] / clip[:, 3:]
    expected = (ndc[:, :2] * [1, -1] + 1) * np.array(size) / 2
    np.testing.assert_allclose(camera.project(points, size)[0], expected, atol=1e-6)
    assert (np.abs(ndc[:, 2]) < 1).all()


@given(CAMERAS, SIZES, POINTS, st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_what_is_projected_is_picked(camera, size, points, index):
    xy, depth = camera.project(points + camera.target, size)
    apart = np.hypot(*(xy - xy[index]).T)
    assume((np.delete(apart, index) > 3).all())
    assert pick(xy, depth, tuple(xy[index])) == index


def test_of_two_points_in_line_the_nearer_is_picked():
    xy, depth = np.array([[50.0, 50.0], [51.0, 50.0], [70.0, 50.0]]), np.array([4.0, 3.0, 1.0])
    assert pick(xy, depth, (50, 50)) == 1
    assert pick(xy, depth, (50, 80)) is None
    assert pick(np.full((2, 2), np.nan), depth[:2], (50, 50)) is None
    assert pick(np.zeros((0, 2)), np.zeros(0), (50, 50)) is None


@pytest.mark.parametrize(
    ("preset", "point", "where"),
    [
        ("front", (1, 0, 0), "right"),
        ("front", (0, 0, 1), "up"),
        ("camera", (1, 0, 0), "right"),
        ("back", (1, 0, 0), "left"),
        ("left", (0, 1, 0), "left"),
        ("right", (0, 1, 0), "right"),
        ("top", (0, 1, 0), "up"),
        ("top", (1, 0, 0), "right"),
    ],
)
def test_presets_look_from_where_they_say(preset, point, where):
    camera = PRESETS[preset]
    points = np.asarray(camera.target) + 0.3 * np.array([(0, 0, 0), point])
    here, there = camera.project(points, (400, 400))[0]
    step = {"right": (1, 0), "left": (-1, 0), "up": (0, -1)}[where]
    np.testing.assert_allclose((there - here) / np.linalg.norm(there - here), step, atol=1e-9)


def test_points_behind_the_eye_have_no_place_on_the_screen():
    xy, depth = PRESETS["front"].project(np.array([0.0, -100.0, 0.0]), (400, 400))
    assert np.isnan(xy).all()
    assert depth < 0


@given(CAMERAS, SIZES, st.floats(-3, 3), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
@settings(max_examples=40, deadline=None)
def test_zoom_keeps_what_is_under_the_pointer(camera, size, notches, u, v):
    at = (u * size[0], v * size[1])
    under = camera.unproject(np.array(at), np.array(camera.distance), size)
    np.testing.assert_allclose(camera.zoomed(notches, at, size).project(under, size)[0], at, atol=1e-6)


@given(CAMERAS, SIZES, st.floats(-50, 50), st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_pan_moves_the_target_with_the_pointer(camera, size, dx, dy):
    before = camera.project(np.array(camera.target), size)[0]
    after = camera.panned(dx, dy, size).project(np.array(camera.target), size)[0]
    np.testing.assert_allclose(after - before, [dx, dy], atol=1e-6)


def test_orbit_stays_upright_and_in_range():
    camera = OrbitCamera().orbited(1234, 5000)
    assert camera.elevation == 90
    assert -180 <= camera.azimuth < 180
    np.testing.assert_allclose(camera.basis @ camera.basis.T, np.eye(3), atol=1e-12)


def test_a_view_is_a_plain_value():
    assert OrbitCamera(**asdict(PRESETS["three-quarter"])) == PRESETS["three-quarter"]
    assert hash(PRESETS["front"]) == hash(PRESETS["camera"])


def test_of_lines_that_cross_under_the_pointer_the_one_in_front_is_meant():
    ends = np.array([[[0, 0], [100, 0]], [[30, -50], [30, 50]], [[np.nan, 0], [0, np.nan]]])
    depth, radius = np.array([[5.0, 5.0], [2.0, 4.0], [1.0, 1.0]]), np.full(3, 4.0)
    assert pick_line(ends, depth, (30, 2), radius) == (1, 1)
    assert pick_line(ends, depth, (20, 2), radius) == (0, 0)
    assert pick_line(ends, depth, (20, 9), radius) is None
