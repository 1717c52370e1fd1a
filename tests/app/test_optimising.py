"""ZeDO in the window: the real worker on the shipped prior, a few iterations only."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QSpinBox

from app.documents.document import Document
from app.documents.moments import iterations
from app.documents.request import PriorInfo
from app.engine.backend import TorchBackend
from app.engine.session_file import read_session, write_session
from app.files.command_line import command_of
from app.panels.scale import Scale
from app.scene.content import Content
from app.scene.world import to_world
from gfpose_core.assets import asset
from gfpose_core.catalog import SHIPPED
from gfpose_core.condition import FIXED_3D, SEEN_2D
from gfpose_core.errors import ConditionError, GfposeError
from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.rays import NOMINAL_FOCAL_PX
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.app.test_window import find

try:
    asset(SHIPPED)
except GfposeError as error:
    pytest.skip(str(error), allow_module_level=True)

CALLS, FITS = 6, 3
ITERATIONS = FITS + CALLS
QUICK = {"steps": CALLS, "fit_steps": FITS, "pull": 20.0}
SEEN = Document(pose=STANDING, levels=np.full(17, SEEN_2D), hypotheses=3, options={"zedo": QUICK})


def choose(combo, data):
    """As a person picks it from the list."""
    row = combo.findData(data)
    assert combo.model().item(row).isEnabled()
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


@pytest.fixture
def lifting(open_window, qtbot):
    window = open_window(TorchBackend(), SEEN)
    settled(qtbot, window, 60_000)
    return window


@pytest.fixture
def optimised(lifting, qtbot):
    choose(find(lifting, QComboBox, "method"), "zedo")
    settled(qtbot, lifting, 60_000)
    assert not lifting.models.notices.shown, lifting.models.notices.shown[0].what_to_do
    return lifting


def test_the_method_is_an_edit_that_runs_and_is_undone(optimised, qtbot):
    models = optimised.models
    recording = models.playback.recording
    assert (recording.sampler, recording.hypotheses, recording.options["steps"]) == ("zedo", 3, CALLS)
    assert find(optimised, QComboBox, "sampler").currentText() == "ZeDO"
    assert find(optimised, QSpinBox, "steps").value() == CALLS
    assert find(optimised, QSpinBox, "option-fit_steps").value() == 3
    assert not find(optimised, QComboBox, "evidence-use").isEnabled()
    assert "ZeDO tells its network nothing" in find(optimised, QDoubleSpinBox, "guidance").toolTip()
    assert models.runs.shown.calls == CALLS
    off = np.linalg.norm(recording.poses[0] - STANDING, axis=-1).mean()
    assert off < 400  # it stands where it was seen
    assert models.session.undo_stack.undoText() == "Method: ZeDO optimisation"
    models.session.undo_stack.undo()
    settled(qtbot, optimised, 60_000)
    assert models.playback.recording.sampler == "dpm-solver"
    assert find(optimised, QComboBox, "method").currentText() == "GFPose sampling"


def test_the_axis_counts_iterations(optimised, qtbot):
    models = optimised.models
    assert models.playback.last == ITERATIONS
    assert find(optimised, QLabel, "timeline-axis").text() == "iteration"
    assert find(optimised, Scale, "timeline-scale").labels[0] == (0, "iteration 0")
    assert find(optimised, Scale, "timeline-scale").labels[-1] == (ITERATIONS, f"iteration {ITERATIONS}")
    jump = find(optimised, QDoubleSpinBox, "timeline-jump")
    jump.setValue(2)
    assert models.playback.position == models.playback.moment.index == 2
    assert jump.text() == "iteration 2"
    models.session.undo_stack.undo()
    settled(qtbot, optimised, 60_000)
    assert find(optimised, QLabel, "timeline-axis").text() == "t · σ/α"
    assert jump.text().startswith("t = ")


def test_it_is_cancelled_while_it_still_fits_the_start(lifting, qtbot):
    models = lifting.models
    slow = {"fit_steps": 1000, "headings": 16, "steps": 1000}
    models.session.edit("Method", sampler="zedo", options={"zedo": slow}, hypotheses=50)
    qtbot.waitUntil(lambda: models.playback.live and models.playback.moment.optimised, timeout=60_000)
    assert models.playback.moment.count == 2001
    lifting.actions_["cancel"].trigger()
    settled(qtbot, lifting, 60_000)
    recording = models.playback.recording
    assert (recording.sampler, recording.status, recording.hypotheses) == ("zedo", "cancelled", 50)
    assert models.runs.shown.calls == 0
    assert models.playback.moment.index == models.playback.last * 7 < 1000  # every 7th of 2001 is kept


def test_what_zedo_cannot_do_is_greyed_with_the_reason(optimised, qtbot):
    task = find(optimised, QComboBox, "task")
    refusals = optimised.models.sampling.refusals
    assert "needs an image" in refusals["generate"]
    assert "needs an image" in refusals["denoise"]
    assert "instead of fixing them" in refusals["legs"]
    assert "lift" not in refusals
    assert "legs from 2D" not in refusals
    assert not task.model().item(task.findData("generate")).isEnabled()
    optimised.models.session.undo_stack.undo()
    assert task.model().item(task.findData("generate")).isEnabled()
    optimised.models.conditioning.apply_preset("generate")
    method = find(optimised, QComboBox, "method")
    assert not method.model().item(method.findData("zedo")).isEnabled()


def test_a_session_keeps_the_optimisation(optimised, tmp_path):
    path = tmp_path / "a.gfpose"
    write_session(path, optimised.keeper.capture())
    saved = read_session(path)
    assert saved.document.sampler == "zedo"
    assert saved.document.sampler_options == QUICK
    np.testing.assert_array_equal(iterations(saved.recording), np.arange(ITERATIONS + 1))


def test_there_is_no_branching_from_an_optimisation(optimised):
    optimised.models.playback.seek(2)
    assert "no x(t)" in optimised.models.branching.refusal


def test_evidence_it_cannot_use_is_refused_with_a_way_out(optimised, qtbot):
    models = optimised.models
    before = models.playback.recording
    models.conditioning.select([3])
    models.conditioning.set_selected(FIXED_3D)
    qtbot.waitUntil(lambda: bool(models.notices.shown), timeout=10_000)
    [notice] = models.notices.shown
    assert "instead of fixing them" in notice.what_to_do
    assert models.playback.recording is before
    optimised.actions_["sample"].trigger()
    assert len(models.notices.shown) == 1
    [(_, use_gfpose)] = notice.choices
    use_gfpose()
    settled(qtbot, optimised, 60_000)
    assert models.playback.recording.sampler == "dpm-solver"


@pytest.mark.parametrize("live", [True, False])
def test_the_refusal_goes_when_it_no_longer_holds(optimised, qtbot, live):
    models = optimised.models
    models.conditioning.select([3])
    models.conditioning.set_selected(FIXED_3D)
    qtbot.waitUntil(lambda: bool(models.notices.shown), timeout=10_000)
    models.sampling.set_live(live)
    choose(find(optimised, QComboBox, "method"), "dpm-solver")
    assert not models.notices.shown
    models.session.undo_stack.undo()
    models.sampling.sample()
    assert models.notices.shown
    models.conditioning.set_selected(SEEN_2D)
    assert not models.notices.shown


def test_how_the_poses_fit_the_image_is_plotted(optimised, qtbot):
    models = optimised.models
    models.layers.set("plots", True)
    prior = TorchBackend().load(None, "cpu", "zedo")
    condition = models.session.document.condition()
    steps = list(prior.generate(condition, 3, Optimisation(**QUICK), models.session.document.seed))
    depth = models.session.document.origin[2]
    for key, name in (("rays", "ray_distance"), ("reprojection", "reprojection_error")):
        models.plots.choose([key])
        qtbot.waitUntil(lambda: not models.plots.working)
        expected = np.stack([getattr(step, name)[0] for step in steps])
        values = models.plots.curves[key].values
        assert values.shape == expected.shape
        if key == "rays":
            np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-3)
        else:  # the core's is in px of a nominal camera, this one in mm at the depth of the root
            np.testing.assert_allclose(values, expected * depth / NOMINAL_FOCAL_PX, rtol=1e-3)
        assert models.plots.unit(key) == "mm"


def test_rays_from_the_camera_and_the_feet_of_the_joints_are_on_the_stage(optimised):
    models = optimised.models
    models.gallery.set_focus(1)
    models.playback.seek(1)
    frame = optimised.stage_view.shot().frame(models.playback.moment, 1)
    content = Content.of(frame)
    assert content.sight.shape == content.feet.shape == (17, 2, 3)
    origin = models.session.document.origin
    joints = models.playback.moment.states[1] + origin
    rays = (STANDING + origin) / np.linalg.norm(STANDING + origin, axis=1, keepdims=True)
    feet = (joints * rays).sum(1, keepdims=True) * rays
    np.testing.assert_allclose(content.feet[:, 1], to_world(np.float32(feet - origin)), atol=2e-3)
    np.testing.assert_allclose(content.sight[:, 0], np.tile(to_world(-origin[None]), (17, 1)), atol=1e-5)
    assert not len(Content.of(replace(frame, sight=False)).sight)


def test_compare_with_zedo(lifting, qtbot):
    models = lifting.models
    assert lifting.actions_["compare-zedo"].isEnabled()
    lifting.actions_["compare-zedo"].trigger()
    qtbot.waitUntil(lambda: models.compare.on and not models.lab.running, timeout=60_000)
    a, b = models.playback.recording, models.compare.recording
    assert (a.sampler, b.sampler) == ("dpm-solver", "zedo")
    np.testing.assert_array_equal(a.condition.values, b.condition.values)
    models.playback.seek(models.playback.last / 2)
    assert models.compare.moment.optimised
    assert abs(models.compare.position - ITERATIONS / 2) < 0.6
    models.session.undo_stack.undo()
    models.conditioning.apply_preset("generate")
    assert "needs an image" in models.lab.why_no_zedo()


def test_the_command_line_has_words_for_it():
    prior = PriorInfo("p", None, "cpu", "")
    fresh = replace(SEEN, options={}).with_sampler("zedo")
    words = command_of(fresh, prior).words
    assert words[:6] == ("lift", "--hypotheses", "3", "--prior", "zedo", "--quality")
    assert "standard" in words
    set_ = command_of(fresh.with_option("headings", 4), prior).words
    assert "headings=4" in set_
    assert set_[set_.index("--steps") + 1] == "100"
    with pytest.raises(ConditionError, match="Standard"):
        command_of(fresh.with_quality("reference").with_option("headings", 4), prior)
    with pytest.raises(ConditionError, match="instead of fixing"):
        command_of(replace(fresh, levels=np.full(17, FIXED_3D)), prior)
