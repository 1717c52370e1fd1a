"""Sessions: written, read back as they were, refused when damaged; saved and opened as a person does it."""

import json
import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu

from app.documents.document import Document, Noise
from app.documents.document_json import from_json, to_json
from app.documents.presets import PRESETS
from app.documents.saved import Saved, SequenceResult
from app.engine.session_file import read_session, write_session
from app.files import opening
from app.scene.view import OrbitCamera
from app.settings import Settings
from app.viewmodels.notices import Notice, Notices
from gfpose_core.errors import FormatError
from gfpose_core.io.identify import identify
from tests.app.conftest import settled
from tests.app.fakes import STANDING, FakeBackend, FakePrior
from tests.app.test_window import CTRL, SHIFT, SLOW, drop, find, notices, press
from tests.core.test_places import disk_of
from tests.core.test_recordings import assert_same
from tests.samples import a_recording

A_THIRD = STANDING.astype(np.float64) / 3  # not a short decimal number in the file

DOCUMENTS = {
    "blank": Document(),
    "edited": PRESETS["legs"].apply(
        Document(
            options={"dpm-solver": {"steps": 7, "eta": 0.1}, "other": {"flag": True, "name": "x"}},
            evidence="both",
            seed=99,
            seed_locked=True,
            checkpoint="/elsewhere/prior.pth",
            hypotheses=3,
        ),
        A_THIRD,
    ),
    "denoising": replace(
        PRESETS["denoise"].apply(Document(), A_THIRD), noise=Noise(33, "uniform", 5), start_time=0.3
    ),
}


def a_session(**changes) -> Saved:
    rng = np.random.default_rng(1)
    return Saved(
        **{
            "document": DOCUMENTS["edited"],
            "recording": a_recording(rng),
            "reference": A_THIRD,
            "pins": (("pin 1", A_THIRD.astype(np.float32)), ("pin 4", STANDING)),
            "focus": 4,
            "pose": 1,
            "position": 2.5,
            "checkpoint_sha256": "ab" * 32,
            "camera": OrbitCamera(30.0, 10.5, 3.0, (0.1, 0.0, -0.2)),
            **changes,
        }
    )


def assert_same_session(one: Saved, other: Saved) -> None:
    assert to_json(one.document) == to_json(other.document)
    assert [label for label, _ in one.pins] == [label for label, _ in other.pins]
    for (_, mine), (_, theirs) in zip(one.pins, other.pins, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(one.reference, other.reference)
    for name in ("unfinished", "focus", "pose", "position", "checkpoint_sha256", "path", "camera"):
        assert getattr(one, name) == getattr(other, name), name
    assert (one.recording is None) == (other.recording is None)
    if one.recording is not None:
        assert_same(one.recording, other.recording)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("sessions") / "s.gfpose"
    write_session(path, a_session(recording=None))  # the recording's part is tested with recordings
    return path


class TestFile:
    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_a_document_comes_back_bit_for_bit(self, name):
        document = DOCUMENTS[name]
        back = from_json(json.loads(json.dumps(to_json(document))))
        assert to_json(back) == to_json(document)
        np.testing.assert_array_equal(back.pose, document.pose)
        assert back.noise == document.noise

    def test_what_an_older_viewer_did_not_know_has_its_default(self):
        assert from_json({"seed": 4}).hypotheses == Document().hypotheses

    @pytest.mark.parametrize(
        ("told", "says"),
        [
            ({"colour": "red"}, "colour, which is not known here"),
            ({"seed": "4"}, "'4' stands where"),
            ({"hypotheses": True}, "True stands where"),
            ({"noise": {"kind": "pink"}}, "'pink' stands where"),
            ({"noise": 3}, "no Noise"),
            ({"levels": [0, 0]}, "not those of 17 joints"),
            ({"levels": [0] * 16 + [3], "pose": [[0, 0, 0]] * 17}, "not those of 17 joints"),
            ({"levels": [2] * 17}, "needs a pose"),
            ({"guidance": 11}, "0 to 10 are possible"),
            ([], "no Document"),
        ],
    )
    def test_what_is_no_document_is_refused(self, told, says):
        with pytest.raises(ValueError, match=says):
            from_json(told)

    def test_a_result_of_no_sequence_is_refused(self):
        poses = np.zeros((3, 17, 3))
        for told in (
            ("dance", poses, np.arange(3)), ("lift", poses, np.arange(2)), ("lift", poses[:0], np.arange(0)),
            ("lift", poses, np.array([0, 2, 2])), ("lift", poses, np.array([-1, 2, 3])),
        ):  # fmt: skip
            with pytest.raises(ValueError, match="its sequence"):
                SequenceResult(*told)

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {
                "camera": None,
                "recording": None,
                "reference": None,
                "pins": (),
                "focus": None,
                "document": Document(),
            },
        ],
        ids=["full", "blank"],
    )
    def test_a_session_comes_back_as_it_was(self, tmp_path, changes):
        path = tmp_path / "s.gfpose"
        write_session(path, a_session(**changes))
        assert_same_session(read_session(path), a_session(**changes))
        assert identify(path).kind == "session"

    def test_a_long_run_is_kept_without_the_states_along_the_way(self, tmp_path):
        session = a_session()
        assert session.light(10**6) is session
        write_session(tmp_path / "s.gfpose", session.light(1000))
        recording = read_session(tmp_path / "s.gfpose").recording
        np.testing.assert_array_equal(recording.poses, session.recording.poses)
        assert len(recording.trajectory) == 0

    def test_other_files_and_other_versions_are_refused_in_words(self, tmp_path):
        path = tmp_path / "s.gfpose"
        path.write_text("hello")
        with pytest.raises(FormatError, match="is a text file, no session"):
            read_session(path)
        write_session(path, a_session())
        with h5py.File(path, "a") as file:
            file.attrs["version"] = 99
        with pytest.raises(FormatError, match="format version 99"):
            read_session(path)

    def test_a_full_disk_is_said_and_leaves_the_old_session(self, tmp_path):
        path = tmp_path / "s.gfpose"
        write_session(path, a_session())
        before = path.read_bytes()
        for size in np.linspace(0, len(before) - 1, 9, dtype=int).tolist():
            with disk_of(size), pytest.raises(FormatError, match="was not written"):
                write_session(path, a_session())
            assert path.read_bytes() == before
            assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1j, "x"])
    @pytest.mark.parametrize("name", ["pins", "reference"])
    def test_poses_that_are_no_finite_numbers_are_refused(self, tmp_path, name, value):
        path = tmp_path / "s.gfpose"
        write_session(path, a_session())
        with h5py.File(path, "a") as file:
            shape = file[name].shape
            del file[name]
            file[name] = np.full(shape, value, "S1" if value == "x" else None)
        with pytest.raises(FormatError, match=r"s.gfpose .* damaged"):
            read_session(path)

    @pytest.mark.parametrize(
        ("told", "says"),
        [
            ({"hypotheses": -1}, "-1 hypotheses"),
            ({"hypotheses": 10**25}, "hypotheses"),
            ({"seed": -5}, "seed -5"),
            ({"seed": 2**63}, "seed"),
            ({"options": {"dpm-solver": 5}}, "options of dpm-solver are 5"),
            ({"options": {"dpm-solver": {"steps": "x"}}}, "steps of dpm-solver is 'x'"),
            ({"options": {"dpm-solver": {"steps": 2.5}}}, "steps of dpm-solver is 2.5"),
            ({"options": {"dpm-solver": {"steps": 10**25}}}, "steps of dpm-solver is 1000"),
        ],
    )
    def test_what_no_run_can_be_asked_is_refused(self, tmp_path, told, says):
        path = tmp_path / "s.gfpose"
        write_session(path, a_session())
        with h5py.File(path, "a") as file:
            state = json.loads(file["state"][()].tobytes())
            state["document"].update(told)
            del file["state"]
            file["state"] = np.frombuffer(json.dumps(state).encode(), np.uint8)
        with pytest.raises(FormatError, match=says):
            read_session(path)

    @pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
    def test_numbers_that_json_does_not_have_are_refused(self, tmp_path, number):
        path = tmp_path / "s.gfpose"
        write_session(path, a_session())
        with h5py.File(path, "a") as file:
            text = file["state"][()].tobytes().decode().replace('"position": 2.5', f'"position": {number}')
            assert number in text
            del file["state"]
            file["state"] = np.frombuffer(text.encode(), np.uint8)
        with pytest.raises(FormatError, match=f"it says {number}"):
            read_session(path)

    @given(data=st.data())
    def test_damage_raises_nothing_else_and_never_goes_unseen(self, whole, data):
        content = bytearray(whole.read_bytes())
        if data.draw(st.booleans(), "cut"):
            content = content[: data.draw(st.integers(0, len(content) - 1), "length")]
        else:
            content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        damaged = whole.with_name("damaged.gfpose")
        damaged.write_bytes(content)
        try:
            read = read_session(damaged)
        except FormatError:
            return
        assert_same_session(read, a_session(recording=None))


@pytest.fixture
def answer(monkeypatch):
    """``answer(path)``: what a person types into the next save and open dialogs."""

    def set_(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: ([str(path)], ""))

    return set_


def written(qtbot, window, path):
    qtbot.waitUntil(lambda: window.keeper.path == path and not window.keeper.modified, timeout=10_000)


def test_a_session_that_takes_long_to_read_is_said_to_be_read(window, qtbot, tmp_path, monkeypatch):
    window.models.session.edit("Seed", seed=5)
    settled(qtbot, window)
    write_session(tmp_path / "large.gfpose", window.keeper.capture())
    gate = threading.Event()
    read = opening.open_file
    monkeypatch.setattr(opening, "open_file", lambda *a: (gate.wait(20), read(*a))[1])
    words = window.findChild(QLabel, "status-progress-text")
    before = words.text()
    window.files.open(tmp_path / "large.gfpose")
    assert words.text() == before  # what is done at once needs no word
    try:
        qtbot.waitUntil(lambda: words.text() == "Open large.gfpose… 1 s", timeout=10_000)
    finally:
        gate.set()
    qtbot.waitUntil(lambda: words.text().startswith("finished"), timeout=10_000)
    assert window.keeper.path == tmp_path / "large.gfpose"


def test_a_playhead_that_runs_is_kept_at_the_end(window, tmp_path):
    playback = window.models.playback
    playback.seek(0)
    playback.play()
    window.keeper.save(tmp_path / "s.gfpose")
    window.keeper.writer.finish()
    assert playback.last > 0
    assert read_session(tmp_path / "s.gfpose").position == playback.last


def test_save_quit_and_carry_on_in_another_window(window, open_window, qtbot, tmp_path, answer):
    assert not window.isWindowModified()
    window.findChild(object, "preset-legs").click()
    window.models.session.edit("Seed", seed=5)
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_P)
    window.models.gallery.set_focus(3)
    window.models.playback.seek(7.5)
    window.stage.set_camera(OrbitCamera(40.0, 20.0, 3.0))
    assert window.isWindowModified()
    answer(tmp_path / "walk")
    press(qtbot, window, Qt.Key.Key_S, CTRL)
    path = tmp_path / "walk.gfpose"
    written(qtbot, window, path)
    assert (window.windowTitle(), window.isWindowModified()) == ("walk[*] – GFPose viewer", False)
    assert window.settings.recent == [str(path)]
    saved = window.keeper.capture()

    other = open_window(FakeBackend(FakePrior(spread=10)), Document(seed=77))
    settled(qtbot, other)
    answer(path)
    other.actions_["open"].trigger()
    qtbot.waitUntil(lambda: other.keeper.path == path)
    assert_same_session(other.keeper.capture(), saved)
    qtbot.wait(200)
    settled(qtbot, other)  # the run out of the file stays: it is not sampled over
    assert_same_session(other.keeper.capture(), saved)
    assert not other.isWindowModified()
    assert other.models.session.undo_stack.undoText() == "Open walk.gfpose"
    other.models.session.undo_stack.undo()
    assert other.models.session.document.seed == 77
    assert not other.models.gallery.pinned
    assert other.keeper.path is None
    other.models.session.undo_stack.redo()
    assert other.keeper.path == path
    assert not other.keeper.modified


def test_saving_again_does_not_ask_and_undoing_to_it_is_unmodified(window, qtbot, tmp_path, answer):
    session, path = window.models.session, tmp_path / "s.gfpose"
    answer(path)
    press(qtbot, window, Qt.Key.Key_S, CTRL)
    written(qtbot, window, path)
    answer(tmp_path / "asked.gfpose")
    session.edit("Seed", seed=5)
    press(qtbot, window, Qt.Key.Key_S, CTRL)
    written(qtbot, window, path)
    assert read_session(path).document.seed == 5
    session.edit("Seed", seed=6)
    assert window.isWindowModified()
    session.undo_stack.undo()
    assert not window.isWindowModified()
    press(qtbot, window, Qt.Key.Key_S, CTRL | SHIFT)
    written(qtbot, window, tmp_path / "asked.gfpose")


def test_undone_and_opened_once_more_it_is_known_what_was_saved_since(window, qtbot, tmp_path):
    path, stack = tmp_path / "s.gfpose", window.models.session.undo_stack
    write_session(path, a_session())
    window.keeper.show(read_session(path), "Open s.gfpose", path)
    window.models.session.edit("Seed", seed=77)
    window.keeper.save(path)
    qtbot.waitUntil(lambda: not window.keeper.modified)
    for _ in range(2):
        stack.undo()
    stack.redo()
    assert (stack.undoText(), window.keeper.modified) == ("Open s.gfpose", True)
    stack.redo()
    assert (stack.undoText(), window.keeper.modified) == ("Seed", False)


def test_saving_does_not_wait_for_a_long_run(open_window, qtbot, tmp_path):
    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live)
    window.models.session.edit("Lock the seed", seed_locked=True)
    window.keeper.save(tmp_path / "s.gfpose")
    written(qtbot, window, tmp_path / "s.gfpose")
    assert window.models.sampling.busy
    saved = read_session(tmp_path / "s.gfpose")
    assert saved.unfinished
    assert saved.recording is None


def test_an_unfinished_session_is_sampled_when_it_is_opened(window, qtbot, tmp_path):
    path = tmp_path / "s.gfpose"
    document = Document(seed=8, hypotheses=5)
    write_session(path, a_session(document=document, unfinished=True, pose=0, position=0.0))
    drop(window, path)
    qtbot.waitUntil(lambda: window.models.session.document.seed == 8)
    settled(qtbot, window)
    assert window.models.playback.recording.poses.shape[1] == 5


def test_a_session_of_another_checkpoint_says_so(window, qtbot, tmp_path):
    path = tmp_path / "s.gfpose"
    write_session(path, a_session(document=Document(seed=8, checkpoint="/there/prior.pth"), pose=0))
    drop(window, path)
    qtbot.waitUntil(lambda: ("warning", "This session was made with another checkpoint") in notices(window))
    settled(qtbot, window)
    assert_same(window.models.playback.recording, a_session().recording)


def test_a_damaged_session_is_a_banner_and_changes_nothing(window, qtbot, tmp_path):
    path = tmp_path / "s.gfpose"
    write_session(path, a_session())
    path.write_bytes(path.read_bytes()[:-900])
    before = window.keeper.capture()
    drop(window, path)
    qtbot.waitUntil(lambda: ("error", "Could not open s.gfpose") in notices(window))
    assert "damaged" in find(window, QLabel, "banner-text").text()
    assert_same_session(window.keeper.capture(), before)
    assert not window.isWindowModified()


def test_a_place_that_cannot_be_written_is_a_banner_and_the_work_stays_unsaved(window, qtbot, tmp_path):
    window.models.session.edit("Seed", seed=5)
    window.keeper.save(tmp_path / "no" / "s.gfpose")
    qtbot.waitUntil(lambda: ("error", "Could not save s.gfpose") in notices(window))
    assert window.isWindowModified()
    assert window.keeper.path is None


def test_recent_files_are_opened_from_the_menu_and_those_gone_cannot(window, qtbot, tmp_path):
    paths = [tmp_path / "a" / "s.gfpose", tmp_path / "b" / "s.gfpose", tmp_path / "poses.npz"]
    for path in paths[:2]:
        path.parent.mkdir()
        write_session(path, a_session(document=Document(seed=8), pose=0))
    np.savez(paths[2], poses_3d=STANDING[None])
    for path in paths:
        window.files.open(path)
    qtbot.waitUntil(lambda: len(window.settings.recent) == 3)
    assert Settings().recent == [str(path) for path in reversed(paths)]  # as it will be at the next start
    menu = find(window, QMenu, "menu-recent")
    paths[0].unlink()
    menu.aboutToShow.emit()
    shown = {action.objectName(): action for action in menu.actions()}
    assert [shown[f"recent-{k}"].isEnabled() for k in (1, 2, 3)] == [True, True, False]
    assert "s.gfpose – b" in shown["recent-2"].text()
    window.models.session.edit("Seed", seed=1)
    shown["recent-2"].trigger()
    qtbot.waitUntil(lambda: window.models.session.document.seed == 8)
    menu.aboutToShow.emit()
    assert "b" in menu.actions()[0].text()  # the newest stands first
    next(action for action in menu.actions() if action.objectName() == "recent-clear").trigger()
    assert not menu.isEnabled()
    assert not Settings().recent


def test_pinning_is_undone_and_the_menu_names_it_with_live_off_too(window, qtbot):
    gallery, undo = window.models.gallery, window.actions_["undo"]
    press(qtbot, window, Qt.Key.Key_L, CTRL)
    press(qtbot, window, Qt.Key.Key_P)
    assert len(gallery.pinned) == 1
    assert undo.text() == "&Undo Pin hypothesis 1"
    gallery.set_focus(16)
    press(qtbot, window, Qt.Key.Key_P)
    assert (undo.text(), len(gallery.pinned)) == ("&Undo Let go of pin 1", 0)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert gallery.label(16) == "pin 1"
    assert window.isWindowModified()
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert not gallery.pinned
    assert not undo.isEnabled()
    assert not window.isWindowModified()
    window.models.session.edit("Seed", seed=5)
    assert (undo.text(), undo.isEnabled()) == ("&Undo Seed", True)


def test_a_notice_that_asks_is_not_pushed_out_by_others(qapp):
    notices_, chosen = Notices(), []
    asking = Notice("warning", "Restore?", choices=(("Restore", lambda: chosen.append(1)),))
    notices_.add(asking)
    for number in range(5):
        notices_.error(f"Error {number}", "")
    assert [n.title for n in notices_.shown] == ["Restore?", "Error 3", "Error 4"]
