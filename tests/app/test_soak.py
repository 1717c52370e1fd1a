"""A short soak with the shipped prior; ``python -m tests.bench.soak`` is the long one."""

import threading

import pytest

from app.engine.backend import TorchBackend
from app.settings import Settings
from gfpose_core.assets import asset
from gfpose_core.catalog import SHIPPED
from gfpose_core.errors import GfposeError
from tests.monkey import Monkey, at_large, small_window

try:
    asset(SHIPPED)
except GfposeError as error:
    pytest.skip(str(error), allow_module_level=True)


def test_a_monkey_breaks_nothing_and_undo_undoes_all_it_did(qapp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "files"
    folder.mkdir()
    threads = set(threading.enumerate())
    window = small_window(TorchBackend(), Settings())
    monkey = Monkey(window, folder, seed=11)
    try:
        with at_large(monkey):
            monkey.settle()
            for _ in range(30):
                monkey.act()
            monkey.settle()
    finally:
        window.close()
        window.deleteLater()
    assert not monkey.errors, "\n".join(monkey.errors)
    assert len(set(monkey.did)) > 12
    assert not [thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()]


def test_a_monkey_tells_what_goes_wrong(window, tmp_path):
    monkey = Monkey(window, tmp_path, seed=0)
    window.models.notices.error("Could not open broken.npz", "It is no archive.")
    assert not monkey.errors
    window.models.notices.error("Something went wrong", "KeyError: 3. What you made is still here.")
    assert "KeyError" in monkey.errors[0]
