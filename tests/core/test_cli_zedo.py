"""`gfpose lift --prior zedo` and `gfpose starts` as a person meets them."""

import json
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from gfpose_core.camera import Camera, from_camera_axes
from gfpose_core.cli import main
from gfpose_core.io.importing import read_clip
from gfpose_core.ladder import LADDER, LADDERS, ZEDO_LADDER
from gfpose_core.networks.score_mlp import ScoreMLP, ScoreMLPConfig
from gfpose_core.starts import read_starts
from tests.samples import people, tiny_checkpoint

K = Camera.guess(1000, 1000).K
QUICK = ("--steps", "6")


@pytest.fixture
def points(tmp_path, monkeypatch, rng):
    """Poses before the camera; 2d.npz shows them in ZeDO's layout."""
    monkeypatch.chdir(tmp_path)
    points = people(rng, 3) * [1, -1, -1] + [200, 900, 4500]
    confidence = rng.uniform(0.3, 1, (3, 17))
    confidence[:, 16] = 0
    keypoints = np.concatenate([Camera(K).project(points), confidence[..., None]], -1)
    np.savez("2d.npz", keypoints_2d=keypoints, K=np.tile(K, (3, 1, 1)))
    return points


@pytest.fixture
def lift(points, tmp_path):
    tiny = str(tiny_checkpoint(tmp_path))

    def lift(*options, checkpoint=tiny, quick=QUICK, out="out.npz", task="lift"):
        command = [task, "--prior", "zedo", "--checkpoint", checkpoint, "--input", "2d.npz", "--out", out]
        return main([*command, *quick, *map(str, options)])

    return lift


def read(path="out.npz"):
    with np.load(path) as file:
        return dict(file)


def test_zedo_lifts_and_places_people(lift, points):
    assert lift("--hypotheses", 4, "--set", "axes=xyz") == 0
    out = read()
    assert json.loads(str(out["options"]))["axes"] == "xyz"
    assert out["poses"].shape == (3, 4, 17, 3)
    assert (out["sampler"], out["steps"]) == ("zedo", 6)
    placed = out["poses"] + out["origin"][:, None, None]
    away = np.linalg.norm(Camera(K).project(placed[:, 0]) - Camera(K).project(points), axis=-1)
    assert away[:, :16].mean() < 25


@pytest.mark.parametrize("quality", LADDER)
def test_the_ladder_has_the_same_rungs_and_the_command_line_takes_them(lift, quality):
    assert all(list(ladder) == list(LADDER) for ladder in LADDERS.values())
    solver = ZEDO_LADDER[quality].solver()
    if quality != "reference":  # which takes a while
        assert lift("--hypotheses", 1, "--quality", quality, quick=()) == 0
        told = json.loads(str(read()["options"]))
        assert {**asdict(solver), "evidence": "condition", "guidance": 1.0} == told
    assert solver.steps <= ZEDO_LADDER["reference"].solver().steps == 1000


def test_zedos_own_checkpoint_is_taken(lift, tmp_path):
    config = ScoreMLPConfig(hidden=64, embed=32, condition="none")
    torch.manual_seed(0)
    tensors = {f"module.{name}": tensor for name, tensor in ScoreMLP(config).state_dict().items()}
    averaged = {"decay": 0.9999, "num_updates": 1, "shadow_params": list(tensors.values())}
    state = {"model_state_dict": tensors, "ema": averaged, "epoch": 1, "step": 1}
    torch.save(state, tmp_path / "checkpoint_1500.pth")
    assert lift("--hypotheses", 2, checkpoint=str(tmp_path / "checkpoint_1500.pth")) == 0
    assert np.isfinite(read()["poses"]).all()


def test_poses_of_another_method_are_refined(lift, points):
    """Exported hypotheses keep their turn; a clip's poses stand in a world, and are turned first."""
    assert lift("--hypotheses", 4, out="first.npz") == 0
    assert lift("--start", "first.npz", "--steps", 6) == 0
    assert read()["poses"].shape == (3, 4, 17, 3)
    assert not json.loads(str(read()["options"]))["turn_given"]
    np.savez("world.npz", poses_3d=from_camera_axes(points, "y-up"))
    assert lift("--start", "world.npz") == 0
    assert read()["poses"].shape == (3, 1, 17, 3)
    assert json.loads(str(read()["options"]))["turn_given"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--sampler", "unipc"), "leave --sampler out"),
        (("--quality", "preview"), "leave --steps and --set out"),
        (("--steps", 2), "5 steps at least"),
        (("--set", "axes=up"), "axes"),
        (("--set", "fit_steps=-1"), "give 0 to 1000"),
        (("--set", "nearest=5000", "--set", "farthest=4000"), "at least"),
        (("--evidence", "imputation"), "imputes nothing"),
        (("--start", "seen.npz"), "in space"),
        (("--start", "few.npz"), "one for each"),
        (("--start", "one.npz", "--hypotheses", 3), "leave --hypotheses out"),
    ],
)
def test_what_zedo_cannot_do_is_refused_in_words(lift, points, capsys, options, said):
    np.savez("few.npz", poses_3d=from_camera_axes(points[:2], "y-up"))
    np.savez("one.npz", poses_3d=from_camera_axes(points, "y-up"))
    np.savez("seen.npz", keypoints_2d=Camera(K).project(points))
    assert lift(*options) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_zedo_lifts_a_clip(points, tmp_path):
    """The same file, whole: every frame comes out where it was seen."""
    tiny = str(tiny_checkpoint(tmp_path))
    command = ["lift", "2d.npz", "--prior", "zedo", "--quality", "preview", "--checkpoint", tiny]
    assert main([*command, "--out", "clip.npz"]) == 0
    found = read_clip(Path("clip.npz")).clip
    assert found.axes == "camera"
    away = np.linalg.norm(Camera(K).project(found.poses) - Camera(K).project(points), axis=-1)
    assert away[:, :16].mean() < 25


@pytest.mark.parametrize("task", ["complete", "denoise", "generate"])
def test_zedo_only_lifts(lift, capsys, task):
    assert lift(task=task) == 2
    assert "zedo lifts: use gfpose lift" in " ".join(capsys.readouterr().err.split())


def test_starts_are_made_from_training_poses(tmp_path, rng, capsys):
    with h5py.File(tmp_path / "poses.h5", "w") as file:
        file.create_group("train")["positions"] = people(rng, 60).astype(np.float32)
        file.attrs["credit"] = "those who moved"
    command = ["starts", "--data", str(tmp_path / "poses.h5"), "--out", str(tmp_path / "starts.npz")]
    assert main([*command, "--count", "8"]) == 0
    assert read_starts(tmp_path / "starts.npz").shape == (8, 17, 3)
    assert str(read(tmp_path / "starts.npz")["credit"]) == "those who moved"
    assert main([*command, "--count", "80"]) == 2
    assert "fewer than --count 80" in " ".join(capsys.readouterr().err.split())
