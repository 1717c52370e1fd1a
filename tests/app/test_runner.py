"""The worker as the main thread sees it, and how often the main thread does what it is asked."""

import time

import pytest
from PySide6.QtCore import QObject

from app.documents.request import SampleRequest
from app.engine.runner import Runner
from app.looks.pace import Pace
from gfpose_core.condition import Condition
from tests.app.fakes import FakeBackend


@pytest.fixture
def runner(qtbot):
    runner = Runner(FakeBackend())
    yield runner
    runner.close()


def request(steps, seed, pause=0.0):
    options = {"steps": steps, "pause": pause}
    return SampleRequest(0, Condition.nothing(), 3, "dpm-solver", options, None, seed, None, "cpu")


@pytest.mark.parametrize("patiently", [False, True])
def test_a_run_that_requests_overtake_ends_only_where_they_are_patient(qtbot, runner, patiently):
    told, busy = [], []
    runner.finished.connect(lambda finished: told.append(finished.recording.seed))
    runner.sampling_changed.connect(busy.append)
    with qtbot.waitSignal(runner.moment):
        runner.sample(request(100, seed=1, pause=0.01))
    for seed in (2, 3):  # 2 has not begun when 3 comes
        runner.sample(request(2, seed), patiently)
    qtbot.waitUntil(lambda: not runner.sampling, timeout=10_000)
    assert told == ([1, 3] if patiently else [3])
    assert busy == [True] * 3 + [False]


def test_pace_hears_every_asking_but_keeps_its_distance(qtbot):
    parent, calls = QObject(), []
    pace = Pace(parent, 40, lambda: calls.append(time.monotonic()))
    for _ in range(5):
        pace.ask()
    assert len(calls) == 1
    qtbot.waitUntil(lambda: len(calls) > 1)
    assert calls[1] - calls[0] > 0.039
    pace.now()
    qtbot.wait(80)
    assert len(calls) == 3
