"""Ellipsoids of spread: what they say, where their outlines lie, and that both stages draw them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt

from app.scene.content import Ellipsoids
from app.scene.frame import StageFrame
from app.scene.geometry import ellipsoids
from app.scene.spread_painter import outlines
from app.scene.view import PRESETS, OrbitCamera
from app.scene.world import to_world
from tests.app.fakes import STANDING
from tests.app.test_window import press

SIZE = (640, 480)


def scattered(rng, joint=3, std=(200.0, 40.0, 80.0), count=4000):
    """Standing poses, mm, one joint of which is scattered along the axes."""
    poses = np.tile(STANDING, (count, 1, 1)).astype(np.float64)
    poses[:, joint] += rng.normal(size=(count, 3)) * std
    return poses


def test_half_axes_are_standard_deviations_around_the_mean(rng):
    shown = Ellipsoids.of(to_world(scattered(rng)))
    assert shown.joints.tolist() == [3]
    np.testing.assert_allclose(shown.centres[0], to_world(STANDING)[3], atol=0.01)
    lengths = np.linalg.norm(shown.axes[0], axis=0)
    np.testing.assert_allclose(lengths, [0.04, 0.08, 0.2], rtol=0.06)
    assert np.linalg.det(shown.axes[0]) > 0


def test_a_joint_on_a_ray_has_a_needle_and_a_known_one_nothing(rng):
    shown = Ellipsoids.of(to_world(scattered(rng, std=(0.0, 0.0, 150.0))))
    assert shown.joints.tolist() == [3]
    lengths = np.linalg.norm(shown.axes[0], axis=0)
    assert 0 < lengths[0] < 0.002
    assert lengths[2] == pytest.approx(0.15, rel=0.06)
    for poses in (STANDING[None], np.tile(STANDING, (5, 1, 1)), STANDING[:0][None]):
        few = poses if poses.shape[1] else np.zeros((0, 17, 3))
        assert len(Ellipsoids.of(to_world(few)).joints) == 0


def test_the_mesh_lies_on_the_ellipsoid_and_faces_outwards(rng):
    axes = (np.linalg.qr(rng.normal(size=(3, 3)))[0] * [0.02, 0.1, 0.3])[None]
    axes *= np.sign(np.linalg.det(axes))
    centre = rng.normal(size=(1, 3))
    mesh = ellipsoids(centre, axes, np.zeros((1, 4), np.uint8))
    within = np.linalg.solve(axes[0], (mesh.positions - centre).T).T
    np.testing.assert_allclose(np.linalg.norm(within, axis=1), 1, atol=1e-4)
    a, b, c = mesh.positions[mesh.faces].swapaxes(0, 1)
    outward = np.cross(b - a, c - a)
    assert ((outward * mesh.normals[mesh.faces[:, 0]]).sum(1) > 0).all()


@given(
    azimuth=st.floats(-180, 180),
    elevation=st.floats(-80, 80),
    seed=st.integers(0, 10**6),
)
def test_outlines_hold_every_point_of_the_surface_and_touch_it(azimuth, elevation, seed):
    rng = np.random.default_rng(seed)
    axes = (np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.uniform(0.01, 0.4, 3))[None]
    centre = rng.normal(0, 0.4, (1, 3))
    camera = OrbitCamera(azimuth, elevation)
    shown = Ellipsoids(np.array([3]), centre, axes)
    middle, half = outlines(shown, camera, SIZE)
    points = rng.normal(size=(20_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    xy, _ = camera.project(centre + points @ axes[0].T, SIZE)
    radius = np.linalg.norm(np.linalg.solve(half[0], (xy - middle[0]).T), axis=0)
    assert radius.max() == pytest.approx(1, abs=0.02)
    assert radius.max() < 1 + 1e-6


def test_an_ellipsoid_around_the_eye_is_left_out():
    eye = PRESETS["front"].eye
    shown = Ellipsoids(np.array([0]), eye[None], np.eye(3)[None])
    assert np.isnan(outlines(shown, PRESETS["front"], SIZE)[0]).all()


def test_both_stages_draw_them_where_they_are(stage, rng):
    poses = scattered(rng, 13, count=300)
    stage.set_camera(PRESETS["front"])
    plain = StageFrame(STANDING[None])
    stage.show_frame(plain)
    before = stage.grab_image()
    stage.show_frame(StageFrame(STANDING[None], spread=poses))
    after = stage.grab_image()
    mean, std = poses[:, 13].mean(0), poses[:, 13].std(0)
    inside = stage.project(mean + [0.8 * std[0], 0, 0])
    outside = stage.project(mean + [1.3 * std[0], 0, 0])

    def changed(at):
        at = (QPointF(*at) * after.devicePixelRatio()).toPoint()
        return before.pixel(at) != after.pixel(at)

    assert changed(inside)
    assert not changed(outside)


def test_the_key_shows_them_and_takes_them_away(window, qtbot):
    assert window.stage_view.frame().spread is None
    press(qtbot, window, Qt.Key.Key_E)
    assert window.stage_view.frame().spread.shape == (16, 17, 3)
    assert window.findChild(object, "timeline-spread").isChecked()
    window.models.playback.set_show("noisy")
    assert len(window.stage_view.frame().spread) == 16
    press(qtbot, window, Qt.Key.Key_E)
    assert window.stage_view.frame().spread is None
