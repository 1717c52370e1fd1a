"""Clips on the command line: converted, completed, denoised and lifted."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from gfpose_core.camera import Camera
from gfpose_core.cli import main
from gfpose_core.cli.clips import frames_of
from gfpose_core.errors import ConditionError
from gfpose_core.export.base import export_clip
from gfpose_core.io.clip import KeypointClip, PoseClip, in_axes
from gfpose_core.io.importing import Corrections, read_clip
from gfpose_core.io.mocap import c3d_file
from gfpose_core.io.mocap.bvh import parse
from gfpose_core.skeleton import H36M17
from tests.keypoint_files import SIZE, WRITERS, walk
from tests.samples import a_bvh, people, tiny_checkpoint

ALL = "torso,left_leg,right_leg,left_arm,right_arm"


@pytest.fixture
def gfpose(tmp_path, monkeypatch, capsys):
    """Run `gfpose ...` in a folder with a tiny checkpoint; returns what it said, and refuses failures."""
    monkeypatch.chdir(tmp_path)
    tiny_checkpoint(tmp_path)

    def gfpose(*arguments, fails=False):
        tiny = ["--checkpoint", "tiny.safetensors"] if arguments[0] not in ("convert", "info") else []
        code = main([*map(str, arguments), *tiny])
        said = "".join(capsys.readouterr())
        assert code == (2 if fails else 0), said
        return said

    return gfpose


@pytest.fixture
def clip(rng):
    return PoseClip(people(rng, 12), np.ones((12, 17), bool), "y-up", 50.0)


@pytest.fixture
def bvh(tmp_path, clip):
    """A clip with rotations."""
    export_clip(clip, tmp_path / "in.bvh")
    return read_clip(tmp_path / "in.bvh").clip


def test_convert_writes_what_the_other_commands_read(gfpose, bvh):
    said = gfpose("convert", "in.bvh", "out.npz")
    assert "12 frames, 50 frames a second" in said
    with np.load("out.npz") as file:
        np.testing.assert_array_equal(file["poses_3d"], bvh.poses)
        assert file["poses_3d"].shape == (12, 17, 3)
        assert file["fps"] == 50
        assert str(file["axes"]) == "y-up"
        assert file["observed"].all()
    gfpose("convert", "out.npz", "back.bvh")
    np.testing.assert_allclose(read_clip("back.bvh").clip.poses, bvh.poses, atol=0.01)


def test_convert_goes_through_every_format(gfpose, bvh):
    chain = ["in.bvh", "a.glb", "b.csv", "c.json", "d.h5", "e.npz", "f.c3d", "g.bvh"]
    for one, other in itertools.pairwise(chain):
        gfpose("convert", one, other)
    np.testing.assert_allclose(in_axes(read_clip("g.bvh").clip, "y-up"), bvh.poses, atol=0.02)


def test_convert_of_keypoints(gfpose, rng):
    keypoints = KeypointClip(walk(rng), rng.random((5, 17)) < 0.8, image_size=SIZE, fps=25.0)
    export_clip(keypoints, "k.csv")
    gfpose("convert", "k.csv", "k.npz", "--fps", 25, "--width", 1280, "--height", 720)
    with np.load("k.npz") as file:
        np.testing.assert_allclose(file["keypoints_2d"], keypoints.keypoints, atol=1e-3)
        np.testing.assert_array_equal(file["visible"], keypoints.visible)
        assert file["image_size"].tolist() == [1280, 720]


def test_frames_and_corrections(gfpose, bvh):
    gfpose("convert", "in.bvh", "some.npz", "--frames", "2:9:3", "--facing", "x", "--units", "inches")
    with np.load("some.npz") as file:
        assert file["fps"] == pytest.approx(50 / 3)
        turned = bvh.poses[2:9:3] * 25.4 / 1000
        np.testing.assert_allclose(file["poses_3d"], turned[..., [2, 1, 0]] * [1, 1, -1], atol=1e-6)
    gfpose("convert", "in.bvh", "some.npz", "--joint", "Head=", "--joint", "LWrist=LElbow")
    with np.load("some.npz") as file:
        assert not file["observed"][:, 10].any()
        np.testing.assert_array_equal(file["poses_3d"][:, 13], bvh.poses[:, 12])


@pytest.mark.parametrize("flags", [["--swap-sides"], ["--left-handed"], ["--units", "inches"], ["--up", "z"]])
def test_corrections_are_written_or_it_is_said_that_they_are_not(gfpose, bvh, flags):
    said = " ".join(gfpose("convert", "in.bvh", "same.bvh", *flags, fails=True).split())
    assert f"same.bvh would be the same as the file, where {flags[0]} is how it is read" in said
    assert said.endswith("add --to bvh")
    assert not Path("same.bvh").exists()
    gfpose("convert", "in.bvh", "ours.bvh", *flags, "--to", "bvh")
    gfpose("convert", "in.bvh", "wanted.npz", *flags)
    told = Corrections(units="metres", up="y")
    wanted, found = read_clip("wanted.npz").clip, read_clip("ours.bvh", told).clip
    limbs = [j for j, name in enumerate(H36M17.names) if name[0] in "LR"]
    upright = in_axes(wanted, "y-up")  # as a rig stands
    assert np.linalg.norm(found.poses - upright, axis=-1)[:, limbs].mean() < 5
    assert not np.allclose(found.poses, bvh.poses, atol=5)
    said = gfpose("denoise", "in.bvh", "--out", "own.bvh", *flags)
    assert f"in the skeleton it came in, where {flags[0]} is how it is read" in said


def test_own_names_are_kept_by_the_suffix_and_ours_written_by_name(gfpose, bvh, tmp_path, rng):
    a_bvh(tmp_path / "theirs.bvh", people(rng, 4) / 10)
    gfpose("convert", "theirs.bvh", "kept.bvh")
    gfpose("convert", "theirs.bvh", "ours.bvh", "--to", "bvh")
    names = [parse(Path(name).read_text()).names[0] for name in ("theirs.bvh", "kept.bvh", "ours.bvh")]
    assert names == ["Hips", "Hips", "Hip"]


@pytest.mark.parametrize(
    ("text", "frames"),
    [(None, range(10)), ("3", [3]), ("2:5", [2, 3, 4]), (":4:2", [0, 2]), ("8:", [8, 9]), ("-2:", [8, 9])],
)
def test_frames_as_written(text, frames):
    assert list(range(10))[frames_of(text, 10)] == list(frames)


@pytest.mark.parametrize("text", ["x", "1:2:3:4", "::0", "20:", "::-1", "", "1.5"])
def test_frames_that_are_none(text):
    with pytest.raises(ConditionError, match="--frames"):
        frames_of(text or "99", 10)


def test_complete_fills_in_a_leg_and_leaves_the_rest(gfpose, bvh):
    gfpose("complete", "in.bvh", "--missing", "left_leg", "--out", "out.bvh", "--quality", "preview")
    found = read_clip("out.bvh").clip
    others = [j for j in range(17) if j not in (4, 5, 6)]
    np.testing.assert_allclose(found.poses[:, others], bvh.poses[:, others], atol=0.01)
    assert np.linalg.norm(found.poses - bvh.poses, axis=-1)[:, [5, 6]].mean() > 10
    with open("in.bvh") as one, open("out.bvh") as other:
        before, after = parse(one.read()), parse(other.read())
    assert before.names == after.names
    assert before.frame_time == after.frame_time


def test_complete_takes_what_the_file_does_not_have(gfpose, tmp_path, rng):
    observed = np.ones((4, 17), bool)
    observed[:, 14:] = False
    export_clip(PoseClip(people(rng, 4), observed, "z-up", 25.0), tmp_path / "in.npz")
    gfpose("complete", "in.npz", "--out", "out.npz", "--quality", "preview")
    found = read_clip("out.npz").clip
    assert found.observed.all()
    assert found.axes == "z-up"
    np.testing.assert_allclose(found.poses[observed], read_clip("in.npz").clip.poses[observed], atol=1e-6)


def test_denoise(gfpose, bvh):
    said = gfpose("denoise", "in.bvh", "--out", "mean.bvh")
    assert "as estimated from the clip" in said
    gfpose(
        "denoise", "in.bvh", "--out", "drawn.npz", "--noise-mm", 20, "--estimate", "sample",
        "--hypotheses", 3, "--quality", "preview", "--frames", ":5",
    )  # fmt: skip
    assert len(read_clip("drawn.npz").clip) == 5
    assert len(read_clip("mean.bvh").clip) == 12


def test_c3d_keeps_its_points_through_every_command(gfpose, bvh):
    gfpose("convert", "in.bvh", "in.c3d")
    for command, flags in {
        "denoise": [],
        "complete": ["--missing", "left_leg", "--quality", "preview"],
    }.items():
        said = gfpose(command, "in.c3d", "--out", "out.c3d", "--frames", "2:10", *flags)
        assert "in the skeleton it came in" in said
        before, after = (c3d_file.parse(Path(name).read_bytes()) for name in ("in.c3d", "out.c3d"))
        assert (after.labels, after.fps, after.units) == (before.labels, before.fps, before.units)
        moved = np.linalg.norm(after.points - before.points[2:10], axis=-1).mean(axis=0)
        leg = np.isin(np.arange(17), (4, 5, 6))
        assert (moved[leg] > 1).all()
        assert (moved[~leg] > 0).all() == (command == "denoise")


def test_lift_to_bvh(gfpose, rng):
    export_clip(KeypointClip(walk(rng), np.ones((5, 17), bool), image_size=SIZE, fps=25.0), "k.npz")
    gfpose("lift", "k.npz", "--out", "out.bvh", "--hypotheses", 2, "--quality", "preview")
    found = read_clip("out.bvh")
    assert found.detected.up == "y"
    assert found.clip.fps == 25
    assert len(found.clip) == 5


@pytest.mark.parametrize(
    ("facts", "camera"),
    [
        ({}, "px, as far as its keypoints reach"),
        ({"image_size": (1000, 800)}, "guessed, focal length 1200 px for an image of 1000 x 800 px"),
        ({"camera_K": Camera.guess(*SIZE).K}, ""),
    ],
)
def test_lift_says_which_camera_and_frame_rate_it_assumed(gfpose, rng, facts, camera):
    export_clip(KeypointClip(walk(rng), np.ones((5, 17), bool), **facts), "k.npz")
    said = gfpose("lift", "k.npz", "--out", "out.bvh", "--quality", "preview")
    assert camera in said
    assert ("camera: guessed" in said) == bool(camera)
    assert "out.bvh: 5 frames, 30 a second assumed" in said
    assert read_clip("out.bvh").clip.fps == 30
    for arguments in (["--out", "out.npz"], ["--out", "out.bvh", "--fps", 25]):
        assert "a second assumed" not in gfpose("lift", "k.npz", "--quality", "preview", *arguments)


def test_guidance_weighs_the_evidence_of_every_frame(gfpose, rng, bvh):
    export_clip(KeypointClip(walk(rng), np.ones((5, 17), bool), image_size=SIZE, fps=25.0), "k.npz")
    for arguments in (["lift", "k.npz"], ["complete", "in.bvh", "--missing", "left_leg"]):
        for weight in (1, 3):
            gfpose(*arguments, "--guidance", weight, "--quality", "preview", "--out", f"{weight}.npz")
        plain, guided = (read_clip(f"{weight}.npz").clip.poses for weight in (1, 3))
        assert (np.linalg.norm(plain - guided, axis=-1).max(1) > 1.0).all()


def test_frames_without_the_person_do_not_end_in_a_refusal(gfpose, rng):
    """The README's lines on a folder of OpenPose of which two frames show nobody."""
    folder = Path("openpose")
    folder.mkdir()
    WRITERS["openpose"](folder, walk(rng))
    files = sorted(folder.iterdir())
    files[1].write_text('{"people": []}')
    files[3].unlink()
    said = gfpose("lift", "openpose", "--out", "out.bvh", "--quality", "preview")
    assert "2 of 5 frames tell nothing of the pose: bridged" in said
    assert len(read_clip("out.bvh").clip) == 5
    seen = np.ones((5, 17), bool)
    seen[[1, 3]] = False
    export_clip(PoseClip(people(rng, 5), seen, "y-up", 25.0), "gaps.npz")
    gfpose("complete", "gaps.npz", "--out", "whole.bvh", "--quality", "preview")
    assert len(read_clip("whole.bvh").clip) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["convert", "in.bvh", "no/out.npz"], "there is no folder"),
        (["convert", "in.bvh", "out.docx"], "end the name with .npz"),
        (["convert", "in.bvh", "out.gltf"], ".gltf is read, not written; end the name with .npz"),
        (["convert", "in.bvh", "out.amc"], "AMC is written of clips alone that came from it"),
        (["denoise", "in.bvh", "--out", "out.amc", "--checkpoint", "none"], "AMC is written of clips alone"),
        (["convert", "none.bvh", "out.npz"], "there is no file"),
        (["convert", "in.bvh", "out.npz", "--units", "miles"], "--units"),
        (["convert", "in.bvh", "out.npz", "--joint", "Nose=x"], "write JOINT=NAME"),
        (["convert", "in.bvh", "out.npz", "--person", "3"], "no person 3"),
        (["convert", "in.bvh", "out.npz", "--frames", "99:"], "leaves no frame"),
        (["complete", "in.bvh", "--out", "out.bvh"], "say with --missing"),
        (["complete", "in.bvh", "--out", "out.bvh", "--missing", "tail"], "choose of right_leg"),
        (["complete", "in.bvh", "--out", "o.bvh", "--missing", ALL], "nothing of the clip is left"),
        (["denoise", "in.bvh", "--out", "out.bvh", "--frames", ":3"], "too few frames"),
        (["denoise", "in.bvh", "--out", "out.bvh", "--estimate", "best"], "choose mean or sample"),
        (["denoise", "in.bvh", "--out", "out.bvh", "--hypotheses", "3"], "posterior mean is one pose"),
        (["lift", "in.bvh", "--out", "out.bvh"], "holds poses in space, and keypoints are needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(gfpose, bvh, tmp_path, arguments, words):
    before = sorted(tmp_path.iterdir())
    assert words in " ".join(gfpose(*arguments, fails=True).split())
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["convert", "lift", "complete", "denoise", "generate"])
def test_each_command_has_a_help_of_its_own(gfpose, capsys, command):
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"gfpose {command}" in said
    assert "torchrun" not in said
    assert ("--layout" in said) == (command in ("convert", "lift"))
    assert ("--up" in said) == (command in ("convert", "complete", "denoise"))
