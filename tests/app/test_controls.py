"""Controls that are seldom used, each worked as a hand does: by mouse and keyboard alone."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMenu, QPushButton, QSlider

from app.documents.document import POSTERIOR_MEAN, Document
from app.viewmodels.notices import Notice
from tests.app.conftest import settled
from tests.app.fakes import FakeBackend
from tests.app.test_window import find

LEFT = Qt.MouseButton.LeftButton


def pick(window, name: str, value: object) -> None:
    """Go to the entry of a combo box that stands for ``value``, by the arrow keys."""
    box = find(window, QComboBox, name)
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.currentData() != value:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() > before, f"{name} has no {value}"


@pytest.fixture
def denoising(window, qtbot):
    find(window, QPushButton, "preset-denoise").click()
    settled(qtbot, window)
    return window


def test_a_click_on_a_banner_leaves_the_keyboard_and_tab_gives_it_to_the_stage(window, qtbot):
    models, stage, done = window.models, window.stage, []
    stage.setFocus()
    for by_key in (False, True):
        notice = Notice("info", "Restore?", choices=(("Yes", lambda: done.append(1)),))
        models.notices.add(notice)
        button = find(window, QPushButton, "banner-yes")
        if by_key:
            button.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(button, Qt.Key.Key_Space)
        else:
            QTest.mouseClick(button, LEFT)
        assert notice not in models.notices.shown
        assert window.focusWidget() is stage
        qtbot.wait(20)  # until the banner is deleted
    assert len(done) == 2


def test_the_slider_has_the_keyboard_again_when_a_run_is_over(window, qtbot):
    slider, playback = find(window, QSlider, "timeline-slider"), window.models.playback
    slider.setFocus()
    window.models.sampling.sample()
    qtbot.waitUntil(lambda: not slider.isEnabled() or not window.models.sampling.busy)
    settled(qtbot, window)
    qtbot.waitUntil(slider.isEnabled)
    speed = playback.speed
    assert window.focusWidget() is slider
    QTest.keyClick(slider, Qt.Key.Key_Up)
    assert playback.speed == speed


def test_a_warning_is_logged_once_however_often_others_come_and_go(window, caplog):
    notices = window.models.notices
    with caplog.at_level("WARNING", "gfpose-viewer"):
        notices.add(Notice("warning", "Mind the gap"))
        notices.add(Notice("info", "Passing"))
        notices.dismiss(notices.shown[-1])
    assert [record.message.strip() for record in caplog.records] == ["Mind the gap:"]


def test_undo_and_redo_say_what_they_did(window):
    window.models.conditioning.apply_preset("legs")
    for name, said in (("undo", "Undone: Complete legs"), ("redo", "Redone: Complete legs")):
        window.actions_[name].trigger()
        assert window.statusBar().currentMessage() == said


def test_a_pose_is_pinned_once_and_said_to_be(window):
    models, stack = window.models, window.models.session.undo_stack
    models.gallery.set_focus(2)
    window.panels["gallery"].pin_focused()
    models.gallery.set_focus(2)
    steps = stack.count()
    window.panels["gallery"].pin_focused()
    assert len(models.gallery.pinned) == 1
    assert stack.count() == steps
    assert models.notices.shown[-1].title == "No. 3 is pinned already"


def test_a_pose_made_the_evidence_is_told_and_that_free_joints_stay_free(window, qtbot):
    models = window.models
    models.conditioning.apply_preset("legs")
    settled(qtbot, window)
    models.gallery.set_focus(1)
    window.panels["gallery"].use_focused()
    notice = models.notices.shown[-1]
    assert (notice.title, "stay free" in notice.what_to_do) == ("No. 2 is the evidence now", True)


def test_the_shape_of_noise_and_a_new_draw_change_what_is_added(denoising, qtbot):
    session = denoising.models.session
    gaussian = session.document.noise.draw()
    pick(denoising, "noise-kind", "uniform")
    assert session.document.noise.kind == "uniform"
    uniform = session.document.noise.draw()
    assert np.abs(uniform).max() <= np.sqrt(3) * session.document.noise.std_mm < np.abs(gaussian).max()
    QTest.mouseClick(find(denoising, QPushButton, "noise-new-draw"), LEFT)
    assert np.abs(session.document.noise.draw() - uniform).max() > 1
    for text in ("New noise", "Noise shape: Uniform"):
        assert session.undo_stack.undoText() == text
        session.undo_stack.undo()
    np.testing.assert_array_equal(session.document.noise.draw(), gaussian)


def test_denoising_starts_where_the_paper_does_or_where_the_noise_is(denoising, qtbot):
    session, sampling = denoising.models.session, denoising.models.sampling
    pick(denoising, "noise-estimate", Document.sampler)
    settled(qtbot, denoising)
    assert denoising.models.playback.recording.hypotheses > 1
    matched = denoising.models.playback.recording.condition.start.time
    assert matched == pytest.approx(sampling.prior.time_of_noise(session.document.noise.std_mm))
    pick(denoising, "noise-start-time", 0.05)
    settled(qtbot, denoising)
    assert denoising.models.playback.recording.condition.start.time == 0.05
    pick(denoising, "noise-estimate", POSTERIOR_MEAN)
    settled(qtbot, denoising)
    assert denoising.models.playback.recording.hypotheses == 1


def test_the_timeline_plays_at_the_speed_and_shows_what_is_chosen(window, qtbot):
    playback = window.models.playback
    pick(window, "timeline-speed", 0.5)
    assert playback.speed == 0.5
    playback.seek(playback.last / 2)
    for show in ("both", "clean", "noisy"):
        pick(window, "timeline-show", show)
        assert playback.show == show
        frame = window.stage_view.frame()
        assert (len(frame.poses) > 0) == (show != "noisy")
        assert (frame.noisy is not None) == (show != "clean")


def test_clusters_of_poses_turned_onto_each_other(window, qtbot):
    alike = window.findChild(QAbstractButton, "gallery-turned-alike")
    menu = next(m for m in window.findChildren(QMenu) if m.isAncestorOf(alike))
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(alike.isVisible)
    QTest.mouseClick(alike, LEFT, pos=alike.rect().center() * 0.1 + alike.rect().bottomLeft() * 0.45)
    assert alike.isChecked()
    assert window.models.ranking.arrangement.turned_alike
    menu.close()


def test_a_double_click_on_a_thumbnail_makes_it_the_evidence(window, qtbot):
    view, gallery = window.panels["gallery"].list, window.models.gallery
    pose = gallery.results[gallery.rows[2]].copy()
    at = view.visualRect(view.model().index(2, 0)).center()
    QTest.mouseClick(view.viewport(), LEFT, pos=at)
    QTest.mouseDClick(view.viewport(), LEFT, pos=at)
    np.testing.assert_allclose(window.models.session.document.pose, pose, atol=1e-3)


def test_the_device_is_chosen_from_a_menu(window, qtbot):
    menu = window.findChild(QMenu, "menu-device")
    menu.popup(window.mapToGlobal(window.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    (cpu,) = menu.actions()
    assert cpu.isChecked()
    loads = []
    window.models.runner.loading_changed.connect(loads.append)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(cpu).center())
    settled(qtbot, window)
    assert loads == [True, False]


def test_a_run_is_cancelled_in_the_status_line(open_window, qtbot):
    window = open_window(FakeBackend(), Document(options={"dpm-solver": {"steps": 200, "pause": 0.02}}))
    cancel = window.findChild(QAbstractButton, "status-cancel")
    qtbot.waitUntil(lambda: cancel.isVisible() and window.models.playback.live)
    QTest.mouseClick(cancel, LEFT)
    settled(qtbot, window)
    assert window.models.playback.recording.status == "cancelled"
    assert not cancel.isVisible()
