"""The line that is copied makes, run as a person runs it, the poses that the window shows."""

import shlex
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from app.documents.document import Document, Noise
from app.documents.image_edits import Keypoints, with_keypoints
from app.documents.presets import PRESETS
from app.engine.backend import TorchBackend
from app.files.command_line import command_of
from app.viewmodels.asking import request_for
from gfpose_core.camera import Camera
from gfpose_core.cli import main
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import ConditionError
from tests.app.conftest import settled
from tests.app.fakes import STANDING
from tests.samples import tiny_checkpoint

ROOT_FREE = np.where(np.arange(17) == 0, FREE, SEEN_2D)
HALF = np.where(np.arange(17) % 3 == 0, FIXED_3D, np.where(np.arange(17) % 3 == 1, SEEN_2D, FREE))


def on_photo(levels=None, **more) -> Document:
    """Keypoints of somebody who stands beside the camera's axis."""
    camera = Camera(np.array([[900, 0, 410], [0, 950, 290], [0, 0, 1.0]]), (800, 600))
    points = STANDING + np.array([700.0, -200, 3500])
    given = Keypoints(camera.project(points), np.ones(17, bool), camera=camera)
    document = with_keypoints(Document(), given)
    return replace(document if levels is None else document.with_levels(levels, None), **more)


DENOISE = replace(PRESETS["denoise"].apply(Document(), STANDING), noise=Noise(40, "uniform", 3))
DOCUMENTS = {
    "generate": Document(hypotheses=3),
    "lift": PRESETS["lift"].apply(Document(), STANDING),
    "lift a photo": on_photo(),
    "a photo without the hip": on_photo(ROOT_FREE),
    "confidence": on_photo(confidence=np.linspace(0.1, 1, 17)),
    "some fixed on a photo": on_photo(HALF),
    "fixed without the hip": on_photo(np.where(np.arange(17) == 0, FREE, HALF)),
    "legs": PRESETS["legs"].apply(Document(), STANDING),
    "legs by condition": replace(PRESETS["legs"].apply(Document(), STANDING), evidence="condition"),
    "legs, guided": replace(PRESETS["legs"].apply(Document(), STANDING), guidance=2.5),
    "guidance that nothing needs": Document(guidance=2.5),
    "a moved hip": replace(PRESETS["arms"].apply(Document(), STANDING), pose=STANDING + [30, 10, 200.0]),
    "denoised": DENOISE,
    "denoised samples": replace(DENOISE, sampler="dpm-solver", start_time=0.1),
    "options": Document().with_option("steps", 4).with_option("eta", 0.25).with_option("grid", "karras"),
    "a photo, refined": on_photo(
        sampler="zedo",
        options={"zedo": {"steps": 6, "fit_steps": 4, "headings": 2, "pull": 30.0, "refined": 60.0}},
        to_refine=np.stack([STANDING + 30, 0.9 * STANDING, STANDING[::-1], STANDING]),
    ),
    "another sampler": Document(sampler="euler-maruyama").with_option("steps", 9),
}


@pytest.fixture(scope="module")
def backend():
    return TorchBackend()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return str(tiny_checkpoint(tmp_path_factory.mktemp("prior")))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_command_makes_the_same_poses(name, backend, checkpoint, tmp_path):
    document = replace(DOCUMENTS[name], checkpoint=checkpoint, seed=11)
    document = replace(document, hypotheses=min(document.hypotheses, 3))
    prior = backend.describe(backend.load(checkpoint, "cpu"), checkpoint, "cpu")
    loaded = backend.load(checkpoint, "cpu", document.family)
    request = request_for(document, prior, animate=False)
    sampler = backend.sampler(request.sampler, dict(request.options))
    told = {"evidence": request.evidence, "guidance": request.guidance}
    *_, last = loaded.generate(request.condition, request.hypotheses, sampler, request.seed, **told)
    command = command_of(document, prior)
    evidence = None
    if command.arrays:
        evidence = tmp_path / "what is known.npz"
        command.write(evidence)
    line = command.line(evidence, tmp_path / "poses.npz")
    program, *arguments = shlex.split(line)
    assert program == "gfpose"
    assert main(arguments) == 0
    with np.load(tmp_path / "poses.npz") as made:
        poses, origin = made["poses"], made["origin"]
    shown = last.clean + request.condition.origin[:, None, None]
    ours = shown - shown[..., :1, :]
    theirs = poses - poses[..., :1, :]
    assert poses.shape == (1, request.hypotheses, 17, 3)
    np.testing.assert_allclose(theirs, ours, atol=0.05)
    if "photo" in name or name == "confidence":
        there = poses + origin[:, None, None]
        zero = -command.arrays["camera_at"] if "camera_at" in command.arrays else 0.0
        np.testing.assert_allclose(there + zero, shown, atol=0.05)


def test_the_weight_of_the_evidence_is_told_to_its_last_digit(backend, checkpoint):
    prior = backend.describe(backend.load(checkpoint, "cpu"), checkpoint, "cpu")
    document = replace(PRESETS["legs"].apply(Document(), STANDING), guidance=1.23456789)
    assert "1.23456789" in command_of(document, prior).words


def test_what_no_command_can_say_is_refused_with_the_reason(backend, checkpoint):
    prior = backend.describe(backend.load(checkpoint, "cpu"), checkpoint, "cpu")
    with pytest.raises(ConditionError, match="no sampler authors"):
        command_of(Document(sampler="authors"), prior)


def test_it_is_copied_with_its_evidence_beside_it(window, qtbot, tmp_path, monkeypatch):
    models, path = window.models, tmp_path / "mine-evidence.npz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.actions_["copy-command"].trigger()
    assert "gfpose generate" in QGuiApplication.clipboard().text()
    assert not path.exists()
    models.conditioning.apply_preset("legs")
    qtbot.wait(100)
    settled(qtbot, window)
    window.actions_["copy-command"].trigger()
    qtbot.waitUntil(lambda: "gfpose complete" in QGuiApplication.clipboard().text(), timeout=10_000)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[words.index("--input") + 1] == str(path)
    assert words[words.index("--out") + 1] == str(tmp_path / "mine-poses.npz")
    with np.load(path) as file:
        assert file["observed"].sum() == 3 * 11
    assert models.notices.shown[-1].details == QGuiApplication.clipboard().text()
