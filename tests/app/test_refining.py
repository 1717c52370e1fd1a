"""Poses of the gallery refined by ZeDO: the real worker on the shipped prior, a few iterations only."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox

from app.documents.document import Document
from app.documents.runs import describe
from app.engine.backend import TorchBackend
from app.engine.session_file import read_session, write_session
from gfpose_core.condition import FIXED_3D
from gfpose_core.io.recordings import save_recording
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.app.test_optimising import CALLS, SEEN, choose
from tests.app.test_window import find


@pytest.fixture
def lifted(open_window, qtbot):
    """Three hypotheses by GFPose, the second in focus."""
    window = open_window(TorchBackend(), SEEN)
    settled(qtbot, window, 60_000)
    window.models.gallery.set_focus(1)
    return window


def rooted(poses):
    return poses - poses[..., :1, :]


def test_the_hypothesis_in_focus_is_refined_and_that_is_undone(lifted, qtbot):
    models = lifted.models
    before = models.playback.recording
    given = models.gallery.focused_pose
    lifted.actions_["refine"].trigger()
    settled(qtbot, lifted, 60_000)
    recording = models.playback.recording
    assert (recording.sampler, recording.hypotheses, models.playback.last) == ("zedo", 1, CALLS)
    begun = recording.trajectory.states[0, 0, 0]
    np.testing.assert_allclose(rooted(begun), rooted(given), atol=0.01)
    assert np.linalg.norm(rooted(recording.poses[0, 0]) - rooted(given), axis=-1).max() > 5
    assert describe(models.runs.shown, None, {}) == f"refine, ZeDO, {CALLS} iterations, 1×"
    assert find(lifted, QComboBox, "zedo-start").currentText() == "A given pose"
    assert models.session.undo_stack.undoText() == "Refine hypothesis 2"
    models.session.undo_stack.undo()
    settled(qtbot, lifted, 60_000)
    assert models.playback.recording is before
    assert models.session.document.to_refine is None


def test_all_of_them_are_refined_each_from_its_own(lifted, qtbot):
    models, start = lifted.models, find(lifted, QComboBox, "zedo-start")
    assert start.isHidden()
    choose(find(lifted, QComboBox, "method"), "zedo")
    settled(qtbot, lifted, 60_000)
    assert start.currentText() == "Typical poses"
    given = models.gallery.results
    choose(start, "all")
    settled(qtbot, lifted, 60_000)
    assert start.currentText() == "3 given poses"
    begun = models.playback.recording.trajectory.states[0, 0]
    np.testing.assert_allclose(rooted(begun), rooted(given), atol=0.01)
    choose(start, "typical")
    settled(qtbot, lifted, 60_000)
    assert models.playback.recording.condition.start is None
    assert start.findData("given") < 0
    models.session.undo_stack.undo()
    assert start.currentText() == "3 given poses"


def test_a_pinned_pose_is_refined_against_other_keypoints(lifted, qtbot):
    """As a frame of a clip is: made the evidence, pinned, then refined once the image is there."""
    models = lifted.models
    models.gallery.set_focus(2)
    lifted.actions_["pin"].trigger()
    pinned = models.gallery.pinned[0].pose
    models.session.apply("Turn", replace(models.session.document, pose=STANDING * [-1, 1, -1]))
    settled(qtbot, lifted, 60_000)
    models.gallery.set_focus(3)
    lifted.actions_["refine"].trigger()
    settled(qtbot, lifted, 60_000)
    np.testing.assert_allclose(models.session.document.to_refine[0], pinned)
    assert models.playback.recording.hypotheses == 1


def test_sessions_and_recordings_keep_what_was_refined(lifted, qtbot, tmp_path):
    models = lifted.models
    lifted.actions_["refine-all"].trigger()
    settled(qtbot, lifted, 60_000)
    document = models.session.document
    write_session(tmp_path / "a.gfpose", lifted.keeper.capture())
    saved = read_session(tmp_path / "a.gfpose")
    np.testing.assert_array_equal(saved.document.to_refine, document.to_refine)
    save_recording(tmp_path / "run.h5", models.playback.recording)
    models.session.edit("Method", sampler=Document.sampler)
    assert models.session.document.to_refine is None
    settled(qtbot, lifted, 60_000)
    lifted.files.open(tmp_path / "run.h5")
    qtbot.waitUntil(lambda: models.session.document.optimises, timeout=20_000)
    again = models.session.document
    np.testing.assert_array_equal(again.to_refine, document.to_refine)
    assert not again.denoising
    assert again.task == "lift"


def test_refined_poses_are_ranked_by_their_likelihood_under_the_image(lifted, qtbot):
    """What they were refined from says nothing of how likely they are."""
    models = lifted.models
    lifted.actions_["refine-all"].trigger()
    settled(qtbot, lifted, 60_000)
    models.ranking.arrange(order="likelihood")
    values = models.ranking.likelihoods
    qtbot.waitUntil(lambda: np.isfinite(values.values).all(), timeout=60_000)
    backend, document = TorchBackend(), models.session.document
    condition = replace(document, to_refine=None).condition()
    expected = backend.likelihoods(
        backend.load(None, "cpu"), condition, models.gallery.results, lambda share: None
    )
    np.testing.assert_allclose(values.values, expected, rtol=1e-3, atol=1e-3)


def test_refining_needs_keypoints_and_says_so(lifted, qtbot):
    models = lifted.models
    models.conditioning.select([3])
    models.conditioning.set_selected(FIXED_3D)
    settled(qtbot, lifted, 60_000)
    qtbot.waitUntil(lambda: not lifted.actions_["refine"].isEnabled())
    assert "see them in 2D" in lifted.actions_["refine"].toolTip()


@pytest.mark.parametrize("poses", [np.zeros((17, 3)), np.zeros((0, 17, 3)), np.full((2, 17, 3), np.nan)])
def test_poses_that_cannot_be_refined_make_no_document(poses):
    with pytest.raises(ValueError, match="poses to refine"):
        Document(sampler="zedo", to_refine=poses)
