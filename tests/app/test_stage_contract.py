"""What both stages must show, asked of their pixels: places are projected by hand, colours are the theme's.

Tolerances: a thing is looked for within 2 px of its place, which leaves room for smooth edges, and a colour
counts as that of the theme within 20 degrees of hue, as OpenGL lights what QPainter fills.
"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.looks.theme import DARK
from app.scene.content import RAY
from app.scene.frame import FIXED_3D, FREE, SEEN_2D, StageFrame
from gfpose_core.skeleton import H36M17
from tests.app.conftest import STAGE
from tests.app.fakes import STANDING

VIEWS = {
    "front": (0, 0), "left": (-90, 0), "right": (90, 0), "back": (180, 0), "top": (0, 90),
    "three-quarter": (32, 14),
}  # fmt: skip
"""Azimuth and elevation of the presets, degrees, as the documentation has them."""

COLOURS = DARK.scene
SPREAD = [3, 6, 10, 13, 16]
"""Joints no two of which share a bone."""


def place(point, view: str) -> np.ndarray:  # (2,) px
    """Where a point (3,) mm of camera axes is seen: turned about the point aimed at, then in perspective."""
    azimuth, elevation = np.radians(VIEWS[view])
    x, away, up = np.array([point[0], point[2], -point[1]]) / 1e3 + [0, 0, 0.1]
    x, away = x * np.cos(azimuth) + away * np.sin(azimuth), away * np.cos(azimuth) - x * np.sin(azimuth)
    up, away = (
        up * np.cos(elevation) + away * np.sin(elevation),
        away * np.cos(elevation) - up * np.sin(elevation),
    )
    focal = min(STAGE) / 2 / np.tan(np.radians(28) / 2)
    return np.array(STAGE) / 2 + focal / (4.6 + away) * np.array([x, -up])


def picture(stage) -> np.ndarray:  # (h,w,3) RGB
    QApplication.processEvents()
    image = stage.grab_image().convertToFormat(QImage.Format.Format_RGBX8888)
    pixels = np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    ratio = stage.devicePixelRatioF()
    return pixels[:: round(ratio), :: round(ratio), :3].astype(float)


def patch(pixels, at, reach=2) -> np.ndarray:  # (n,3)
    column, row = np.round(at).astype(int)
    return pixels[row - reach : row + reach + 1, column - reach : column + reach + 1].reshape(-1, 3)


def shows(pixels, at, colour: str, reach=2) -> bool:
    """Whether a pixel there has the hue of the colour, and no less than a third of its saturation."""
    wanted = QColor(colour)
    for red, green, blue in patch(pixels, at, reach).astype(int).tolist():
        found = QColor(red, green, blue)
        turn = abs((found.hue() - wanted.hue() + 180) % 360 - 180)
        if turn <= 20 and found.saturation() > max(wanted.saturation() / 3, 60) and found.value() > 60:
            return True
    return False


def light(pixels, at, reach=2) -> float:
    """The lightest pixel there, 0..255: white is known, and rays are."""
    return float(patch(pixels, at, reach).min(-1).max())


def levels_of(**joints_by_level) -> np.ndarray:
    levels = np.full(17, FREE)
    for name, joints in joints_by_level.items():
        levels[joints] = {"seen": SEEN_2D, "fixed": FIXED_3D}[name]
    return levels


def background(pixels) -> float:
    return light(pixels, (4, 4))


@pytest.mark.parametrize("view", VIEWS)
def test_signs_sit_where_the_camera_sees_their_joints(stage, view):
    stage.set_view(view)
    stage.show_frame(StageFrame(levels=levels_of(fixed=SPREAD), evidence=STANDING))
    pixels = picture(stage)
    for joint in SPREAD:
        at = place(STANDING[joint], view)
        column, row = np.round(at).astype(int)
        window = pixels[row - 9 : row + 10, column - 9 : column + 10].min(-1) > 200
        assert 60 < window.sum() < 320, H36M17.names[joint]  # a disc of 6.2 px has 121
        rows, columns = np.nonzero(window)
        others = [
            other
            for other in SPREAD
            if other != joint and np.hypot(*(place(STANDING[other], view) - at)) < 20
        ]
        if not others:
            np.testing.assert_allclose([columns.mean() + column - 9, rows.mean() + row - 9], at, atol=1.5)


def test_the_ray_of_a_joint_seen_in_2d_runs_along_the_depth_nobody_knows(stage):
    stage.set_view("left")
    stage.show_frame(StageFrame(levels=levels_of(seen=[13]), evidence=STANDING))
    pixels = picture(stage)
    along = [place(STANDING[13] + [0, 0, 1e3 * RAY * share], "left") for share in (-0.3, 0.3, 1.3, -1.3)]
    shine = [light(pixels, at) - background(pixels) for at in along]
    assert min(shine[:2]) > 25
    assert max(shine[2:]) < 15 + 1e-6 or max(shine[2:]) < min(shine[:2]) / 2  # a line of the grid may pass


def test_a_bone_known_at_both_ends_is_white_along_its_length(stage):
    stage.set_view("front")
    for fixed, known in (([1, 2], True), ([1, 3], False)):
        stage.show_frame(StageFrame(levels=levels_of(fixed=fixed), evidence=STANDING))
        middle = place((STANDING[1] + STANDING[2]) / 2, "front")
        assert (light(picture(stage), middle) > 150) == known


def test_a_score_is_an_arrow_of_its_length_and_colour(stage):
    stage.set_view("front")
    score = np.zeros((17, 3))
    score[13] = [2.0, 0, 0]  # 1/mm, over the strongest: 0.35 m to the right
    stage.show_frame(StageFrame(STANDING[None], score=score))
    pixels = picture(stage)
    for share in (0.4, 0.7, 0.95):
        assert shows(pixels, place(STANDING[13] + [350 * share, 0, 0], "front"), COLOURS.score_high), share
    assert not shows(pixels, place(STANDING[13] + [350 * 1.15, 0, 0], "front"), COLOURS.score_high)
    assert not shows(pixels, place(STANDING[16] - [200, 0, 0], "front"), COLOURS.score_high)


def test_a_trail_follows_its_joint_and_fades_into_the_past(stage):
    stage.set_view("front")
    way = np.stack([STANDING + [0, 0, 0]] * 4)
    way[:, 13, 0] += [900, 600, 300, 0]
    stage.show_frame(StageFrame(STANDING[None], trail=way))
    pixels = picture(stage)
    old, young = (place(way[k, 13] - [150, 0, 0], "front") for k in (0, 2))
    assert shows(pixels, young, COLOURS.left)
    assert shows(pixels, old, COLOURS.left)
    assert patch(pixels, old).max() < patch(pixels, young).max()
    assert not shows(pixels, place(way[0, 13] + [150, 0, 0], "front"), COLOURS.left)


def test_the_ground_truth_is_slim_and_green(stage):
    stage.set_view("front")
    stage.show_frame(StageFrame(ground_truth=STANDING))
    pixels = picture(stage)
    middle = (STANDING[2] + STANDING[3]) / 2
    assert shows(pixels, place(middle, "front"), COLOURS.truth)
    assert not shows(pixels, place(middle + [60, 0, 0], "front"), COLOURS.truth)


@pytest.mark.parametrize("count", [1, 6, 60])
def test_every_bone_of_every_hypothesis_has_the_colour_of_its_side(stage, count):
    stage.set_view("front")
    poses = STANDING + np.arange(count)[:, None, None] * np.array([4.0, 0, 0]) * (60 / count)
    stage.show_frame(StageFrame(poses))
    pixels = picture(stage)
    for near, far in ((2, 3), (5, 6), (12, 13), (15, 16)):
        for pose in (poses[0], poses[-1]):
            at = place((pose[near] + pose[far]) / 2, "front")
            assert shows(pixels, at, COLOURS.side(H36M17.sides[far]), 3), H36M17.names[far]


def test_noisy_states_are_points_at_their_joints(stage):
    stage.set_view("front")
    rng = np.random.default_rng(5)
    noisy = STANDING + rng.normal(0, 250, (30, 17, 3))
    stage.show_frame(StageFrame(noisy=noisy))
    pixels = picture(stage)
    coloured = [j for j in range(17) if H36M17.sides[j] != "centre"]
    found = [
        shows(pixels, place(pose[joint], "front"), COLOURS.side(H36M17.sides[joint]))
        for pose in noisy
        for joint in coloured
    ]
    assert np.mean(found) > 0.95  # some hide behind those of the other side


@pytest.mark.parametrize("how", ["selected", "hovered"])
def test_what_is_selected_or_hovered_has_a_ring_of_the_accent(stage, how):
    stage.set_view("front")
    at = place(STANDING[13], "front")
    frame = {"levels": levels_of(fixed=[13, 16]), "evidence": STANDING}
    stage.show_frame(StageFrame(**frame, selected={13} if how == "selected" else ()))
    if how == "hovered":
        stage.hover(13)
    pixels = picture(stage)
    ring = [at + [9.8, 0], at - [9.8, 0], at + [0, 9.8]]
    assert all(shows(pixels, spot, COLOURS.accent, 1) for spot in ring)
    other = place(STANDING[16], "front")
    assert not shows(pixels, other + [9.8, 0], COLOURS.accent, 1)


def test_a_sign_behind_the_figure_shines_through_it_faintly(stage):
    evidence = STANDING.copy()
    evidence[7] += [0, 0, 250]  # behind the back, seen from the front
    stage.show_frame(StageFrame(STANDING[None], levels=levels_of(fixed=[7]), evidence=evidence))
    shine = {}
    for view in ("front", "back"):
        stage.set_view(view)
        shine[view] = light(picture(stage), place(evidence[7], view), 3)
    stage.show_frame(StageFrame(STANDING[None], levels=levels_of(fixed=[16]), evidence=evidence))
    stage.set_view("front")
    without = np.median(patch(picture(stage), place(evidence[7], "front"), 3).min(-1))
    assert shine["back"] > 240
    assert without + 8 < shine["front"] < 235


def test_the_floor_lies_under_the_feet_with_lines_every_metre_and_a_shadow(stage):
    stage.set_view("three-quarter")
    stage.show_frame(StageFrame(STANDING[None]))
    pixels, floor = picture(stage), STANDING[:, 1].max() + 60  # mm: a sole beneath the ankle

    def spot(right, away):
        return place([right, floor, away], "three-quarter")

    on = np.mean([light(pixels, spot(x, 120)) for x in (-1000, 1000)])
    between = np.mean([np.median(patch(pixels, spot(x, 120), 1)) for x in (-875, 1125)])
    assert on > between + 8
    shadow = np.median(patch(pixels, spot(20, -60), 2))
    assert shadow < np.median(patch(pixels, spot(-1370, 370), 2)) - 4


def test_the_gizmo_turns_with_the_view(stage):
    gizmo = stage.findChild(QWidget, "axis_gizmo")
    arms = {}
    for view in ("front", "back", "left"):
        stage.set_view(view)
        image = gizmo.grab().toImage()
        pixels = np.array(image.convertToFormat(QImage.Format.Format_RGBX8888).constBits(), np.uint8)
        pixels = pixels.reshape(image.height(), image.width(), 4)[..., :3].astype(float)
        middle = image.height() // 2
        ground = pixels[2, 2]
        arms[view] = [np.abs(pixels[middle, middle + dx] - ground).max() > 40 for dx in (-18, 18)]
    assert arms == {"front": [False, True], "back": [True, False], "left": [True, False]}  # x, x, z


@pytest.mark.parametrize(("key", "axis"), [(Qt.Key.Key_X, 0), (Qt.Key.Key_Y, 1), (Qt.Key.Key_Z, 2)])
def test_a_locked_drag_shows_the_joint_where_it_has_come_to(stage, key, axis):
    stage.set_view("three-quarter")
    levels = levels_of(fixed=[16])
    stage.show_frame(StageFrame(levels=levels, evidence=STANDING))
    moved = []

    def follow(joints, at):  # as the window does
        moved.append(np.where(np.arange(17)[:, None] == joints[0], at[0], STANDING))
        stage.show_frame(StageFrame(levels=levels, evidence=moved[-1]))

    stage.dragged.connect(follow)
    start = stage.joint_screen_position(16).toPoint()
    QTest.mousePress(stage, Qt.MouseButton.LeftButton, pos=start)
    for step in (1, 2, 3):
        QTest.mouseMove(stage, start + 8 * step * (stage.rect().center() - start) / 100)
        if step == 1:
            QTest.keyPress(stage, key)
    QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=start)
    assert moved
    offset = np.abs(moved[-1][16] - STANDING[16])
    assert np.delete(offset, axis).max() < 1e-2
    assert light(picture(stage), place(moved[-1][16], "three-quarter"), 3) > 240
