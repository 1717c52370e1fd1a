"""The sampler lab: two runs from the same noise on the one worker, then side by side."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton, QSpinBox

from app.documents.branch import Branch
from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.lab import FIRST, Setup, refusal, shared
from app.documents.request import Finished, TrialRequest
from app.engine.session_file import read_session, write_session
from app.engine.worker import MOST_PRIORS
from gfpose_core.condition import FIXED_3D
from gfpose_core.errors import CheckpointError
from tests.app.conftest import settled
from tests.app.fakes import STANDING, FakeBackend, FakePrior
from tests.app.test_branching import generated
from tests.app.test_engine import Bench, request
from tests.app.test_window import SHIFT, find, press
from tests.samples import tiny_checkpoint

SAMPLERS = FakeBackend().ready().samplers
QUIET = Setup("dpm-solver", {"eta": 0.0})


@pytest.mark.parametrize(
    ("setups", "words"),
    [
        ((QUIET, QUIET.with_steps(3)), "nothing else is left to chance"),
        ((Setup(), Setup()), "every draw on the way is the same"),
        ((Setup(), Setup().with_checkpoint(False, "b")), "each scaled to its own network's units, and every"),
        ((Setup(), Setup().with_steps(3)), "so chance too sets their poses apart"),
        ((Setup(), Setup("euler-maruyama")), "so chance too sets their poses apart"),
        ((Setup(), QUIET), "Only A draws noise"),
        ((Setup("probability-flow"), Setup()), "Only B draws noise"),
    ],
)
def test_what_two_setups_share_is_said_as_it_is(setups, words):
    assert words in shared(setups, Document(), SAMPLERS)
    assert "the same noise, hypothesis by hypothesis" in shared(setups, Document(), SAMPLERS)


def test_what_cannot_be_compared_is_refused(rng):
    mean, document = Setup(POSTERIOR_MEAN), Document()
    branch = Branch.of(generated(rng), document, 2, 0, None, 1)
    branched = dataclasses.replace(document, branch=branch)
    denoising = Document(pose=STANDING, levels=np.full(17, FIXED_3D), denoising=True)
    assert refusal(FIRST, document) is refusal(FIRST, branched) is None
    assert refusal((mean, Setup()), denoising) is None
    assert "Denoise" in refusal((mean, Setup()), document)
    assert "one checkpoint" in refusal((Setup().with_checkpoint(False, "b"), Setup()), branched)
    assert "the branch's states, the same x(t) at t = " in shared(FIRST, branched, SAMPLERS)
    assert "same noisy pose" in shared(FIRST, denoising, SAMPLERS)


def test_both_are_asked_the_same_but_for_the_setup(rng):
    document = Document(pose=STANDING, levels=np.full(17, FIXED_3D), denoising=True, seed=5)
    asked = Setup("unipc", {"steps": 3}).with_checkpoint(False, "b").asked_of(document, 0.25)
    assert (asked.sampler, asked.sampler_options, asked.checkpoint) == ("unipc", {"steps": 3}, "b")
    assert (asked.seed, asked.start_time, asked.pose is document.pose) == (5, 0.25, True)


class TestWorker:
    def test_a_trial_and_a_sample_do_not_supersede_each_other(self):
        bench = Bench()
        bench.inbox.put(TrialRequest(**{**vars(request(1))}))
        bench.inbox.put(request(2))
        bench.inbox.put(TrialRequest(**{**vars(request(3))}))
        events = bench.run(request(4))
        assert [event.request for event in events if isinstance(event, Finished)] == [4, 3]

    def test_priors_asked_for_longest_ago_are_let_go(self):
        loads = []

        class Backend(FakeBackend):
            def load(self, checkpoint, device, family):
                loads.append(checkpoint)
                return super().load(checkpoint, device, family)

        bench = Bench()
        bench.worker._backend = Backend()
        names = [f"{n}" for n in range(MOST_PRIORS)]
        for name in (*names, names[0], "another", names[0], names[1]):
            bench.run(request(checkpoint=name))
        assert loads == [*names, "another", names[1]]
        assert len(bench.worker._loaded) == MOST_PRIORS


def run_lab(qtbot, window):
    QTest.mouseClick(find(window, QPushButton, "lab-run"), Qt.MouseButton.LeftButton)
    assert window.models.lab.running == "A"
    qtbot.waitUntil(lambda: not window.models.lab.running, timeout=30_000)
    settled(qtbot, window)


def choose(window, name, text):
    combo = find(window, QComboBox, name)
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


class TestWindow:
    @pytest.fixture
    def lab(self, window):
        window.docks["lab"].raise_()
        QTest.qWait(20)
        return window.models.lab

    def test_controls_make_setups_and_are_undone(self, window, lab):
        choose(window, "lab-quality-a", "Reference")
        assert lab.setups[0] == Setup.of_quality("reference")
        assert find(window, QComboBox, "lab-sampler-a").currentText() == "euler-maruyama"
        steps = find(window, QSpinBox, "lab-steps-b")
        for value in (7, 8, 9):
            steps.setValue(value)
        assert lab.setups[1].options == {"steps": 9}
        assert find(window, QComboBox, "lab-quality-b").currentText() == "Own"
        stack = window.models.session.undo_stack
        assert stack.undoText() == "Steps of B: 9"
        stack.undo()
        assert lab.setups == (Setup.of_quality("reference"), FIRST[1])
        stack.undo()
        assert lab.setups == FIRST
        window.models.session.apply("eta", window.models.session.document.with_option("eta", 0.5))
        choose(window, "lab-quality-b", "As the window")
        assert lab.setups[1].options == {"eta": 0.5}

    def test_both_run_and_stand_side_by_side(self, qtbot, window, lab):
        models = window.models
        seed = models.session.document.seed
        run_lab(qtbot, window)
        a, b = models.runs.listed[-2:]
        assert [run.name for run in (a, b)] == ["Lab 1 A", "Lab 1 B"]
        assert (models.runs.shown.number, models.compare.other) == (a.number, b.number)
        assert models.compare.on
        for letter, steps in (("a", 6), ("b", 20)):
            assert f"dpm-solver, {steps} steps" in find(window, QLabel, f"compare-{letter}-words").toolTip()
        recordings = [models.runs.shelf.peek(run.number) for run in (a, b)]
        assert [len(recording.trajectory) for recording in recordings] == [6, 20]
        assert {recording.seed for recording in recordings} == {seed}
        np.testing.assert_array_equal(*(recording.trajectory.states[0] for recording in recordings))
        assert models.session.undo_stack.undoText() == "Show Lab 1 A"
        models.session.undo_stack.undo()
        settled(qtbot, window)
        assert models.runs.shown.name == "Run 1"

    def test_closing_the_comparison_brings_back_the_windows_own_sampling(self, qtbot, window, lab):
        models, steps = window.models, find(window, QSpinBox, "steps")
        document = models.session.document
        run_lab(qtbot, window)
        assert steps.value() == 6
        run_lab(qtbot, window)  # of what the window asks, not of what A did
        models.compare.set_on(False)
        settled(qtbot, window)
        assert models.session.document is document
        assert (steps.value(), models.runs.shown.name) == (20, "Run 1")
        models.session.undo_stack.undo()
        settled(qtbot, window)
        assert (steps.value(), models.runs.shown.name) == (6, "Lab 2 A")

    @pytest.mark.parametrize(
        ("edit", "left"), [({"seed": 9}, 20), ({"options": {"dpm-solver": {"steps": 3}}}, 3)]
    )
    def test_what_is_edited_meanwhile_stays(self, qtbot, window, lab, edit, left):
        models = window.models
        run_lab(qtbot, window)
        models.session.edit("meanwhile", **edit)
        models.compare.set_on(False)
        settled(qtbot, window)
        assert find(window, QSpinBox, "steps").value() == left
        assert all(getattr(models.session.document, name) == value for name, value in edit.items())

    def test_a_document_that_names_another_checkpoint_meanwhile_changes_nothing(self, qtbot, window, lab):
        models = window.models
        models.sampling.set_live(False)
        lab.edit("Slow", (lab.setups[0].with_sampler("dpm-solver", {"pause": 0.02}), lab.setups[1]))
        lab.run()
        models.session.edit("Another", checkpoint="/x/other.safetensors")
        assert models.sampling.prior is None
        qtbot.waitUntil(lambda: not lab.running, timeout=30_000)
        settled(qtbot, window)
        assert [run.name for run in models.runs.listed[-2:]] == ["Lab 1 A", "Lab 1 B"]

    def test_different_checkpoints_run_and_the_window_follows_the_one_shown(self, qtbot, window, lab):
        models = window.models
        lab.set_checkpoints(["/x/other.safetensors"])
        choose(window, "lab-checkpoint-a", "other.safetensors")
        run_lab(qtbot, window)
        assert models.runs.shown.document.checkpoint == "/x/other.safetensors"
        assert models.sampling.prior is not None
        assert models.compare.run.document.checkpoint is None

    def test_any_checkpoint_can_be_opened_for_one_side(self, qtbot, window, lab, tmp_path, monkeypatch):
        asked, models = [], window.models
        path, other = tiny_checkpoint(tmp_path), tmp_path / "poses.npz"
        np.savez(other, poses=STANDING[None])
        for chosen in (path, other):
            monkeypatch.setattr(
                QFileDialog,
                "getOpenFileName",
                lambda *a, chosen=chosen: (asked.append(a[1]), (str(chosen), ""))[1],
            )
            choose(window, "lab-checkpoint-b", "Open…")
            qtbot.waitUntil(lambda: not models.runner.calling)
        assert asked == ["Checkpoint of B"] * 2
        assert lab.setups[1] == FIRST[1].with_checkpoint(False, str(path))
        assert find(window, QComboBox, "lab-checkpoint-b").currentText() == "tiny.safetensors"
        assert models.notices.shown[-1].title == "poses.npz is no checkpoint"
        assert models.session.document.checkpoint is None
        models.session.undo_stack.undo()
        assert lab.setups == FIRST
        assert find(window, QComboBox, "lab-checkpoint-a").findText("tiny.safetensors") > 0

    def test_on_a_branch_both_go_on_from_its_states_until_noise_is_asked_for(self, qtbot, window, lab):
        models, start = window.models, find(window, QComboBox, "lab-start")
        assert (start.currentText(), start.isEnabled()) == ("Noise", False)
        models.playback.seek(3)
        models.branching.branch(all_hypotheses=True)
        settled(qtbot, window)
        branch = models.session.document.branch
        assert start.currentText() == f"Run 1 at t = {branch.time:.2f}"
        assert f"same x(t) at t = {branch.time:.2f}" in find(window, QLabel, "lab-words").text()
        lab.edit("steps", (Setup(options={"steps": 3}), Setup(options={"steps": 5})))
        run_lab(qtbot, window)
        for run in models.runs.listed[-2:]:
            states = models.runs.shelf.peek(run.number).condition.resume.states
            np.testing.assert_array_equal(states, branch.condition.resume.states)
        choose(window, "lab-start", "Noise")
        assert models.session.document.branch is branch
        assert models.session.undo_stack.undoText() == "Start of the lab: noise"
        assert "same noise, hypothesis by hypothesis" in find(window, QLabel, "lab-words").text()
        run_lab(qtbot, window)
        for run in models.runs.listed[-2:]:
            assert models.runs.shelf.peek(run.number).condition.resume is None
        models.session.undo_stack.undo()  # what is shown
        models.session.undo_stack.undo()
        settled(qtbot, window)
        assert start.currentText() == f"Run 1 at t = {branch.time:.2f}"

    def test_its_key_shows_the_choice_of_the_start_before_anything_runs(self, qtbot, window):
        models, lab = window.models, window.models.lab
        models.playback.seek(3)
        models.branching.branch()
        settled(qtbot, window)
        start = find(window, QComboBox, "lab-start")
        assert start.visibleRegion().isEmpty()
        press(qtbot, window, Qt.Key.Key_C, SHIFT)
        qtbot.waitUntil(lambda: not start.visibleRegion().isEmpty())
        assert not lab.running
        assert not any(run.name.startswith("Lab") for run in models.runs.listed)
        press(qtbot, window, Qt.Key.Key_C, SHIFT)
        qtbot.waitUntil(lambda: models.runs.listed[-1].name == "Lab 1 B", timeout=30_000)
        settled(qtbot, window)

    def test_cancel_keeps_neither(self, qtbot, window, lab):
        models = window.models
        document, before = models.session.document, models.runs.listed
        lab.edit("slow", (Setup(options={"pause": 0.0}), Setup(options={"pause": 0.5})))
        button = find(window, QPushButton, "lab-run")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: lab.running == "B")
        qtbot.waitUntil(lambda: lab.share > 0.5)
        assert button.text() == "Cancel"
        assert find(window, QLabel, "lab-words").text() == "B is sampled…"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not lab.running)
        assert models.session.document is document
        assert models.runs.listed == before
        assert not models.compare.on

    def test_a_run_that_fails_says_so(self, qtbot, open_window):
        class Backend(FakeBackend):
            def load(self, checkpoint, device, family):
                if checkpoint == "/x/gone.pt":
                    raise CheckpointError("gone.pt is no checkpoint: choose another file")
                return FakePrior()

        window = open_window(Backend())
        settled(qtbot, window)
        lab = window.models.lab
        lab.edit("b", (Setup(), Setup().with_checkpoint(False, "/x/gone.pt")))
        lab.run()
        qtbot.waitUntil(lambda: not lab.running)
        notice = window.models.notices.shown[-1]
        assert (notice.title, notice.kind) == ("B stopped", "error")
        assert [run.name for run in window.models.runs.listed] == ["Run 1"]

    def test_edits_go_on_while_the_lab_runs(self, qtbot, window, lab):
        models = window.models
        lab.edit("slow", (Setup(options={"pause": 0.05, "steps": 6}), Setup(options={"steps": 3})))
        lab.run()
        models.conditioning.apply_preset("lift")
        qtbot.waitUntil(lambda: not lab.running, timeout=30_000)
        settled(qtbot, window)
        assert [run.name for run in models.runs.listed[-2:]] == ["Lab 1 A", "Lab 1 B"]
        assert models.runs.shown.name == "Lab 1 A"

    def test_a_session_keeps_the_setups(self, window, lab, tmp_path):
        lab.edit("x", (Setup("unipc", {"steps": 4, "eta": 0.5}), Setup().with_checkpoint(False, "b.pt")))
        write_session(tmp_path / "a.gfpose", window.keeper.capture())
        assert read_session(tmp_path / "a.gfpose").lab == lab.setups
