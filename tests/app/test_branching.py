"""Branch here, and the list of runs: in the real window, undone and redone, and in files."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QListView, QPushButton, QToolButton

from app.documents.branch import Branch
from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.runs import Run, Shelf, describe, is_whole, size, thin, within
from app.engine.backend import TorchBackend
from app.engine.session_file import read_session, write_session
from app.panels.run_tree import LANES, RUN, lanes_of, share
from app.session import Session
from app.viewmodels.asking import document_of, request_for
from app.viewmodels.playback import Playback
from app.viewmodels.runs import MOST_EARLIER, Runs
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.registry import WITHOUT_NOISE
from tests.app.conftest import settled
from tests.app.fakes import STANDING, FakeBackend
from tests.app.test_engine import Bench
from tests.app.test_window import find
from tests.samples import a_recording, tiny_checkpoint


def branch_of(recording, document=None, moment=2, hypothesis=None, run=1):
    return Branch.of(recording, document or Document(), moment, 0, hypothesis, run)


def generated(rng, moments=6, s=3, **changes):
    recording = a_recording(rng, n=1, s=s, moments=moments, seed=1, **changes)
    return replace(recording, condition=Condition.nothing(1))


class TestBranch:
    def test_it_holds_the_states_of_the_moment_and_the_estimates_before(self, rng):
        recording = generated(rng)
        branch = branch_of(recording, moment=4)
        resume = branch.condition.resume
        np.testing.assert_array_equal(resume.states, recording.trajectory.states[4])
        np.testing.assert_array_equal(resume.earlier, recording.trajectory.clean[[3, 2, 1]])
        assert list(resume.earlier_times) == list(recording.trajectory.times[[3, 2, 1]])
        one = branch_of(recording, moment=1, hypothesis=2).condition.resume
        np.testing.assert_array_equal(one.states, recording.trajectory.states[1][:, [2]])
        np.testing.assert_array_equal(one.earlier, recording.trajectory.clean[[0]][:, :, [2]])

    def test_its_document_asks_for_the_run_itself_while_only_the_seed_is_new(self, rng):
        branch = branch_of(generated(rng))
        same = Document(branch=branch, seed=77)
        assert same.condition() is branch.condition
        for other in (
            replace(same, sampler="unipc"),
            same.with_option("steps", 3),
            replace(same, evidence="both"),
            replace(same, guidance=2.0),
            replace(same, pose=STANDING, levels=np.full(17, SEEN_2D)),
        ):
            resume = other.condition().resume
            assert resume.earlier is None
            np.testing.assert_array_equal(resume.states, branch.condition.resume.states)

    def test_changed_evidence_is_seen_from_the_view_of_the_states(self, rng):
        levels = rng.integers(FREE, FIXED_3D + 1, 17)
        levels[0] = FREE  # alone it would be looked at from another view
        document = Document(pose=STANDING, levels=levels, branch=branch_of(generated(rng)))
        condition, then = document.condition(), document.branch.condition
        np.testing.assert_array_equal(condition.view.rotation, then.view.rotation)
        expected = then.view.to_network((document.pose + document.origin)[None])
        seen = condition.observed
        np.testing.assert_allclose(condition.values[seen], expected[seen], atol=1e-3)

    @pytest.mark.parametrize(
        "change",
        [
            {"checkpoint": "other"},
            {"pose": STANDING, "levels": np.full(17, SEEN_2D), "origin": np.array([0, 0, 4000.0])},
            {"pose": STANDING, "denoising": True},
            {"sampler": POSTERIOR_MEAN},
        ],
    )
    def test_it_goes_with_the_space_of_its_states(self, rng, change):
        document = Document(branch=branch_of(generated(rng)))
        assert document.branch is not None
        assert replace(document, **change).branch is None
        assert replace(document, seed=3, hypotheses=2).branch is document.branch

    def test_denoising_goes_on_until_the_noisy_pose_is_another(self, rng):
        document = Document(pose=STANDING, denoising=True, sampler="euler-maruyama")
        recording = replace(generated(rng), condition=document.condition(0.3))
        after = replace(document, branch=branch_of(recording, document))
        assert after.condition(0.3) is after.branch.condition
        assert replace(after, noise=replace(after.noise, seed=9)).branch is None
        assert replace(after, start_time=0.2).branch is None

    def test_a_recorded_branch_brings_its_branch_back(self, rng):
        branch = branch_of(generated(rng), moment=2)
        recording = replace(generated(rng), condition=branch.condition, sampler="dpm-solver", options={})
        document = document_of(recording, Document(), FakeBackend().ready().samplers)
        assert document.condition() is not None
        np.testing.assert_array_equal(document.condition().resume.states, branch.condition.resume.states)
        plain = document_of(generated(rng), document, FakeBackend().ready().samplers)
        assert plain.branch is None


@pytest.mark.parametrize("task", ["generate", "complete", "denoise"])
def test_a_deterministic_run_is_carried_to_the_same_end(tmp_path, task):
    """The whole way of the app: document, request, worker, recording, branch, and again."""
    backend, checkpoint = TorchBackend(), str(tiny_checkpoint(tmp_path))
    prior = backend.describe(backend.load(checkpoint, "cpu"), checkpoint, "cpu")
    document = Document(checkpoint=checkpoint, hypotheses=3).with_option("eta", 0.0)
    if task == "complete":
        levels = np.where(np.arange(17) < 7, FREE, FIXED_3D)
        document = replace(document, pose=STANDING, levels=levels)
    elif task == "denoise":
        document = replace(document, pose=STANDING, denoising=True)
    bench = Bench()
    bench.worker._backend = backend
    whole = bench.run(request_for(document, prior, animate=False))[-1].recording
    branch = branch_of(whole, document, moment=9)
    again = replace(document, branch=branch, seed=5)
    rest = bench.run(request_for(again, prior, animate=False))[-1].recording
    np.testing.assert_allclose(rest.trajectory.states, whole.trajectory.states[9:], atol=0.02)
    np.testing.assert_allclose(rest.poses, whole.poses, atol=0.02)


class TestShelf:
    def test_what_was_asked_for_longest_ago_is_thinned_then_dropped(self, rng):
        recordings = [generated(rng, moments=20) for _ in range(4)]
        one, poses = size(recordings[0]), recordings[0].poses.nbytes
        shelf = Shelf(2 * one + 2 * poses)
        for number in (0, 1, 2):
            shelf.put(number, recordings[number])
        assert [is_whole(shelf.peek(n)) for n in (0, 1, 2)] == [False, True, True]
        shelf.get(1)
        shelf.put(3, recordings[3])
        assert [is_whole(shelf.peek(n)) for n in (0, 1, 2, 3)] == [False, True, False, True]
        np.testing.assert_array_equal(shelf.peek(2).poses, recordings[2].poses)
        tight = Shelf(one)
        for number, recording in enumerate(recordings):
            tight.put(number, recording)
        assert [tight.peek(n) is not None for n in range(4)] == [False, False, False, True]

    def test_files_hold_what_was_kept_first(self, rng):
        runs = tuple(
            (Run(n, str(n), Document(), 3, (9.0, 1.0), kept=n == 0), generated(rng, moments=20))
            for n in range(3)
        )
        one = size(runs[0][1])
        held = within(runs, one + 2 * size(thin(runs[0][1])))
        assert [is_whole(recording) for _, recording in held] == [True, False, False]
        assert all(recording is not None for _, recording in held)
        assert all(recording is None for _, recording in within(runs, 0))


def test_the_lanes_of_a_branch_hang_from_the_line_it_comes_from(rng):
    def run(number, parent=0, first=5000.0):
        branch = branch_of(generated(rng), run=parent) if parent else None
        return Run(number, f"Run {number}", Document(branch=branch), 3, (first, 2.0))

    lanes = lanes_of([run(1), run(2, 1, 100.0), run(4, 2, 20.0), run(3, 1, 50.0), run(5)])
    assert [lane.hangs for lane in lanes] == [False, True, True, True, False]
    assert lanes[0].parted == (share(100.0), share(50.0))
    assert lanes[1].passing == (share(50.0),)
    assert lanes[2].passing == (share(50.0),)
    assert lanes[4].passing == ()
    assert 0 == share(5000.0) < share(100.0) < share(20.0) < share(1.0) == 1


def branch_here(qtbot, window, at=0.5, every=False):
    """Move the playhead and press the button."""
    models = window.models
    models.playback.seek(round(at * models.playback.last))
    if every:
        window.actions_["branch-all"].trigger()
    else:
        QTest.mouseClick(find(window, QToolButton, "branch-here"), Qt.MouseButton.LeftButton)
    settled(qtbot, window)


def row_of(window, number):
    view = window.panels["runs"].findChild(QListView, "runs")
    for row in range(view.model().rowCount()):
        index = view.model().index(row, 0)
        if index.data(RUN).number == number:
            return view, index
    raise AssertionError(f"run {number} is not listed")


class TestWindow:
    def test_a_fan_goes_on_from_the_hypothesis_in_focus_and_is_listed_below_its_run(self, qtbot, window):
        models = window.models
        first = models.playback.recording
        models.gallery.set_focus(4)
        branch_here(qtbot, window)
        moment = round(0.5 * (len(first.trajectory) - 1))
        trajectory = models.playback.recording.trajectory
        assert trajectory.times[0] == first.trajectory.times[moment]
        for state in trajectory.states[0, 0]:
            np.testing.assert_allclose(state, first.trajectory.states[moment, 0, 4], atol=1e-2)
        run, depth = models.runs.in_tree()[1]
        assert (run.number, depth, run.parent, run.kept) == (2, 1, 1, True)
        assert models.runs.find(1).kept
        assert describe(run, models.runs.find(1), {}) == f"t = {trajectory.times[0]:.2f} · no. 5 · new seed"
        assert models.session.undo_stack.undoText().startswith("Branch at t = 0.47")

    def test_every_hypothesis_goes_on_from_its_own(self, qtbot, window):
        models = window.models
        first = models.playback.recording
        branch_here(qtbot, window, every=True)
        trajectory = models.playback.recording.trajectory
        moment = first.trajectory.nearest(trajectory.times[0])
        np.testing.assert_allclose(trajectory.states[0], first.trajectory.states[moment], atol=1e-2)
        models.session.edit("More", hypotheses=30)
        settled(qtbot, window)
        assert models.playback.recording.hypotheses == first.hypotheses

    def test_undo_shows_the_run_before_at_once_and_redo_the_branch(self, qtbot, window):
        models = window.models
        first = models.playback.recording
        branch_here(qtbot, window)
        branch = models.playback.recording
        models.session.undo_stack.undo()
        assert models.playback.recording is first
        assert models.session.document.branch is None
        models.session.undo_stack.redo()
        assert models.playback.recording is branch
        assert not models.sampling.busy
        assert not models.sampling.waiting

    def test_edited_evidence_is_sampled_from_the_same_states(self, qtbot, window):
        models = window.models
        branch_here(qtbot, window)
        start = models.playback.recording.trajectory.states[0]
        models.conditioning.set_level(range(17), SEEN_2D)
        settled(qtbot, window)
        again = models.playback.recording
        np.testing.assert_allclose(again.trajectory.states[0], start, atol=1e-2)
        assert again.condition.levels.any()
        assert again.condition.resume.earlier is None
        assert (models.runs.shown.parent, models.runs.shown.kept) == (1, False)
        QTest.mouseClick(find(window, QToolButton, "branch-leave"), Qt.MouseButton.LeftButton)
        settled(qtbot, window)
        assert models.playback.recording.trajectory.times[0] == 1.0
        assert models.session.undo_stack.undoText() == "Start from noise"

    def test_a_task_starts_from_noise_and_until_then_the_window_says_what_goes_on(self, qtbot, window):
        models, hint = window.models, find(window, QLabel, "hint")
        branch_here(qtbot, window)
        assert f"goes on from x(t) at t = {models.session.document.branch.time:.2f}" in hint.text()
        models.conditioning.apply_preset("lift")
        settled(qtbot, window)
        assert models.playback.recording.trajectory.times[0] == 1.0
        assert "goes on" not in hint.text()

    @pytest.mark.parametrize("answer", ["Branch with fresh noise", "Branch to change evidence"])
    def test_where_a_seed_changes_nothing_it_says_so_and_asks(self, qtbot, window, answer):
        models = window.models
        models.session.apply("ODE", models.session.document.with_option("eta", 0.0))
        settled(qtbot, window)
        document = models.session.document
        models.playback.seek(5)
        models.branching.branch()
        assert models.session.document is document
        notice = models.notices.shown[-1]
        assert notice.title == "Another seed changes nothing here"
        dict(notice.choices)[answer]()
        settled(qtbot, window)
        fresh = answer.endswith("noise")
        assert models.session.document.sampler_options["eta"] == (1.0 if fresh else 0.0)
        assert models.runs.shown.parent == 2

    def test_a_question_about_another_document_is_taken_back(self, qtbot, window):
        models = window.models
        models.session.apply("No noise", models.session.document.with_option("eta", 0.0))
        settled(qtbot, window)
        models.playback.seek(9)
        models.branching.branch()
        models.branching.branch()
        assert [notice.title for notice in models.notices.shown] == ["Another seed changes nothing here"]
        models.session.edit("Hypotheses", hypotheses=5)
        assert not models.notices.shown

    def test_what_cannot_run_on_a_branch_is_grey_and_a_task_that_needs_it_starts_over(self, qtbot, window):
        models, samplers = window.models, find(window, QComboBox, "sampler")
        mean = samplers.model().item(samplers.findData(POSTERIOR_MEAN))
        assert mean.isEnabled()
        branch_here(qtbot, window)
        assert not mean.isEnabled()
        assert "start from noise again" in mean.toolTip()
        models.branching.leave()
        assert mean.isEnabled()
        assert not mean.toolTip()
        models.session.undo_stack.undo()
        assert not mean.isEnabled()
        find(window, QPushButton, "preset-denoise").click()
        settled(qtbot, window)
        assert models.session.document.branch is None
        assert models.playback.recording.sampler == POSTERIOR_MEAN
        assert not models.notices.shown

    def test_what_cannot_be_branched_is_refused_in_words(self, qtbot, window, rng):
        models, document = window.models, window.models.session.document

        def refused(words):
            models.branching.branch()
            notice = models.notices.shown[-1]
            models.notices.dismiss(notice)
            assert words in notice.what_to_do
            assert len(models.runs.listed) == before

        before = len(models.runs.listed)
        refused("over here")
        models.playback.seek(4)
        models.gallery.pin(0)
        models.gallery.set_focus(models.gallery.count)
        refused("pinned pose")
        models.sampling.live = False
        models.session.edit("Mean", sampler=POSTERIOR_MEAN)
        refused("posterior mean")
        models.session.undo_stack.undo()
        models.session.apply("Elsewhere", replace(
            document, pose=STANDING, levels=np.full(17, FIXED_3D), origin=np.array([0, 0, 3000.0])
        ))  # fmt: skip
        models.playback.seek(4)
        refused("elsewhere")
        bare = thin(generated(rng))
        models.sampling.show_recording(bare, "Open bare.h5")
        before = len(models.runs.listed)
        refused("no states along the way")
        models.sampling.show_recording(replace(generated(rng), checkpoint_sha256=""), "Open results.npz")
        before = len(models.runs.listed)
        models.playback.seek(1)
        refused("other code")
        models.sampling.show_recording(generated(rng), "Open run.h5")
        before = len(models.runs.listed)
        models.playback.seek(1)
        refused("another checkpoint")
        assert "posterior-mean" in WITHOUT_NOISE

    def test_a_double_click_shows_a_run_and_undo_goes_back(self, qtbot, window):
        models = window.models
        first = models.playback.recording
        branch_here(qtbot, window)
        branch = models.playback.recording
        view, index = row_of(window, 1)
        view.scrollTo(index)
        where = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
        assert models.playback.recording is first
        assert models.runs.shown.number == 1
        models.session.undo_stack.undo()
        assert models.playback.recording is branch

    def test_rename_and_delete_are_undone(self, qtbot, window):
        models = window.models
        branch_here(qtbot, window)
        view, index = row_of(window, 2)
        view.setFocus()
        view.setCurrentIndex(index)
        QTest.keyClick(view, Qt.Key.Key_F2)
        editor = view.viewport().findChild(object, "run-name")
        editor.selectAll()
        QTest.keyClicks(editor, "Crouching")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: models.runs.find(2).name == "Crouching")
        assert models.session.undo_stack.undoText() == "Rename Branch 2"
        view.setFocus()
        view.setCurrentIndex(row_of(window, 2)[1])
        QTest.keyClick(view, Qt.Key.Key_Delete)
        assert models.runs.find(2) is None
        models.session.undo_stack.undo()
        assert models.runs.find(2).name == "Crouching"
        models.session.undo_stack.undo()
        assert models.runs.find(2).name == "Branch 2"

    def test_runs_that_nobody_kept_make_way(self, qtbot, window, rng):
        models = window.models
        models.runs.keep(1)
        for seed in range(MOST_EARLIER + 3):
            models.runs.add(replace(Document(), seed=seed), generated(rng))
        assert models.runs.find(1).kept
        assert len(models.runs.listed) == MOST_EARLIER + 1
        assert models.session.undo_stack.undoText() == "Keep Run 1"

    def test_a_run_whose_states_made_room_is_sampled_again_when_it_is_shown(self, qtbot, window):
        models = window.models
        poses = models.playback.recording.poses
        branch_here(qtbot, window)
        models.runs.shelf.drop(1)
        models.sampling.show_run(models.runs.find(1))
        settled(qtbot, window)
        assert models.runs.shown.number == 1
        np.testing.assert_array_equal(models.playback.recording.poses, poses)

    def test_a_session_file_holds_the_runs_and_carries_on(self, qtbot, open_window, window, tmp_path):
        models = window.models
        branch_here(qtbot, window)
        models.runs.rename(2, "Mine")
        assert window.keeper.modified
        write_session(tmp_path / "a.gfpose", window.keeper.capture())
        poses, listed = models.playback.recording.poses, models.runs.in_tree()
        other = open_window(files=[tmp_path / "a.gfpose"])
        qtbot.waitUntil(lambda: other.models.session.undo_stack.undoText() == "Open a.gfpose")
        settled(qtbot, other)
        there = other.models
        assert [(r.number, r.name, d) for r, d in there.runs.in_tree()] == [
            (r.number, r.name, d) for r, d in listed
        ]
        assert there.runs.shown.number == 2
        np.testing.assert_array_equal(there.playback.recording.poses, poses)
        assert not other.keeper.modified
        there.sampling.sample()
        settled(qtbot, other)
        np.testing.assert_array_equal(there.playback.recording.poses, poses)
        first = there.runs.find(1)
        there.sampling.show_run(first)
        assert there.playback.recording is there.runs.shelf.peek(1)
        there.session.undo_stack.setIndex(there.session.undo_stack.index() - 2)
        settled(qtbot, other)
        assert [run.name for run in there.runs.listed] == ["Run 1"]
        assert there.session.document.branch is None

    def test_a_file_bounds_what_runs_take_and_older_files_open(self, window, tmp_path):
        saved = window.keeper.capture()
        light = replace(saved, shown=None, recording=None, runs=window.models.runs.captured()).light(0)
        write_session(tmp_path / "light.gfpose", light)
        back = read_session(tmp_path / "light.gfpose")
        assert [recording for _, recording in back.runs] == [None]
        assert back.document is back.runs[0][0].document
        old = replace(saved, runs=(), shown=None)
        write_session(tmp_path / "old.gfpose", old)
        assert read_session(tmp_path / "old.gfpose").runs == ()

    def test_the_list_says_what_it_draws(self, qtbot, window):
        branch_here(qtbot, window)
        view, index = row_of(window, 2)
        assert index.data(LANES).hangs
        assert "no. 1" in index.data(Qt.ItemDataRole.AccessibleTextRole)
        assert "Run 1" in index.data(Qt.ItemDataRole.ToolTipRole)
        picture = view.grab().toImage()
        assert picture.width() > 0


def test_before_there_is_anything_to_play_no_run_is_shown(qapp):
    runs = Runs(Session(), Playback())
    runs.restore(((Run(1, "Run 1", Document(), 4, (1.0, 0.0)), None),))
    assert runs.shown is None
