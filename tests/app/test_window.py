"""The real window, driven as a person drives it: mouse, keys, files."""

import json
from pathlib import Path
from threading import Event

import h5py
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from app.documents.document import Document
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.io.recordings import save_recording
from gfpose_core.ladder import LADDER
from gfpose_core.metrics import mpjpe
from gfpose_core.skeleton import H36M17
from tests.app.conftest import imported, settled
from tests.app.fakes import STANDING, FakeBackend, FakePrior

SHIFT, CTRL, PLAIN = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier,
)  # fmt: skip
LEFT = Qt.MouseButton.LeftButton
LEFT_LEG = list(H36M17.parts["left leg"])
SLOW = {"dpm-solver": {"steps": 2000, "pause": 0.002}}


def click_joint(qtbot, window, joint, modifiers=PLAIN):
    at = window.stage.joint_screen_position(joint).toPoint()
    qtbot.mouseMove(window.stage, at)
    qtbot.mouseClick(window.stage, LEFT, modifiers, at)


def press(qtbot, window, key, modifiers=PLAIN):
    window.activateWindow()
    window.stage.setFocus()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)
    qtbot.keyClick(window.windowHandle(), key, modifiers)


def find(window, kind, name):
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].astype(int)


def differ(a: QImage, b: QImage) -> float:
    """Share of pixels that are clearly another colour."""
    return float((np.abs(pixels(a) - pixels(b)) > 24).mean())


def banners(window):
    return [label for label in window.findChildren(QLabel, "banner-text") if label.isVisible()]


def notices(window):
    return [(notice.kind, notice.title) for notice in window.models.notices.shown]


def test_it_starts_sampling_by_itself_and_shows_poses(window):
    models = window.models
    assert models.playback.recording.hypotheses == 16
    assert not notices(window)
    assert len(np.unique(pixels(window.stage.grab_image()))) > 20
    assert "fake" in find(window, QLabel, "status-checkpoint").text()


def test_a_run_too_quick_to_be_watched_is_played_again(open_window, qtbot):
    window = open_window(replay=True)
    qtbot.waitUntil(lambda: window.models.playback.playing)
    settled(qtbot, window)
    assert window.models.playback.position == window.models.playback.last


def test_a_seed_of_any_size_is_shown_and_kept(window, qtbot):
    session, box = window.models.session, find(window, QDoubleSpinBox, "seed")
    for seed in (2**31, 2**53, 2**63 - 1):
        session.edit("Seed", seed=seed)
        assert box.text() == f"{float(seed):.0f}" or seed > 2**53
        assert session.document.seed == seed
    box.setValue(3_000_000_000)
    assert session.document.seed == 3_000_000_000
    settled(qtbot, window)


def test_shift_click_on_a_leg_takes_it_away_and_the_prior_completes_it(window, qtbot):
    before_image, before = window.stage.grab_image(), window.models.playback.recording
    seen = window.models.gallery.focused_pose.copy()
    click_joint(qtbot, window, LEFT_LEG[1], SHIFT)
    levels = window.models.session.document.levels
    assert (levels[LEFT_LEG] == FREE).all()
    assert (np.delete(levels, LEFT_LEG) == FIXED_3D).all()
    qtbot.waitUntil(lambda: window.models.playback.recording is not before, timeout=10_000)
    settled(qtbot, window)
    rest = np.delete(np.arange(17), LEFT_LEG)
    poses = window.models.playback.recording.poses[0]
    np.testing.assert_allclose(poses[:, rest], np.broadcast_to(seen[rest], poses[:, rest].shape), atol=0.5)
    assert np.ptp(poses[:, LEFT_LEG], axis=0).max() > 10
    assert differ(before_image, window.stage.grab_image()) > 0.002


def test_a_leg_is_taken_away_by_a_shift_click_on_the_thigh_too(window, qtbot):
    hip, knee = (window.stage.joint_screen_position(joint) for joint in LEFT_LEG[:2])
    qtbot.mouseClick(window.stage, LEFT, SHIFT, ((hip + knee) / 2).toPoint())
    assert (window.models.session.document.levels[LEFT_LEG] == FREE).all()
    assert window.models.session.document.task == "complete"


def test_a_click_on_a_joint_of_the_stage_cycles_it(window, qtbot):
    for level in (SEEN_2D, FIXED_3D, FREE):
        click_joint(qtbot, window, 13)
        assert window.models.session.document.levels[13] == level
        settled(qtbot, window)


def test_the_body_map_cycles_joints_boxes_them_and_sets_them(window, qtbot):
    body, models = window.panels["evidence"].map, window.models
    qtbot.mouseClick(body, LEFT, PLAIN, body.position(2).toPoint())
    assert models.session.document.levels[2] == SEEN_2D
    corner, opposite = (
        body.position(4).toPoint() + QPoint(-10, -12),
        body.position(6).toPoint() + QPoint(14, 14),
    )
    qtbot.mousePress(body, LEFT, PLAIN, corner)
    qtbot.mouseMove(body, (corner + opposite) / 2)
    qtbot.mouseMove(body, opposite)
    qtbot.mouseRelease(body, LEFT, PLAIN, opposite)
    assert models.conditioning.selection == frozenset(LEFT_LEG)
    window.findChild(object, "level-3d").click()
    assert (models.session.document.levels[LEFT_LEG] == FIXED_3D).all()


def test_scrubbing_shows_another_moment(window, qtbot):
    slider, playback = find(window, QSlider, "timeline-slider"), window.models.playback
    at_the_end, sigma = window.stage.grab_image(), find(window, QLabel, "timeline-sigma").text()
    qtbot.mouseClick(slider, LEFT, PLAIN, QPoint(slider.width() // 4, slider.height() // 2))
    slider.setValue(slider.maximum() // 4)
    assert 0 < playback.position < playback.last
    assert find(window, QLabel, "timeline-sigma").text() != sigma
    assert differ(at_the_end, window.stage.grab_image()) > 0.002
    both = window.stage.grab_image()
    press(qtbot, window, Qt.Key.Key_V)
    assert playback.show == "clean"
    assert differ(both, window.stage.grab_image()) > 0.0005


def test_keys_play_step_and_jump(window, qtbot):
    playback = window.models.playback
    press(qtbot, window, Qt.Key.Key_Home)
    assert playback.position == 0
    press(qtbot, window, Qt.Key.Key_Period)
    assert playback.position == 1
    press(qtbot, window, Qt.Key.Key_Space)
    assert playback.playing
    press(qtbot, window, Qt.Key.Key_Space)
    assert not playback.playing
    press(qtbot, window, Qt.Key.Key_End)
    assert playback.position == playback.last


def test_undo_brings_back_the_evidence_and_the_same_poses(window, qtbot):
    first = window.models.playback.recording.poses
    window.findChild(object, "preset-arms").click()
    qtbot.wait(100)
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.models.session.document.task == "generate"
    qtbot.wait(100)
    settled(qtbot, window)
    np.testing.assert_array_equal(window.models.playback.recording.poses, first)
    assert "Redo Complete arms" in window.actions_["redo"].text().replace("&", "")


def test_a_long_run_is_cancelled_at_once_and_what_was_reached_stays(open_window, qtbot):
    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live and window.models.playback.moment.index > 5)
    qtbot.waitUntil(lambda: "ETA" in find(window, QLabel, "status-progress-text").text())
    press(qtbot, window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.models.sampling.busy, timeout=2000)  # of minutes that it would take
    assert window.models.playback.recording.status == "cancelled"
    assert window.models.playback.last > 2


def test_closing_during_sampling_leaves_no_thread(open_window, qtbot):
    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live)
    window.close()  # the fixture of every test looks for threads


def test_the_status_line_says_when_a_run_was_thinned(open_window, qtbot):
    words = "status-progress-text"
    window = open_window(document=Document(options={"dpm-solver": {"steps": 1000}}))
    settled(qtbot, window)
    assert "of 1,000 steps kept" in find(window, QLabel, words).text()
    window.models.session.edit("Quick", options={})
    settled(qtbot, window)
    assert "kept" not in find(window, QLabel, words).text()


def test_an_edit_during_a_run_supersedes_it(open_window, qtbot):
    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live)
    window.models.session.edit("Quick", options={})
    settled(qtbot, window)
    assert len(window.models.playback.recording.trajectory) == 20


def test_live_off_waits_to_be_asked(window, qtbot):
    before = window.models.playback.recording
    press(qtbot, window, Qt.Key.Key_L, CTRL)
    window.findChild(object, "preset-legs").click()
    qtbot.wait(300)
    assert window.models.playback.recording is before
    press(qtbot, window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.models.playback.recording is not before)


def test_sampling_again_draws_anew_unless_the_seed_is_locked(window, qtbot):
    seeds = [window.models.session.document.seed]
    for _ in range(2):
        window.findChild(QToolButton, "button-sample").click()
        settled(qtbot, window)
        seeds.append(window.models.session.document.seed)
        find(window, QToolButton, "seed-lock").setChecked(True)
    assert seeds[0] != seeds[1] == seeds[2]


def test_the_toolbar_edits_the_document(window, qtbot):
    find(window, QSpinBox, "hypotheses").setValue(5)
    find(window, QSpinBox, "steps").setValue(9)
    sampler = find(window, QComboBox, "sampler")
    qtbot.wait(100)
    settled(qtbot, window)
    assert window.models.playback.recording.poses.shape[1] == 5
    assert len(window.models.playback.recording.trajectory) == 9
    sampler.setCurrentIndex(1)
    sampler.activated.emit(1)
    sampler.activated.emit(1)
    assert window.models.session.document.sampler == "euler-maruyama"
    stack = window.models.session.undo_stack
    said = [stack.text(step) for step in range(stack.count())]
    assert said == ["Hypotheses: 5", "Steps of dpm-solver: 9", "Sampler: euler-maruyama"]


def test_what_is_turned_step_by_step_is_one_edit_named_by_where_it_ended(window, qtbot):
    stack = window.models.session.undo_stack
    for value in (17, 18, 19):
        find(window, QSpinBox, "hypotheses").setValue(value)
    assert stack.count() == 1
    qtbot.waitUntil(lambda: window.actions_["undo"].text() == "&Undo Hypotheses: 19")


def test_the_labels_of_the_sampler_stand_beside_their_controls(window):
    window.docks["sampler"].raise_()
    window.docks["sampler"].setFloating(True)
    rows = {"Method": "method", "Evidence use": "evidence-use", "Fresh noise": "option-eta"}
    labels = {label.text(): label for label in window.panels["sampler"].findChildren(QLabel)}
    for text, name in rows.items():
        label, control = labels[text], find(window, QWidget, name)
        assert label.isVisible()
        assert abs(label.geometry().center().y() - control.geometry().center().y()) <= 1


def test_choices_are_undone_by_their_value(window, qtbot):
    window.models.conditioning.apply_preset("legs")
    stack = window.models.session.undo_stack
    for name, data, text in (
        ("evidence-use", "both", "Evidence use: both"),
        ("sampler", "euler-maruyama", "Sampler: euler-maruyama"),
        ("quality", "preview", "Quality: preview"),
    ):
        combo = find(window, QComboBox, name)
        qtbot.waitUntil(combo.isEnabled)
        for _ in range(2):
            count = stack.count()
            combo.setCurrentIndex(combo.findData(data))
            combo.activated.emit(combo.currentIndex())
        assert stack.count() == count, f"{text} changed nothing the second time"
        assert stack.undoText() == text
    find(window, QDoubleSpinBox, "option-eta").setValue(0.5)
    assert stack.undoText() == "Fresh noise of dpm-solver: 0.5"


def test_a_run_that_has_not_begun_is_not_said_to_load(open_window, qtbot):
    gate = Event()
    gate.set()

    class Held(FakeBackend):
        def sampler(self, name, options):
            gate.wait()
            return super().sampler(name, options)

    window = open_window(Held())
    settled(qtbot, window)
    gate.clear()
    window.actions_["sample"].trigger()
    assert find(window, QLabel, "status-progress-text").text() == "waiting…"
    gate.set()
    settled(qtbot, window)


def test_the_quality_chooses_sampler_and_steps_as_one_undoable_step(window, qtbot):
    quality, session = find(window, QComboBox, "quality"), window.models.session
    assert quality.currentData() == "standard"
    for name in ("reference", "preview"):
        quality.setCurrentIndex(quality.findData(name))
        quality.activated.emit(quality.currentIndex())
        assert session.document.sampler == LADDER[name].sampler
    assert find(window, QSpinBox, "steps").value() == LADDER["preview"].options["steps"]
    assert session.undo_stack.undoText() == "Quality: preview"
    session.undo_stack.undo()
    assert quality.currentData() == "reference"
    session.undo_stack.undo()
    find(window, QSpinBox, "steps").setValue(9)
    qtbot.waitUntil(lambda: quality.currentText() == "Own settings")
    window.findChild(object, "preset-denoise").click()
    assert not quality.isEnabled()


def test_denoising_shows_the_error_before_and_after(window, qtbot):
    window.findChild(object, "preset-denoise").click()
    qtbot.wait(100)
    settled(qtbot, window)
    find(window, QSlider, "noise-slider").setValue(120)
    qtbot.wait(100)
    settled(qtbot, window)
    assert window.models.session.document.noise.std_mm == 120
    text = find(window, QLabel, "numbers").text()
    assert "noisy" in text
    assert "denoised" in text
    document, recording = window.models.session.document, window.models.playback.recording
    assert recording.hypotheses == 1
    before, after = (mpjpe(p, document.pose) for p in (document.noisy_pose, recording.poses[0].mean(0)))
    words = f"MPJPE {before:.0f} mm noisy → {after:.0f} mm denoised"
    shown = find(window, QLabel, "noise-error")
    assert shown.text() == words
    qtbot.waitUntil(lambda: not shown.visibleRegion().isEmpty())
    assert find(window, QLabel, "hint").text().startswith(words)
    window.models.conditioning.set_noise("Noise shape", kind="own")
    settled(qtbot, window)
    moved = mpjpe(window.models.playback.recording.poses[0].mean(0), document.pose)
    qtbot.waitUntil(lambda: shown.text() == f"Joints moved by {moved:.0f} mm")
    window.findChild(object, "preset-legs").click()
    settled(qtbot, window)
    assert "MPJPE" not in find(window, QLabel, "hint").text()


def test_dragging_a_fixed_joint_moves_it_as_one_step(window, qtbot):
    window.findChild(object, "preset-legs").click()
    qtbot.wait(100)
    settled(qtbot, window)
    count = window.models.session.undo_stack.count()
    at = window.stage.joint_screen_position(13).toPoint()
    before = window.models.session.document.pose[13].copy()
    qtbot.mousePress(window.stage, LEFT, PLAIN, at)
    for k in range(1, 6):
        qtbot.mouseMove(window.stage, at + QPoint(8 * k, -6 * k))
    qtbot.mouseRelease(window.stage, LEFT, PLAIN, at + QPoint(40, -30))
    assert np.linalg.norm(window.models.session.document.pose[13] - before) > 20
    assert window.models.session.undo_stack.count() == count + 1


@pytest.mark.parametrize("suffix", [".npz", ".json", ".h5"])
@pytest.mark.parametrize("trajectory", [False, True])
def test_what_is_exported_can_be_opened_again(window, qtbot, tmp_path, monkeypatch, suffix, trajectory):
    path = tmp_path / f"run{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
    window.actions_["export-trajectory" if trajectory else "export-poses"].trigger()
    qtbot.waitUntil(path.exists, timeout=10_000)
    poses = window.models.playback.recording.poses
    stored = {
        ".npz": lambda: np.load(path)["poses"],
        ".json": lambda: np.array(json.loads(path.read_text())["poses"]),
        ".h5": lambda: h5py.File(path)["poses"][()],
    }[suffix]()
    np.testing.assert_allclose(stored, poses, atol=0.01)
    before = window.models.playback.recording
    window.files.open(path)
    qtbot.waitUntil(lambda: window.models.playback.recording is not before)
    np.testing.assert_allclose(window.models.playback.recording.poses, poses, atol=0.01)
    assert (window.models.playback.last > 0) == trajectory


def test_a_saved_recording_is_reopened_by_dialog(window, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "recording.h5"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: ([str(path)], ""))
    window.actions_["save-recording"].trigger()
    qtbot.waitUntil(path.exists, timeout=10_000)
    before = window.models.playback.recording
    window.actions_["open"].trigger()
    qtbot.waitUntil(lambda: window.models.playback.recording is not before)
    np.testing.assert_array_equal(window.models.playback.recording.trajectory.clean, before.trajectory.clean)
    assert window.settings.recent == [str(path)]


def drop(window, path: Path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    )  # fmt: skip


def test_the_authors_results_are_dropped_and_played(window, qtbot, tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "results.npz"
    end = STANDING / 200
    walk = end + np.linspace(1, 0, 12)[:, None, None, None, None] * rng.normal(0, 3, (12, 2, 3, 17, 3))
    np.savez(path, pred3d=walk.astype(np.float32))
    before = window.models.playback.recording
    drop(window, path)
    qtbot.waitUntil(lambda: window.models.playback.recording is not before, timeout=20_000)
    assert window.models.playback.recording.poses.shape == (2, 3, 17, 3)
    spin = find(window, QSpinBox, "timeline-pose")
    assert spin.isVisible()
    spin.setValue(2)
    assert window.models.playback.pose == 1


def test_poses_from_a_file_become_the_evidence(window, qtbot, tmp_path):
    path = tmp_path / "poses.npz"
    np.savez(path, poses_3d=STANDING[None] + 40, axes="camera")
    drop(window, path)
    imported(qtbot, window)
    qtbot.waitUntil(lambda: window.models.session.undo_stack.count() == 1)
    np.testing.assert_allclose(window.models.session.document.pose, STANDING, atol=1e-3)
    assert window.models.session.undo_stack.undoText() == "Open poses.npz"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("notes.txt", b"hello", "text file"),
        ("photo.npz", b"\x89PNG\r\n\x1a\n" + b"0" * 64, "picture"),
        ("empty.h5", b"", "empty"),
        ("bad.safetensors", (64).to_bytes(8, "little") + b"{" + b" " * 80, "no checkpoint"),
    ],
)
def test_a_bad_file_is_a_banner_and_changes_nothing(window, qtbot, tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    document, recording = window.models.session.document, window.models.playback.recording
    drop(window, path)
    qtbot.waitUntil(lambda: ("error", f"Could not open {name}") in notices(window))
    assert window.models.session.document is document
    assert window.models.playback.recording is recording
    banner = find(window, QLabel, "banner-text")
    assert banner.isVisible()
    assert says in banner.text()
    window.findChild(object, "banner-more").click()
    assert "Traceback" in find(window, QPlainTextEdit, "banner-details").toPlainText()
    window.findChild(object, "banner-close").click()
    assert not notices(window)


def test_a_file_that_is_gone_and_a_place_that_cannot_be_written(window, qtbot, tmp_path):
    window.files.open(tmp_path / "gone.npz")
    window.files.export(tmp_path / "no" / "such" / "folder" / "x.npz", trajectory=False)
    qtbot.waitUntil(lambda: [kind for kind, _ in notices(window)].count("error") == 2)
    assert not list(tmp_path.rglob("x.npz*"))


def test_sampling_that_fails_is_a_banner_and_the_window_lives_on(open_window, qtbot):
    prior = FakePrior(error=RuntimeError("expected scalar type Float"))
    window = open_window(FakeBackend(prior))
    qtbot.waitUntil(lambda: ("error", "Sampling stopped") in notices(window), timeout=30_000)
    window.actions_["sample"].trigger()
    assert window.models.sampling.busy
    qtbot.waitUntil(lambda: not window.models.sampling.busy)
    assert notices(window) == [("error", "Sampling stopped")]
    prior.error = None
    window.models.notices.error("Could not open walk.bvh", "It is damaged.")
    window.actions_["sample"].trigger()
    settled(qtbot, window)
    assert window.models.playback.recording.status == "finished"
    assert notices(window) == [("error", "Could not open walk.bvh")]
    assert "Sampling stopped" not in "".join(label.text() for label in banners(window))


def test_a_bad_first_checkpoint_leaves_a_window_that_can_open_another(open_window, qtbot, tmp_path):
    window = open_window(document=Document(checkpoint="/nowhere/bad.pth"))
    qtbot.waitUntil(lambda: ("error", "Could not open bad.pth") in notices(window))
    window.models.sampling.open_checkpoint(None)
    settled(qtbot, window)
    assert window.models.session.document.checkpoint is None


def test_views_and_cheat_sheet_by_key(window, qtbot):
    first = window.stage.camera
    press(qtbot, window, Qt.Key.Key_1, CTRL)
    assert window.stage.camera != first
    press(qtbot, window, Qt.Key.Key_F1)
    sheet = window.findChild(object, "cheat-sheet")
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_a_hypothesis_is_focused_pinned_and_used(window, qtbot):
    gallery, view = window.models.gallery, window.panels["gallery"].list
    qtbot.mouseClick(view.viewport(), LEFT, PLAIN, view.visualRect(view.model().index(4, 0)).center())
    assert gallery.focus == 4
    pose = gallery.focused_pose.copy()
    press(qtbot, window, Qt.Key.Key_P)
    assert len(gallery.rows) == 17
    press(qtbot, window, Qt.Key.Key_U)
    np.testing.assert_allclose(window.models.session.document.pose, pose)
    assert (window.models.session.document.levels == FIXED_3D).all()


def test_every_control_has_a_name(window):
    from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QScrollBar

    for kind in (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox):
        for control in window.findChildren(kind):
            inner = control.parent().objectName().startswith("qt_") or isinstance(control, QScrollBar)
            assert control.objectName() or inner, f"{control} in {control.parent()}"


def test_an_exception_nobody_caught_is_told(window, qtbot):
    window.uncaught.emit("ValueError: x", "details")
    assert ("error", "Something went wrong") in notices(window)


def test_files_named_on_the_command_line_are_opened_after_the_checkpoint(open_window, qtbot, tmp_path):
    path = tmp_path / "poses.npz"
    np.savez(path, poses_3d=STANDING[None])
    window = open_window(files=[path])
    imported(qtbot, window)
    settled(qtbot, window)
    assert (window.models.session.document.levels == FIXED_3D).all()


def test_an_opened_recording_brings_its_evidence_and_is_undone(window, qtbot, tmp_path):
    models, path = window.models, tmp_path / "run.h5"
    window.findChild(object, "preset-legs").click()
    qtbot.wait(100)
    settled(qtbot, window)
    levels, pose = models.session.document.levels, models.session.document.pose
    save_recording(path, models.playback.recording)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    qtbot.wait(100)
    settled(qtbot, window)
    window.files.open(path)
    qtbot.waitUntil(lambda: models.session.undo_stack.undoText() == "Open run.h5")
    np.testing.assert_array_equal(models.session.document.levels, levels)
    known = levels == FIXED_3D
    np.testing.assert_allclose(models.session.document.pose[known], pose[known], atol=0.01)
    shown = models.playback.recording
    qtbot.wait(200)
    assert models.playback.recording is shown
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert models.session.document.task == "generate"


def test_a_drag_is_followed_by_previews_and_then_by_all_hypotheses(window, qtbot):
    window.findChild(object, "preset-legs").click()
    qtbot.wait(100)
    settled(qtbot, window)
    sizes, live = [], []
    window.models.runner.finished.connect(lambda done: sizes.append(done.recording.hypotheses))
    window.models.playback.moment_changed.connect(lambda: live.append(window.models.playback.live))
    to = window.models.session.document.pose[13].copy()
    for _ in range(8):
        to = to + 10
        window.models.conditioning.move_joints([13], to[None], "drag-1")
        qtbot.wait(30)
    settled(qtbot, window)
    assert sizes[0] == 1
    assert sizes[-1] == 16
    assert not any(live)  # the pose in hand is refined, and does not dissolve into noise
    np.testing.assert_allclose(
        window.models.playback.recording.poses[0, :, 13], np.tile(to, (16, 1)), atol=0.5
    )


@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_sampling_is_a_click_away_in_a_small_window_too(window, qtbot, width):
    window.resize(width, 700)
    buttons = [find(window, QToolButton, f"button-{name}") for name in ("sample", "cancel", "live", "undo")]
    qtbot.waitUntil(lambda: window.toolbar.width() == width)
    qtbot.waitUntil(lambda: all(button.isVisible() for button in buttons))
    for name in ("task", "checkpoint", "sampler", "steps", "hypotheses", "seed"):
        assert find(window.toolbar, object, name).isVisible()
        assert find(window.toolbar, object, name).toolTip()
