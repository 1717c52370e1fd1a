"""The worker, without Qt: it is run to its end on this thread, or on a plain one."""

import threading
import time

import numpy as np
import pytest

from app.documents.request import (
    Dropped,
    Failed,
    Finished,
    Loaded,
    LoadRequest,
    Moment,
    Ready,
    SampleRequest,
)  # fmt: skip
from app.engine.failure import failed_to
from app.engine.inbox import Inbox
from app.engine.mailbox import Mailbox
from app.engine.recorder import Recorder
from app.engine.worker import MAX_BYTES, MAX_MOMENTS, Worker
from gfpose_core.condition import Condition
from gfpose_core.errors import ConditionError, FormatError
from tests.app.fakes import FakeBackend, FakePrior, FakeStep


def request(id=1, steps=5, pause=0.0, hypotheses=3, checkpoint=None, seed=0):
    options = {"steps": steps, "pause": pause}
    return SampleRequest(
        id, Condition.nothing(), hypotheses, "dpm-solver", options, None, seed, checkpoint, "cpu"
    )


class Bench:
    """A worker with its inbox and mailbox."""

    def __init__(self, prior=None):
        self.backend = FakeBackend(prior or FakePrior())
        self.inbox, self.mailbox = Inbox(), Mailbox()
        self.worker = Worker(self.inbox, self.mailbox, self.backend)
        self.events = []

    def run(self, *requests):
        """Do all requests, one after the other; the events but the greeting."""
        for each in requests:
            self.inbox.put(each)
            while self.inbox._pending:
                self.worker._attend(self.inbox.take())
            self.events += self.mailbox.events()
        return [event for event in self.events if not isinstance(event, Ready)]

    def start(self):
        self.thread = threading.Thread(target=self.worker.run)
        self.thread.start()

    def wait_for(self, kind, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            newest = self.mailbox.newest()
            self.events += self.mailbox.events()
            if kind is Moment and newest:
                return newest.popitem()
            found = next((event for event in self.events if isinstance(event, kind)), None)
            if found is not None:
                self.events.remove(found)
                return found
            time.sleep(0.002)
        raise AssertionError(f"no {kind.__name__}; there were {list(map(type, self.events))}")

    def stop(self):
        self.inbox.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def bench():
    bench = Bench()
    bench.start()
    yield bench
    bench.stop()


def test_a_slot_keeps_the_newest_moment_of_its_request_and_the_queue_every_event():
    mailbox = Mailbox()
    for k in range(4):
        mailbox.leave(k % 2, k)
        mailbox.post(k)
    assert (mailbox.newest(), mailbox.events()) == ({0: 2, 1: 3}, [0, 1, 2, 3])
    assert (mailbox.newest(), mailbox.events()) == ({}, [])


def test_waiting_for_an_event_ends_with_it_or_in_time():
    mailbox, event = Mailbox(), Ready({}, ("cpu",))
    mailbox.wait(0.01)
    assert mailbox.events() == []
    threading.Timer(0.05, mailbox.post, [event]).start()
    mailbox.wait(30)
    assert mailbox.events() == [event]


def test_a_run_ends_in_a_recording_that_can_be_run_again():
    (finished,) = Bench().run(request(steps=6, seed=4))
    recording = finished.recording
    assert (finished.request, recording.status, recording.seed) == (1, "finished", 4)
    assert recording.options == {"steps": 6, "eta": 1.0, "pause": 0.0, "evidence": None, "guidance": 1.0}
    assert recording.poses.shape == (1, 3, 17, 3)
    assert len(recording.trajectory) == 6
    assert recording.checkpoint_sha256 == "f" * 64
    again = Bench().run(request(steps=6, seed=4))[0].recording
    np.testing.assert_array_equal(again.poses, recording.poses)


def test_a_long_run_is_thinned_but_keeps_its_first_and_last_moment():
    recording = Bench().run(request(steps=1001))[0].recording
    assert len(recording.trajectory) <= 301
    assert recording.trajectory.times[[0, -1]] == pytest.approx([1, 1e-3])
    np.testing.assert_array_equal(recording.trajectory.clean[-1], recording.poses)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("a walk.bvh is cut short", "It is cut short"),
        ("/home/me/a walk.bvh cannot be read: it is locked", "It cannot be read: it is locked"),
        ("a walk.bvh: line 3: a number is needed", "Line 3: a number is needed"),
        ("there is no file /home/me/a walk.bvh", "There is no file of this name in /home/me/"),
        ("a walk is no walk.bvh", "A walk is no walk.bvh"),
        ("its skeleton walk.asf is damaged", "Its skeleton walk.asf is damaged"),
    ],
)
def test_a_file_that_the_title_names_is_not_named_again(message, says):
    failed = failed_to("open a walk.bvh", FormatError(message))
    assert (failed.title, failed.what_to_do) == ("Could not open a walk.bvh", says)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RuntimeError("mat1 and mat2"), "should not have happened"),
        (RuntimeError("CUDA out of memory"), "fewer hypotheses"),
        (MemoryError(), "fewer hypotheses"),
        (ConditionError("lifters need 2D evidence"), "Lifters need"),
        (KeyError("x"), "should not have happened"),
    ],
)
def test_any_exception_becomes_advice_with_details_and_the_worker_lives_on(error, says):
    bench = Bench(FakePrior(error=error))
    (failed,) = bench.run(request())
    assert isinstance(failed, Failed)
    assert says in failed.what_to_do
    assert type(error).__name__ in failed.details
    bench.backend.prior.error = None
    assert isinstance(bench.run(request(2))[-1], Finished)


@pytest.mark.parametrize(("steps", "hypotheses"), [(1000, 1000), (10_000, 1000), (1000, 1), (300, 16)])
def test_a_recording_stays_within_its_bounds_however_long_the_run(steps, hypotheses):
    """By the room that is made for steps of shape (1, S, 17, 3), states and clean."""
    states = np.zeros((1, hypotheses, 17, 3), np.float32)
    recorder = Recorder(MAX_MOMENTS, MAX_BYTES)
    for index in range(steps):
        recorder.add(FakeStep(index, steps, 1.0, 1.0, states, states))
    assert len(recorder._states) == len(recorder._clean) <= MAX_MOMENTS + 1
    assert recorder._states.nbytes + recorder._clean.nbytes <= MAX_BYTES
    recording = recorder.finish(
        "finished", condition=Condition.nothing(), seed=0, checkpoint="", checkpoint_sha256="", sampler="x"
    )
    assert min(steps, MAX_MOMENTS) / 2 <= len(recording.trajectory) <= MAX_MOMENTS + 1


def test_cancelling_stops_within_a_step_and_keeps_what_was_reached(bench):
    bench.inbox.put(request(steps=10_000, pause=0.002))
    bench.wait_for(Moment)
    bench.inbox.cancel()
    finished = bench.wait_for(Finished, 2)
    assert finished.recording.status == "cancelled"
    assert 0 < len(finished.recording.trajectory) < 300


def test_a_newer_request_supersedes_the_running_and_the_waiting_one(bench):
    bench.inbox.put(request(1, steps=10_000, pause=0.002))
    bench.wait_for(Moment)
    bench.inbox.put(request(2, steps=10_000))
    bench.inbox.put(request(3, steps=4))
    first, second = bench.wait_for(Finished), bench.wait_for(Finished)
    assert (first.request, first.recording.status) == (1, "cancelled")
    assert (second.request, second.recording.status) == (3, "finished")


def test_a_request_cancelled_before_its_turn_is_dropped():
    bench = Bench()
    bench.inbox.put(request(2))
    bench.inbox.cancel()
    assert bench.run(LoadRequest(3, None, "cpu"))[-1] == Dropped(2)


def test_a_checkpoint_is_loaded_and_told_and_a_bad_one_refused():
    loaded, failed = Bench().run(LoadRequest(1, None, "cpu"), LoadRequest(2, "/x/bad.pth", "cpu"))
    assert isinstance(loaded, Loaded)
    assert loaded.prior.time_of_noise(250) == pytest.approx(0.5, rel=0.01)
    assert failed.title == "Could not open bad.pth"


def test_what_crosses_is_read_only(bench):
    bench.inbox.put(request(steps=50, pause=0.005))
    _, moment = bench.wait_for(Moment)
    with pytest.raises(ValueError, match="read-only"):
        moment.clean[0] = 0


def test_one_core_is_left_to_a_window_that_draws():
    bench = Bench()
    bench.run(request())
    assert bench.backend.threads == [True]
