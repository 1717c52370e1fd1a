"""What takes long gives way to what answers a gesture: the worker, run on this thread, asked for one job in
the midst of another."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.documents.request import (
    ClipDone,
    ClipRequest,
    Dropped,
    Failed,
    Finished,
    LikelihoodRequest,
    Likelihoods,
    Loaded,
    LoadRequest,
    TrialRequest,
)
from app.engine.backend import TorchBackend
from app.engine.worker import MOST_PRIORS
from gfpose_core.condition import Condition
from gfpose_core.io.clip import PoseClip
from tests.app.fakes import FakeBackend, FakePrior
from tests.app.test_engine import Bench, request
from tests.samples import people, tiny_checkpoint

FRAMES = 300


def clip_request(id=1, task="complete", steps=4, checkpoint=None, frames=FRAMES):
    poses = people(np.random.default_rng(0), frames)
    observed = np.tile((np.arange(17) > 3) | (task == "denoise"), (frames, 1))
    clip, options = PoseClip(poses, observed, "y-up", 30.0), {"steps": steps}
    sampler = "posterior-mean" if task == "denoise" else "dpm-solver"
    options = {} if task == "denoise" else options
    return ClipRequest(id, task, clip, 1, sampler, options, None, 1.0, 20.0, False, 3, checkpoint, "cpu")


def likelihood_request(id=1, poses=6, checkpoint=None):
    drawn = people(np.random.default_rng(1), poses)
    return LikelihoodRequest(id, checkpoint, "cpu", Condition.nothing(), drawn - drawn[:, :1])


def trial_request(id=1):
    return TrialRequest(**vars(request(id)))


ASKS = {
    "clip": clip_request,
    "likelihood": likelihood_request,
    "trial": trial_request,
    "sample": request,
    "load": lambda id: LoadRequest(id, None, "cpu"),
}
"""From the least urgent on."""


class Interrupted:
    """A worker to which something happens, once each, between the first two steps of each of its jobs."""

    def __init__(self, *happenings, backend=None):
        self.waiting = list(happenings)
        self.bench = Bench()
        self.backend = self.bench.worker._backend = backend or FakeBackend()
        backend, told = self.backend, self._interrupt
        weigh, load = backend.likelihoods, backend.load

        def likelihoods(prior, condition, poses, heard):
            return weigh(prior, condition, poses, lambda share: (told(), heard(share)))

        def loaded(*key):
            prior = load(*key)
            run = prior.generate

            def generate(*args, **rest):
                for step in run(*args, **rest):
                    told()
                    yield step

            prior.generate = generate
            return prior

        backend.likelihoods, backend.load = likelihoods, loaded

    def _interrupt(self):
        if self.waiting:
            self.waiting.pop(0)(self.bench.inbox)

    def run(self, *requests):
        events = self.bench.run(*requests)
        assert not self.waiting
        return events


class OwnPriors(FakeBackend):
    """One for each checkpoint; those that are loaded are noted."""

    def __init__(self):
        super().__init__()
        self.loads = []

    def load(self, checkpoint, device, family="gfpose"):
        super().load(checkpoint, device, family)  # which refuses bad ones
        self.loads.append(checkpoint)
        return FakePrior(name=str(checkpoint))


def ask(name, id, **changes):
    made = replace(ASKS[name](id), **changes)
    return lambda inbox: inbox.put(made)


def order(events):
    """Of the requests' ends."""
    return [e.request for e in events if not isinstance(e, Likelihoods) or e.last]


@pytest.mark.parametrize(("slow", "urgent"), [
    ("clip", "likelihood"), ("clip", "trial"), ("clip", "sample"), ("clip", "load"),
    ("likelihood", "load"), ("trial", "sample"), ("trial", "load"), ("sample", "load"),
])  # fmt: skip
def test_a_job_gives_way_to_what_is_more_urgent_alone(slow, urgent):
    backend = OwnPriors()
    assert order(Interrupted(ask(urgent, 2), backend=backend).run(ASKS[slow](1))) == [2, 1]
    if urgent != "load":  # which has no steps
        assert order(Interrupted(ask(slow, 2), backend=backend).run(ASKS[urgent](1))) == [1, 2]


def test_of_those_that_wait_the_most_urgent_comes_first():
    bench = Bench()
    for id, name in enumerate(("clip", "likelihood", "load")):
        bench.inbox.put(ASKS[name](id))
    assert order(bench.run(clip_request(3))) == [2, 1, 3]


def test_likelihoods_in_the_midst_of_a_clip_are_dropped_for_a_sample_and_the_clip_goes_on():
    events = Interrupted(ask("likelihood", 2), ask("sample", 3)).run(clip_request(1))
    assert [(type(e), e.request) for e in events] == [(Dropped, 2), (Finished, 3), (ClipDone, 1)]


@pytest.mark.parametrize("task", ["complete", "denoise"])
def test_a_clip_has_the_same_bits_however_often_it_gives_way(task, tmp_path):
    """To runs on other numbers of threads, to likelihoods, and to its own checkpoint being opened again."""
    path = str(tiny_checkpoint(tmp_path))
    asked = clip_request(1, task, checkpoint=path)
    (alone,) = Interrupted(backend=TorchBackend()).run(asked)
    asks = (
        ask("sample", 2, checkpoint=path, animate=False, options={"steps": 3}, hypotheses=40),
        ask("load", 3, checkpoint=path),
        ask("likelihood", 4, checkpoint=path),
    )
    *others, interrupted = Interrupted(*asks, backend=TorchBackend()).run(asked)
    assert {type(event) for event in others} == {Finished, Loaded, Likelihoods}
    np.testing.assert_array_equal(interrupted.clip.poses, alone.clip.poses)


def test_what_is_sampled_in_between_has_the_bits_it_has_alone(tmp_path):
    path = str(tiny_checkpoint(tmp_path))
    asked = request(2, steps=3, checkpoint=path)
    asked = replace(asked, options={"steps": 3})
    (alone,) = Interrupted(backend=TorchBackend()).run(asked)
    between, _ = Interrupted(lambda inbox: inbox.put(asked), backend=TorchBackend()).run(
        clip_request(1, checkpoint=path)
    )
    np.testing.assert_array_equal(between.recording.poses, alone.recording.poses)


def test_an_error_in_between_is_its_own_and_the_clip_goes_on():
    (failed, done) = Interrupted(ask("sample", 2, checkpoint="bad")).run(clip_request(1))
    assert (type(failed), failed.request, type(done), done.request) == (Failed, 2, ClipDone, 1)
    (failed, finished) = Interrupted(ask("load", 2, checkpoint="bad")).run(request(1))
    assert (failed.title, finished.recording.status) == ("Could not open bad", "finished")


def test_a_clip_that_is_cancelled_in_between_comes_to_nothing():
    def ask_and_cancel(inbox):
        inbox.put(request(2))
        inbox.cancel(ClipRequest)

    events = Interrupted(ask_and_cancel).run(clip_request(1))
    assert [(type(e), e.request) for e in events] == [(Dropped, 1), (Finished, 2)]


def test_a_closed_inbox_ends_what_is_done_in_between_and_the_rest():
    job = Interrupted(ask("sample", 2), lambda inbox: inbox.close())
    first, second = job.run(clip_request(1))
    assert (first.request, first.recording.status, second) == (2, "cancelled", Dropped(1))
    assert job.bench.inbox.take() is None


def test_a_clip_goes_on_with_its_own_prior_and_its_own_number_of_threads():
    names = [f"{n}" for n in range(MOST_PRIORS)]

    def ask_many(inbox):
        for id, name in enumerate(names, 2):
            inbox.put(LoadRequest(id, name, "cpu"))
            job.bench.worker._attend(inbox.take())

    job = Interrupted(ask_many, backend=OwnPriors())
    *loaded, done = job.run(clip_request(1, checkpoint="own"))
    assert [event.prior.name for event in loaded if isinstance(event, Loaded)] == names
    assert isinstance(done, ClipDone)
    assert job.backend.loads == ["own", *names]
    job = Interrupted(ask("sample", 2, animate=False))
    job.run(clip_request(1))
    assert job.backend.threads == [True, False, True]


def test_a_run_costs_what_it_took_itself_and_a_clip_all_that_was_waited_for(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    time = SimpleNamespace(perf_counter=lambda: clock.now)
    monkeypatch.setattr("app.engine.worker.time", time)
    monkeypatch.setattr("app.engine.inbox.time", time)

    def take(seconds):
        clock.now += seconds

    def ask_and_take(inbox):
        inbox.put(request(2))
        take(1)

    sample, trial = Interrupted(ask_and_take, lambda _: take(30)).run(trial_request(1))
    assert (sample.request, sample.seconds, trial.seconds) == (2, 30, 1)
    job = Interrupted(ask_and_take, lambda _: take(30))
    job.bench.inbox.put(clip_request(1))
    take(5)
    job.bench.worker._attend(job.bench.inbox.take())
    (done,) = [event for event in job.bench.mailbox.events() if isinstance(event, ClipDone)]
    assert done.seconds == 36
