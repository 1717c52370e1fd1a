"""The weight of evidence in the window: set, sampled with, told, saved, undone."""

from PySide6.QtWidgets import QDoubleSpinBox

from app.documents.runs import describe
from app.engine.session_file import read_session, write_session
from tests.app.conftest import settled
from tests.app.test_window import find


def test_it_is_an_edit_that_samples_is_told_and_saved_and_is_undone(window, qtbot, tmp_path):
    models, spin = window.models, find(window, QDoubleSpinBox, "guidance")
    assert "Not now: there is no evidence to weigh" in spin.toolTip()
    models.conditioning.apply_preset("legs")
    settled(qtbot, window)
    assert spin.isEnabled()
    for _ in range(2):
        spin.stepUp()
    settled(qtbot, window)
    assert models.playback.recording.options["guidance"] == 1.5
    assert "guidance 1.5" in describe(models.runs.shown, None, {})
    write_session(tmp_path / "a.gfpose", window.keeper.capture())
    saved = read_session(tmp_path / "a.gfpose")
    assert (saved.document.guidance, saved.recording.options["guidance"]) == (1.5, 1.5)
    models.session.undo_stack.undo()
    settled(qtbot, window)
    assert (spin.value(), models.playback.recording.options["guidance"]) == (1.0, 1.0)
    spin.setValue(3.0)
    models.conditioning.apply_preset("lift")
    settled(qtbot, window)
    assert (spin.value(), models.playback.recording.options["guidance"]) == (1.0, 1.0)
