"""The window while slow work goes on: every gesture is answered, and what is stopped is what was meant.

The work is as slow as a test wants it: each step waits for a permit.
"""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QToolButton

from app.documents.document import Document
from app.files import opening
from gfpose_core.condition import FREE
from gfpose_core.io.recordings import save_recording
from tests.app.conftest import imported, settled
from tests.app.fakes import FakeBackend, FakePrior, FakeSampler
from tests.app.test_gallery import choose
from tests.app.test_importing_window import drop, offered
from tests.app.test_window import LEFT_LEG, find, notices, press
from tests.samples import a_bvh, people

SECONDS = 20_000
OFTEN = 100_000


class Gate:
    """Lets pass who comes once it is closed, one for each permit."""

    def __init__(self):
        self._permits, self._closed = threading.Semaphore(0), False
        self.waiting = threading.Event()

    def close(self):
        self._closed = True

    def open(self, times=OFTEN):
        self.waiting.clear()
        self._permits.release(times)

    def go_through(self):
        if self._closed:
            self.waiting.set()
            assert self._permits.acquire(timeout=60)


class GatedPrior(FakePrior):
    """Clips and single poses have gates of their own."""

    def __init__(self):
        super().__init__()
        self.clips, self.runs = Gate(), Gate()

    def generate(self, condition, *args, **rest):
        gate = self.clips if len(condition) > 1 else self.runs
        for step in super().generate(condition, *args, **rest):
            gate.go_through()
            yield step


class GatedBackend(FakeBackend):
    """So have likelihoods; a clip is denoised in many steps, and one checkpoint fails."""

    def __init__(self):
        super().__init__(GatedPrior())
        self.weighing = Gate()

    def load(self, checkpoint, *rest):
        if checkpoint and "failing" in checkpoint:
            return FakePrior(error=RuntimeError("mat1 and mat2"))
        return super().load(checkpoint, *rest)

    def sampler(self, name, options):
        return FakeSampler(40) if name == "posterior-mean" else super().sampler(name, options)

    def likelihoods(self, *args):
        self.weighing.go_through()
        return super().likelihoods(*args)


@pytest.fixture
def backend():
    backend = GatedBackend()
    yield backend
    for gate in (backend.prior.clips, backend.prior.runs, backend.weighing):
        gate.open()


@pytest.fixture
def files(tmp_path, rng):
    walk = people(rng, 12) + np.linspace(0, 400, 12)[:, None, None] * [1, 0, 0]
    return [a_bvh(tmp_path / f"{name}.bvh", walk / 10) for name in ("walk", "run")]


@pytest.fixture
def loaded(open_window, qtbot, backend, files):
    """A window with a sequence, about to be denoised a step for every permit."""
    window = open_window(backend)
    settled(qtbot, window)
    drop(window, files[0])
    imported(qtbot, window)
    qtbot.wait(100)
    settled(qtbot, window)
    backend.prior.clips.close()
    return window


@pytest.fixture
def denoising(loaded, backend):
    """... and stuck in it."""
    find(loaded, QPushButton, "sequence-denoise").click()
    assert backend.prior.clips.waiting.wait(20)
    return loaded


def go_on(gate):
    """One step, to the next."""
    gate.open(1)
    assert gate.waiting.wait(20)


class TestWhileAClipIsWorkedOn:
    def test_an_edit_is_answered_and_what_it_asks_for_sampled(self, denoising, qtbot, backend):
        models, clips, sizes = denoising.models, denoising.models.clips, []
        models.runner.finished.connect(lambda finished: sizes.append(finished.recording.hypotheses))
        models.session.edit("Hypotheses", hypotheses=24)
        models.conditioning.set_level(LEFT_LEG, FREE)
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: sizes == [16], timeout=SECONDS)
        qtbot.waitUntil(lambda: models.sampling.running, timeout=SECONDS)  # all of them, a moment later
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: sizes == [16, 24], timeout=SECONDS)
        assert not models.playback.recording.condition.observed[0, LEFT_LEG].any()
        assert clips.busy
        assert clips.result is None
        backend.prior.clips.open()
        qtbot.waitUntil(lambda: clips.result is not None, timeout=SECONDS)
        assert len(clips.result.which) == 12

    def test_a_checkpoint_is_opened_and_likelihoods_are_worked_out(self, denoising, qtbot, backend):
        models = denoising.models
        choose(denoising, "likelihood")
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: np.isfinite(models.ranking.likelihoods.values).all(), timeout=SECONDS)
        models.sampling.open_checkpoint("/x/other.safetensors")
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: models.session.document.checkpoint is not None, timeout=SECONDS)
        assert models.clips.busy

    def test_an_edit_undone_while_its_checkpoint_is_opened_stays_undone(self, denoising, qtbot, backend):
        models = denoising.models
        models.session.edit("Another", checkpoint="/x/other.safetensors")
        qtbot.waitUntil(lambda: models.sampling.loading, timeout=SECONDS)
        models.session.undo_stack.undo()
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: not models.sampling.loading, timeout=SECONDS)
        assert models.session.document.checkpoint is None
        assert models.session.undo_stack.redoText() == "Another"

    def test_its_progress_is_told(self, denoising, backend, qtbot):
        shares = []
        denoising.models.clips.progressed.connect(shares.append)
        for count in (1, 2, 3):
            go_on(backend.prior.clips)
            qtbot.waitUntil(lambda count=count: shares[-1:] == [pytest.approx(count / 40)], timeout=SECONDS)

    def test_escape_stops_what_is_sampled_first_then_the_clip(self, denoising, qtbot, backend):
        models, clips = denoising.models, denoising.models.clips
        backend.prior.runs.close()
        models.sampling.sample()
        backend.prior.clips.open(1)
        assert backend.prior.runs.waiting.wait(20)
        press(qtbot, denoising, Qt.Key.Key_Escape)
        backend.prior.runs.open()
        qtbot.waitUntil(lambda: not models.sampling.busy, timeout=SECONDS)
        assert models.playback.recording.status == "cancelled"
        assert clips.busy
        press(qtbot, denoising, Qt.Key.Key_Escape)
        backend.prior.clips.open(1)
        qtbot.waitUntil(lambda: not clips.busy, timeout=SECONDS)
        assert clips.result is None
        assert not any(kind == "error" for kind, _ in notices(denoising))

    def test_its_button_stops_it_and_lets_the_run_end(self, denoising, qtbot, backend):
        models, clips = denoising.models, denoising.models.clips
        backend.prior.runs.close()
        models.sampling.sample()
        backend.prior.clips.open(1)
        assert backend.prior.runs.waiting.wait(20)
        find(denoising, QToolButton, "sequence-stop").click()
        assert not clips.busy
        backend.prior.runs.open()
        settled(qtbot, denoising)
        assert models.playback.recording.status == "finished"
        find(denoising, QPushButton, "sequence-denoise").click()  # at once
        backend.prior.clips.open()
        qtbot.waitUntil(lambda: clips.result is not None, timeout=SECONDS)

    def test_a_run_that_fails_in_between_is_told_and_the_clip_goes_on(self, denoising, qtbot, backend):
        models, told = denoising.models, ("error", "Sampling stopped")
        models.sampling.open_checkpoint("/x/failing.safetensors")
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: models.sampling.busy, timeout=SECONDS)
        go_on(backend.prior.clips)
        qtbot.waitUntil(lambda: told in notices(denoising), timeout=SECONDS)
        assert models.clips.busy
        backend.prior.clips.open()
        qtbot.waitUntil(lambda: models.clips.result is not None, timeout=SECONDS)

    def test_closing_the_window_in_the_midst_of_both_leaves_no_thread(self, denoising, backend):
        backend.prior.runs.close()
        denoising.models.sampling.sample()
        backend.prior.clips.open(1)
        assert backend.prior.runs.waiting.wait(20)
        for gate in (backend.prior.runs, backend.prior.clips):
            threading.Timer(0.2, gate.open, [1]).start()
        denoising.close()  # the fixture of every test looks for threads

    def test_another_sequence_takes_its_place(self, denoising, qtbot, backend, files):
        clips = denoising.models.clips
        drop(denoising, files[1])
        imported(qtbot, denoising)  # though nothing of the clip goes on
        assert clips.name == "run.bvh"
        assert not clips.busy
        assert ("info", "walk.bvh is worked on no longer") in notices(denoising)
        backend.prior.clips.open()
        settled(qtbot, denoising)
        assert clips.result is None

    def test_closing_it_once_more_by_redo_ends_it(self, loaded, qtbot, backend):
        clips, stack = loaded.models.clips, loaded.models.session.undo_stack
        clips.close()
        stack.undo()
        clips.run("denoise")
        assert backend.prior.clips.waiting.wait(20)
        stack.redo()
        assert not clips.busy
        assert ("info", "walk.bvh is worked on no longer") in notices(loaded)
        backend.prior.clips.open()
        settled(qtbot, loaded)
        assert (clips.clip, clips.result) == (None, None)

    def test_an_edit_brings_the_evidence_back_when_its_result_plays(self, denoising, qtbot, backend):
        clips, frame = denoising.models.clips, denoising.models.clips.frame
        backend.prior.clips.open()
        qtbot.waitUntil(lambda: clips.playing and clips.frame != frame, timeout=SECONDS)
        denoising.models.conditioning.cycle_joint(3)
        assert not clips.playing
        assert clips.frame == frame
        assert clips.stage_frame() is None


class TestWhileTheWorkerIsBusy:
    """Files wait for none of its work, nor it for files."""

    def stuck_in_a_clip(self, window, backend):
        find(window, QPushButton, "sequence-denoise").click()
        return backend.prior.clips

    def stuck_in_a_run(self, window, backend):
        backend.prior.runs.close()
        window.models.sampling.sample()
        return backend.prior.runs

    def stuck_in_likelihoods(self, window, backend):
        backend.weighing.close()
        choose(window, "likelihood")
        return backend.weighing

    @pytest.mark.parametrize("stuck", ["stuck_in_a_clip", "stuck_in_a_run", "stuck_in_likelihoods"])
    def test_a_file_is_opened_and_another_written(
        self, loaded, qtbot, backend, files, tmp_path, monkeypatch, stuck
    ):
        gate = getattr(self, stuck)(loaded, backend)
        assert gate.waiting.wait(20)
        drop(loaded, files[1])
        offered(qtbot, loaded)
        path = tmp_path / "again.bvh"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), a[3].split(";;")[0]))
        find(loaded, QPushButton, "sequence-export").click()
        qtbot.waitUntil(lambda: ("info", "Wrote again.bvh") in notices(loaded), timeout=SECONDS)
        assert gate.waiting.is_set()  # all the while

    def test_an_edit_is_answered_while_a_large_file_is_read(self, loaded, qtbot, files, monkeypatch):
        gate, read, models = threading.Event(), opening.open_file, loaded.models
        monkeypatch.setattr(opening, "open_file", lambda *a: (gate.wait(60), read(*a))[1])
        try:
            drop(loaded, files[1])
            models.conditioning.set_level(LEFT_LEG, FREE)
            settled(qtbot, loaded)
            assert not models.playback.recording.condition.observed[0, LEFT_LEG].any()
            assert loaded.files.importing.offer is None
        finally:
            gate.set()
        offered(qtbot, loaded)


def test_each_file_of_several_is_said_to_be_opened_for_as_long_as_it_is(window, qtbot, files, monkeypatch):
    gates, read = {path.name: threading.Event() for path in files}, opening.open_file
    monkeypatch.setattr(opening, "open_file", lambda path, *a: (gates[path.name].wait(60), read(path, *a))[1])
    words, clock = find(window, QLabel, "status-progress-text"), QElapsedTimer()
    try:
        clock.start()
        drop(window, *files)
        qtbot.waitUntil(lambda: words.text() == "Open walk.bvh… 2 s", timeout=SECONDS)  # 1.5 s at least
        gates["walk.bvh"].set()
        qtbot.waitUntil(lambda: words.text().startswith("Open run.bvh… "), timeout=SECONDS)
        assert int(words.text().split()[-2]) <= round(clock.elapsed() / 1000 - 1.5)
    finally:
        for gate in gates.values():
            gate.set()
    offered(qtbot, window, waiting=1)


def test_a_run_that_is_opened_while_the_checkpoint_loads_is_not_sampled_over(
    window, open_window, qtbot, tmp_path, monkeypatch
):
    recording = window.models.playback.recording
    save_recording(tmp_path / "run.h5", recording)
    gate, was_read, read = threading.Event(), threading.Event(), opening.open_file
    monkeypatch.setattr(opening, "open_file", lambda *a: (read(*a), was_read.set())[0])

    class LoadsLate(FakeBackend):
        def load(self, *key):
            assert gate.wait(60)
            return super().load(*key)

    other = open_window(LoadsLate(FakePrior(spread=5.0)), Document(seed=77), files=[tmp_path / "run.h5"])
    qtbot.waitUntil(was_read.is_set, timeout=SECONDS)
    qtbot.wait(100)
    gate.set()
    qtbot.waitUntil(lambda: not other.models.runner.calling, timeout=SECONDS)
    settled(qtbot, other)
    np.testing.assert_allclose(other.models.playback.recording.poses, recording.poses, atol=1e-3)
