from itertools import pairwise

import numpy as np
import pytest

from app.documents.document import Document
from app.documents.moments import moment_at
from app.documents.presets import PRESETS
from app.session import Session
from app.viewmodels.conditioning import Conditioning
from app.viewmodels.gallery import Gallery
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.numbers import numbers
from app.viewmodels.playback import WHOLE_S, Playback
from app.viewmodels.progress import Progress
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory
from tests.app.fakes import STANDING

LEFT_LEG = list(H36M17.parts["left leg"])


def recording(moments=11, poses=1, hypotheses=2):
    ramp = np.arange(moments, dtype=np.float32)[:, None, None, None, None]
    states = np.broadcast_to(ramp, (moments, poses, hypotheses, 17, 3)).copy()
    trajectory = Trajectory(
        np.linspace(1, 0.001, moments), np.linspace(1000, 1, moments), states, states * 10
    )
    return Recording(states[-1], trajectory, Condition.nothing(poses), 0, "fake", "f", "dpm-solver")


@pytest.fixture
def playback(qapp):
    return Playback()


@pytest.fixture
def session(qapp):
    return Session()


@pytest.fixture
def conditioning(session):
    return Conditioning(session, lambda: STANDING)


class TestPlayback:
    def test_a_recording_opens_at_its_end(self, playback):
        playback.open(recording())
        assert playback.position == playback.last == 10
        assert playback.moment.time == pytest.approx(0.001)

    def test_between_two_moments_states_are_mixed(self, playback):
        playback.open(recording())
        playback.seek(2.25)
        np.testing.assert_allclose(playback.moment.states, 2.25)
        np.testing.assert_allclose(playback.moment.clean, 22.5)

    def test_the_playhead_stays_within_the_run(self, playback):
        playback.open(recording())
        playback.seek(99)
        assert playback.position == 10
        playback.step(-99)
        assert playback.position == 0

    def test_a_jump_goes_to_the_nearest_recorded_time(self, playback):
        playback.open(recording())
        playback.seek_time(0.52)
        assert playback.position == 5

    def test_it_plays_to_the_end_and_stops(self, playback, qtbot):
        playback.open(recording())
        playback.set_speed(10)
        playback.play()
        assert playback.position == 0
        qtbot.waitUntil(lambda: not playback.playing, timeout=int(WHOLE_S * 1000))
        assert playback.position == 10

    def test_it_plays_backwards_and_loops(self, playback, qtbot):
        playback.open(recording())
        playback.set_speed(10)
        playback.set_loop(True)
        playback.play(-1)
        seen = []
        playback.moment_changed.connect(lambda: seen.append(playback.position))
        qtbot.waitUntil(lambda: any(b > a for a, b in pairwise(seen)), timeout=3000)
        assert playback.playing
        playback.pause()

    def test_speed_is_held_between_a_tenth_and_ten(self, playback):
        for asked, got in ((0.001, 0.1), (99, 10), (2, 2)):
            playback.set_speed(asked)
            assert playback.speed == got

    def test_a_run_without_moments_is_shown_but_not_scrubbed(self, playback):
        whole = recording(moments=1)
        empty = Trajectory(*(array[:0] for array in vars(whole.trajectory).values()))
        playback.open(Recording(whole.poses, empty, whole.condition, 0, "", "", "x"))
        assert playback.last == 0
        playback.play()
        assert not playback.playing
        np.testing.assert_array_equal(playback.moment.clean, whole.poses[0])

    def test_every_pose_of_a_file_can_be_shown(self, playback):
        run = recording(poses=3)
        run.trajectory.clean[:, 2] += 500
        playback.open(run)
        playback.choose_pose(2)
        np.testing.assert_array_equal(playback.moment.clean, moment_at(run, 10, 2).clean)
        playback.choose_pose(7)
        assert playback.pose == 2


class TestConditioning:
    def test_a_joint_cycles_through_its_levels(self, conditioning):
        levels = []
        for _ in range(3):
            conditioning.cycle_joint(5)
            levels.append(conditioning.document.levels[5])
        assert levels == [SEEN_2D, FIXED_3D, FREE]

    def test_a_part_taken_away_from_a_fresh_pose_fixes_the_rest(self, conditioning):
        conditioning.cycle_part("left leg")
        levels = conditioning.document.levels
        assert (levels[LEFT_LEG] == FREE).all()
        assert (np.delete(levels, LEFT_LEG) == FIXED_3D).all()
        np.testing.assert_array_equal(conditioning.document.pose, STANDING)

    def test_a_part_of_mixed_levels_is_fixed_first(self, conditioning):
        conditioning.apply_preset("legs")
        conditioning.cycle_joint(LEFT_LEG[0])
        conditioning.cycle_part("left leg")
        assert (conditioning.document.levels[LEFT_LEG] == FIXED_3D).all()

    def test_edits_are_named_and_undone(self, conditioning, session):
        conditioning.cycle_part("left leg")
        conditioning.set_level([1, 2], SEEN_2D)
        assert session.undo_stack.undoText() == "2 joints: seen in 2D"
        session.undo_stack.undo()
        assert session.undo_stack.undoText() == "Free the left leg, fix the rest"
        session.undo_stack.undo()
        assert session.document.task == "generate"

    def test_a_drag_is_one_step(self, conditioning, session):
        conditioning.apply_preset("denoise")
        for std in (10, 20, 30):
            conditioning.set_noise("Noise", "noise-1", std_mm=float(std))
        conditioning.set_noise("Noise", "noise-2", std_mm=40.0)
        assert session.undo_stack.count() == 3
        session.undo_stack.undo()
        assert session.document.noise.std_mm == 30

    def test_moving_a_joint_leaves_the_others(self, conditioning, session):
        conditioning.apply_preset("legs")
        conditioning.move_joints([13], np.array([[1.0, 2.0, 3.0]]), "drag-1")
        np.testing.assert_array_equal(session.document.pose[13], [1, 2, 3])
        np.testing.assert_array_equal(session.document.pose[:13], STANDING[:13])

    def test_a_snap_brings_back_the_lengths_the_pose_came_with_after_any_number_of_moves(
        self, conditioning, session
    ):
        conditioning.apply_preset("legs")
        lengths = H36M17.bone_lengths(STANDING.astype(float))
        for away in (200, 350):
            conditioning.move_joints([13], STANDING[[13]] + away)
        assert conditioning.why_not_snap() is None
        conditioning.snap()
        assert session.undo_stack.undoText() == "Snap 10 joints to the bones"
        got = H36M17.bone_lengths(session.document.pose)
        known = [b for b, (parent, child) in enumerate(H36M17.bones) if parent > 0 and child >= 7]
        np.testing.assert_allclose(got[known], lengths[known], atol=0.1)
        np.testing.assert_array_equal(session.document.pose[LEFT_LEG], STANDING[LEFT_LEG])

    def test_only_the_selected_joints_are_snapped(self, conditioning, session):
        conditioning.apply_preset("legs")
        conditioning.move_joints([13, 16], STANDING[[13, 16]] + 200)
        conditioning.select([13])
        conditioning.snap()
        assert session.undo_stack.undoText() == "Snap Left wrist to the bones"
        np.testing.assert_allclose(session.document.pose[16], STANDING[16] + 200)
        away = np.linalg.norm(session.document.pose[13] - STANDING[12])
        assert away == pytest.approx(np.linalg.norm(STANDING[13] - STANDING[12]), abs=0.1)

    def test_a_drag_ends_snapped_where_that_is_wished_and_is_one_step(self, conditioning, session):
        conditioning.apply_preset("legs")
        count = session.undo_stack.count()
        for snaps in (False, True):
            conditioning.set_snaps(snaps)
            conditioning.move_joints([13], STANDING[[13]] + 300, f"drag-{snaps}")
            conditioning.finish_drag([13], f"drag-{snaps}")
            away = np.linalg.norm(session.document.pose[13] - STANDING[12])
            assert (abs(away - np.linalg.norm(STANDING[13] - STANDING[12])) < 0.1) == snaps
        assert session.undo_stack.count() == count + 2

    def test_bones_nobody_has_are_taken_from_the_run(self, session):
        flat = STANDING.copy()
        flat[13] = flat[12]
        runs = STANDING[None] * np.array([0.9, 1.1])[:, None, None]
        conditioning = Conditioning(session, lambda: flat, None, lambda: runs)
        conditioning.apply_preset("legs")
        fore = [child for _, child in H36M17.bones].index(13)
        lengths = H36M17.bone_lengths(STANDING.astype(float))
        assert conditioning.bones()[fore] == pytest.approx(lengths[fore])
        np.testing.assert_allclose(np.delete(conditioning.bones(), fore), np.delete(lengths, fore))

    def test_a_joint_fixed_anew_brings_its_bones_along(self, session):
        seen = [STANDING]
        conditioning = Conditioning(session, lambda: seen[0])
        conditioning.apply_preset("legs")
        conditioning.move_joints([13], STANDING[[13]] + 300)
        seen[0] = STANDING * 1.1
        conditioning.set_level(LEFT_LEG, FIXED_3D)
        lengths, touched = H36M17.bone_lengths(STANDING.astype(float)), [3, 4, 5]
        np.testing.assert_allclose(session.document.bones[touched], 1.1 * lengths[touched])
        np.testing.assert_allclose(np.delete(session.document.bones, touched), np.delete(lengths, touched))

    @pytest.mark.parametrize(("std", "start"), [(20.0, 0.05), (41.2, 0.05), (60.0, 0.1)])
    def test_as_in_the_paper_sets_alg_1_and_the_start_times_of_table_7(
        self, conditioning, session, std, start
    ):
        conditioning.apply_preset("denoise")
        conditioning.set_noise("Noise", std_mm=std)
        assert session.document.start_time is None
        conditioning.set_papers(True)
        assert (session.document.sampler, session.document.start_time) == ("euler-maruyama", start)
        conditioning.apply_preset("legs")
        assert conditioning.papers
        assert session.document.start_time is None
        conditioning.set_papers(False)
        assert session.document.sampler == Document().sampler

    def test_a_preset_takes_back_a_use_of_evidence_that_is_not_the_papers(self, conditioning, session):
        session.edit("Evidence use", evidence="imputation", guidance=2.0)
        conditioning.apply_preset("legs from 2D")
        assert (session.document.evidence, session.document.guidance) == (None, 1.0)
        assert set(session.document.levels) == {FREE, SEEN_2D}
        assert conditioning.preset.key == "legs from 2D"

    def test_without_a_pose_it_says_so_and_changes_nothing(self, session, qtbot):
        conditioning = Conditioning(session, lambda: None)
        with qtbot.waitSignal(conditioning.no_pose):
            conditioning.cycle_joint(3)
        with qtbot.waitSignal(conditioning.no_pose):
            conditioning.apply_preset("lift")
        assert session.undo_stack.count() == 0

    @pytest.mark.parametrize("key", PRESETS)
    def test_there_is_a_hint_for_every_task(self, conditioning, key):
        conditioning.apply_preset(key)
        assert conditioning.hint()


class TestGallery:
    def poses(self):
        return STANDING + np.array([0, 90, 30], np.float32)[:, None, None] * (np.arange(17) > 3)[:, None]

    def test_a_pin_outlives_its_run(self, qapp):
        gallery = Gallery()
        gallery.set_results(self.poses())
        gallery.pin(1)
        kept = gallery.poses[3]
        gallery.set_results(self.poses() + 7)
        assert gallery.rows == [3, 0, 1, 2]
        np.testing.assert_array_equal(gallery.poses[3], kept)
        gallery.set_focus(3)
        np.testing.assert_array_equal(gallery.focused_pose, kept)
        gallery.pin(3)
        assert gallery.focus == 2

    def test_focus_stays_with_the_run_or_with_the_pin_when_their_numbers_change(self, qapp):
        gallery = Gallery()
        gallery.set_results(self.poses())
        gallery.pin(0)
        gallery.pin(1)
        gallery.set_focus(2)
        gallery.set_results(self.poses()[:1])
        assert gallery.focus == 0  # the run's own, not a pinned one
        gallery.set_focus(2)
        gallery.set_results(self.poses())
        assert gallery.label(gallery.focus) == "pin 2"

    def test_focus_survives_fewer_hypotheses_and_none(self, qapp):
        gallery = Gallery()
        assert gallery.focus is None
        assert gallery.focused_pose is None
        gallery.set_results(self.poses())
        gallery.set_focus(2)
        gallery.set_results(self.poses()[:1])
        assert gallery.focus == 0
        gallery.move_focus(1)
        assert gallery.focus == 0


def test_numbers_tell_the_error_before_and_after_denoising():
    document = PRESETS["denoise"].apply(Document(), STANDING)
    figures = dict(numbers(document, STANDING[None] + 0.0))
    assert figures["MPJPE, denoised"] == "0 mm"
    assert float(figures["MPJPE, noisy"].split()[0]) > 50
    assert numbers(document, STANDING[:0][None][:0]) == []


def test_progress_tells_rate_and_time_left():
    now = [0.0]
    progress = Progress(lambda: now[0])
    assert progress.text() == ""
    progress.see(0, 101)
    now[0] = 1.0
    progress.see(20, 101)
    assert progress.rate == pytest.approx(20)
    assert progress.eta == pytest.approx(4)
    assert progress.text() == "step 20/100 · 20 steps/s · ETA 4.0 s"
    progress.start()
    assert progress.text() == ""


def test_the_oldest_notice_gives_way_and_none_is_shown_twice(qapp):
    notices = Notices()
    for k in range(5):
        notices.add(Notice("error", str(k)))
    notices.add(Notice("error", "4"))
    assert [n.title for n in notices.shown] == ["2", "3", "4"]
    notices.dismiss(Notice("error", "3"))
    assert [n.title for n in notices.shown] == ["2", "4"]


def test_good_news_takes_the_place_of_older_and_goes_by_itself(qtbot, monkeypatch):
    monkeypatch.setattr("app.viewmodels.notices.LINGER_MS", 30)
    notices = Notices()
    notices.add(Notice("error", "bad"))
    notices.add(Notice("info", "facts", details="to be read"))
    for name in ("a", "b"):
        notices.add(Notice("info", f"Wrote {name}"))
    assert [n.title for n in notices.shown] == ["bad", "facts", "Wrote b"]
    qtbot.waitUntil(lambda: [n.title for n in notices.shown] == ["bad", "facts"])
