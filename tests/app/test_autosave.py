"""Nothing is lost: not when the window closes, and not when its process is killed in the middle of work."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtWidgets import QLabel, QPushButton

from app.documents.document import Document
from app.engine.session_file import read_session, write_session
from app.files.autosave import AFTER_MS, orphans, unsaved
from gfpose_core.io.atomic import atomic_path
from tests.app.conftest import settled
from tests.app.crash_child import HAND
from tests.app.test_sessions import a_session, assert_same_session
from tests.app.test_window import find, notices

ROOT = Path(__file__).parents[2]


def kept(qtbot, window) -> Path:
    """The autosave, once it is up to date."""
    path, was = window.autosave.path, time.time()
    qtbot.waitUntil(lambda: path.exists() and path.stat().st_mtime >= was, timeout=20_000)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "autosave"
    path.mkdir()
    return path


def test_an_edit_is_kept_within_seconds_and_only_while_it_is_unsaved(window, qtbot, tmp_path):
    path = window.autosave.path
    qtbot.wait(AFTER_MS + 300)
    assert not path.exists()  # the first poses are no work of a person
    window.findChild(object, "preset-legs").click()
    settled(qtbot, window)
    kept(qtbot, window)
    assert_same_session(read_session(path), window.keeper.capture())
    assert str(os.getpid()) in path.name
    window.keeper.save(tmp_path / "s.gfpose")
    qtbot.waitUntil(lambda: not path.exists())
    window.models.session.edit("Seed", seed=9)
    kept(qtbot, window)
    window.models.session.undo_stack.undo()
    qtbot.waitUntil(lambda: not path.exists())  # once it was told that it is written


def test_a_pin_is_work_too(window, qtbot):
    window.panels["gallery"].pin_focused()
    assert len(read_session(kept(qtbot, window)).pins) == 1


def test_a_window_closed_with_all_saved_leaves_nothing(window, qtbot, tmp_path, folder):
    window.models.session.edit("Seed", seed=9)
    kept(qtbot, window)
    window.keeper.save(tmp_path / "s.gfpose")
    window.close()  # before it was told that it is saved
    assert list(folder.iterdir()) == []
    assert read_session(tmp_path / "s.gfpose").document.seed == 9


def test_what_was_not_saved_at_closing_is_reopened_from_the_banner_or_the_menu(open_window, qtbot, folder):
    first = open_window()
    settled(qtbot, first)
    first.models.session.edit("Seed", seed=9)
    settled(qtbot, first)
    first.panels["gallery"].pin_focused()
    before = first.keeper.capture()
    first.close()
    assert list(folder.iterdir()) == [unsaved(folder)]

    second = open_window()
    settled(qtbot, second)
    second.recovery.offer()
    assert ("info", "The last session was not saved") in notices(second)
    second.menuBar().actions()[0].menu().aboutToShow.emit()
    assert second.actions_["reopen"].isEnabled()
    find(second, QPushButton, "banner-reopen").click()
    qtbot.waitUntil(lambda: second.models.session.undo_stack.undoText() == "Reopen the last session")
    assert_same_session(second.keeper.capture(), before)
    qtbot.waitUntil(lambda: not unsaved(folder).exists())  # it is kept as this window's by now
    assert second.autosave.path.exists()
    second.menuBar().actions()[0].menu().aboutToShow.emit()
    assert not second.actions_["reopen"].isEnabled()


def test_what_a_dead_viewer_left_is_offered_and_discarded_by_a_click(open_window, qtbot, folder):
    write_session(folder / "1-aa.gfpose", a_session(document=Document(seed=8), pose=0))
    window = open_window(document=Document(seed=3))
    settled(qtbot, window)
    window.recovery.offer()
    assert "ended unexpectedly" in find(window, QLabel, "banner-text").text()
    assert window.models.session.document.seed == 3  # nothing is restored unasked
    find(window, QPushButton, "banner-discard").click()
    assert not notices(window)
    assert list(folder.iterdir()) == []


def test_parts_of_files_are_removed_where_no_viewer_runs_that_may_write_them(folder):
    writing, lock = atomic_path(folder / "1-aa.gfpose"), QLockFile(str(folder / "2-bb.lock"))
    part = writing.__enter__()
    part.write_bytes(b"not all of it")
    assert lock.tryLock(0)
    assert not orphans(folder)
    assert part.exists()
    lock.unlock()
    assert not orphans(folder)
    assert not part.exists()


def test_a_restored_session_goes_on_in_its_own_file_as_unsaved_work(open_window, qtbot, tmp_path, folder):
    path = tmp_path / "walk.gfpose"
    write_session(folder / "1-aa.gfpose", a_session(document=Document(seed=8), pose=0, path=str(path)))
    window = open_window()
    settled(qtbot, window)
    window.recovery.offer()
    find(window, QPushButton, "banner-restore").click()
    qtbot.waitUntil(lambda: window.models.session.document.seed == 8)
    assert (window.windowTitle(), window.isWindowModified()) == ("walk[*] – GFPose viewer", True)
    qtbot.waitUntil(lambda: not (folder / "1-aa.gfpose").exists())
    assert read_session(window.autosave.path).path == str(path)  # kept anew before the old one went


def test_what_was_written_before_does_not_count_as_kept_anew(window, qtbot):
    writer, go_on, seeds = window.keeper.writer, threading.Event(), []
    for seed, then in (
        (8, lambda: None),
        (9, lambda: seeds.append(read_session(window.autosave.path).document.seed)),
    ):
        window.models.session.edit("Seed", seed=seed)
        window.autosave.write_now(then)
        writer.do("wait", go_on.wait, lambda _: None)
    qtbot.waitUntil(lambda: writer.under_way == "wait")  # the first one is written, and that was told
    go_on.set()
    qtbot.waitUntil(lambda: bool(seeds))
    assert seeds == [9]


def test_a_banner_put_away_or_a_damaged_copy_is_offered_again(open_window, qtbot, folder):
    write_session(folder / "1-aa.gfpose", a_session())
    (folder / "1-aa.gfpose").write_bytes((folder / "1-aa.gfpose").read_bytes()[:2000])
    window = open_window()
    settled(qtbot, window)
    window.recovery.offer()
    find(window, QPushButton, "banner-restore").click()
    qtbot.waitUntil(lambda: ("error", "Could not restore the last session") in notices(window))
    assert not window.models.session.undo_stack.count()
    assert not orphans(folder)  # this window has it in its hands
    window.close()
    window.recovery.deleteLater()
    del window.recovery
    assert (folder / "1-aa.gfpose").exists()


def test_the_work_of_a_viewer_that_runs_is_left_alone(open_window, qtbot, folder):
    path = folder / "1-aa.gfpose"
    write_session(path, a_session())
    lock = QLockFile(str(path.with_suffix(".lock")))
    assert lock.tryLock(0)
    assert not orphans(folder)
    lock.unlock()
    assert [orphan.path for orphan in orphans(folder)] == [path]


def test_a_folder_that_cannot_be_written_is_said_once_and_closing_works(open_window, qtbot, tmp_path):
    (tmp_path / "autosave").write_text("in the way")
    window = open_window()
    settled(qtbot, window)
    for seed in (1, 2):
        window.models.session.edit("Seed", seed=seed)
        qtbot.wait(AFTER_MS + 400)
    titles = [title for kind, title in notices(window) if kind == "warning"]
    assert titles == ["Could not keep a copy of unsaved work"]
    window.close()


def child(role: str, folder: Path) -> subprocess.Popen:
    places = {name: str(folder / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    run = [sys.executable, "-m", "tests.app.crash_child", role, str(folder)]
    return subprocess.Popen(run, cwd=ROOT, env={**os.environ, **places}, stderr=subprocess.PIPE, text=True)


def test_killed_in_the_middle_of_work_nothing_but_the_last_seconds_is_lost(tmp_path):
    worker = child("work", tmp_path)
    try:
        dragged = tmp_path / "drag.txt"
        end = time.monotonic() + 240
        while not (dragged.exists() and len(dragged.read_text().splitlines()) > 150):
            assert worker.poll() is None, worker.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        worker.send_signal(signal.SIGKILL)
        killed = time.time()
        worker.communicate()
    edited = json.loads((tmp_path / "edited.json").read_text())
    hands = [json.loads(line) for line in dragged.read_text().splitlines() if line.endswith("]")]

    restorer = child("restore", tmp_path)
    _, complaints = restorer.communicate(timeout=240)
    assert restorer.returncode == 0, complaints
    told = json.loads((tmp_path / "restored.json").read_text())
    restored, document = told["restored"], told["restored"]["document"]
    assert told["before"] is None or told["before"]["document"] != document

    when = [at for at, hand in hands if np.allclose(hand, document["pose"][HAND], atol=1e-9)]
    assert when, "the hand is where it never was"
    print(f"lost: the last {killed - when[-1]:.1f} s")
    assert killed - when[-1] < 10 * AFTER_MS / 1000  # the machine may be busy; 2 s where it is not
    document["pose"][HAND] = edited["document"]["pose"][HAND]
    assert restored == edited
    assert not [path.name for path in tmp_path.rglob("autosave/*")]  # restored, saved, closed: nothing left


@pytest.mark.skipif(sys.platform == "win32", reason="no process can send another a signal there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_closes_in_good_order(tmp_path, number):
    process = child("stand", tmp_path)
    end = time.monotonic() + 120
    while not (tmp_path / "edited.json").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.1)
    process.send_signal(number)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert "Traceback" not in complaints
    (left,) = tmp_path.rglob("autosave/*")
    assert left.name == unsaved(left.parent).name  # the next start says that it was not saved
    assert read_session(left).document.hypotheses == 7
