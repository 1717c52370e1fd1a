"""Both stages, driven by the mouse as a person drives them."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from app.looks import theme
from app.looks.words import joint_title
from app.scene.figure_painter import draw_lines, pen
from app.scene.frame import FIXED_3D, SEEN_2D, StageFrame
from app.scene.opengl import Driver, probe
from app.scene.overlay import AxisGizmo, JointLabel
from app.scene.picture_canvas import PictureCanvas
from app.scene.stage import make_stage
from app.scene.thumbnail import thumbnail
from app.scene.view import PRESETS

STANDING_POSE = np.array([
    [0, 0, 0], [-130, 0, 0], [-140, 440, 20], [-150, 890, 60], [130, 0, 0], [140, 440, -20], [150, 890, 40],
    [0, -230, 10], [0, -490, 20], [0, -600, -20], [0, -720, 0],
    [150, -480, 20], [260, -230, 30], [280, 10, -40], [-150, -480, 20], [-300, -300, 60], [-420, -520, -60],
], float)  # fmt: skip


@pytest.fixture
def stage(stage):
    stage.resize(640, 520)
    stage.show_frame(StageFrame(STANDING_POSE[None]))
    return stage


def pixels(stage) -> np.ndarray:  # (h,w,4)
    QApplication.processEvents()
    return channels(stage.grab_image())


def channels(image: QImage) -> np.ndarray:  # (h,w,4)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def drag(stage, start, end, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
    QTest.mousePress(stage, button, keys, start)
    for share in (0.3, 0.7, 1.0):
        _move(stage, start + (end - start) * share, button, keys)
    QTest.mouseRelease(stage, button, keys, end)


def _move(stage, at, button=Qt.MouseButton.NoButton, keys=Qt.KeyboardModifier.NoModifier):
    where = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, stage.mapToGlobal(where), Qt.MouseButton.NoButton, button, keys
    )
    QApplication.sendEvent(stage, event)


def wheel(stage, at, notches):
    event = QWheelEvent(
        QPointF(at), stage.mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(stage, event)


@pytest.mark.parametrize("preset", ["front", "three-quarter", "top"])
def test_a_click_on_a_joint_names_it(stage, qtbot, preset):
    stage.set_view(preset)
    for joint in (3, 6, 13, 16):
        with qtbot.waitSignal(stage.joint_clicked, timeout=1000) as clicked:
            QTest.mouseClick(
                stage, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier,
                stage.joint_screen_position(joint).toPoint(),
            )  # fmt: skip
        assert clicked.args == [joint, Qt.KeyboardModifier.ShiftModifier]


def test_a_click_beside_the_figure_is_one_on_the_background(stage, qtbot):
    with (
        qtbot.waitSignal(stage.background_clicked, timeout=1000),
        qtbot.assertNotEmitted(stage.joint_clicked),
    ):
        QTest.mouseClick(stage, Qt.MouseButton.LeftButton, pos=QPoint(12, 12))


def test_a_quick_second_click_counts(stage):
    clicks = []
    stage.joint_clicked.connect(lambda joint, keys: clicks.append(joint))
    at = stage.joint_screen_position(3).toPoint()
    QTest.mouseClick(stage, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(stage, Qt.MouseButton.LeftButton, pos=at)  # the second press alone
    QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=at)
    assert clicks == [3, 3]


def test_joints_of_every_hypothesis_can_be_clicked(stage, qtbot):
    poses = np.stack([STANDING_POSE, STANDING_POSE + [300, 0, 0]])
    stage.show_frame(StageFrame(poses))
    at = stage.project(poses[1, 13])
    with qtbot.waitSignal(stage.joint_clicked, timeout=1000) as clicked:
        QTest.mouseClick(stage, Qt.MouseButton.LeftButton, pos=QPointF(*at).toPoint())
    assert clicked.args[0] == 13


def test_dragging_orbits_and_clicks_nothing(stage, qtbot):
    before, picture = stage.camera, pixels(stage)
    at = stage.joint_screen_position(3).toPoint()
    with qtbot.assertNotEmitted(stage.joint_clicked), qtbot.waitSignal(stage.view_changed, timeout=1000):
        drag(stage, at, at + QPoint(80, 20))
    after = stage.camera
    assert after.azimuth == pytest.approx(before.azimuth - 32, abs=2)
    assert after.elevation > before.elevation
    assert (pixels(stage) != picture).any()
    stage.set_camera(before)
    assert stage.camera == before
    assert (pixels(stage) == picture).mean() > 0.999


@pytest.mark.parametrize(
    ("button", "keys"),
    [
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_panning_slides_the_figure_with_the_pointer(stage, button, keys):
    before, view = stage.joint_screen_position(0), stage.camera
    drag(stage, QPoint(100, 100), QPoint(160, 130), button, keys)
    moved = stage.joint_screen_position(0) - before
    assert (moved.x(), moved.y()) == pytest.approx((60, 30), abs=1.5)
    assert stage.camera.azimuth == view.azimuth


def test_the_wheel_zooms_about_the_pointer(stage):
    before = stage.camera
    wheel(stage, QPoint(320, 260), 2)
    assert stage.camera.distance < before.distance
    wheel(stage, QPoint(320, 260), -2)
    assert stage.camera.distance == pytest.approx(before.distance)


def test_keys_turn_and_zoom(stage):
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Plus):
        before = stage.camera
        QTest.keyClick(stage, key)
        assert stage.camera != before
    stage.reset_view()
    assert stage.camera == PRESETS["three-quarter"]


def test_a_click_on_an_axis_looks_along_it_and_another_one_back(stage):
    gizmo = stage.findChild(AxisGizmo)

    def click(axis):
        QTest.mouseClick(gizmo, Qt.MouseButton.LeftButton, pos=gizmo.end_of(axis).toPoint())

    first = stage.camera
    for axis, views in {"x": ("left", "right"), "y": ("top", "top"), "z": ("front", "back")}.items():
        stage.set_camera(first)
        for view in (*views, views[0]):
            click(axis)
            assert stage.camera == PRESETS[view]
    stage.set_camera(first)
    _move(gizmo, gizmo.end_of("x").toPoint())
    assert gizmo.cursor().shape() == Qt.CursorShape.PointingHandCursor


def test_a_drag_beside_the_axes_is_the_stages(stage):
    before = stage.camera
    drag(stage.findChild(AxisGizmo), QPoint(70, 6), QPoint(140, -60))
    assert stage.camera.azimuth != before.azimuth
    assert stage.camera.target == before.target


def test_the_name_of_a_joint_goes_along_with_it(stage):
    label, camera = stage.findChild(JointLabel), stage.camera
    stage.hover(3)
    before = label.x() - stage.joint_screen_position(3).x()
    stage.set_camera(camera.panned(-40, 0, (stage.width(), stage.height())))
    assert stage.camera != camera
    assert label.x() - stage.joint_screen_position(3).x() == pytest.approx(before, abs=1)


@pytest.mark.parametrize("x", [0, 150, 300])
def test_the_name_of_a_joint_is_never_cut(stage, x):
    stage.resize(300, 400)
    label = stage.findChild(JointLabel)
    for note in ("", "x, y, z lock an axis and the wheel the depth"):
        label.show_joint(11, FIXED_3D, QPointF(x, 200), note)
        assert stage.rect().contains(label.geometry())
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= needed
        assert label.wordWrap() or label.width() >= label.sizeHint().width()
    assert label.wordWrap()


def test_shift_drag_boxes_the_joints_inside(stage, qtbot):
    stage.set_view("front")
    hand, elbow = stage.joint_screen_position(16).toPoint(), stage.joint_screen_position(15).toPoint()
    with qtbot.waitSignal(stage.joints_boxed, timeout=1000) as boxed:
        drag(stage, hand - QPoint(20, 20), elbow + QPoint(12, 12), keys=Qt.KeyboardModifier.ShiftModifier)
    assert boxed.args == [frozenset({15, 16})]


def test_hovering_names_the_joint_and_leaving_clears_it(stage, qtbot):
    label = stage.findChild(object, "joint_label")
    with qtbot.waitSignal(stage.joint_hovered, timeout=1000) as hovered:
        _move(stage, stage.joint_screen_position(2).toPoint())
    assert hovered.args == [2]
    assert label.text() == "Right knee · free"
    assert label.isVisible()
    with qtbot.waitSignal(stage.joint_hovered, timeout=1000) as hovered:
        _move(stage, QPoint(5, 5))
    assert hovered.args == [-1]
    assert not label.isVisible()


@pytest.fixture
def fixed_wrist(stage):
    levels = np.zeros(17, int)
    levels[16] = FIXED_3D
    stage.show_frame(StageFrame(STANDING_POSE[None], levels=levels, evidence=STANDING_POSE))
    stage.set_view("front")
    moves = []
    stage.dragged.connect(lambda joints, at: moves.append((joints[0], at[0])))
    return stage, moves


def test_dragging_a_fixed_joint_moves_it_in_the_view_plane(fixed_wrist, qtbot):
    stage, moves = fixed_wrist
    at, view = stage.joint_screen_position(16).toPoint(), stage.camera
    with qtbot.waitSignals([stage.drag_started, stage.drag_finished], timeout=1000):
        drag(stage, at, at + QPoint(40, -25))
    joint, to = moves[-1]
    moved = to - STANDING_POSE[16]
    assert joint == 16
    assert moved[0] > 50
    assert moved[1] < -30
    assert moved[2] == pytest.approx(0, abs=0.1)
    np.testing.assert_allclose(stage.project(to), stage.project(STANDING_POSE[16]) + [40, -25], atol=0.1)
    assert stage.camera == view


def test_keys_lock_a_dragged_joint_to_an_axis_and_the_wheel_pushes_it(fixed_wrist):
    stage, moves = fixed_wrist
    stage.set_view("three-quarter")
    at = stage.joint_screen_position(16).toPoint()
    QTest.mousePress(stage, Qt.MouseButton.LeftButton, pos=at)
    _move(stage, at + QPoint(30, 20), Qt.MouseButton.LeftButton)
    for key, axis in ((Qt.Key.Key_X, 0), (Qt.Key.Key_Y, 1), (Qt.Key.Key_Z, 2)):
        QTest.keyPress(stage, key)
        moved = np.abs(moves[-1][1] - STANDING_POSE[16])
        assert moved[axis] > 5
        assert np.delete(moved, axis).max() < 1e-2
        locked = moves[-1][1]
        QTest.keyRelease(stage, key)  # a hand that lets go of the key first does not lose the place
        np.testing.assert_array_equal(moves[-1][1], locked)
    QTest.keyPress(stage, Qt.Key.Key_Z)
    assert (np.abs(moves[-1][1] - STANDING_POSE[16]) > 1e-2).sum() > 1
    before = moves[-1][1]
    wheel(stage, at, 3)
    assert np.linalg.norm(moves[-1][1] - before) == pytest.approx(60, abs=0.5)
    QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=at)


def test_another_button_pressed_on_the_way_changes_nothing_about_a_drag(fixed_wrist, qtbot):
    stage, moves = fixed_wrist
    at, view = stage.joint_screen_position(16).toPoint(), stage.camera
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    QTest.mousePress(stage, left, pos=at)
    _move(stage, at + QPoint(10, 0), left)
    where, plain = QPointF(at), Qt.KeyboardModifier.NoModifier
    for kind, held in ((QEvent.Type.MouseButtonPress, left | right), (QEvent.Type.MouseButtonRelease, left)):
        QApplication.sendEvent(
            stage, QMouseEvent(kind, where, stage.mapToGlobal(where), right, held, plain)
        )  # fmt: skip
        _move(stage, at + QPoint(40, 0), held)
    np.testing.assert_allclose(
        stage.project(moves[-1][1]), stage.project(STANDING_POSE[16]) + [40, 0], atol=0.1
    )
    with qtbot.waitSignal(stage.drag_finished, timeout=1000):
        QTest.mouseRelease(stage, left, pos=at)
    known = len(moves)
    wheel(stage, at, 1)
    assert len(moves) == known
    assert stage.camera.distance < view.distance


def test_a_joint_pushed_behind_the_viewer_has_no_label_and_comes_back(fixed_wrist):
    stage, moves = fixed_wrist
    label = stage.findChild(JointLabel)
    at = stage.joint_screen_position(16).toPoint()
    QTest.mousePress(stage, Qt.MouseButton.LeftButton, pos=at)
    _move(stage, at + QPoint(10, 0), Qt.MouseButton.LeftButton)
    assert label.isVisible()
    wheel(stage, at, -400)
    assert np.isnan(stage.project(moves[-1][1])).all()
    assert not label.isVisible()
    wheel(stage, at, 400)
    assert label.isVisible()
    QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize("gone", ["the pose", "the level"])
def test_joints_that_cannot_move_any_more_are_let_go_of(fixed_wrist, gone, qtbot):
    stage, moves = fixed_wrist
    at, view = stage.joint_screen_position(16).toPoint(), stage.camera
    QTest.mousePress(stage, Qt.MouseButton.LeftButton, pos=at)
    _move(stage, at + QPoint(10, 0), Qt.MouseButton.LeftButton)
    known = len(moves)
    stage.show_frame(
        StageFrame() if gone == "the pose" else StageFrame(levels=np.zeros(17, int), evidence=STANDING_POSE)
    )
    with qtbot.assertNotEmitted(stage.drag_finished):
        _move(stage, at + QPoint(40, 0), Qt.MouseButton.LeftButton)
        QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=at)
    assert (len(moves), stage.camera) == (known, view)


@pytest.mark.parametrize(("keys", "moving"), [("selected", (11, 13)), ("shift", (11, 12, 13)), ("", (12,))])
def test_a_drag_takes_the_selected_joints_along_or_with_shift_the_part(stage, keys, moving):
    levels = np.full(17, FIXED_3D)
    selected = frozenset({0, 11, 13}) if keys == "selected" else frozenset({0, 16})
    stage.show_frame(
        StageFrame(STANDING_POSE[None], levels=levels, evidence=STANDING_POSE, selected=selected, focus=0)
    )
    stage.set_view("front")
    moves = []
    stage.dragged.connect(lambda *args: moves.append(args))
    at = stage.joint_screen_position(13 if keys == "selected" else 12).toPoint()
    modifier = Qt.KeyboardModifier.ShiftModifier if keys == "shift" else Qt.KeyboardModifier.NoModifier
    drag(stage, at, at + QPoint(30, -20), keys=modifier)
    joints, to = moves[-1]
    assert joints == moving
    way = to - STANDING_POSE[list(moving)]
    np.testing.assert_allclose(way, np.broadcast_to(way[0], way.shape), atol=0.01)
    assert way[0, 0] > 30


def test_a_free_joint_cannot_be_dragged(stage, qtbot):
    at = stage.joint_screen_position(16).toPoint()
    with qtbot.assertNotEmitted(stage.drag_started):
        drag(stage, at, at + QPoint(40, 0))


def test_pixels_show_the_pose_and_differ_between_poses(stage):
    one = pixels(stage)
    stage.show_frame(StageFrame())
    empty = pixels(stage)
    stage.show_frame(StageFrame(STANDING_POSE[None, :, :] * [-1, 1, 1]))
    other = pixels(stage)
    assert (one != empty).any(-1).mean() > 0.005
    assert (one != other).any(-1).mean() > 0.005


def test_left_and_right_have_their_colours(stage):
    stage.set_view("front")
    picture = pixels(stage).astype(int)

    def colour_on(a, b):
        """Red minus blue half-way along a bone, in device pixels."""
        middle = (stage.joint_screen_position(a) + stage.joint_screen_position(b)) / 2
        middle *= stage.devicePixelRatioF()
        blue, _, red, _ = picture[round(middle.y()), round(middle.x())]
        return red - blue

    assert colour_on(5, 6) > 60
    assert colour_on(2, 3) < -60


@pytest.mark.parametrize("level", [0, SEEN_2D, FIXED_3D])
def test_levels_differ_in_shape_not_only_in_colour(stage, level):
    stage.set_view("front")
    levels = np.full(17, level)
    stage.show_frame(StageFrame(levels=levels, evidence=STANDING_POSE, poses=STANDING_POSE[None]))
    picture = pixels(stage)
    at = stage.joint_screen_position(13) * stage.devicePixelRatioF()
    grey = picture[..., 1]
    left, right = (grey[round(at.y()), round(at.x() + dx)] for dx in (-3, 3))
    if level == FIXED_3D:
        assert min(left, right) > 200
    elif level == SEEN_2D:
        assert left > 200
        assert right < 60
    else:
        centre = grey[round(at.y()), round(at.x())]
        assert centre < 160


def test_everything_at_once_is_drawn(stage):
    rng = np.random.default_rng(1)
    poses = STANDING_POSE + rng.normal(0, 40, (60, 17, 3))
    levels = np.zeros(17, int)
    levels[[1, 2]], levels[[11, 12]] = FIXED_3D, SEEN_2D
    bare = pixels(stage)
    stage.show_frame(
        StageFrame(
            poses, noisy=poses * 1.3, levels=levels, evidence=STANDING_POSE, focus=7, selected={2},
            score=rng.normal(size=(17, 3)), ground_truth=STANDING_POSE,
        )
    )  # fmt: skip
    assert (pixels(stage) != bare).any(-1).mean() > 0.02


def test_a_pose_that_is_not_finite_never_reaches_the_canvas(stage):
    before = pixels(stage)
    with pytest.raises(ValueError, match="finite"):
        stage.show_frame(StageFrame(np.full((1, 17, 3), np.nan)))
    assert (pixels(stage) == before).all()


def test_the_stage_follows_the_theme(stage):
    app = QApplication.instance()
    style, palette = app.styleSheet(), app.palette()
    try:
        for scheme in theme.SCHEMES:
            theme.apply(app, scheme)
            background = QColor(theme.theme(scheme).scene.background)
            blue, green, red, _ = pixels(stage)[3, 3].astype(int)
            assert (red, green, blue) == pytest.approx(background.getRgb()[:3], abs=2)
    finally:
        app.setStyleSheet(style)
        app.setPalette(palette)


def test_the_window_shows_what_a_picture_shows(stage):
    stage.show_frame(StageFrame(STANDING_POSE[None]))
    taken = pixels(stage).astype(int)
    shown = channels(stage.canvas.grab().toImage())
    assert (taken != taken[0, 0]).any(-1).mean() > 0.02
    assert (abs(shown - taken)[..., :3].max(-1) < 16).mean() > 0.95  # edges are smooth in pictures alone


def test_edges_are_smooth_when_nothing_has_moved_for_a_moment(stage, qtbot):
    if not isinstance(stage.canvas, PictureCanvas):
        pytest.skip("a graphics card smooths them always")
    poses = STANDING_POSE + np.random.default_rng(3).normal(0, 60, (200, 17, 3))

    def roughness() -> float:
        """How far the window is from a picture, whose edges are smooth."""
        shown, taken = channels(stage.canvas.grab().toImage()), channels(stage.grab_image())
        return abs(shown.astype(int) - taken).mean()

    stage.show_frame(StageFrame(poses, focus=0))
    moving = roughness()
    assert moving > 0.1
    qtbot.waitUntil(lambda: roughness() < moving / 3, timeout=5000)
    stage.set_camera(stage.camera.orbited(1, 0))
    assert roughness() > moving / 2


def test_what_moves_over_the_stage_does_not_draw_it_again(stage, monkeypatch):
    if not isinstance(stage.canvas, PictureCanvas):
        pytest.skip("a graphics card keeps no picture")
    drawn, draw = [], type(stage.canvas)._drawn
    monkeypatch.setattr(type(stage.canvas), "_drawn", lambda *args: (drawn.append(args), draw(*args))[1])
    stage.canvas.draw_anew()
    for _ in range(3):
        stage.canvas.repaint()
    assert len(drawn) == 1
    stage.resize(stage.size() + QSize(20, 10))
    stage.canvas.repaint()
    assert len(drawn) == 2
    assert stage.canvas.grab().toImage().size() == stage.canvas.size() * stage.devicePixelRatioF()


def test_lines_that_begin_or_end_behind_the_eye_are_left_out(qapp):
    lines = np.array([[4, 4, 40, 30], [np.nan, np.nan, 60, 60], [5, 60, 50, 7], [10, 30, np.nan, np.nan]])
    seen = [QLineF(4, 4, 40, 30), QLineF(5, 60, 50, 7)]
    pictures = []
    for draw in (lambda painter: draw_lines(painter, lines), lambda painter: painter.drawLines(seen)):
        pictures.append(QImage(64, 64, QImage.Format.Format_RGB32))
        pictures[-1].fill(0)
        painter = QPainter(pictures[-1])
        painter.setPen(pen("#ff8000", 2.0))
        draw(painter)
        painter.end()
    assert pictures[0] == pictures[1]


def test_a_picture_can_be_taken_of_a_stage_never_shown(qtbot):
    stage, _ = make_stage()
    qtbot.addWidget(stage)
    stage.resize(300, 300)
    stage.show_frame(StageFrame(STANDING_POSE[None]))
    picture = pixels(stage)
    assert picture.shape[:2] == (300, 300)
    assert (picture != picture[0, 0]).any(-1).mean() > 0.02


def test_the_stage_may_move_to_another_window(stage, qtbot):
    before = pixels(stage)
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(stage)
    window.resize(640, 520)
    with qtbot.waitExposed(window):
        window.show()
    after = pixels(stage)
    window.takeCentralWidget()  # or it would be deleted twice
    assert after.shape == before.shape
    assert (after == before).mean() > 0.999


@pytest.mark.filterwarnings("error")
def test_a_stage_without_any_room_is_drawn_when_it_has_some_again(stage, capfd):
    before = pixels(stage)
    for size in (QSize(400, 0), QSize(0, 300)):
        stage.setMinimumSize(0, 0)
        stage.setFixedSize(size)
        stage.grab_image()
    stage.setFixedSize(before.shape[1], before.shape[0])
    assert (pixels(stage) == before).mean() > 0.999
    assert "Framebuffer" not in capfd.readouterr().err


def test_without_opengl_the_painter_is_used_and_one_sentence_says_why(qtbot, monkeypatch):
    monkeypatch.delenv("GFPOSE_STAGE", raising=False)
    monkeypatch.setattr("app.scene.stage.probe", lambda: Driver("no OpenGL context could be created"))
    stage, notice = make_stage()
    qtbot.addWidget(stage)
    assert type(stage.canvas).__name__ == "PainterCanvas"
    assert notice == "The 2D stage is used because no OpenGL context could be created."


def test_shaders_that_do_not_compile_are_found_before_the_stage_is_made(qapp, monkeypatch):
    if probe().missing:
        pytest.skip("no OpenGL here")
    from app.scene.items.mesh import SolidMeshItem

    monkeypatch.setattr(SolidMeshItem, "FRAGMENT", "void main() { nonsense }")
    assert probe() == Driver("the driver could not build the stage's shaders")


def test_a_limb_of_the_figure_is_clicked_and_its_nearer_end_meant(stage):
    hip, knee = (stage.joint_screen_position(joint) for joint in (4, 5))
    clicked = []
    stage.joint_clicked.connect(lambda joint, _: clicked.append(joint))
    for share in (0.35, 0.65):
        at = (hip + share * (knee - hip)).toPoint()
        QTest.mouseClick(stage, Qt.MouseButton.LeftButton, pos=at)
    assert clicked == [4, 5]


def test_a_drag_that_begins_on_a_limb_turns_the_view_even_where_all_is_fixed(stage):
    stage.show_frame(
        StageFrame(poses=STANDING_POSE[None], focus=0, levels=np.full(17, 2), evidence=STANDING_POSE)
    )
    hip, knee = (stage.joint_screen_position(joint) for joint in (4, 5))
    middle, before, moved = ((hip + knee) / 2).toPoint(), stage.camera, []
    stage.dragged.connect(lambda *to: moved.append(to))
    drag(stage, middle, middle + QPoint(30, 0))
    assert stage.camera != before
    assert not moved


def test_the_label_tells_of_the_poses_now_shown_not_of_those_before(stage):
    frame = StageFrame(poses=STANDING_POSE[None], focus=0, evidence=STANDING_POSE)
    stage.show_frame(frame)
    _move(stage, stage.joint_screen_position(13).toPoint())
    label = stage.findChild(QLabel, "joint_label")
    assert label.text() == "Left wrist · free"
    stage.show_frame(replace(frame, levels=np.where(np.arange(17) == 13, 1, 0)))
    assert label.text() == "Left wrist · seen in 2D"
    stage.show_frame(StageFrame())
    assert label.isHidden()


def test_thumbnail_has_the_size_asked_for_and_shows_the_pose_from_the_side(qapp):
    pictures = []
    for preset in ("front", "left"):
        image = thumbnail(STANDING_POSE, PRESETS[preset], QSize(96, 96), 2.0, theme.DARK.scene)
        assert (image.width(), image.devicePixelRatio()) == (192, 2.0)
        pictures.append(np.array(image.constBits(), np.uint8).reshape(192, 192, 4))
    assert (pictures[0][..., 3] > 0).mean() > 0.03
    assert (pictures[0] != pictures[1]).any(-1).mean() > 0.02
    assert (pictures[0][:4] == 0).all()
    with pytest.raises(ValueError, match="finite"):
        thumbnail(np.full((17, 3), np.nan), PRESETS["front"], QSize(96, 96), 1.0, theme.DARK.scene)


def test_threads_that_paint_at_once_do_not_draw_each_others_limbs(qapp):
    poses = [STANDING_POSE, STANDING_POSE * [1, 0.5, 1]]

    def picture(pose) -> QImage:
        return thumbnail(pose, PRESETS["front"], QSize(96, 96), 1.0, theme.DARK.scene)

    right, turns = [picture(pose) for pose in poses], sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-5)
        with ThreadPoolExecutor(2) as pool:
            drawn = list(pool.map(picture, poses * 400))
    finally:
        sys.setswitchinterval(turns)
    assert drawn == right * 400


def test_joints_are_named_as_people_name_them():
    assert [joint_title(j) for j in (0, 1, 13)] == ["Hip", "Right hip", "Left wrist"]
