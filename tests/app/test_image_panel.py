"""The image panel, driven as a person drives it: pictures, clicks, drags, keys, numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QMenu,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from app.documents.document import Document
from app.documents.image_edits import Keypoints, place, with_keypoints
from app.documents.photo import Photo
from app.documents.reprojection import projected
from app.engine.pictures import EMBED_BYTES, MOST_SIDE, decode, read_picture
from app.engine.session_file import read_session, write_session
from app.panels.image_pane import Pane
from app.viewmodels.guide import ORDER
from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import FormatError
from gfpose_core.skeleton import H36M17
from tests.app.conftest import imported, settled
from tests.app.fakes import STANDING
from tests.app.test_window import CTRL, LEFT, PLAIN, SHIFT, differ, drop, find, notices, press
from tests.figure import a_photo

seconds = 10_000
LKNEE, LWRIST, RWRIST = (H36M17.names.index(name) for name in ("LKnee", "LWrist", "RWrist"))


@pytest.fixture
def photo(tmp_path):
    """A picture of somebody, and where their joints are on it."""
    path = tmp_path / "somebody.png"
    return path, a_photo(path, STANDING.astype(float))


@pytest.fixture
def on_photo(window, qtbot, photo):
    """A window that shows the picture, its joints not placed yet."""
    drop(window, photo[0])
    qtbot.waitUntil(lambda: window.models.session.document.photo is not None, timeout=seconds)
    qtbot.waitUntil(lambda: window.panels["image"].frame().picture is not None, timeout=seconds)
    return window


@pytest.fixture
def placed(on_photo, qtbot, photo):
    """The same with every joint where it is seen."""
    models = on_photo.models
    models.imaging.place(list(range(17)), photo[1])
    qtbot.wait(100)
    settled(qtbot, on_photo)
    return on_photo


def canvas_of(window):
    return window.panels["image"].canvas


def drag(qtbot, canvas, start: QPointF, by: QPointF, keys=PLAIN, steps: int = 4):
    at = start.toPoint()
    qtbot.mousePress(canvas, LEFT, keys, at)
    for k in range(1, steps + 1):
        qtbot.mouseMove(canvas, (start + by * k / steps).toPoint())
    end = (start + by).toPoint()
    qtbot.mouseRelease(canvas, LEFT, keys, end)
    return QPointF(end - at)


class TestPane:
    @given(st.floats(10, 9000), st.floats(10, 9000), st.floats(100, 900), st.floats(100, 900))
    def test_an_image_that_fits_lies_inside_and_centred(self, w, h, width, height):
        rect = Pane.fit((w, h), (width, height)).rect((w, h))
        assert rect.width() <= width - 19.99 or rect.height() <= height - 19.99
        assert rect.left() >= 9.99
        assert rect.top() >= 9.99
        np.testing.assert_allclose([rect.center().x(), rect.center().y()], [width / 2, height / 2], atol=1e-6)

    @given(st.floats(-3, 3), st.floats(0, 400), st.floats(0, 400))
    def test_zooming_keeps_what_is_under_the_pointer_and_goes_back(self, notches, x, y):
        pane, at = Pane.fit((640, 480), (400, 400)), QPointF(x, y)
        closer = pane.zoomed(notches, at, pane.scale)
        np.testing.assert_allclose(closer.to_image(at), pane.to_image(at), atol=1e-6)
        back = closer.zoomed(-notches, at, pane.scale)
        np.testing.assert_allclose([back.scale, *back.shift], [pane.scale, *pane.shift], atol=1e-6)

    def test_there_and_back_again(self):
        pane = Pane(1.7, (12.0, -5.0)).moved(QPointF(3, 4))
        np.testing.assert_allclose(pane.to_image(QPointF(*pane.to_widget(np.array([31.0, 77.0])))), [31, 77])


class TestPictures:
    def test_a_picture_taken_sideways_stands_upright(self, tmp_path):
        """EXIF orientation 6: what was the left column is the top row."""
        image = QImage(60, 40, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        for y in range(40):
            for x in range(10):
                image.setPixelColor(x, y, Qt.GlobalColor.red)
        path = tmp_path / "plain.jpg"
        assert image.save(str(path), quality=95)
        exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
        exif += b"\x00\x00\x00\x00"
        plain = path.read_bytes()
        turned = plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
        picture = decode("turned.jpg", turned)
        assert picture.size == (40, 60)
        assert (picture.image.width(), picture.image.height()) == (40, 60)
        top, bottom = picture.image.pixelColor(20, 4), picture.image.pixelColor(20, 55)
        assert top.red() > 200 > 90 > top.green()
        assert bottom.green() > 200
        assert decode("plain.jpg", plain).size == (60, 40)

    def test_a_huge_picture_is_shown_small_and_counts_in_full(self, tmp_path):
        image = QImage(2 * MOST_SIDE, 30, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.gray)
        assert image.save(str(tmp_path / "wide.png"))
        picture = read_picture(tmp_path / "wide.png")
        assert picture.size == (2 * MOST_SIDE, 30)
        assert picture.image.width() == MOST_SIDE

    @pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
    @pytest.mark.parametrize("share", [0.5, 0.95])
    def test_one_that_is_cut_short_is_refused_in_words(self, photo, tmp_path, suffix, share):
        path = tmp_path / f"whole.{suffix}"
        assert QImage(str(photo[0])).save(str(path))
        whole = path.read_bytes()
        assert decode(path.name, whole).size == (900, 1200)
        with pytest.raises(FormatError, match=r"whole.* (damaged|cut short)"):
            decode(path.name, whole[: int(share * len(whole))])

    def test_one_of_a_phone_that_is_not_read_is_to_be_saved_as_another(self):
        with pytest.raises(FormatError, match=r"IMG_1\.heic is .* not read here .*: save it as JPEG"):
            decode("IMG_1.heic", b"\x00\x00\x00\x18ftypheic" + bytes(64))

    @given(st.binary(max_size=200))
    def test_rubbish_is_refused(self, data):
        with pytest.raises(FormatError, match=r"damaged|cut short"):
            decode("rubbish", b"\x00\x01" + data)

    def test_only_small_files_are_kept_in_sessions(self, photo):
        data = photo[0].read_bytes()
        assert decode("a.png", data).data == data
        padded = data + bytes(EMBED_BYTES)  # after the end mark: no reader minds
        assert decode("a.png", padded).data is None


class TestPlacing:
    def test_a_dropped_photo_comes_to_the_front_and_asks_for_the_head(self, on_photo):
        document, panel = on_photo.models.session.document, on_photo.panels["image"]
        assert (document.photo.width, document.photo.height) == (900, 1200)
        assert document.photo.guessed
        assert document.task == "generate"
        assert panel.isVisible()
        assert "head" in find(on_photo, QLabel, "image-asks").text()
        assert "somebody.png" in find(on_photo, QLabel, "image-name").text()
        assert "guessed" in find(on_photo, QToolButton, "image-camera").text()

    def test_joint_after_joint_is_placed_where_it_was_clicked(self, on_photo, qtbot, photo):
        models, canvas = on_photo.models, canvas_of(on_photo)
        asked = []
        while (joint := models.imaging.wanted) is not None:
            asked.append(joint)
            at = canvas.spot(photo[1][joint]).toPoint()
            qtbot.mouseMove(canvas, at)
            qtbot.mouseClick(canvas, LEFT, PLAIN, at)
            assert models.session.document.levels[joint] == SEEN_2D
        assert tuple(asked) == ORDER
        document = models.session.document
        assert document.task == "lift"
        pixel = 1 / (canvas.spot((1, 0)).x() - canvas.spot((0, 0)).x())
        np.testing.assert_allclose(document.keypoints, photo[1], atol=pixel)
        assert models.session.undo_stack.undoText() == "Place spine"
        qtbot.wait(100)
        settled(qtbot, on_photo)
        assert models.playback.recording.camera is document.camera

    def test_undo_asks_for_the_joint_again_and_skip_for_the_next(self, on_photo, qtbot, photo):
        models, canvas = on_photo.models, canvas_of(on_photo)
        qtbot.mouseClick(canvas, LEFT, PLAIN, canvas.spot(photo[1][ORDER[0]]).toPoint())
        assert models.imaging.wanted == ORDER[1]
        press(qtbot, on_photo, Qt.Key.Key_Z, CTRL)
        assert models.imaging.wanted == ORDER[0]
        find(on_photo, QPushButton, "image-skip").click()
        assert models.imaging.wanted == ORDER[1]
        canvas.setFocus()
        qtbot.keyClick(canvas, Qt.Key.Key_S)
        assert models.imaging.wanted == ORDER[2]
        find(on_photo, QPushButton, "image-guide").click()
        assert models.imaging.wanted is None
        find(on_photo, QPushButton, "image-guide").click()
        assert models.imaging.wanted == ORDER[0]

    def test_a_click_beside_the_image_places_nothing(self, on_photo, qtbot):
        qtbot.mouseClick(canvas_of(on_photo), LEFT, PLAIN, QPoint(2, 2))
        assert not on_photo.models.session.document.levels.any()


class TestEditing:
    def test_one_drag_is_one_step_and_lifting_follows_it(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        before, steps = models.session.document, models.session.undo_stack.count()
        runs = []
        models.playback.recording_changed.connect(lambda: runs.append(models.playback.recording))
        start = canvas.position(LKNEE)
        at = start.toPoint()
        qtbot.mousePress(canvas, LEFT, PLAIN, at)
        for k in range(1, 9):
            qtbot.mouseMove(canvas, at + QPoint(3 * k, k))
            qtbot.wait(30)
        qtbot.waitUntil(lambda: any(run.hypotheses == 1 for run in runs), timeout=seconds)  # a preview
        qtbot.mouseRelease(canvas, LEFT, PLAIN, at + QPoint(24, 8))
        settled(qtbot, placed)
        qtbot.wait(400)
        settled(qtbot, placed)
        after = models.session.document
        moved = after.keypoints[LKNEE] - before.keypoints[LKNEE]
        scale = canvas.spot((1, 0)).x() - canvas.spot((0, 0)).x()
        np.testing.assert_allclose(moved * scale, [24, 8], atol=1e-6)
        rest = np.delete(np.arange(17), LKNEE)
        np.testing.assert_allclose(after.keypoints[rest], before.keypoints[rest], atol=1e-6)
        assert models.session.undo_stack.count() == steps + 1
        assert models.session.undo_stack.undoText() == "Move left knee"
        assert models.playback.recording.hypotheses == 16
        models.session.undo_stack.undo()
        np.testing.assert_array_equal(models.session.document.keypoints, before.keypoints)

    def test_a_drag_on_either_side_moves_the_same_evidence(self, placed, qtbot):
        models = placed.models
        models.conditioning.set_level([LWRIST], FIXED_3D)
        seen = models.session.document.keypoints[LWRIST]
        to = models.session.document.pose[LWRIST] + [80.0, -60.0, 0]
        models.conditioning.move_joints([LWRIST], to[None], "drag-1")
        document = models.session.document
        x, y, z = to + document.origin
        K = document.camera.K
        expected = [K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]]
        np.testing.assert_allclose(canvas_of(placed)._frame.keypoints[LWRIST], expected)
        assert np.linalg.norm(expected - seen) > 10
        canvas = canvas_of(placed)
        drag(qtbot, canvas, canvas.position(LWRIST), QPointF(20, 0))
        after = models.session.document
        assert after.levels[LWRIST] == FIXED_3D
        assert after.pose[LWRIST, 0] > to[0]
        np.testing.assert_allclose(after.pose[LWRIST, 2] + after.origin[2], z)

    def test_arrows_nudge_the_selected_joint_by_a_pixel_and_ten_with_shift(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        qtbot.mouseClick(canvas, LEFT, PLAIN, canvas.position(LWRIST).toPoint())
        assert models.conditioning.selection == {LWRIST}
        before, steps = models.session.document.keypoints[LWRIST], models.session.undo_stack.count()
        canvas.setFocus()
        for key, keys in ((Qt.Key.Key_Right, PLAIN), (Qt.Key.Key_Up, PLAIN), (Qt.Key.Key_Right, SHIFT)):
            qtbot.keyClick(canvas, key, keys)
        moved = models.session.document.keypoints[LWRIST] - before
        np.testing.assert_allclose(moved, [11, -1], atol=1e-6)
        assert models.session.undo_stack.count() == steps + 1

    def test_a_joint_is_hidden_by_key_or_menu_and_comes_back_by_dragging_its_sign(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        qtbot.mouseClick(canvas, LEFT, PLAIN, canvas.position(LWRIST).toPoint())
        canvas.setFocus()
        qtbot.keyClick(canvas, Qt.Key.Key_Delete)
        assert models.session.document.levels[LWRIST] == FREE
        assert models.session.undo_stack.undoText() == "Hide left wrist"
        qtbot.wait(100)
        settled(qtbot, placed)
        drag(qtbot, canvas, canvas.position(LWRIST), QPointF(12, -9))
        assert models.session.document.levels[LWRIST] == SEEN_2D
        canvas.menu_asked.emit(LWRIST, QPoint(0, 0))
        menu = find(placed, QMenu, "image-menu")
        assert [a.text() for a in menu.actions() if a.isChecked()] == ["Seen in 2d"]
        menu.actions()[0].trigger()
        menu.close()
        assert models.session.document.levels[LWRIST] == FREE

    def test_several_are_boxed_and_dragged_together(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        leg = list(H36M17.parts["left leg"])
        at = np.array([[canvas.position(j).x(), canvas.position(j).y()] for j in leg[1:]])
        start, end = QPointF(*(at.min(0) - 10)), QPointF(*(at.max(0) + 10))
        drag(qtbot, canvas, start, end - start, SHIFT)
        assert models.conditioning.selection == set(leg[1:])
        before = models.session.document.keypoints
        drag(qtbot, canvas, canvas.position(LKNEE), QPointF(10, 6))
        moved = models.session.document.keypoints - before
        np.testing.assert_allclose(moved[leg[1:]], np.broadcast_to(moved[LKNEE], (2, 2)), atol=1e-6)
        assert abs(moved[LKNEE]).max() > 1
        assert abs(np.delete(moved, leg[1:], axis=0)).max() < 1e-6

    def test_mixed_up_sides_are_swapped_by_one_command(self, placed, qtbot):
        models = placed.models
        before = models.session.document.keypoints
        find(placed, QPushButton, "image-swap").click()
        after = models.session.document.keypoints
        np.testing.assert_allclose(after[LWRIST], before[RWRIST])
        press(qtbot, placed, Qt.Key.Key_M, CTRL)
        np.testing.assert_allclose(models.session.document.keypoints, before)

    def test_zooming_and_panning_change_no_evidence(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        before = models.session.document
        knee = canvas.position(LKNEE)
        canvas.setFocus()
        qtbot.keyClick(canvas, Qt.Key.Key_Plus)
        assert canvas.position(LKNEE) != knee
        drag(qtbot, canvas, canvas.spot((20, 20)), QPointF(15, 30))
        qtbot.keyClick(canvas, Qt.Key.Key_0)
        assert canvas.position(LKNEE) == knee
        assert models.session.document is before

    def test_clearing_and_removing_are_undone_by_name(self, placed):
        models, actions = placed.models, placed.actions_
        before = models.session.document
        actions["clear-joints"].trigger()
        assert not models.session.document.levels.any()
        assert models.imaging.wanted == ORDER[0]
        models.session.undo_stack.undo()
        actions["remove-image"].trigger()
        assert models.session.document.photo is None
        assert (models.session.document.levels == SEEN_2D).all()
        assert not actions["swap-sides"].isEnabled()
        assert models.session.undo_stack.undoText() == "Remove the image"
        models.session.undo_stack.undo()
        assert models.session.document is before


class TestCamera:
    def spin(self, window, name):
        return find(window, QDoubleSpinBox, f"camera-{name}")

    def test_the_numbers_are_the_documents_and_change_it(self, placed, qtbot):
        models = placed.models
        find(placed, QToolButton, "image-camera").setChecked(True)
        before = models.session.document
        assert self.spin(placed, "fx").value() == pytest.approx(1440)
        assert "1.2" in find(placed, QLabel, "camera-said").text()
        self.spin(placed, "fx").setValue(1000)
        after = models.session.document
        np.testing.assert_allclose(after.camera.K[[0, 1], [0, 1]], 1000)
        np.testing.assert_allclose(after.keypoints, before.keypoints, atol=1e-6)
        assert not after.photo.guessed
        qtbot.waitUntil(lambda: find(placed, QLabel, "camera-said").text() == "As told")
        self.spin(placed, "view").setValue(60)
        assert models.session.document.camera.field_of_view == pytest.approx(60)
        find(placed, QCheckBox, "camera-square").click()
        self.spin(placed, "fy").setValue(1500)
        assert models.session.document.camera.K[1, 1] == 1500
        assert models.session.document.camera.field_of_view == pytest.approx(60)
        self.spin(placed, "cx").setValue(400)
        assert models.session.document.camera.K[0, 2] == 400
        find(placed, QPushButton, "camera-guess").click()
        np.testing.assert_allclose(models.session.document.camera.K, before.camera.K)
        assert models.session.document.photo.guessed

    def test_the_depth_is_guessed_or_told(self, placed, qtbot):
        models, depth = placed.models, self.spin(placed, "depth")
        guess = find(placed, QCheckBox, "camera-depth-guess")
        assert guess.isChecked()
        guessed = depth.value()
        seen = models.session.document.keypoints
        depth.setValue(4000)
        qtbot.waitUntil(lambda: not guess.isChecked())
        document = models.session.document
        assert document.pose[0, 2] + document.origin[2] == pytest.approx(4000)
        np.testing.assert_allclose(document.keypoints, seen, atol=1e-6)
        guess.click()
        assert depth.value() == guessed


class TestHypotheses:
    def test_they_are_drawn_where_the_camera_sees_them(self, placed, qtbot):
        models = placed.models
        recording, frame = models.playback.recording, placed.panels["image"].frame()
        points = recording.poses[0] + recording.condition.origin[0]
        K = models.session.document.camera.K
        seen = points @ K.T
        seen = seen[..., :2] / seen[..., 2:]
        np.testing.assert_allclose(frame.focus, seen[0], atol=1e-3)
        np.testing.assert_allclose(frame.others, seen[1:], atol=1e-3)
        models.gallery.set_focus(3)
        np.testing.assert_allclose(placed.panels["image"].frame().focus, seen[3], atol=1e-3)
        models.gallery.pin(3)  # for later runs: it is not one of these
        np.testing.assert_allclose(
            placed.panels["image"].frame().others, np.delete(seen, 3, axis=0), atol=1e-3
        )

    def test_they_follow_the_timeline(self, placed, qtbot):
        canvas = canvas_of(placed)
        end = canvas.grab().toImage()
        placed.models.playback.seek(0)
        moment = placed.models.playback.moment
        document = placed.models.session.document
        expected = projected(document, moment.clean, placed.models.playback.recording)
        np.testing.assert_allclose(canvas._frame.focus, expected[0])
        assert differ(end, canvas.grab().toImage()) > 0.002

    def test_the_picture_the_joints_and_the_figure_are_all_drawn(self, placed, qtbot):
        models, canvas = placed.models, canvas_of(placed)
        whole = canvas.grab().toImage()
        at = canvas.position(LWRIST)
        models.imaging.hide([LWRIST])
        assert differ(whole, canvas.grab().toImage()) > 0
        models.session.undo_stack.undo()
        models.imaging.pictures._shown.clear()
        models.imaging.pictures._missing.add(str(models.session.document.photo.picture))
        models.imaging.changed.emit()
        assert differ(whole, canvas.grab().toImage()) > 0.3
        assert canvas.position(LWRIST) == at

    def test_nothing_known_shows_no_hypothesis(self, on_photo):
        frame = on_photo.panels["image"].frame()
        assert np.isnan(frame.focus).all()
        assert len(frame.others) == 0


class TestCanvas:
    @pytest.mark.parametrize("task", ["lift", "legs", "denoise"])
    def test_begins_with_nothing_on_it_ready_to_place_joints_in_one_step_of_undo(self, window, qtbot, task):
        models = window.models
        models.conditioning.apply_preset(task)
        qtbot.wait(100)
        settled(qtbot, window)
        before = models.session.document
        find(window, QPushButton, "image-blank").click()
        assert (models.session.document.levels == FREE).all()
        assert not models.session.document.denoising
        assert models.imaging.wanted == ORDER[0]
        canvas = canvas_of(window)
        qtbot.waitUntil(canvas.isVisible)
        qtbot.mouseClick(canvas, LEFT, PLAIN, QPoint(canvas.width() // 2, canvas.height() // 4))
        assert models.session.document.levels[ORDER[0]] == SEEN_2D
        assert models.imaging.wanted == ORDER[1]
        for _ in ("the joint", "the canvas"):
            models.session.undo_stack.undo()
        assert models.session.document == before
        settled(qtbot, window)

    def test_another_one_begins_anew_also_after_a_picture(self, on_photo, qtbot):
        models = on_photo.models
        on_photo.actions_["blank-canvas"].trigger()
        assert models.session.document.photo.picture is None
        assert models.imaging.wanted == ORDER[0]

    def test_the_pose_on_it_is_dragged(self, window, qtbot):
        models = window.models
        window.actions_["blank-canvas"].trigger()
        models.conditioning.apply_preset("lift")
        qtbot.wait(100)
        settled(qtbot, window)
        recording = models.playback.recording
        drag(qtbot, canvas_of(window), canvas_of(window).position(LWRIST), QPointF(20, 10))
        qtbot.wait(500)
        settled(qtbot, window)
        assert models.playback.recording is not recording

    def test_on_an_empty_one_the_preset_places_the_pose_that_was_seen(self, window, qtbot):
        window.actions_["blank-canvas"].trigger()
        assert window.models.imaging.wanted == ORDER[0]
        window.models.conditioning.apply_preset("lift")
        assert window.models.imaging.wanted is None
        keypoints = window.models.session.document.keypoints
        assert ((keypoints > 0) & (keypoints < 1000)).all()


class TestFiles:
    def keypoints(self, path: Path, frames: int = 1, **more) -> np.ndarray:
        rng = np.random.default_rng(0)
        camera = Camera.guess(1000, 1000)
        points = STANDING + rng.normal(0, 20, (frames, 17, 3)) + [200, 0, 4000]
        seen = camera.project(points)
        np.savez(path, keypoints_2d=seen, **more)
        return seen

    def test_keypoints_are_dropped_and_lifted(self, window, qtbot, tmp_path):
        visible = np.ones((1, 17), bool)
        visible[0, 4] = False
        depth, K = np.array([3900.0]), Camera.guess(1000, 1000).K
        seen = self.keypoints(tmp_path / "k.npz", visible=visible, camera_K=K, root_depth=depth)
        drop(window, tmp_path / "k.npz")
        imported(qtbot, window)
        models = window.models
        qtbot.waitUntil(lambda: models.session.document.photo is not None, timeout=seconds)
        document = models.session.document
        np.testing.assert_array_equal(document.levels == SEEN_2D, visible[0])
        np.testing.assert_allclose(document.keypoints[visible[0]], seen[0, visible[0]], atol=1e-6)
        assert document.origin[2] == pytest.approx(3900)
        assert not document.photo.guessed
        assert window.panels["image"].isVisible()
        assert not any(kind == "error" for kind, _ in notices(window))
        qtbot.wait(100)
        settled(qtbot, window)

    def test_of_several_frames_one_is_chosen_and_the_photo_stays(self, window, qtbot, tmp_path, photo):
        seen = self.keypoints(tmp_path / "k.npz", 5)
        window.files.open(tmp_path / "k.npz")
        models = window.models
        qtbot.waitUntil(lambda: window.files.importing.offer is not None, timeout=seconds)
        assert "bone lengths" in find(window, QLabel, "import-fact-distance").text()
        imported(qtbot, window)
        assert len(models.imaging.frames) == 5
        window.files.open(photo[0])
        qtbot.waitUntil(lambda: models.session.document.photo.picture is not None, timeout=seconds)
        np.testing.assert_allclose(models.session.document.keypoints, seen[0], atol=1e-6)
        find(window, QSpinBox, "image-frame").setValue(4)
        document = models.session.document
        np.testing.assert_allclose(document.keypoints, seen[3], atol=1e-6)
        assert document.photo.picture == str(photo[0])
        assert models.session.undo_stack.undoText() == "k.npz: frame 3"

    def test_confidence_is_drawn_around_the_joints(self, window, qtbot, tmp_path):
        confidence = np.full((1, 17), 0.3)
        self.keypoints(tmp_path / "k.npz", confidence=confidence, camera_K=Camera.guess(1000, 1000).K)
        window.files.open(tmp_path / "k.npz")
        imported(qtbot, window)
        models, canvas = window.models, canvas_of(window)
        qtbot.waitUntil(lambda: models.session.document.photo is not None, timeout=seconds)
        qtbot.wait(100)
        settled(qtbot, window)
        unsure = canvas.grab().toImage()
        np.testing.assert_allclose(models.session.document.confidence, 0.3)
        assert "confidence 0.30" in canvas._words(LWRIST)
        models.session.apply("Sure", replace(models.session.document, confidence=np.ones(17)))
        assert differ(unsure, canvas.grab().toImage()) > 0.001

    def test_the_dialog_opens_pictures_too(self, window, qtbot, photo, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(photo[0])], ""))
        find(window, QPushButton, "image-open").click()
        qtbot.waitUntil(lambda: window.models.session.document.photo is not None, timeout=seconds)

    def test_a_damaged_photo_is_a_banner_and_changes_nothing(self, window, qtbot, photo, tmp_path):
        (tmp_path / "bad.png").write_bytes(photo[0].read_bytes()[:5000])
        before = window.models.session.document
        drop(window, tmp_path / "bad.png")
        qtbot.waitUntil(lambda: bool(notices(window)), timeout=seconds)
        assert notices(window)[0][0] == "error"
        assert window.models.session.document is before


class TestSessions:
    def test_a_session_holds_the_photo_itself(self, placed, qtbot, photo, tmp_path, open_window):
        path = tmp_path / "s.gfpose"
        write_session(path, placed.keeper.capture())
        before = placed.models.session.document
        photo[0].unlink()
        other = open_window(files=[path])
        qtbot.waitUntil(lambda: other.models.session.document.photo is not None, timeout=seconds)
        np.testing.assert_array_equal(other.models.session.document.keypoints, before.keypoints)
        qtbot.waitUntil(lambda: other.panels["image"].frame().picture is not None, timeout=seconds)
        assert not notices(other)
        assert read_session(path).picture == other.keeper.capture().picture

    def test_a_photo_that_is_gone_is_a_warning(self, qtbot, tmp_path, open_window):
        keypoints = Keypoints(np.random.default_rng(0).uniform(0, 500, (17, 2)), np.ones(17, bool))
        document = with_keypoints(Document(), keypoints)
        gone = str(tmp_path / "gone.jpg")
        document = place(document, [0], np.array([[250.0, 250.0]]))
        window = open_window()
        settled(qtbot, window)
        models = window.models
        models.session.apply("x", document)
        photo = Photo(document.camera, gone)
        models.session.edit("y", photo=photo)
        qtbot.waitUntil(lambda: ("warning", "gone.jpg cannot be shown") in notices(window), timeout=seconds)
        assert "gone.jpg is missing" in window.panels["image"].frame().missing
        np.testing.assert_array_equal(models.session.document.keypoints, document.keypoints)
