"""Files imported as a person does it: shown, corrected, applied; sequences played and worked on."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from app.documents.clips import ALL_TOLD, Figures, Result, limits_after, stage_frame, with_frame
from app.documents.document import Document
from app.engine.offer import from_text, make_offer, to_text
from app.engine.session_file import read_session, write_session
from app.files.opening import in_order
from app.panels.import_sheet import ImportSheet
from app.scene.content import HEAD, Content
from gfpose_core.camera import to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.io.clips.arrays import write_clip
from gfpose_core.io.importing import Corrections, read_clip
from gfpose_core.skeleton import H36M17
from tests.app.conftest import imported, settled
from tests.app.fakes import FakeBackend, FakeSampler
from tests.app.test_window import LEFT, PLAIN, find, notices, press
from tests.core.test_bvh import TINY
from tests.keypoint_files import WRITERS, walk, write
from tests.samples import a_bvh, people

SECONDS = 20_000


@pytest.fixture
def poses(rng):
    return people(rng, 12) + np.linspace(0, 400, 12)[:, None, None] * [1, 0, 0]


@pytest.fixture
def bvh(tmp_path, poses):
    return a_bvh(tmp_path / "walk.bvh", poses / 10)


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, LEFT, PLAIN))


def offered(qtbot, window, waiting=0):
    importing = window.files.importing
    qtbot.waitUntil(
        lambda: importing.offer is not None and not importing.busy and importing.waiting == waiting,
        timeout=SECONDS,
    )
    return importing.offer


def relative(points, axes="y-up"):
    camera = to_camera_axes(points, axes)
    return camera - camera[..., :1, :]


class TestSheet:
    def test_what_was_detected_is_shown_and_nothing_is_changed(self, window, qtbot, bvh):
        document = window.models.session.document
        drop(window, bvh)
        offered(qtbot, window)
        sheet = find(window, ImportSheet, "import-sheet")
        assert sheet.isVisible()
        assert find(window, QLabel, "import-title").text() == "Import walk.bvh"
        assert "BVH" in find(window, QLabel, "import-fact-format").text()
        assert "centimetres" in find(window, QLabel, "import-fact-lengths").text()
        assert find(window, QLabel, "import-fact-axes").text() == "y up, facing z"
        assert find(window, QLabel, "import-fact-stand-ins").text() == "Head"
        assert window.models.session.document is document
        find(window, QPushButton, "import-cancel").click()
        assert not sheet.isVisible()
        assert window.models.session.document is document
        assert window.models.clips.clip is None

    def test_imported_it_is_the_evidence_one_step_of_undo(self, window, qtbot, bvh):
        before = window.models.session.document
        drop(window, bvh)
        imported(qtbot, window)
        document, clip = window.models.session.document, read_clip(bvh).clip
        np.testing.assert_allclose(document.pose, relative(clip.poses[0]), atol=1e-6)
        assert (document.levels == FIXED_3D).all()
        assert window.models.session.undo_stack.undoText() == "Open walk.bvh"
        window.models.session.undo_stack.undo()
        assert window.models.session.document is before

    def test_corrections_are_worked_out_applied_and_remembered_by_kind(
        self, window, qtbot, bvh, tmp_path, poses
    ):
        drop(window, bvh)
        offered(qtbot, window)
        units = find(window, QComboBox, "import-units")
        units.setCurrentText("inches")
        units.activated.emit(units.currentIndex())
        assert not find(window, QPushButton, "import-apply").isEnabled()  # until it is worked out
        offered(qtbot, window)
        assert "inches, as told" in find(window, QLabel, "import-fact-lengths").text()
        find(window, QCheckBox, "import-swap_sides").click()
        offered(qtbot, window)
        imported(qtbot, window)
        wanted = read_clip(bvh, Corrections(units="inches", swap_sides=True)).clip
        np.testing.assert_allclose(window.models.session.document.pose, relative(wanted.poses[0]), atol=1e-6)
        another = a_bvh(tmp_path / "another.bvh", poses[:3] / 10)
        drop(window, another)
        offer = offered(qtbot, window)
        assert offer.corrections == Corrections(units="inches", swap_sides=True)
        assert find(window, QLabel, "import-recalled").isVisible()
        find(window, QComboBox, "import-units").setCurrentText("as detected")
        find(window, QComboBox, "import-units").activated.emit(0)
        offered(qtbot, window)
        assert not find(window, QLabel, "import-recalled").isVisible()

    def test_joints_are_chosen_one_by_one(self, window, qtbot, bvh):
        drop(window, bvh)
        offered(qtbot, window)
        find(window, QToolButton, "import-joints-toggle").click()
        head = find(window, QComboBox, "import-joint-Head")
        assert head.isVisible()
        head.setCurrentIndex(head.findData(""))
        head.activated.emit(head.currentIndex())
        offered(qtbot, window)
        assert "Head" in find(window, QLabel, "import-fact-missing").text()
        imported(qtbot, window)
        levels = window.models.session.document.levels
        assert levels[10] == FREE
        assert (levels[:10] == FIXED_3D).all()
        assert window.models.gallery.reference is None  # nobody knows where the head was

    def test_corrections_that_do_not_fit_are_refused_on_the_sheet(self, window, qtbot, bvh):
        drop(window, bvh)
        offered(qtbot, window)
        facing = find(window, QComboBox, "import-facing")
        facing.setCurrentText("y")
        facing.activated.emit(facing.currentIndex())
        offered(qtbot, window)
        assert "nobody faces y" in find(window, QLabel, "import-refusal").text()
        assert not find(window, QPushButton, "import-apply").isEnabled()

    def test_several_files_come_one_after_the_other_with_the_keyboard(
        self, window, qtbot, bvh, tmp_path, rng
    ):
        keypoints = WRITERS["coco"](tmp_path, walk(rng))
        drop(window, bvh, keypoints)
        offered(qtbot, window, waiting=1)
        sheet = find(window, ImportSheet, "import-sheet")
        assert find(window, QLabel, "import-queue").text() == "1 more to come"
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
        assert find(window, QLabel, "import-title").text() == "Import results.json"
        assert find(window, QLabel, "import-fact-format").text() == "COCO results, COCO-17"
        qtbot.keyClick(sheet, Qt.Key.Key_Return)
        assert not sheet.isVisible()
        assert isinstance(window.models.clips.clip, KeypointClip)
        document = window.models.session.document
        assert (document.levels == SEEN_2D).all()
        np.testing.assert_allclose(document.confidence, 0.9)

    def test_the_form_has_what_makes_sense_for_the_file(self, window, qtbot, bvh, tmp_path, rng):
        drop(window, bvh)
        offered(qtbot, window)
        names = {"units", "up", "facing", "left_handed"}
        assert all(window.findChild(object, f"import-{name}") for name in names)
        assert not any(
            window.findChild(object, f"import-{name}") for name in ("layout", "width", "person", "take")
        )
        find(window, QPushButton, "import-cancel").click()
        drop(window, WRITERS["videopose3d-2d"](tmp_path, walk(rng)))
        offered(qtbot, window)
        take = find(window, QComboBox, "import-take")
        assert take.count() == 8
        take.setCurrentIndex(6)
        take.activated.emit(6)
        offered(qtbot, window)
        assert window.files.importing.offer.found.clip.image_size == (1000, 1000)
        assert window.findChild(object, "import-layout")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b'{"people": [{"pose_keypoints_2d": [1, 2', "cut short"),
        ("a.json", b"[1, 2, 3]", "It is "),
        ("a.bvh", TINY.encode()[:200], "It has no line MOTION"),
        ("a.csv", b"frame,joint,x,y\n0,nose,1,b\n", "Row 2"),
    ],
)
def test_damaged_files_are_a_banner_and_change_nothing(window, qtbot, tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    document = window.models.session.document
    drop(window, tmp_path / name)
    qtbot.waitUntil(lambda: ("error", f"Could not open {name}") in notices(window), timeout=SECONDS)
    told = " ".join(notice.what_to_do for notice in window.models.notices.shown)
    assert says in told
    assert name not in told
    assert window.models.session.document is document
    assert window.files.importing.offer is None


def test_bad_files_that_come_together_are_one_banner_and_good_ones_are_opened(window, qtbot, tmp_path, bvh):
    folder = tmp_path / "dir"
    folder.mkdir()
    bad = [tmp_path / name for name in ("a.png", "b.safetensors", "c.txt", "d.npz", "e.pth")]
    for path in bad:
        path.write_bytes(b"hello")
    drop(window, *bad[:2], bvh, *bad[2:], folder)
    offered(qtbot, window)
    qtbot.waitUntil(lambda: notices(window) == [("error", "Could not open 6 files")], timeout=SECONDS)
    [notice] = window.models.notices.shown
    assert notice.what_to_do.count("\n") == 5
    assert "and 2 more" in notice.what_to_do
    assert all(line.count(line.split()[0].rstrip(":")) == 1 for line in notice.what_to_do.split("\n")[1:5])
    for name in ("a.png", "e.pth", "dir is a folder"):
        assert name in notice.details
    drop(window, folder)
    qtbot.waitUntil(lambda: ("error", "Could not open dir") in notices(window), timeout=SECONDS)
    assert window.models.notices.shown[-1].what_to_do.startswith("It is a folder")


def told(window) -> dict[str, str]:
    """What the banners say, by their titles."""
    return {notice.title: notice.what_to_do for notice in window.models.notices.shown}


def reopened_as_it_was(qtbot, window, open_window, path):
    """Save the session, open it in another window, and compare what came of the sequence there."""
    before = window.models.clips.result
    window.keeper.save(path)
    qtbot.waitUntil(path.exists, timeout=SECONDS)
    window.models.clips.pause()
    after = open_window(files=[path]).models.clips
    qtbot.waitUntil(lambda: after.result is not None, timeout=SECONDS)
    assert after.result.task == before.task
    np.testing.assert_array_equal(after.result.which, before.which)
    np.testing.assert_array_equal(after.result.clip.observed, before.clip.observed)
    np.testing.assert_allclose(after.result.clip.poses, before.clip.poses, atol=1e-3)
    for name in ("axes", "fps"):
        assert getattr(after.result.clip, name) == getattr(before.clip, name)
    np.testing.assert_array_equal(after.result.clip.frames, before.clip.frames)
    assert (after.result.clip.source is None) == (before.clip.source is None)
    return after


class TestSequence:
    @pytest.fixture
    def loaded(self, window, qtbot, bvh):
        drop(window, bvh)
        imported(qtbot, window)
        qtbot.wait(100)
        settled(qtbot, window)
        return window

    def test_frames_are_chosen_with_the_slider_and_undo_as_one(self, loaded, poses):
        models, slider = loaded.models, find(loaded, QSlider, "sequence-slider")
        assert slider.maximum() == 11
        steps, first = models.session.undo_stack.count(), models.session.document.pose
        for frame in (3, 5, 8):
            slider.setValue(frame)
        np.testing.assert_allclose(
            models.session.document.pose, relative(models.clips.clip.poses[8]), atol=1e-6
        )
        assert models.session.undo_stack.count() == steps + 1
        assert "frame 8 of 11" in find(loaded, QLabel, "sequence-where").text()
        models.session.undo_stack.undo()
        np.testing.assert_array_equal(models.session.document.pose, first)

    def test_it_plays_on_the_stage_and_edits_nothing_until_it_stops(self, loaded, qtbot):
        models = loaded.models
        document, count = models.session.document, models.session.undo_stack.count()
        shown = set()
        models.clips.frame_changed.connect(lambda: shown.add(loaded.stage_view.frame().evidence[3].tobytes()))
        press(qtbot, loaded, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
        assert models.clips.playing
        qtbot.waitUntil(lambda: len(shown) > 3, timeout=SECONDS)
        assert models.session.document is document
        find(loaded, QToolButton, "sequence-play").click()
        assert not models.clips.playing
        np.testing.assert_allclose(
            models.session.document.pose, relative(models.clips.clip.poses[models.clips.frame]), atol=1e-6
        )
        assert models.session.undo_stack.count() == count + 1

    def test_denoised_it_plays_beside_itself_and_is_exported_in_its_own_format(
        self, loaded, qtbot, tmp_path, monkeypatch, bvh
    ):
        models, before = loaded.models, loaded.models.clips.clip
        find(loaded, QSpinBox, "sequence-first").setValue(2)
        find(loaded, QSpinBox, "sequence-step").setValue(3)
        find(loaded, QPushButton, "sequence-denoise").click()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        result = models.clips.result
        np.testing.assert_array_equal(result.which, [2, 5, 8, 11])
        assert models.clips.clip is before
        assert models.clips.playing
        assert result.at(1) is None
        np.testing.assert_array_equal(result.at(7), result.figures.poses[1])
        models.clips.pause()
        assert models.clips.compared
        find(loaded, QSlider, "sequence-slider").setValue(8)
        frame = loaded.stage_view.frame()
        gap = (frame.poses[0] - result.figures.poses[2])[:, 0] - (frame.evidence - relative(before.poses[8]))[
            :, 0
        ]
        np.testing.assert_allclose(gap, 1100, atol=0.1)
        assert not any(map(loaded.stage.can_move, range(17)))  # they are the sequence's joints
        path = tmp_path / "clean.bvh"
        asked = []
        monkeypatch.setattr(
            QFileDialog, "getSaveFileName", lambda *a: (asked.append(a), (str(path), a[3].split(";;")[0]))[1]
        )
        find(loaded, QPushButton, "sequence-export").click()
        qtbot.waitUntil(path.exists, timeout=SECONDS)
        assert asked[0][2].endswith("walk-denoised.bvh")
        assert path.read_text().splitlines()[:3] == bvh.read_text().splitlines()[:3]
        find(loaded, QPushButton, "sequence-beside").click()
        assert loaded.models.clips.stage_frame() is None
        assert loaded.stage.can_move(16)

    def test_exported_as_it_came_it_is_said_which_corrections_are_not_in_it(
        self, loaded, qtbot, tmp_path, bvh
    ):
        clips = loaded.models.clips
        clips.clip = read_clip(bvh, Corrections(swap_sides=True)).clip
        for name, said in ((None, "without what was corrected (swap sides)"), ("bvh", f"in {tmp_path}")):
            path = tmp_path / f"{name}.bvh"
            loaded.sequence_files.export(path, name)
            qtbot.waitUntil(lambda path=path: f"Wrote {path.name}" in told(loaded), timeout=SECONDS)
            assert said in told(loaded)[f"Wrote {path.name}"]
        assert "corrected" not in told(loaded)["Wrote bvh.bvh"]
        np.testing.assert_allclose(
            read_clip(tmp_path / "None.bvh").clip.poses, read_clip(bvh).clip.poses, atol=0.1
        )

    def test_what_came_of_it_is_in_the_session(self, loaded, qtbot, tmp_path, open_window):
        models = loaded.models
        find(loaded, QSpinBox, "sequence-step").setValue(3)
        find(loaded, QPushButton, "sequence-denoise").click()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        reopened_as_it_was(qtbot, loaded, open_window, tmp_path / "s.gfpose")

    def test_it_stays_away_where_its_session_was_undone_meanwhile(self, loaded, qtbot, tmp_path, open_window):
        saved, window = loaded.keeper.capture(), open_window()
        settled(qtbot, window)
        window.keeper.show(saved, "Open s.gfpose", tmp_path / "s.gfpose")
        window.models.session.undo_stack.undo()
        assert window.models.runner.calling
        qtbot.waitUntil(lambda: not window.models.runner.calling, timeout=SECONDS)
        assert window.models.clips.clip is None

    def test_it_goes_with_its_session_and_comes_back_by_undo(self, loaded, qtbot, tmp_path):
        clips, stack, keeper = loaded.models.clips, loaded.models.session.undo_stack, loaded.keeper
        clips.choose(3)
        with_it = keeper.capture()
        keeper.show(replace(with_it, sequence=""), "Open other.gfpose", tmp_path / "other.gfpose")
        assert (clips.clip, keeper.capture().sequence) == (None, "")
        keeper.show(with_it, "Open s.gfpose", tmp_path / "s.gfpose")
        qtbot.waitUntil(lambda: clips.frame == 3, timeout=SECONDS)
        for there in (False, True):
            stack.undo()
            assert (clips.clip is not None) == there
        for there in (False, True):
            stack.redo()
            assert (clips.clip is not None) == there

    def test_both_are_named_where_they_stand(self, loaded, qtbot):
        models = loaded.models
        find(loaded, QSpinBox, "sequence-first").setValue(2)
        find(loaded, QPushButton, "sequence-denoise").click()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        models.clips.pause(choose=False)
        models.clips.choose(4)
        content = Content.of(models.clips.stage_frame())
        assert content.names == (("original", None), ("denoised", None))
        np.testing.assert_array_equal(content.heads, [content.evidence[HEAD], content.figure[HEAD]])
        shown = loaded.findChild(QWidget, "figure_names")
        assert shown.isVisible()
        models.clips.choose(0)  # nothing came of this frame
        assert models.clips.stage_frame().names == ()
        assert not shown.isVisible()

    def test_an_edit_brings_the_evidence_back_to_the_stage(self, loaded, qtbot):
        models = loaded.models
        find(loaded, QPushButton, "sequence-denoise").click()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        models.clips.pause()
        assert models.clips.stage_frame() is not None
        models.conditioning.cycle_joint(3)
        assert models.clips.stage_frame() is None

    def test_joints_freed_in_a_frame_are_completed_in_all(self, loaded, qtbot, poses):
        models, complete = loaded.models, find(loaded, QPushButton, "sequence-complete")
        find(loaded, QSlider, "sequence-slider").setValue(6)
        assert not complete.isEnabled()
        models.conditioning.cycle_part("left leg")
        assert complete.isEnabled()
        complete.click()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        clip, result = models.clips.clip, models.clips.result.clip
        leg = np.isin(np.arange(17), H36M17.parts["left leg"])
        np.testing.assert_allclose(result.poses[:, ~leg], clip.poses[:, ~leg], atol=1e-6)
        assert (np.linalg.norm(result.poses - clip.poses, axis=-1)[:, leg] > 1).any(axis=1).all()
        assert clip.observed.all()  # the sequence itself is as it was

    def test_joints_freed_in_a_frame_stay_free_in_the_next_and_come_back_with_undo(self, loaded):
        models, slider = loaded.models, find(loaded, QSlider, "sequence-slider")
        stack, leg = models.session.undo_stack, list(H36M17.parts["left leg"])
        slider.setValue(6)
        models.conditioning.set_level(leg, FREE)
        models.conditioning.set_level([3], SEEN_2D)
        made = models.session.document.levels
        assert (made[leg] == FREE).all()
        for frame in (7, 2):
            slider.setValue(frame)
            document = models.session.document
            np.testing.assert_array_equal(document.levels, made)
            np.testing.assert_allclose(document.pose, relative(models.clips.clip.poses[frame]), atol=0.1)
        for _ in range(3):  # the frames, the two edits
            stack.undo()
        assert (models.session.document.levels == FIXED_3D).all()
        slider.setValue(9)
        assert (models.session.document.levels == FIXED_3D).all()

    def test_after_generating_a_frame_comes_whole(self, loaded):
        models = loaded.models
        models.conditioning.apply_preset("generate")
        find(loaded, QSlider, "sequence-slider").setValue(5)
        assert (models.session.document.levels == FIXED_3D).all()

    def test_every_button_has_its_place_in_a_narrow_window(self, loaded, qtbot):
        loaded.resize(1000, 700)
        panel, export = loaded.panels["sequence"], find(loaded, QPushButton, "sequence-export")
        qtbot.waitUntil(lambda: export.y() > find(loaded, QSpinBox, "sequence-first").y())
        qtbot.waitUntil(lambda: panel.rect().contains(export.geometry()))

    def test_the_stage_keeps_its_room_beside_plots_and_a_sequence(self, loaded, qtbot):
        loaded.resize(1440, 900)
        loaded.models.layers.set("plots", True)
        panel = loaded.panels["sequence"]
        qtbot.waitUntil(lambda: panel.height() == panel.layout().totalHeightForWidth(panel.width()))
        qtbot.waitUntil(lambda: loaded.stage.height() > 350)

    @pytest.mark.parametrize("banner", [False, True])
    def test_it_fits_into_the_least_window_and_is_whole_again_in_a_larger_one(self, loaded, qtbot, banner):
        loaded.resize(1440, 900)
        panel, holder = loaded.panels["sequence"], loaded.docks["sequence"].widget()
        if banner:
            loaded.models.notices.error("Could not open walk.bvh", "It is cut short " * 20, "and details")
            find(loaded, QPushButton, "banner-more").click()
        loaded.resize(960, 540)
        qtbot.wait(100)
        assert loaded.size().toTuple() == (960, 540)
        assert panel.visibleRegion().contains(find(loaded, QSlider, "sequence-slider").geometry())
        loaded.resize(1440, 900)
        qtbot.waitUntil(lambda: panel.height() == holder.height() == holder.needed)

    def test_opening_and_closing_it_leave_the_panels_below_as_they_are(self, window, qtbot, bvh):
        def heights():
            return [window.docks[key].height() for key in ("timeline", "runs")]

        window.resize(1440, 900)
        qtbot.wait(100)
        before = heights()
        drop(window, bvh)
        imported(qtbot, window)
        qtbot.waitUntil(window.docks["sequence"].isVisible)
        qtbot.waitUntil(lambda: heights()[0] == before[0])
        window.models.clips.close()
        qtbot.waitUntil(lambda: heights() == before)

    def test_what_cannot_be_done_says_why(self, loaded):
        complete = find(loaded, QPushButton, "sequence-complete")
        assert not complete.isEnabled()
        assert "no joint is missing in it" in complete.toolTip()
        assert not find(loaded, QPushButton, "sequence-lift").isVisible()
        assert "nothing has come of the sequence yet" in loaded.actions_["sequence-beside"].toolTip()

    def test_the_export_button_has_it_and_says_why_where_there_is_none(self, window, qtbot, bvh):
        export = window.actions_["sequence-export"]
        assert export in window.export_menu.actions()
        assert not export.isEnabled()
        assert "no sequence was imported" in export.toolTip()
        drop(window, bvh)
        imported(qtbot, window)
        qtbot.waitUntil(export.isEnabled)
        assert window.actions_["export-menu"].isEnabled()

    def test_it_is_closed_and_brought_back_by_undo_with_what_came_of_it(self, loaded, qtbot, tmp_path):
        models, dock = loaded.models, loaded.docks["sequence"]
        find(loaded, QPushButton, "sequence-denoise").click()
        assert "is worked on" in loaded.actions_["sequence-close"].toolTip()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
        models.clips.choose(3)
        result, document = models.clips.result, models.session.document
        find(loaded, QToolButton, "sequence-close").click()
        assert (models.clips.clip, models.clips.result, dock.isVisible()) == (None, None, False)
        play = loaded.actions_["sequence-play"]
        qtbot.waitUntil(lambda: "no sequence was imported" in play.toolTip())
        assert models.session.document is document
        write_session(tmp_path / "s.gfpose", loaded.keeper.capture())
        assert read_session(tmp_path / "s.gfpose").sequence == ""
        assert models.session.undo_stack.undoText() == "Close walk.bvh"
        models.session.undo_stack.undo()
        assert (models.clips.name, models.clips.frame, models.clips.result) == ("walk.bvh", 3, result)
        assert dock.isVisible()
        qtbot.waitUntil(lambda: find(loaded, QSlider, "sequence-slider").value() == 3)

    def test_work_is_stopped_and_nothing_comes_of_it(self, open_window, qtbot, bvh):
        class Slow(FakeBackend):
            def sampler(self, name, options):
                return (
                    FakeSampler(40, pause=0.05)
                    if name == "posterior-mean"
                    else super().sampler(name, options)
                )

        window = open_window(Slow())
        settled(qtbot, window)
        drop(window, bvh)
        imported(qtbot, window)
        qtbot.wait(100)
        settled(qtbot, window)
        clips, shares = window.models.clips, []
        clips.progressed.connect(shares.append)
        find(window, QPushButton, "sequence-denoise").click()
        qtbot.waitUntil(lambda: len(shares) > 2, timeout=SECONDS)
        stop = find(window, QToolButton, "sequence-stop")
        assert stop.isVisible()
        stop.click()
        qtbot.waitUntil(lambda: not clips.busy, timeout=SECONDS)
        assert clips.result is None
        assert 0 < shares[-1] < 1
        assert not stop.isVisible()
        assert not any(kind == "error" for kind, _ in notices(window))


def test_missing_joints_are_free_and_completed_and_empty_frames_bridged(window, qtbot, tmp_path, poses):
    observed = np.ones((12, 17), bool)
    observed[:, [1, 2, 3]] = False
    observed[4] = False
    write_clip(PoseClip(poses, observed, "y-up", 25.0), tmp_path / "a.npz")
    drop(window, tmp_path / "a.npz")
    offered(qtbot, window)
    assert find(window, QLabel, "import-fact-missing").text() == "RHip, RKnee, RAnkle: free"
    imported(qtbot, window)
    models = window.models
    np.testing.assert_array_equal(models.session.document.levels == FREE, ~observed[0])
    find(window, QSlider, "sequence-slider").setValue(4)
    assert any("nothing is known of the pose in this frame" in n.what_to_do for n in models.notices.shown)
    find(window, QPushButton, "sequence-complete").click()
    qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
    result = models.clips.result.clip
    np.testing.assert_allclose(result.poses[observed], poses[observed], atol=1e-6)
    np.testing.assert_allclose(result.poses[4, 0], poses[[3, 5], 0].mean(axis=0), atol=1e-6)
    assert any("1 frames told nothing: they are bridged" in n.what_to_do for n in models.notices.shown)
    models.clips.pause(choose=False)


def test_keypoints_are_lifted_in_batch_and_their_frames_follow_the_image(
    window, qtbot, tmp_path, rng, open_window
):
    seen = walk(rng)
    drop(window, *sorted(WRITERS["openpose"](tmp_path, seen).iterdir()))
    offered(qtbot, window)
    assert window.files.importing.waiting == 0  # one clip of five files
    imported(qtbot, window)
    models = window.models
    find(window, QSlider, "sequence-slider").setValue(3)
    assert models.imaging.frame == 3
    limbs = [j for j, name in enumerate(H36M17.names) if name[0] in "LR"]
    np.testing.assert_allclose(models.session.document.keypoints[limbs], seen[3, limbs], atol=1e-4)
    find(window, QSpinBox, "image-frame").setValue(2)
    assert models.clips.frame == 1
    find(window, QPushButton, "sequence-lift").click()
    qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)
    assert models.clips.result.clip.axes == "camera"
    frame = models.clips.stage_frame()
    assert len(frame.poses) == 1
    assert (frame.levels == SEEN_2D).all()
    models.clips.pause(choose=False)
    after = reopened_as_it_was(qtbot, window, open_window, tmp_path / "s.gfpose").parent()
    assert after.clips.frame == after.imaging.frame == models.clips.frame
    after.clips.choose(4)
    np.testing.assert_allclose(after.session.document.keypoints[limbs], seen[4, limbs], atol=1e-4)
    window.actions_["sequence-close"].trigger()
    assert not models.imaging.frames
    assert models.session.document.photo is not None
    models.session.undo_stack.undo()
    assert (len(models.imaging.frames), models.imaging.frame, models.clips.frame) == (5, 1, 1)


def test_a_frame_without_its_head_is_named_over_its_highest_joint(rng):
    poses, seen = people(rng, 2), np.ones((2, 17), bool)
    seen[0, HEAD], seen[1] = False, False
    original = Figures.of(PoseClip(poses, seen, "camera", None))
    came = PoseClip(poses, np.ones((2, 17), bool), "camera", None)
    result = Result.of("complete", came, np.arange(2))
    content = Content.of(stage_frame(original, 0, result))
    assert [name for name, _ in content.names] == ["original", "completed"]
    assert content.heads[0, 2] == content.evidence[seen[0], 2].max()
    assert stage_frame(original, 1, result).names == ((0, "completed"),)


def test_joints_hidden_in_a_frame_of_keypoints_stay_hidden(window, qtbot, tmp_path, rng):
    drop(window, *sorted(WRITERS["openpose"](tmp_path, walk(rng)).iterdir()))
    offered(qtbot, window)
    imported(qtbot, window)
    imaging, slider = window.models.imaging, find(window, QSlider, "sequence-slider")
    told = window.models.session.document.levels.copy()
    imaging.hide([2, 3])
    slider.setValue(3)
    levels = window.models.session.document.levels
    assert (levels[[2, 3]] == FREE).all()
    np.testing.assert_array_equal(np.delete(levels, [2, 3]), np.delete(told, [2, 3]))
    find(window, QSpinBox, "image-frame").setValue(2)
    assert (window.models.session.document.levels[[2, 3]] == FREE).all()
    imaging.clear()
    slider.setValue(2)
    np.testing.assert_array_equal(window.models.session.document.levels, told)


def test_a_joint_that_is_missing_for_a_while_is_as_it_was_made_when_it_is_back(rng):
    told = np.full((3, 17), FIXED_3D)
    told[1, 4] = FREE
    figures = Figures(people(rng, 3), told)
    document, limits = with_frame(Document(), figures, 0, None), ALL_TOLD
    freed = document.levels.copy()
    freed[[4, 5]] = FREE
    document = document.with_levels(freed, None)
    for frame in (1, 2):
        limits = limits_after(limits, document.levels, told[frame - 1])
        document = with_frame(document, figures, frame, None, limits)
        np.testing.assert_array_equal(document.levels, freed)
        assert figures.frame_in(document, 0) == frame
    elsewhere = with_frame(Document(), Figures(people(rng, 1), told[:1]), 0, None)
    assert figures.frame_in(elsewhere, 2) is None


def test_a_picture_dropped_with_keypoints_lies_under_them(window, qtbot, tmp_path, rng):
    from PySide6.QtGui import QImage

    image = QImage(1280, 720, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    image.save(str(tmp_path / "a.png"))
    drop(window, WRITERS["coco"](tmp_path, walk(rng, 1)), tmp_path / "a.png")
    offered(qtbot, window)
    imported(qtbot, window)
    photo = window.models.session.document.photo
    assert photo.picture == str(tmp_path / "a.png")
    assert (photo.width, photo.height) == (1280, 720)


def test_keypoints_dropped_after_a_picture_has_come_with_others_lie_on_none(window, qtbot, tmp_path, rng):
    from PySide6.QtGui import QImage

    image = QImage(1280, 720, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    image.save(str(tmp_path / "a.png"))
    keypoints = WRITERS["coco"](tmp_path, walk(rng, 1))
    drop(window, keypoints, tmp_path / "a.png")
    drop(window, keypoints)  # before those are read
    offered(qtbot, window, waiting=1)
    assert window.files.importing.offer.picture is not None
    window.files.importing.skip()
    assert window.files.importing.offer.picture is None


def test_figures_stand_by_their_roots_and_keypoints_on_a_plane(rng):
    points = people(rng, 3) + [500, 0, 0]
    observed = np.ones((3, 17), bool)
    observed[1, 0] = observed[2] = False
    figures = Figures.of(PoseClip(points, observed, "y-up"))
    np.testing.assert_allclose(figures.poses[0], relative(points[0]))
    rest = to_camera_axes(points[1], "y-up")[1:]
    np.testing.assert_allclose(figures.poses[1, 1:], rest - rest.mean(axis=0))
    assert not figures.poses[2].any()
    assert figures.best == 0
    flat = Figures.of(KeypointClip(walk(rng), np.ones((5, 17), bool), image_size=(1280, 720)))
    np.testing.assert_allclose(flat.poses[..., 2], 0, atol=1e-9)
    assert 1200 < np.ptp(flat.poses[0, :, 1]) < 2200


def test_corrections_are_remembered_as_text_without_what_belongs_to_one_file():
    told = Corrections(units="metres", joints=("Head=",), person=3, take="S9", fps=12.5)
    text = to_text(told)
    assert from_text(text) == Corrections(units="metres", joints=("Head=",), fps=12.5)
    assert to_text(Corrections(person=2)) == ""
    for wrong in ("{", "[1]", '{"nonsense": 1}', '{"joints": ["Elbow"]}'):
        with pytest.raises(FormatError):
            from_text(wrong)


def test_remembered_corrections_that_do_not_fit_are_left_out(tmp_path, rng):
    path = WRITERS["coco"](tmp_path, walk(rng))
    key = make_offer(path, {}).key
    assert make_offer(path, {key: json.dumps({"swap_sides": True})}).recalled
    for wrong in ("nonsense", json.dumps({"joints": ["Head=no_such"]})):
        offer = make_offer(path, {key: wrong})
        assert not offer.recalled
        assert offer.corrections == Corrections()


def test_pictures_come_first_and_numbered_frames_once(tmp_path):
    names = ["b.json", "w_001_keypoints.json", "w_002_keypoints.json", "v_1_keypoints.json", "a.PNG", "c.bvh"]
    ordered = [path.name for path in in_order([tmp_path / name for name in names])]
    assert ordered == ["a.PNG", "b.json", "w_001_keypoints.json", "v_1_keypoints.json", "c.bvh"]


def test_a_person_of_several_is_chosen(window, qtbot, tmp_path, rng):
    seen = walk(rng)
    entries = [
        {"image_id": t, "category_id": 1, "keypoints": flat, "score": 1}
        for shift in (0, 400)
        for t, flat in enumerate(_flat(seen + [shift, 0]))
    ]
    drop(window, write(tmp_path / "two.json", entries))
    offered(qtbot, window)
    assert find(window, QLabel, "import-fact-people").text() == "2 to choose from"
    find(window, QSpinBox, "import-person").setValue(1)
    offered(qtbot, window)
    imported(qtbot, window)
    np.testing.assert_allclose(window.models.session.document.keypoints[1], seen[0, 1] + [400, 0], atol=1e-3)


def _flat(points):
    from tests.keypoint_files import in_layout, rows

    return rows(in_layout(points, "COCO-17"))


def test_a_session_brings_its_sequence_back(window, open_window, qtbot, tmp_path, bvh):
    drop(window, bvh)
    offered(qtbot, window)
    find(window, QCheckBox, "import-swap_sides").click()
    offered(qtbot, window)
    imported(qtbot, window)
    find(window, QSlider, "sequence-slider").setValue(7)
    window.keeper.save(tmp_path / "s.gfpose")
    qtbot.waitUntil((tmp_path / "s.gfpose").exists, timeout=SECONDS)
    qtbot.waitUntil(lambda: not window.keeper.modified, timeout=SECONDS)
    other = open_window(files=[tmp_path / "s.gfpose"])
    clips, mine = other.models.clips, window.models.clips
    qtbot.waitUntil(lambda: clips.clip is not None, timeout=SECONDS)
    np.testing.assert_array_equal(clips.clip.poses, mine.clip.poses)
    assert (clips.frame, clips.name) == (7, "walk.bvh")
    np.testing.assert_array_equal(other.models.session.document.pose, window.models.session.document.pose)
    bvh.unlink()
    third = open_window(files=[tmp_path / "s.gfpose"])
    told = ("error", "Could not read the sequence walk.bvh")
    qtbot.waitUntil(lambda: told in notices(third), timeout=SECONDS)
    np.testing.assert_array_equal(third.models.session.document.pose, window.models.session.document.pose)
