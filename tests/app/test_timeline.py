"""Arrows, trails, plots and the scale of the timeline: the numbers, and the real window."""

import time
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from app.documents.document import Document
from app.documents.moments import TRAIL_MOMENTS, trail
from app.documents.score import ScoreSpace
from app.looks.theme import DARK
from app.panels.log_ticks import LABEL_PX, log_ticks
from app.panels.plot_canvas import PlotCanvas
from app.panels.plot_choice import TickMenu
from app.panels.scale import Scale
from app.scene import meshes
from app.scene.content import ARROW, STRONG, Content
from app.scene.frame import StageFrame
from app.session import Session
from app.settings import Settings
from app.viewmodels.gallery import Gallery
from app.viewmodels.layers import LAYERS, Layers
from app.viewmodels.playback import Playback
from app.viewmodels.plots import MOST, Plots
from gfpose_core.camera import View
from gfpose_core.condition import Condition
from gfpose_core.metrics import mpjpe, pa_mpjpe
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.priors.steps import GFPoseStep, Space
from gfpose_core.samplers.base import State
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.app.test_scene_stage import pixels, stage  # noqa: F401 (the fixture of both stages)
from tests.app.test_window import differ, find, press

LEVELS = np.geomspace(2000, 2, 9)  # mm


def recording_of(states, clean, levels=LEVELS, condition=None):
    times = np.linspace(1, 0.1, len(states))
    condition = condition or Condition.nothing(states.shape[1])
    return Recording(
        clean[-1], Trajectory(times, levels, states, clean), condition, 0, "fake", "f", "dpm-solver"
    )


def random_recording(moments=9, hypotheses=5, poses=1, seed=0):
    rng = np.random.default_rng(seed)
    shape = (moments, poses, hypotheses, 17, 3)
    clean = (STANDING + rng.normal(0, 50, shape)).astype(np.float32)
    states = (clean + rng.normal(0, 30, shape)).astype(np.float32)
    return recording_of(states, clean, np.geomspace(2000, 2, moments))


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_score_is_what_the_sampler_had(projection):
    rng = np.random.default_rng(0)
    view = View.towards(np.array([[0.1, -0.2, 1.0]]), np.array([4000.0]))
    origin = view.centre + [[60.0, -30.0, 90.0]]
    config = DenoiserConfig(projection=projection)
    space = Space(view, origin, config)
    steps = []
    for level in LEVELS:
        t = config.sde.time_of(torch.tensor(level * config.units_per_mm, dtype=torch.float64))
        alpha, sigma = (float(value) for value in config.sde.marginal(t))
        clean = rng.normal(0, 250 * config.units_per_mm, (1, 3, 51))
        x = alpha * clean + sigma * rng.normal(size=clean.shape)
        steps.append((GFPoseStep(State(0, 1, t, torch.tensor(x), torch.tensor(clean)), space), alpha))
    condition = Condition.nothing(1)
    condition = type(condition)(condition.values, condition.observed, view, origin)
    states, cleans = (np.stack([getattr(step, name) for step, _ in steps]) for name in ("states", "clean"))
    recording = recording_of(states, cleans, condition=condition)

    ours = ScoreSpace.of(recording)
    assert ours.perspective == (projection == "perspective")
    found = ours.score(states[:, 0], cleans[:, 0], LEVELS[:, None])
    for mine, (step, alpha) in zip(found, steps):
        told = step.score[0] * alpha * config.units_per_mm  # d/dx to d/d(x/alpha)
        np.testing.assert_allclose(mine, told, atol=1e-4 * np.abs(told).max())
    assert not ours.score(states[0, 0], cleans[0, 0], 0.0).any()


def test_an_arrow_points_along_the_score_and_grows_with_it():
    score = np.zeros((17, 3))
    score[3], score[4], score[5] = [0.001, 0, 0], [0, -0.1, 0], [0, 0, 50 * STRONG]
    content = Content.of(StageFrame(STANDING[None], score=score))
    along = content.arrows[:, 1] - content.arrows[:, 0]
    lengths = np.linalg.norm(along, axis=1)
    np.testing.assert_allclose(along / lengths[:, None], [[1, 0, 0], [0, 0, 1], [0, 1, 0]], atol=1e-6)
    assert lengths[0] < lengths[1] < lengths[2] == pytest.approx(ARROW)
    np.testing.assert_allclose(content.arrow_strength, lengths / ARROW, rtol=1e-5)


@pytest.mark.parametrize("noisy", [False, True])
def test_a_trail_grows_up_to_the_playhead(noisy):
    recording = random_recording(hypotheses=3)
    path = (recording.trajectory.states if noisy else recording.trajectory.clean)[:, 0, 2]
    np.testing.assert_array_equal(trail(recording, 3, 0, 2, noisy), path[:4])
    between = trail(recording, 3.5, 0, 2, noisy)
    np.testing.assert_array_equal(between[:-1], path[:4])
    np.testing.assert_allclose(between[-1], (path[3] + path[4]) / 2, rtol=1e-5, atol=1e-3)
    assert len(trail(recording, 0, 0, 2, noisy)) == 1
    assert len(trail(random_recording(300, 1), 299, 0, 0, noisy)) <= TRAIL_MOMENTS + 1


def test_a_trail_fades_towards_the_past():
    poses = STANDING + np.arange(6)[:, None, None] * [30, 0, 0]
    mesh = meshes.over_figure(Content.of(StageFrame(poses[-1:], trail=poses)), DARK.scene)
    opacity = [mesh.colours[np.argmin(np.abs(mesh.positions[:, 0] - pose[3, 0] / 1e3)), 3] for pose in poses]
    assert (np.diff(np.array(opacity, int)) > 0).all()


def test_both_stages_draw_arrows_and_trails(stage):  # noqa: F811
    pose = STANDING.astype(float)
    trails = pose + np.linspace(-400, 0, 12)[:, None, None] * [1, 0, 0]
    bare = StageFrame(pose[None], focus=0)
    stage.show_frame(bare)
    before = pixels(stage)
    for extra in ({"score": np.tile([0.0, 0.0, 0.3], (17, 1)) + [0.3, 0, 0]}, {"trail": trails}):
        stage.show_frame(StageFrame(pose[None], focus=0, **extra))
        assert (np.abs(pixels(stage).astype(int) - before).max(-1) > 24).mean() > 0.004
    stage.show_frame(bare)
    assert (pixels(stage) == before).all()


@pytest.fixture
def parts(qapp):
    playback, gallery, session, layers = Playback(), Gallery(), Session(), Layers()
    layers.set("plots", True)
    return playback, gallery, session, Plots(playback, gallery, session, layers), layers


def slow_curve(recording, key, truth):
    """(T, S): one hypothesis and one moment after the other, the definitions written out."""
    clean, states = (a[:, 0].astype(float) for a in (recording.trajectory.clean, recording.trajectory.states))
    pairs = [
        (H36M17.names.index("L" + name[1:]), j)
        for j, name in enumerate(H36M17.names)
        if H36M17.sides[j] == "right"
    ]

    def length(pose, joint):
        return np.linalg.norm(pose[joint] - pose[H36M17.parents[joint]])

    def value(t, s):
        pose = clean[t, s]
        if key == "mpjpe":
            return np.mean([np.linalg.norm(pose[j] - pose[0] - truth[j] + truth[0]) for j in range(17)])
        if key == "pa-mpjpe":
            return pa_mpjpe(pose, truth)
        if key == "mean":
            return mpjpe(pose, clean[t].mean(0))
        if key == "asymmetry":
            return np.mean([abs(length(pose, a) - length(pose, b)) for a, b in pairs])
        if key == "bones":
            return np.mean([np.std([length(p, j) for p in clean[t]]) for j in range(1, 17)])
        space = ScoreSpace.of(recording)
        return np.linalg.norm(space.score(states[t, s], pose, recording.trajectory.noise_levels[t]))

    width = 1 if key == "bones" else clean.shape[1]
    return np.array([[value(t, s) for s in range(width)] for t in range(len(clean))])


@pytest.mark.parametrize("key", ["score", "bones", "asymmetry", "mean", "mpjpe", "pa-mpjpe"])
def test_curves_are_the_metrics_of_every_moment(parts, qtbot, key):
    playback, gallery, _, plots, _ = parts
    recording, truth = random_recording(), STANDING.astype(float)
    gallery.set_reference(truth)
    plots.choose([key])
    playback.open(recording)
    qtbot.waitUntil(lambda: not plots.working)
    expected, curves = slow_curve(recording, key, truth), plots.curves[key]
    np.testing.assert_allclose(curves.values, expected, rtol=1e-4)
    np.testing.assert_allclose(curves.middle, np.median(expected, axis=1), rtol=1e-4)
    assert (curves.low <= curves.middle).all()
    assert (curves.middle <= curves.high).all()


def test_several_are_plotted_at_once_and_what_is_there_already_stays(parts, qtbot):
    playback, gallery, _, plots, _ = parts
    recording, truth = random_recording(), STANDING.astype(float)
    gallery.set_reference(truth)
    playback.open(recording)
    qtbot.waitUntil(lambda: not plots.working)
    score = plots.curves["score"]
    for key in ("mpjpe", "bones", "mean"):
        plots.set_plotted(key, True)
    qtbot.waitUntil(lambda: not plots.working)
    assert plots.chosen == ("score", "bones", "mean", "mpjpe")
    assert plots.curves["score"] is score
    for key in plots.chosen:
        np.testing.assert_allclose(plots.curves[key].values, slow_curve(recording, key, truth), rtol=1e-4)
    assert "room for no more" in plots.why_not_set("asymmetry")
    plots.set_plotted("asymmetry", True)
    assert plots.chosen == ("score", "bones", "mean", "mpjpe")
    assert len(plots.chosen) == MOST
    for key in ("bones", "score", "mpjpe", "mean"):
        plots.set_plotted(key, False)
    assert tuple(plots.curves) == plots.chosen == ("mean",)
    assert "one is always plotted" in plots.why_not_set("mean")


def test_of_runs_in_quick_succession_the_last_is_plotted(parts, qtbot, monkeypatch):
    monkeypatch.setattr("app.viewmodels.plots.BURST_MS", 2000)
    playback, _, _, plots, _ = parts
    playback.open(random_recording())
    qtbot.waitUntil(lambda: not plots.working)
    told = []
    plots.changed.connect(lambda: told.append(plots.curves["score"]))
    for moments in (3, 5, 7):  # the first of them is one run after another
        told.clear()
        playback.open(last := random_recording(moments))
    assert plots.waiting
    assert not told
    qtbot.waitUntil(lambda: not plots.working)
    assert not plots.waiting
    np.testing.assert_allclose(told[-1].values, slow_curve(last, "score", None), rtol=1e-4)


def test_keys_go_through_those_there_are(parts):
    playback, _, _, plots, _ = parts
    playback.open(random_recording())
    assert plots.available == ["score", "bones", "asymmetry", "mean"]
    plots.add_next()
    plots.add_next()
    assert plots.chosen == ("score", "bones", "asymmetry")
    plots.choose_next()
    assert plots.chosen == ("mean",)
    plots.add_next()
    assert plots.chosen == ("score", "mean")
    plots.choose(["witchcraft"])
    assert plots.chosen == ("score", "mean")


@given(st.floats(-5, 3), st.floats(0.02, 6), st.floats(60, 400))
def test_a_logarithmic_axis_has_labels_at_round_numbers_that_do_not_overlap(low, span, height):
    ticks = log_ticks(low, low + span, height)
    places = np.array([place for place, _ in ticks])
    assert len(ticks) >= 1
    assert ((places >= low - 1e-6) & (places <= low + span + 1e-6)).all()
    assert (np.diff(places) / span * height >= LABEL_PX - 1e-6).all()
    np.testing.assert_allclose([10**place for place in places], [float(text) for _, text in ticks], rtol=1e-4)
    assert all(len(text.lstrip("0.").rstrip("0").replace(".", "")) <= 3 or "e" in text for _, text in ticks)


def test_errors_are_plotted_only_where_the_truth_is_known(parts, qtbot):
    playback, gallery, _, plots, _ = parts
    playback.open(random_recording())
    assert "mpjpe" not in plots.available
    plots.choose(["mpjpe"])
    assert not plots.curves
    assert plots.chosen == ("mpjpe",)  # and is plotted once there is something to compare with
    gallery.set_reference(STANDING.astype(float))
    qtbot.waitUntil(lambda: bool(plots.curves) and not plots.working)
    assert np.isfinite(plots.curves["mpjpe"].values).all()


def test_errors_are_to_the_pose_that_is_the_evidence_by_now(window, qtbot):
    models = window.models
    models.sampling.set_live(False)
    models.layers.set("plots", True)
    models.plots.choose(["mpjpe"])
    for pose in (STANDING, STANDING * [1, 1, -1]):
        models.conditioning.use_pose(pose, "Use")
        qtbot.waitUntil(lambda: bool(models.plots.curves) and not models.plots.working)
        np.testing.assert_allclose(
            models.plots.curves["mpjpe"].values,
            slow_curve(models.playback.recording, "mpjpe", pose.astype(float)),
            rtol=1e-3,
        )


def test_nothing_is_worked_out_while_nobody_looks(parts):
    playback, _, _, plots, layers = parts
    layers.set("plots", False)
    playback.open(random_recording())
    assert not plots.curves
    assert not plots.working


def test_a_large_run_is_worked_out_between_events(parts, qtbot):
    playback, gallery, _, plots, _ = parts
    gallery.set_reference(STANDING.astype(float))
    plots.choose(["pa-mpjpe"])
    playback.open(random_recording(moments=40, hypotheses=600))
    assert plots.working
    waits = []
    while plots.working:
        started = time.perf_counter()
        QTest.qWait(0)
        waits.append(time.perf_counter() - started)
    assert np.isfinite(plots.curves["pa-mpjpe"].values).all()
    assert np.median(waits) < 0.05


def test_keys_and_chips_show_layers_and_the_next_start_remembers(window, qtbot, open_window):
    window.models.playback.seek(window.models.playback.last // 2)
    chips = [name for name, layer in LAYERS.items() if layer.chip]
    for name, key in zip(chips, (Qt.Key.Key_A, Qt.Key.Key_T, Qt.Key.Key_E, Qt.Key.Key_M)):
        before = window.grab().toImage()
        press(qtbot, window, key)
        assert name in window.models.layers.on
        assert find(window, QToolButton, f"timeline-{name}").isChecked()
        assert window.actions_[f"show-{name}"].isChecked()
        qtbot.wait(50)
        assert differ(before, window.grab().toImage()) > 0.0005
    find(window, QToolButton, "timeline-trails").click()
    assert not window.actions_["show-trails"].isChecked()
    keys = {key for spec in window.actions_.specs for key in spec.keys}
    assert {"A", "T", "E", "M", "Shift+M"} <= keys
    assert set(Settings().choice("window/layers")) == {"arrows", "spread", "plots"}
    again = open_window()
    settled(qtbot, again)
    assert again.models.layers.on == {"arrows", "spread", "plots"}
    assert find(again, PlotCanvas, "plot-canvas-score").isVisible()


def test_arrows_and_trails_follow_the_pose_in_focus_and_the_playhead(window):
    models, view = window.models, window.stage_view
    for layer in ("arrows", "trails"):
        models.layers.set(layer, True)
    models.playback.seek(5)
    first = view.frame()
    assert len(first.trail) == 6
    np.testing.assert_allclose(first.trail[-1], models.playback.moment.clean[0])
    models.gallery.set_focus(3)
    assert (view.frame().score != first.score).any()
    models.playback.set_show("noisy")
    noisy = view.frame()
    assert noisy.focus == 3
    np.testing.assert_allclose(noisy.trail[-1], models.playback.moment.states[3])
    models.gallery.pin(3)
    models.gallery.set_focus(models.gallery.count)  # a pinned pose has no run of its own
    assert view.frame().score is None
    assert view.frame().trail is None


def test_a_plot_that_is_chosen_behind_a_closed_panel_is_there_when_it_is_opened(window, qtbot):
    models, dock = window.models, window.docks["timeline"]
    dock.close()
    models.plots.add_next()
    models.layers.set("plots", True)
    models.playback.seek(1)
    dock.show()
    kinds = {f"plot-canvas-{key}" for key in models.plots.chosen}
    assert len(kinds) == 2
    qtbot.waitUntil(
        lambda: {c.objectName() for c in window.findChildren(PlotCanvas) if c.isVisible()} == kinds
    )


def test_the_cursor_of_the_plot_is_the_playhead(window, qtbot):
    models = window.models
    models.layers.set("plots", True)
    qtbot.waitUntil(lambda: not models.plots.working)
    canvas = find(window, PlotCanvas, "plot-canvas-score")
    qtbot.wait(50)
    at_end = find(window, QLabel, "plot-legend-score").text()
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=_at(canvas, 4))
    assert models.playback.position == pytest.approx(4, abs=0.1)
    QTest.mouseMove(canvas.viewport(), _at(canvas, 12))
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=_at(canvas, 12))
    assert models.playback.position == pytest.approx(12, abs=0.1)
    assert canvas.cursor_line.value() == models.playback.position
    assert find(window, QLabel, "plot-legend-score").text() != at_end
    models.playback.seek(9)
    assert canvas.cursor_line.value() == 9
    slider = find(window, object, "timeline-slider")
    on_slider = slider.mapFromGlobal(canvas.viewport().mapToGlobal(_at(canvas, 9))).x()
    margin = find(window, Scale, "timeline-scale").margin
    assert on_slider == pytest.approx(
        margin + 9 / models.playback.last * (slider.width() - 2 * margin), abs=2
    )


@pytest.mark.parametrize("levels", [(300, 60), (9, 2), (2000, 0.2)])
def test_labels_of_the_score_do_not_overlap(window, qtbot, levels):
    models = window.models
    models.layers.set("plots", True)
    rng = np.random.default_rng(1)
    clean = (STANDING + rng.normal(0, 50, (9, 1, 2, 17, 3))).astype(np.float32)
    series = np.geomspace(*levels, 9)
    noise = rng.normal(0, 1, clean.shape) * series[:, None, None, None, None]
    models.playback.open(recording_of((clean + noise).astype(np.float32), clean, series))
    qtbot.waitUntil(lambda: not models.plots.working)
    qtbot.wait(50)
    axis = find(window, PlotCanvas, "plot-canvas-score").getPlotItem().getAxis("left")
    painter = QPainter(QPixmap(10, 10))
    labels = [rect for rect, _, _ in axis.generateDrawSpecs(painter)[2]]
    painter.end()
    assert len(labels) >= 2
    assert not any(a.intersects(b) for a, b in combinations(labels, 2))


def test_a_run_of_one_step_says_that_there_is_nothing_to_plot_over(window):
    window.models.layers.set("plots", True)
    window.models.playback.open(random_recording(moments=1))
    assert "One step: there is nothing to plot over" in find(window, QLabel, "plot-legend-score").text()


def test_a_shorter_run_takes_the_place_of_a_longer_one(window, qtbot):
    window.models.layers.restore(LAYERS)
    for moments, hypotheses in ((30, 6), (5, 2), (12, 4)):
        window.models.playback.open(random_recording(moments, hypotheses))
        qtbot.waitUntil(lambda: not window.models.plots.working)
        assert window.models.plots.curves["score"].values.shape == (moments, hypotheses)
    assert not window.models.notices.shown


def _at(canvas, position):
    return QPoint(canvas.x_of(position), canvas.height() // 2)


def test_the_quantity_is_chosen_from_those_there_are(window, qtbot):
    models = window.models
    press(qtbot, window, Qt.Key.Key_M)
    choice, menu = find(window, QToolButton, "plot-quantity"), find(window, TickMenu, "menu-plots")
    tick = {action.objectName(): action for action in menu.actions()}["plot-mpjpe"]
    assert "Not now: it needs a pose to compare with" in tick.toolTip()
    press(qtbot, window, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert (choice.text(), models.plots.chosen) == ("Bone-length spread", ("bones",))
    models.conditioning.apply_preset("arms")
    qtbot.wait(100)
    settled(qtbot, window)
    menu.popup(choice.mapToGlobal(QPoint(0, 0)))
    for _ in range(2):  # off again, on again: it stays open
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(tick).center())
        assert menu.isVisible()
    assert models.plots.chosen == ("bones",)
    menu.setActiveAction(tick)
    QTest.keyClick(menu, Qt.Key.Key_Space)
    menu.close()
    assert (choice.text(), models.plots.chosen) == ("2 plots", ("bones", "mpjpe"))
    assert choice.accessibleName() == "Plotted over the run: Bone-length spread, MPJPE"
    qtbot.waitUntil(lambda: len(models.plots.curves) == 2 and not models.plots.working)
    truth = models.session.document.pose
    np.testing.assert_allclose(
        models.plots.curves["mpjpe"].values[-1], mpjpe(models.gallery.results, truth), rtol=1e-4
    )
    legend = find(window, QLabel, "plot-legend-mpjpe")
    assert "mm" in legend.text()
    models.playback.seek(3)
    above, below = (find(window, PlotCanvas, f"plot-canvas-{key}") for key in ("bones", "mpjpe"))
    assert above.cursor_line.value() == below.cursor_line.value() == 3
    assert above.mapTo(window, _at(above, 7)).x() == below.mapTo(window, _at(below, 7)).x()
    top, bottom = QPoint(0, 0), QPoint(0, above.height())
    qtbot.waitUntil(lambda: above.mapTo(window, bottom).y() < below.mapTo(window, top).y())
    models.conditioning.apply_preset("generate")
    qtbot.wait(100)
    settled(qtbot, window)
    qtbot.waitUntil(lambda: "It needs a pose to compare with" in legend.text())
    assert Settings().choice("plots/chosen") == ["bones", "mpjpe"]


def test_the_scale_tells_t_and_noise_level(window):
    run, labels = window.models.playback.recording.trajectory, find(window, Scale, "timeline-scale").labels
    assert labels[0] == (0, "t 1.00 · 1,000 mm")
    assert labels[-1][0] == len(run) - 1
    assert 3 <= len(labels) <= 12
    window.models.playback.seek(0)
    assert find(window, QLabel, "timeline-sigma").text().startswith("σ/α = 1,000 mm")


def test_a_run_with_one_hypothesis_is_plotted_too(open_window, qtbot):
    window = open_window(document=Document(hypotheses=1))
    settled(qtbot, window)
    window.models.layers.restore(LAYERS)
    qtbot.waitUntil(lambda: not window.models.plots.working)
    assert "the hypothesis" in find(window, QLabel, "plot-legend-score").text()
    for key in window.models.plots.available:
        window.models.plots.choose([key])
        assert np.isfinite(window.models.plots.curves[key].values).all()
