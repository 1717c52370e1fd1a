"""The command line as a person meets it: what it writes, says and refuses."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from gfpose_core import __version__, catalog
from gfpose_core.camera import Camera, from_camera_axes
from gfpose_core.cli import main
from gfpose_core.io.inputs import read_keypoints
from gfpose_core.registry import SAMPLERS
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.sampling import sample
from tests.samples import people, tiny_checkpoint

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkpoint(tmp_path):
    return str(tiny_checkpoint(tmp_path))


@pytest.fixture
def gfpose(checkpoint, tmp_path, monkeypatch):
    """Run `gfpose TASK ...` on a tiny checkpoint in few steps; returns the output's arrays."""
    monkeypatch.chdir(tmp_path)

    def gfpose(task, *options, quick=("--steps", "4"), out="out.npz"):
        arguments = [task, "--checkpoint", checkpoint, "--out", out, *quick, *options]
        assert main([str(a) for a in arguments]) == 0
        with np.load(out) as file:
            return dict(file)

    return gfpose


@pytest.fixture
def files(tmp_path, rng):
    """One input file a task, and the camera-frame poses in them."""
    points = people(rng, 3) * [1, -1, -1] + [200, 900, 4500]
    K = Camera.guess(1000, 1000).K
    observed = np.ones((3, 17), bool)
    observed[:, 4:7] = False
    np.savez(
        tmp_path / "2d.npz", keypoints_2d=Camera(K).project(points), camera_K=K, root_depth=points[:, 0, 2]
    )
    np.savez(tmp_path / "3d.npz", poses_3d=from_camera_axes(points, "y-up"), observed=observed)
    np.savez(tmp_path / "noisy.npz", poses_3d=points)
    return points


def test_generate(gfpose):
    out = gfpose("generate", "--count", 4, "--seed", 9)
    assert out["poses"].shape == (4, 1, 17, 3)
    assert out["poses"].dtype == np.float32
    assert (out["origin"] == 0).all()
    assert (out["seed"], out["sampler"], out["steps"]) == (9, "dpm-solver", 4)
    assert len(str(out["checkpoint_sha256"])) == 64
    again = gfpose("generate", "--count", 4, "--seed", 9, out="again.npz")
    assert np.array_equal(out["poses"], again["poses"])


def test_generated_poses_may_have_hypotheses_and_a_sampler_its_options(gfpose):
    out = gfpose("generate", "--count", 2, "--hypotheses", 3, "--set", "eta=0", "--set", "grid=karras")
    assert out["poses"].shape == (2, 3, 17, 3)
    usual = gfpose("generate", "--count", 2, "--hypotheses", 3, out="usual.npz")
    assert not np.allclose(out["poses"], usual["poses"])


@pytest.mark.parametrize("sampler", [name for name in SAMPLERS if name != "posterior-mean"])
def test_lift_with_every_sampler(gfpose, files, sampler):
    out = gfpose("lift", "--input", "2d.npz", "--hypotheses", 2, "--sampler", sampler)
    assert out["poses"].shape == (3, 2, 17, 3)
    np.testing.assert_allclose(out["origin"], files[:, 0], rtol=1e-6)


def test_complete_keeps_observed_joints_in_the_input_s_axes(gfpose, files):
    out = gfpose("complete", "--input", "3d.npz", "--hypotheses", 2, "--axes", "y-up")
    world = from_camera_axes(files, "y-up")
    kept = [j for j in range(17) if j not in (4, 5, 6)]
    back = out["poses"] + out["origin"][:, None, None]
    np.testing.assert_allclose(back[:, :, kept], np.repeat(world[:, None, kept], 2, 1), atol=0.01)


def test_complete_from_2d(gfpose, files, tmp_path):
    with np.load(tmp_path / "2d.npz") as file:
        arrays = dict(file)
    visible = np.ones((3, 17), bool)
    visible[:, 1:7] = False
    np.savez(tmp_path / "partial.npz", **arrays, visible=visible)
    assert gfpose("complete", "--input", "partial.npz")["poses"].shape == (3, 10, 17, 3)


def test_denoise(gfpose, files):
    drawn = gfpose("denoise", "--input", "noisy.npz", "--noise-mm", 20, "--hypotheses", 3)
    assert drawn["poses"].shape == (3, 3, 17, 3)
    mean = gfpose("denoise", "--input", "noisy.npz", "--start-time", 0.05, "--estimate", "mean", quick=())
    assert mean["poses"].shape == (3, 1, 17, 3)
    assert mean["sampler"] == "posterior-mean"
    assert (mean["origin"] == 0).all()
    assert np.abs(mean["poses"][:, 0].mean(1) - files.mean(1)).max() < 200  # in place, not at the root


def test_evidence_is_used_as_the_task_is_named(gfpose, files, tmp_path):
    """The paper conditions to lift and does both to complete, whatever is hidden."""
    with np.load(tmp_path / "2d.npz") as file:
        arrays = dict(file)
    visible = np.ones((3, 17), bool)
    visible[1, 3] = False
    np.savez(tmp_path / "hidden.npz", **arrays, visible=visible)
    for task, use in (("lift", "condition"), ("complete", "both")):
        for name in ("2d.npz", "hidden.npz"):
            usual = gfpose(task, "--input", name, "--hypotheses", 2)
            said = gfpose(task, "--input", name, "--hypotheses", 2, "--evidence", use)
            assert np.array_equal(usual["poses"], said["poses"])
            assert json.loads(str(usual["options"]))["evidence"] == use


def test_guidance_reaches_the_sampler_and_the_file(gfpose, files, tmp_path):
    plain, guided = (
        gfpose("lift", "--input", "2d.npz", "--hypotheses", 2, "--guidance", weight) for weight in (1, 2)
    )
    assert json.loads(str(guided["options"]))["guidance"] == 2.0
    assert np.abs(plain["poses"] - guided["poses"]).max() > 1.0
    given = read_keypoints(tmp_path / "2d.npz").condition
    prior = catalog.load(tmp_path / "tiny.safetensors")
    ours = sample(prior, given, 2, DPMSolver(steps=4), 0, "condition", guidance=2.0)
    np.testing.assert_array_equal(guided["poses"], ours)


def test_task_spelled_out_is_the_alias(gfpose, files):
    alias = gfpose("lift", "--input", "2d.npz")
    spelled = gfpose("sample", "--task", "lift", "--input", "2d.npz", out="spelled.npz")
    assert np.array_equal(alias["poses"], spelled["poses"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lift"], "FILE"),
        (["generate", "--guidance", "2"], "no evidence for guidance"),
        (["lift", "--input", "2d.npz", "--guidance", "11"], "give 0 to 10"),
        (["lift", "--input", "2d.npz", "--prior", "zedo", "--guidance", "2"], "ZeDO tells its"),
        (["generate", "--input", "2d.npz"], "takes no --input"),
        (["generate", "--hypotheses", "3"], "--count"),
        (["generate", "--set", "eta=much"], "eta is a number"),
        (["generate", "--set", "eta=3"], "eta is 3: give 0 to 1"),
        (["generate", "--set", "wand=1"], "NAME one of steps, eta"),
        (["generate", "--set", "eta=0", "--quality", "preview"], "leave --quality"),
        (["lift", "--input", "missing.npz"], "missing.npz"),
        (["lift", "--input", "3d.npz"], "keypoints_2d"),
        (["lift", "--input", "2d.npz", "--axes", "y-up"], "--axes"),
        (["lift", "--input", "2d.npz", "--steps", "0"], "--steps"),
        (["lift", "--input", "2d.npz", "--steps", "1001"], "at most 1000 steps"),
        (["lift", "--input", "2d.npz", "--sampler", "magic"], "--sampler"),
        (["lift", "--input", "2d.npz", "--device", "abacus"], "abacus"),
        (["lift", "--input", "2d.npz", "--noise-mm", "3"], "--noise-mm"),
        (["lift", "--input", "2d.npz", "--estimate", "mean"], "denoising"),
        (["denoise", "--input", "noisy.npz"], "exactly one"),
        (["denoise", "--input", "noisy.npz", "--noise-mm", "3", "--start-time", "0.1"], "exactly one"),
        (["denoise", "--input", "noisy.npz", "--noise-mm", "-3"], "positive"),
        (["denoise", "--input", "noisy.npz", "--start-time", "2"], "start time"),
        (["complete", "--input", "noisy.npz"], "observed"),
        (["lift", "--input", "2d.npz", "--checkpoint", "2d.npz"], "no checkpoint"),
        (["complete", "--input", "3d.npz", "--axes", "y-up", "--evidence", "magic"], "--evidence"),
    ],
)
def test_bad_requests_end_in_one_line_and_leave_no_file(
    files, checkpoint, tmp_path, monkeypatch, capsys, arguments, words
):
    monkeypatch.chdir(tmp_path)
    chosen = [] if "--checkpoint" in arguments else ["--checkpoint", checkpoint]
    before = sorted(tmp_path.iterdir())
    assert main([*arguments, "--out", "out.npz", *chosen]) == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert said.startswith("gfpose: ")
    assert words in said
    assert sorted(tmp_path.iterdir()) == before


def test_an_output_that_cannot_be_written_is_told_before_sampling(checkpoint, capsys, tmp_path):
    assert main(["generate", "--checkpoint", checkpoint, "--out", str(tmp_path / "no" / "out.npz")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["generate", "--checkpoint", checkpoint, "--out", str(tmp_path / "out.docx")]) == 2
    assert "out.docx" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["evaluate", "lift"], ["bench", "quality"], ["bench", "speed"]])
def test_a_folder_for_results_that_cannot_be_one_is_told_before_any_work(tmp_path, capsys, command):
    (tmp_path / "file").write_text("")
    for out in ("file", "file/deeper"):
        arguments = ["--data", str(tmp_path / "missing.h5"), "--out", str(tmp_path / out)]
        assert main([*command, *arguments]) == 2
        said = capsys.readouterr().err.strip()
        assert "is a file; give a folder" in said
        assert said.count("\n") == 0
    assert (tmp_path / "file").read_text() == ""


def test_a_folder_that_may_not_be_written_to_is_told_before_any_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert main(["evaluate", "lift", "--data", str(tmp_path / "no.h5"), "--out", str(tmp_path / "new")]) == 2
    assert f"{tmp_path} may not be written to" in capsys.readouterr().err


def test_help_names_every_sampler_and_default(capsys):
    assert main(["sample", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split()).replace("- ", "-")  # lines break at hyphens too
    assert all(name in said for name in SAMPLERS)
    assert "default: dpm-solver" in said
    assert "euler-maruyama (1000 steps)" in said


def test_version_and_bare_call(capsys):
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
    assert main([]) == 0
    assert "Commands" in capsys.readouterr().out


def test_info(checkpoint, capsys):
    assert main(["info", checkpoint]) == 0
    assert "GFPose prior" in capsys.readouterr().out


def test_train_and_evaluate(tmp_path, rng, capsys, checkpoint):
    data = tmp_path / "poses.h5"
    with h5py.File(data, "w") as file:
        for split in ("train", "val", "test"):
            file[f"{split}/positions"] = people(rng, 30).astype(np.float32)
    run = ["train", "--data", str(data), "--out", str(tmp_path / "run"), "--set", "batch=128", "--steps"]
    assert main([*run, "1"]) == 0
    assert main([*run, "2", "--resume"]) == 0
    assert main([*run, "3", "--resume", "--recipe", "u3d"]) == 2
    assert "another recipe" in capsys.readouterr().err
    assert main(["info", str(tmp_path / "run" / "model.safetensors")]) == 0

    for table in ("lift", "complete-3d"):
        assert main(["evaluate", table, "--data", str(data), "--checkpoint", checkpoint, "--every", "6",
                     "--hypotheses", "3", "--steps", "3", "--out", str(tmp_path)]) == 0  # fmt: skip
        assert table in capsys.readouterr().err
        rows = json.loads((tmp_path / f"{table}.json").read_text())["rows"]
        assert all(0 < row["figures"]["min of 3"] <= row["figures"]["mean"] for row in rows)
        assert (tmp_path / f"{table}.md").exists()
        assert (tmp_path / f"{table}.csv").exists()
    assert main(["evaluate", "table-9", "--data", str(data)]) == 2
    assert "ablation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: np.where(np.arange(17)[:, None] == 3, np.nan, p), "NaN"),
        (lambda p: p / 1000, "looks like metres"),
        (lambda p: p[:, :16], "17"),
        (lambda p: p[:, ::-1], "order"),
    ],
    ids=["nan", "metres", "joints", "order"],
)
def test_bad_training_data_is_refused(tmp_path, rng, capsys, spoil, words):
    with h5py.File(tmp_path / "bad.h5", "w") as file:
        file["train/positions"] = spoil(people(rng, 20)).astype(np.float32)
    assert main(["train", "--data", str(tmp_path / "bad.h5"), "--out", str(tmp_path / "run")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", [["info", "README.md"], ["convert", "--help"]])
def test_what_needs_no_torch_does_not_wait_for_it(command):
    code = (
        f"import sys; from gfpose_core.cli import main; code = main({command}); "
        "assert 'torch' not in sys.modules, 'torch was imported'; sys.exit(code)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout
