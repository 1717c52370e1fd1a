"""The person in a photo, found in the window: off by default, chosen, found, undone, refused."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog, QListWidget, QPushButton

from app.engine.pictures import rgb
from app.menus.command_palette import ENTRY
from app.settings import Settings
from gfpose_core.camera import Camera
from gfpose_core.condition import FREE, SEEN_2D
from gfpose_core.skeleton import H36M17
from tests import fake_mediapipe
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.app.test_manners import open_palette
from tests.app.test_window import CTRL, LEFT, drop, find, notices, press
from tests.core.test_detector import POINTS
from tests.fake_mediapipe import a_model
from tests.figure import a_photo
from tests.keypoint_files import in_layout

SECONDS = 10_000
LIMBS = [j for j, name in enumerate(H36M17.names) if name[0] in "LR"]
SIZE = np.array([900, 1200])


@pytest.fixture
def photo(tmp_path):
    """A picture of somebody, and where their joints are on it."""
    return tmp_path / "somebody.png", a_photo(tmp_path / "somebody.png", STANDING.astype(float))


@pytest.fixture
def mediapipe(monkeypatch, photo):
    """The library is installed, and sees who is in the photo."""
    fake = fake_mediapipe.install(monkeypatch)
    fake.people = [person(photo[1])]
    return fake


@pytest.fixture
def model(tmp_path):
    return a_model(tmp_path / "pose_landmarker_lite.task")


def person(keypoints):
    shares = in_layout(keypoints[None], "MediaPipe-33")[0] / SIZE
    return np.concatenate([shares, np.full((33, 1), 0.9)], axis=1)


def choose(window, qtbot, model, monkeypatch):
    """Image > Model of the detector."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(model), ""))
    before = len(notices(window))
    window.actions_["detector-model"].trigger()
    qtbot.waitUntil(lambda: len(notices(window)) > before, timeout=SECONDS)


def open_photo(window, qtbot, path):
    drop(window, path)
    qtbot.waitUntil(lambda: window.models.session.document.photo is not None, timeout=SECONDS)
    qtbot.waitUntil(lambda: window.panels["image"].frame().picture is not None, timeout=SECONDS)


@pytest.fixture
def ready(mediapipe, open_window, qtbot, photo, model, monkeypatch):
    """A window that shows the photo and can find who is in it."""
    window = open_window()
    settled(qtbot, window)
    choose(window, qtbot, model, monkeypatch)
    open_photo(window, qtbot, photo[0])
    return window


def found(window, qtbot, text="Find the person"):
    stack = window.models.session.undo_stack
    qtbot.waitUntil(lambda: stack.undoText() == text, timeout=SECONDS)
    return window.models.session.document


class TestOff:
    def test_without_the_library_it_says_what_to_install_and_the_rest_works(
        self, open_window, qtbot, photo, monkeypatch
    ):
        fake_mediapipe.uninstall(monkeypatch)
        window = open_window()
        open_photo(window, qtbot, photo[0])
        for name in ("find-person", "detector-model"):
            assert not window.actions_[name].isEnabled()
            assert 'pip install "gfpose-viewer[detect]"' in window.actions_[name].toolTip()
        assert not find(window, QPushButton, "image-find").isVisible()
        palette = open_palette(qtbot, window)
        qtbot.keyClicks(palette.line, "find person")
        entry = palette.findChild(QListWidget).item(0).data(ENTRY)
        assert entry.text == "Find the person"
        assert "gfpose-viewer[detect]" in entry.reason
        window.models.imaging.place(LIMBS, photo[1][LIMBS])
        settled(qtbot, window)
        assert (window.models.session.document.levels[LIMBS] == SEEN_2D).all()

    def test_without_a_model_it_says_where_to_choose_one(self, mediapipe, window, qtbot, photo):
        open_photo(window, qtbot, photo[0])
        assert not window.actions_["find-person"].isEnabled()
        assert "Image > Model of the detector" in window.actions_["find-person"].toolTip()
        assert window.actions_["detector-model"].isEnabled()
        assert not find(window, QPushButton, "image-find").isVisible()
        press(qtbot, window, Qt.Key.Key_F, CTRL)
        assert not mediapipe.images

    def test_the_library_is_not_loaded_before_it_is_used(self, ready):
        import sys

        assert "mediapipe" not in sys.modules


class TestModel:
    def test_it_is_checked_at_once_and_a_wrong_file_is_a_banner(
        self, mediapipe, window, qtbot, tmp_path, model, monkeypatch
    ):
        (tmp_path / "notes.task").write_text("not a model")
        choose(window, qtbot, tmp_path / "notes.task", monkeypatch)
        kind, title = notices(window)[-1]
        assert (kind, title) == ("error", "Could not find people with notes.task")
        assert not window.models.detecting.on
        choose(window, qtbot, model, monkeypatch)
        assert notices(window)[-1] == ("info", "pose_landmarker_lite.task will find people")
        assert window.models.detecting.model == str(model)

    def test_it_is_remembered(self, ready, open_window, model, mediapipe):
        ready.close()
        assert Settings().choice("detector/model") == str(model)
        assert open_window().models.detecting.on

    def test_dropping_it_chooses_it(self, mediapipe, window, qtbot, model):
        drop(window, model)
        qtbot.waitUntil(lambda: window.models.detecting.on, timeout=SECONDS)
        assert window.models.session.undo_stack.count() == 0

    def test_cancelling_the_dialog_changes_nothing(self, ready, model, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
        ready.actions_["detector-model"].trigger()
        assert ready.models.detecting.model == str(model)


class TestFinding:
    def test_the_button_puts_all_joints_in_one_step_and_lifts_them(self, ready, qtbot, photo):
        models = ready.models
        before, steps = models.session.document, models.session.undo_stack.count()
        button = find(ready, QPushButton, "image-find")
        assert button.isVisible()
        qtbot.mouseClick(button, LEFT)
        document = found(ready, qtbot)
        np.testing.assert_allclose(document.keypoints[LIMBS], photo[1][LIMBS], atol=1e-6)
        np.testing.assert_allclose(document.confidence, 0.9)
        assert (document.levels == SEEN_2D).all()
        assert document.photo.picture == str(photo[0])
        assert document.photo.camera.size == tuple(SIZE)
        assert models.imaging.wanted is None
        settled(qtbot, ready)
        assert models.playback.recording.camera is document.camera
        assert models.session.undo_stack.count() == steps + 1
        models.session.undo_stack.undo()
        assert models.session.document is before

    def test_by_key_and_by_palette(self, ready, qtbot):
        press(qtbot, ready, Qt.Key.Key_F, CTRL)
        found(ready, qtbot)
        ready.models.session.undo_stack.undo()
        palette = open_palette(qtbot, ready)
        qtbot.keyClicks(palette.line, "find person")
        qtbot.keyClick(palette.line, Qt.Key.Key_Return)
        found(ready, qtbot)

    def test_hidden_joints_stay_free_to_be_completed(self, ready, qtbot, mediapipe):
        mediapipe.people[0][POINTS.index("left_wrist"), 2] = 0.1
        ready.actions_["find-person"].trigger()
        document = found(ready, qtbot)
        assert [H36M17.names[j] for j in np.flatnonzero(document.levels == FREE)] == ["LWrist"]

    def test_a_camera_that_was_told_is_kept(self, ready, qtbot, photo):
        models = ready.models
        models.imaging.set_camera(Camera.centred(1000.0, tuple(SIZE.tolist())), "told")
        ready.actions_["find-person"].trigger()
        document = found(ready, qtbot)
        assert document.photo.camera.K[0, 0] == 1000
        assert not document.photo.guessed
        np.testing.assert_allclose(document.keypoints[LIMBS], photo[1][LIMBS], atol=1e-6)

    def test_of_several_the_largest_then_the_next_and_so_on(self, ready, qtbot, photo, mediapipe):
        small = photo[1] * 0.4
        mediapipe.people = [person(small), person(photo[1])]
        action = ready.actions_["find-person"]
        action.trigger()
        document = found(ready, qtbot, "Find the person (1 of 2)")
        np.testing.assert_allclose(document.keypoints[LIMBS], photo[1][LIMBS], atol=1e-6)
        assert ("info", "2 people are in the picture") in notices(ready)
        for text, keypoints in (("2 of 2", small), ("1 of 2", photo[1])):
            action.trigger()
            document = found(ready, qtbot, f"Find the person ({text})")
            np.testing.assert_allclose(document.keypoints[LIMBS], keypoints[LIMBS], atol=1e-6)
        assert len(mediapipe.images) == 1

    def test_one_of_whom_the_model_is_hardly_sure_is_to_be_checked(self, ready, qtbot, mediapipe):
        mediapipe.sure = 0.4
        ready.actions_["find-person"].trigger()
        found(ready, qtbot)
        assert ("info", "The model is hardly sure that this is a person: check the joints") in notices(ready)

    def test_while_it_looks_it_cannot_be_asked_again(self, ready, qtbot, mediapipe):
        ready.actions_["find-person"].trigger()
        button = find(ready, QPushButton, "image-find")
        assert (button.text(), button.isEnabled()) == ("Finding…", False)
        assert not ready.actions_["find-person"].isEnabled()
        found(ready, qtbot)
        assert (button.text(), button.isEnabled()) == ("Find", True)
        assert len(mediapipe.images) == 1

    def test_who_was_in_a_picture_that_is_gone_is_dropped(self, ready, qtbot, photo):
        ready.actions_["find-person"].trigger()
        ready.models.imaging.show_canvas()
        before = ready.models.session.document
        qtbot.waitUntil(lambda: not ready.models.detecting.busy, timeout=SECONDS)
        assert ready.models.session.document is before
        assert "no picture" in ready.actions_["find-person"].toolTip()


def test_whatever_goes_wrong_is_a_banner_and_the_session_is_as_it_was(ready, qtbot, mediapipe, model, photo):
    models, told = ready.models, ("error", "Could not find anybody in somebody.png")
    before = models.session.document
    unseen = person(photo[1]) * [1, 1, 0.1]
    for people, error, words in (
        ([], None, "place the joints by hand"),
        ([unseen], None, "clearly visible: place the joints by hand"),
        ([], RuntimeError("input tensor"), "input tensor"),
        ([], TypeError("what?"), "should not have happened"),
        (None, None, "Image > Model of the detector"),
    ):
        if people is None:
            model.unlink()
        mediapipe.people, mediapipe.error = people, error
        ready.actions_["find-person"].trigger()
        qtbot.waitUntil(lambda: told in notices(ready), timeout=SECONDS)
        assert words in models.notices.shown[-1].what_to_do
        assert models.session.document is before
        assert ready.actions_["find-person"].isEnabled()
        models.notices.dismiss(models.notices.shown[-1])


def test_the_pixels_that_are_looked_at_are_the_pictures():
    image = QImage(5, 3, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("black"))
    image.setPixelColor(4, 1, QColor(10, 20, 30))
    pixels = rgb(image)
    assert pixels.shape == (3, 5, 3)
    assert pixels[1, 4].tolist() == [10, 20, 30]
    assert pixels.sum() == 60
