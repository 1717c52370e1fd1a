"""The evidence panel in the real window: selection, levels, typed places, snapping, tasks."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QScrollArea, QSlider, QSpinBox

from app.documents.request import PriorInfo
from app.panels.body_map import BodyMap
from app.scene.frame import TRUTH
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17
from tests.app.conftest import settled
from tests.app.fakes import FakeBackend
from tests.app.test_window import CTRL, LEFT, LEFT_LEG, PLAIN, SHIFT, click_joint, find, press


@pytest.fixture
def fixed(window, qtbot):
    """A window with every joint but the legs fixed."""
    window.findChild(object, "preset-legs").click()
    settled(qtbot, window)
    return window


def drag(qtbot, stage, start, by, keys=PLAIN):
    qtbot.mousePress(stage, LEFT, keys, start)
    for share in (0.2, 0.6, 1.0):
        qtbot.mouseMove(stage, start + by * share)
    qtbot.mouseRelease(stage, LEFT, keys, start + by)


def test_a_box_on_the_stage_selects_and_keys_set_the_level(fixed, qtbot):
    stage, conditioning = fixed.stage, fixed.models.conditioning
    stage.set_view("front")
    drag(qtbot, stage, QPoint(4, 4), QPoint(stage.width() - 8, stage.height() - 8), SHIFT)
    assert conditioning.selection == frozenset(range(17))
    for key, level in ((Qt.Key.Key_2, SEEN_2D), (Qt.Key.Key_3, FIXED_3D), (Qt.Key.Key_F, FREE)):
        press(qtbot, fixed, key)
        assert set(fixed.models.session.document.levels) == {level}
    assert fixed.models.session.undo_stack.undoText() == "17 joints: free"


def test_the_level_keys_are_grey_and_say_why_while_nothing_is_selected(fixed):
    action = fixed.actions_["level-3d"]
    assert not action.isEnabled()
    assert "no joint is selected" in action.toolTip()
    assert not find(fixed, QPushButton, "level-3d").isEnabled()
    fixed.models.conditioning.select([3])
    assert action.isEnabled()


def test_a_part_is_dragged_with_shift_as_one_step(fixed, qtbot):
    document, stack = fixed.models.session.document, fixed.models.session.undo_stack
    at, count = fixed.stage.joint_screen_position(12).toPoint(), stack.count()
    drag(qtbot, fixed.stage, at, QPoint(30, -20), SHIFT)
    way = fixed.models.session.document.pose - document.pose
    arm = list(H36M17.parts["left arm"])
    assert (np.linalg.norm(way[arm], axis=1) > 10).all()
    assert not np.delete(way, arm, 0).any()
    assert stack.count() == count + 1
    assert stack.undoText() == "Move the left arm"


def test_the_toggle_snaps_at_the_end_of_a_drag_and_is_remembered(fixed, qtbot, open_window):
    find(fixed, QCheckBox, "snap-after-drag").click()
    assert fixed.actions_["snap-after-drag"].isChecked()
    lengths, stack = H36M17.bone_lengths(fixed.models.session.document.pose), fixed.models.session.undo_stack
    at, count = fixed.stage.joint_screen_position(13).toPoint(), stack.count()
    drag(qtbot, fixed.stage, at, QPoint(70, -50))
    np.testing.assert_allclose(H36M17.bone_lengths(fixed.models.session.document.pose), lengths, atol=0.1)
    assert stack.count() == count + 1
    assert open_window().models.conditioning.snaps


def test_the_key_snaps_what_a_drag_has_stretched(fixed, qtbot):
    lengths = H36M17.bone_lengths(fixed.models.session.document.pose)
    drag(qtbot, fixed.stage, fixed.stage.joint_screen_position(13).toPoint(), QPoint(70, -50))
    assert abs(H36M17.bone_lengths(fixed.models.session.document.pose) - lengths).max() > 20
    press(qtbot, fixed, Qt.Key.Key_L)
    np.testing.assert_allclose(H36M17.bone_lengths(fixed.models.session.document.pose), lengths, atol=0.1)


def test_the_place_of_a_joint_is_typed_in_mm_and_undone(fixed, qtbot):
    click_joint(qtbot, fixed, 13, CTRL)
    before = fixed.models.session.document.pose.copy()
    for axis, name in enumerate("xyz"):
        box = find(fixed, QSpinBox, f"place-{name}")
        assert box.value() == round(before[13, axis])
        box.setValue(100 * axis - 50)
    np.testing.assert_array_equal(fixed.models.session.document.pose[13], [-50, 50, 150])
    np.testing.assert_array_equal(
        np.delete(fixed.models.session.document.pose, 13, 0), np.delete(before, 13, 0)
    )
    for _ in "xyz":
        press(qtbot, fixed, Qt.Key.Key_Z, CTRL)
    np.testing.assert_array_equal(fixed.models.session.document.pose, before)


@pytest.mark.parametrize(
    ("joint", "level", "can", "says"),
    [
        (0, FIXED_3D, (0, 0, 0), "origin"),
        (LEFT_LEG[1], FREE, (0, 0, 0), "free"),
        (13, SEEN_2D, (1, 1, 0), "depth"),
        (13, FIXED_3D, (1, 1, 1), ""),
    ],
)
def test_what_cannot_be_typed_says_why(fixed, joint, level, can, says):
    if level == SEEN_2D:
        fixed.models.conditioning.set_level([joint], level)
    fixed.models.conditioning.select([joint])
    assert [find(fixed, QSpinBox, f"place-{name}").isEnabled() for name in "xyz"] == list(map(bool, can))
    note = fixed.findChild(object, "place-note")
    assert note.isHidden() == (not says)
    assert says in note.text()


def test_several_joints_have_no_place_to_type(fixed):
    fixed.models.conditioning.select([12, 13])
    assert not fixed.findChild(object, "place").isVisible()


def test_completions_know_the_rest_in_3d_or_2d(fixed):
    window, session = fixed, fixed.models.session
    find(window, QPushButton, "complete-from-2d").click()
    assert set(session.document.levels) == {FREE, SEEN_2D}
    assert window.toolbar._task.currentText() == "Complete legs from 2D"
    find(window, QPushButton, "preset-arms").click()
    assert session.undo_stack.undoText() == "Complete arms from 2D"
    find(window, QPushButton, "complete-from-3d").click()
    assert set(session.document.levels) == {FREE, FIXED_3D}


HIP = "it needs to know where the hip is"


class Unconditional(FakeBackend):
    """A prior that cannot complete the lower body, as one without conditions cannot."""

    def describe(self, prior, checkpoint, device):
        told = super().describe(prior, checkpoint, device)
        return PriorInfo(**{**vars(told), "refusals": {"gfpose": {"lower body": HIP}}})


def test_a_task_the_checkpoint_cannot_do_is_grey_everywhere_and_says_why(open_window, qtbot):
    window = open_window(Unconditional())
    settled(qtbot, window)
    chip, action = find(window, QPushButton, "preset-lower-body"), window.actions_["task-lower body"]
    assert not chip.isEnabled()
    assert not action.isEnabled()
    assert "where the hip is" in chip.toolTip()
    assert "where the hip is" in action.toolTip()
    combo = window.toolbar._task
    item = combo.model().item(combo.findData("lower body"))
    assert not item.isEnabled()
    assert find(window, QPushButton, "preset-arms").isEnabled()
    assert "HPJ-020-3D" in find(window, QPushButton, "preset-arms").toolTip()
    find(window, QPushButton, "complete-from-2d").click()
    assert chip.isEnabled()


def test_the_tasks_are_sampled_as_in_the_paper_where_that_is_wished(fixed):
    paper, session = find(fixed, QPushButton, "paper"), fixed.models.session
    assert not paper.isChecked()
    paper.click()
    assert session.document.sampler == "euler-maruyama"
    assert fixed.actions_["paper"].isChecked()
    session.undo_stack.undo()
    assert not paper.isChecked()


@pytest.mark.parametrize("size", [(298, 317), (298, 215), (240, 158), (322, 420)])
def test_the_chips_of_parts_cover_neither_joints_nor_one_another(qtbot, size):
    body = BodyMap()
    qtbot.addWidget(body)
    chips = {part: QPushButton(part.capitalize()) for part in H36M17.parts}
    for part, chip in chips.items():
        chip.setProperty("chip", True)
        body.add_chip(part, chip)
    body.resize(*size)
    body.show()
    body.place_chips()
    for chip in chips.values():
        assert body.rect().contains(chip.geometry())
        at = [body.position(joint) for joint in range(17)]
        assert not any(chip.geometry().adjusted(-3, -3, 3, 3).contains(place.toPoint()) for place in at)
    for one, other in itertools.combinations(chips.values(), 2):
        assert not one.geometry().intersects(other.geometry())


def test_the_noise_is_scrolled_to_when_denoising_begins(window, qtbot):
    window.resize(1440, 780)
    noise = window.panels["evidence"].noise
    window.models.conditioning.apply_preset("denoise")
    shown = window.panels["evidence"].findChild(QScrollArea).viewport()

    def whole():
        return shown.rect().contains(QRect(noise.mapTo(shown, QPoint()), noise.size()).bottomLeft())

    qtbot.waitUntil(whole)


def test_of_a_pose_that_is_denoised_map_and_stage_say_alike_that_nothing_is_known(fixed, qtbot):
    fixed.models.conditioning.apply_preset("denoise")
    settled(qtbot, fixed)
    frame, slider = fixed.stage_view.frame(), find(fixed, QSlider, "timeline-slider")
    assert not frame.levels.any()
    assert not find(fixed, BodyMap, "body-map")._levels.any()
    assert "Torso: free" in find(fixed, QPushButton, "part-torso").accessibleName()
    assert (slider.isEnabled(), slider.value()) == (False, slider.maximum())
    assert "nothing to scrub" in slider.toolTip()
    fixed.models.conditioning.cycle_joint(3)
    settled(qtbot, fixed)
    assert np.flatnonzero(fixed.models.session.document.known).tolist() == [3]
    assert slider.isEnabled()


@pytest.mark.parametrize("own", [False, True])
def test_clean_noisy_and_denoised_pose_stand_side_by_side_or_lie_over_each_other(fixed, qtbot, own):
    models, apart = fixed.models, [900, 0, 0]
    models.conditioning.apply_preset("denoise")
    if own:
        models.conditioning.set_noise("Noise shape", kind="own")
    settled(qtbot, fixed)
    document, (denoised,) = models.session.document, models.gallery.results
    first = np.array([-450 if own else 0, 0, 0])
    frame = fixed.stage_view.frame()
    np.testing.assert_allclose(frame.poses[frame.focus], denoised + first + apart, atol=0.1)
    np.testing.assert_allclose(frame.poses[list(frame.beside)], [document.noisy_pose + first], atol=0.1)
    named = {name: frame.ground_truth if k == TRUTH else frame.poses[k] for k, name in frame.names}
    assert list(named) == (["noisy", "denoised"] if own else ["clean", "noisy", "denoised"])
    if not own:
        np.testing.assert_allclose(named["clean"], document.pose - apart, atol=0.1)
    assert frame.noisy is None  # x(t) is the noisy pose, which stands there
    press(qtbot, fixed, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    frame = fixed.stage_view.frame()
    np.testing.assert_allclose(frame.poses, [denoised], atol=0.1)
    assert frame.noisy.shape == frame.poses.shape
    assert not frame.names
    if not own:
        np.testing.assert_allclose(frame.ground_truth, document.pose, atol=0.1)
    shown = find(fixed, QLabel, "hint").text()
    assert shown.endswith("thin: the pose as it came" if own else "green: before the noise")


def test_x_of_t_goes_with_what_comes_of_it(fixed, qtbot):
    models = fixed.models
    models.conditioning.apply_preset("denoise")
    models.session.edit("Answer of denoising", sampler="dpm-solver")
    settled(qtbot, fixed)
    models.playback.seek(0)
    assert fixed.stage_view.frame().noisy is None
    models.gallery.set_focus(1)
    models.playback.set_show("noisy")
    frame = fixed.stage_view.frame()
    np.testing.assert_allclose(frame.noisy, models.playback.moment.states + [900, 0, 0], atol=0.1)
    np.testing.assert_allclose(frame.poses, [models.session.document.noisy_pose], atol=0.1)
    models.playback.set_show("both")
    models.gallery.pin(1)
    pinned = models.gallery.pinned[0].label
    for focus in (1, len(models.gallery.poses) - 1):  # a hypothesis, and the pinned pose
        models.gallery.set_focus(focus)
        count = len(models.gallery.poses)
        names = {name: index for index, name in fixed.stage_view.frame().names}
        denoised = 1 if focus == 1 else 0
        assert names == {"clean": TRUTH, "noisy": count, "denoised": denoised, pinned: count - 1}
    models.gallery.set_pinned(())
    models.playback.seek(3)
    frame, moment = fixed.stage_view.frame(), models.playback.moment
    np.testing.assert_allclose(frame.noisy, moment.states + [900, 0, 0], atol=0.1)
    np.testing.assert_allclose(frame.poses[:-1], moment.clean + [900, 0, 0], atol=0.1)
    models.gallery.toggle_selected(0)
    models.gallery.toggle_selected(2)
    models.layers.set("compare", True)
    np.testing.assert_allclose(fixed.stage_view.frame().poses, moment.clean, atol=0.1)


@pytest.mark.parametrize(("kind", "own"), [("gaussian", False), ("own", True)])
def test_samples_of_denoising_begin_their_timeline_with_the_noisy_pose(fixed, qtbot, kind, own):
    models = fixed.models
    models.conditioning.apply_preset("denoise")
    models.session.edit("Answer of denoising", sampler="dpm-solver")
    models.conditioning.set_noise("Noise shape", kind=kind)
    settled(qtbot, fixed)
    assert "where the timeline begins" in models.conditioning.hint(overlaid=True)
    assert "The timeline begins with" in models.conditioning.hint()
    for overlaid in (True, False):
        assert ("as it came" in models.conditioning.hint(overlaid)) == own
    start = models.playback.recording.condition.start.poses[0]
    np.testing.assert_allclose(start, models.session.document.noisy_pose, atol=1e-3)
