"""Two side by side: what stands on the second stage, at which moment, and the figures between."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton, QWidget

from app.documents.document import Document
from app.viewmodels.comparison import Side, distances, evidence_error, figures
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.app.test_branching import branch_here
from tests.app.test_scene_stage import pixels
from tests.app.test_window import find


def poses(rng, count):
    return (STANDING + rng.normal(0, 40, (count, 17, 3))).astype(np.float32)


def literal_distance(one, other):
    return np.mean([np.linalg.norm((one[j] - one[0]) - (other[j] - other[0])) for j in range(17)])


@pytest.mark.parametrize(
    ("left", "right", "matched"), [(4, 4, 4), (5, 3, 3), (1, 4, 4), (4, 1, 4), (1, 1, 1)]
)
def test_hypotheses_are_matched_by_number_and_a_single_pose_with_all(rng, left, right, matched):
    a, b = poses(rng, left), poses(rng, right)
    expected = [literal_distance(a[k if left > 1 else 0], b[k if right > 1 else 0]) for k in range(matched)]
    np.testing.assert_allclose(distances(a, b), expected, rtol=1e-4)


def test_the_evidence_error_is_to_the_place_or_to_the_ray(rng):
    levels = np.full(17, FREE)
    levels[3], levels[5] = FIXED_3D, SEEN_2D
    document = Document(pose=STANDING, levels=levels)
    moved = STANDING[None].astype(float)
    moved[0, 3] += [0, 30, 40]  # 50 mm away
    along = (STANDING[5] + document.origin) * 1.1 - document.origin  # farther along its ray: no error
    moved[0, 5] = along
    assert evidence_error(moved, document) == pytest.approx(25.0, abs=1e-3)
    across = np.cross(STANDING[5] + document.origin, [0, 1, 0])
    moved[0, 5] = along + across / np.linalg.norm(across) * 10
    assert evidence_error(moved, document) == pytest.approx(30.0, abs=1e-3)
    assert evidence_error(moved, Document()) is None


def test_the_table_says_what_there_is(rng):
    a, b = Side(poses(rng, 3)), Side(poses(rng, 2))
    assert [f.label for f in figures(a, b, 2, None)] == ["A to B, mean of 2", "Asymmetry"]
    told = figures(a, b, 1, STANDING)
    assert [f.label for f in told] == [
        "A to B, no. 2", "A to B, mean of 2", "MPJPE", "Asymmetry", "Bone error"
    ]  # fmt: skip
    assert told[0].between == f"{literal_distance(a.poses[1], b.poses[1]):.0f} mm"
    truth = np.mean([literal_distance(pose, STANDING) for pose in b.poses])
    assert told[2].b == f"{truth:.0f} mm"


@pytest.fixture(params=["gl", "painter"])
def compared(request, monkeypatch, qtbot, open_window):
    """A window that compares a branch, A, with the run it comes from, B."""
    monkeypatch.setenv("GFPOSE_STAGE", request.param)
    window = open_window()
    settled(qtbot, window)
    branch_here(qtbot, window)
    QTest.mouseClick(find(window, QToolButton, "runs-compare"), Qt.MouseButton.LeftButton)
    assert window.models.compare.on
    QTest.qWait(50)
    return window


def shown_on(stage):
    """The poses (S,17,3) m that stand there."""
    content = stage._content
    return content.ghosts if len(content.ghosts) else content.figure[None]


class TestView:
    def test_both_stages_show_the_same_t_and_their_ends_together(self, compared):
        models, view = compared.models, compared.compare_view
        parent, branch = (models.runs.shelf.peek(n).trajectory for n in (1, 2))
        assert models.compare.other == 1
        models.playback.seek(3)
        at = parent.nearest(branch.times[3])
        expected = parent.clean[at, 0, :, 5]
        found = shown_on(view.other)[:, 5] * 1000
        np.testing.assert_allclose(found[:, 0], expected[:, 0], atol=0.5)
        between = (models.playback.position + 0.5) / models.playback.last
        models.playback.seek(between * models.playback.last)
        assert models.compare.moment.time == pytest.approx(models.playback.moment.time, abs=1e-6)
        models.playback.seek(models.playback.last)
        assert models.compare.position == len(parent) - 1

    def test_one_camera_moves_both(self, compared):
        stage, other = compared.stage, compared.compare_view.other
        before = pixels(other)
        stage.set_view("top")
        assert other.camera == stage.camera
        assert (pixels(other) != before).any()
        centre = QPoint(other.width() // 2, 40)
        QTest.mousePress(other, Qt.MouseButton.LeftButton, pos=centre)
        QTest.mouseMove(other, centre + QPoint(60, 5))
        QTest.mouseMove(other, centre + QPoint(90, 5))
        QTest.mouseRelease(other, Qt.MouseButton.LeftButton, pos=centre + QPoint(90, 5))
        assert stage.camera == other.camera
        assert stage.camera.azimuth != 0

    def test_names_figures_swap_and_close(self, qtbot, compared):
        models, view = compared.models, compared.compare_view
        a, b = find(compared, QComboBox, "compare-a"), find(compared, QComboBox, "compare-b")
        assert (a.currentText(), b.currentText()) == ("Branch 2", "Run 1")
        assert find(compared, QLabel, "compare-a-words").text().startswith("t = 0.47")
        apart = float(distances(models.playback.moment.clean, models.compare.moment.clean)[0])
        assert find(compared, QLabel, "figure-1-a").text() == f"{apart:.0f} mm"
        QTest.mouseClick(find(compared, QToolButton, "compare-swap"), Qt.MouseButton.LeftButton)
        assert (a.currentText(), b.currentText()) == ("Run 1", "Branch 2")
        assert models.runs.shown.number == 1
        models.playback.seek(1)
        assert models.compare.position == 0
        assert "begins at t = 0.47" in find(compared, QLabel, "compare-b-words").text()
        QTest.mouseClick(find(compared, QToolButton, "compare-close"), Qt.MouseButton.LeftButton)
        assert not view.other.isVisible()
        assert compared.stage.isVisible()
        assert not compared.actions_["compare"].isChecked()

    def test_a_pinned_pose_is_b_and_then_a(self, qtbot, compared):
        models = compared.models
        models.gallery.pin(2)
        pinned = models.gallery.pinned[0]
        b = find(compared, QComboBox, "compare-b")
        b.setCurrentIndex(b.findText("pin 1, pinned"))
        b.activated.emit(b.currentIndex())
        assert models.compare.other is pinned
        assert len(shown_on(compared.compare_view.other)) == 1
        a = find(compared, QComboBox, "compare-a")
        models.compare.choose(1)
        a.setCurrentIndex(a.findText("pin 1, pinned"))
        a.activated.emit(a.currentIndex())
        assert models.compare.shown is pinned
        assert a.currentText() == "pin 1, pinned"
        models.compare.choose(pinned)
        models.gallery.set_focus(0)
        models.gallery.pin(models.gallery.count)
        assert not models.compare.on

    def test_figures_without_room_are_told_by_an_ellipsis(self, qtbot, compared):
        table = compared.compare_view.findChild(QWidget, "compare-figures")
        figures, rest = compared.models.compare.figures, find(compared, QLabel, "figures-rest")
        compared.resize(1900, 900)
        qtbot.waitUntil(lambda: not rest.isVisible())
        compared.resize(compared.minimumSizeHint())
        qtbot.waitUntil(rest.isVisible)
        told = rest.toolTip().splitlines()
        shown = {label.text() for label in table.findChildren(QLabel) if label.isVisible()}
        heads = [figure.label for figure in figures]
        assert [head for head in heads if head in shown] == heads[: len(heads) - len(told)]
        assert told[-1] == f"{figures[-1].label}: {figures[-1].a}, {figures[-1].b}"

    def test_the_second_stage_takes_no_edits(self, compared):
        models = compared.models
        document = models.session.document
        other = compared.compare_view.other
        at = other.joint_screen_position(3).toPoint()
        QTest.mouseClick(other, Qt.MouseButton.LeftButton, pos=at)
        assert models.session.document is document

    def test_a_run_that_is_deleted_ends_it(self, compared):
        compared.models.runs.delete(1)
        assert not compared.models.compare.on
        assert not compared.compare_view.other.isVisible()


def test_with_one_run_only_it_says_what_to_do(window):
    window.actions_["compare"].trigger()
    assert not window.models.compare.on
    assert not window.actions_["compare"].isChecked()
    assert "Branch, sample again or pin" in window.models.notices.shown[-1].what_to_do


def test_runs_of_different_lengths_are_matched_by_t(qtbot, window):
    models = window.models
    models.session.apply("Few", models.session.document.with_option("steps", 7))
    settled(qtbot, window)
    models.compare.set_on(True)
    for position in (0, 2.5, 5):
        models.playback.seek(position)
        assert models.compare.moment.time == pytest.approx(models.playback.moment.time, abs=1e-9)
    lighter = replace(models.runs.shelf.peek(1), poses=models.runs.shelf.peek(1).poses)
    models.runs.shelf.put(1, lighter)
    models.runs.shelf._thin(1)
    assert models.compare.moment.clean.shape == lighter.poses[0].shape
    models.runs.shelf.drop(1)
    assert models.compare.moment is None
    models.playback.seek(1)
    assert "made room" in find(window, QLabel, "compare-b-words").text()


def test_beside_an_old_run_of_which_poses_alone_are_kept_arrows_and_trails_are_left_out(window, qtbot):
    models = window.models
    old = models.runs.shown.number
    models.sampling.draw()
    settled(qtbot, window)
    models.runs.shelf._thin(old)
    for layer in ("arrows", "trails"):
        models.layers.set(layer, True)
    models.compare.set_on(True)
    models.compare.choose(old)
    models.playback.seek(1)
    qtbot.waitUntil(lambda: models.compare.shown is not None)
    shot = window.stage_view.shot().of_other(models)
    other = shot.frame(models.compare.moment, models.compare.position)
    assert (other.score, other.trail) == (None, None)
    assert len(other.poses)


def test_what_is_compared_stands_with_its_own_evidence(window, qtbot):
    models = window.models
    models.conditioning.use_pose(STANDING.astype(float), "Use")
    models.conditioning.apply_preset("denoise")
    settled(qtbot, window)
    denoised, asked = models.runs.shown.number, models.session.document
    models.imaging.show_canvas()
    models.conditioning.use_pose(STANDING + [0, 100, 0], "Use")
    models.imaging.set_depth(2500.0)
    settled(qtbot, window)
    models.compare.choose(denoised)
    shot = window.stage_view.shot()
    other = shot.of_other(models)
    assert shot.noisy_pose is None
    np.testing.assert_array_equal(other.noisy_pose, asked.noisy_pose)
    np.testing.assert_array_equal(other.reference, asked.pose)
    np.testing.assert_array_equal(other.eye, -asked.origin)
    assert "noisy" in [name for _, name in other.frame(models.compare.moment, models.compare.position).names]
