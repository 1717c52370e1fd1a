"""The worker as the main thread sees it, and how often the main thread does what it is asked."""

import threading
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


def test_calls_come_back_in_order_and_errors_are_told(qtbot, runner):
    told, under_way, gate = [], [], threading.Event()
    runner.call_changed.connect(lambda: under_way.append(runner.call_under_way))
    runner.failed.connect(lambda failed: told.append(failed.title))
    runner.call("open a", lambda: gate.wait(20), told.append)
    runner.call("open b", lambda: 1 / 0, told.append, lambda: told.append("b is not there"))
    runner.call("open c", lambda: 3, told.append, lambda: told.append("c is not there"))
    assert runner.calling
    gate.set()
    qtbot.waitUntil(lambda: not runner.calling, timeout=10_000)
    assert told == [True, "Could not open b", "b is not there", 3]
    assert under_way == ["open a", "open b", "open c", ""]


def test_a_closed_runner_waits_for_what_runs_or_writes_and_tells_nothing(qtbot, runner):
    told, done, began = [], [], threading.Event()
    runner.call("open a", lambda: (began.set(), time.sleep(0.1), done.append("a")), told.append)
    runner.call("open b", lambda: done.append("b"), told.append)
    runner.call("export to d", lambda: done.append("d"), told.append, writes=True)
    assert began.wait(20)
    runner.close()
    runner.call("open c", lambda: done.append("c"), told.append)
    assert done == ["a", "d"]
    qtbot.wait(50)
    assert told == []


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
