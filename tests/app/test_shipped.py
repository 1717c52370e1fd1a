"""The whole of it: the real window, the real worker, torch, and the shipped prior."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.engine.backend import TorchBackend
from gfpose_core.assets import asset
from gfpose_core.catalog import SHIPPED
from gfpose_core.errors import GfposeError
from gfpose_core.registry import OPTIMISERS
from gfpose_core.skeleton import H36M17
from tests.app.conftest import settled
from tests.app.test_window import SHIFT, click_joint

LEFT_LEG = list(H36M17.parts["left leg"])
ROOT = Path(__file__).parents[2]

try:
    asset(SHIPPED)
except GfposeError as error:
    pytest.skip(str(error), allow_module_level=True)


def test_generate_take_a_leg_away_scrub_undo(open_window, qtbot):
    window = open_window(TorchBackend())
    settled(qtbot, window, 60_000)
    models = window.models
    generated = models.playback.recording
    assert not models.notices.shown
    bones = H36M17.bone_lengths(generated.poses[0])
    assert 30 < np.median(bones) < 600

    seen = models.gallery.focused_pose.copy()
    click_joint(qtbot, window, LEFT_LEG[1], SHIFT)
    settled(qtbot, window, 60_000)
    completed = models.playback.recording
    rest = np.delete(np.arange(17), LEFT_LEG)
    np.testing.assert_allclose(completed.poses[0][:, rest], np.broadcast_to(seen[rest], (16, 14, 3)), atol=1)
    assert np.ptp(completed.poses[0][:, LEFT_LEG[2]], axis=0).max() > 20

    models.playback.seek(0)
    assert models.playback.moment.time > 0.9
    assert np.std(models.playback.moment.states) > 100

    models.session.undo_stack.undo()
    settled(qtbot, window, 60_000)
    np.testing.assert_array_equal(models.playback.recording.poses, generated.poses)


def test_every_sampler_has_a_form_and_runs(open_window, qtbot):
    window = open_window(TorchBackend())
    settled(qtbot, window, 60_000)
    for name, fields in window.models.sampling.samplers.items():
        if name in OPTIMISERS:
            window.models.conditioning.apply_preset("lift")
        window.models.session.edit("Sampler", sampler=name)
        if any(option.name == "steps" for option in fields):
            document = window.models.session.document.with_option("steps", 8)
            window.models.session.apply("Steps", document)
        if name == "posterior-mean":
            window.models.conditioning.apply_preset("denoise")
        settled(qtbot, window, 60_000)
        assert not window.models.notices.shown, window.models.notices.shown[0].details
        assert window.models.playback.recording.sampler == name
        form = window.panels["sampler"]
        shown = [f.name for f in fields if form.findChild(object, f"option-{f.name}") is not None]
        assert shown == [f.name for f in fields if f.name != "steps"]


def test_the_window_is_there_before_torch():
    code = "import sys, app.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_the_garbage_collector_leaves_torch_alone(tmp_path):
    code = """
import gc, os, sys, app.main
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

def watch(tell):
    timer = QTimer(QApplication.instance(), interval=50)
    timer.timeout.connect(lambda: gc.get_freeze_count() and os._exit(7 * ("torch" in sys.modules)))
    timer.start()

app.main.catch_all = watch
sys.exit(app.main.main([]))
"""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, timeout=100)
    assert done.returncode == 7


@pytest.mark.timeout(240)
def test_the_demo_leaves_pictures_and_exports(tmp_path):
    folder = tmp_path / "demo"
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    run = [sys.executable, "-m", "app.main", "--demo", str(folder)]
    done = subprocess.run(run, cwd=ROOT, env=environment, timeout=200, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("*.conf")), "the tour left something in the user's settings"
    for names, least in (("[1-6]-*.png", 6), ("guide-*.png", 1)):
        pictures = [QImage(str(path)) for path in folder.glob(names)]
        assert len(pictures) >= least
        assert all(picture.width() > 200 for picture in pictures)
        assert len({hash(bytes(picture.constBits())) for picture in pictures}) == len(pictures)
    assert (folder / "turntable.gif").stat().st_size > 10_000
    assert np.load(folder / "poses.npz")["poses"].shape == (1, 16, 17, 3)
