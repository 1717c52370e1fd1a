"""What is detected of a clip, what can be corrected, and clips in our own npz."""

import dataclasses

import h5py
import numpy as np
import pytest

from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.cli import main
from gfpose_core.errors import MOST_LETTERS, FormatError
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.io.clips.arrays import write_clip
from gfpose_core.io.importing import MM, Corrections, Detected, importer_of, open_source, read_clip
from gfpose_core.io.mocap.names import match_names
from gfpose_core.skeleton import H36M17
from tests.core.test_asf_amc import ASF
from tests.samples import people

STYLES = {
    "Poser": "lThigh lShin lFoot lShldr lForeArm lHand neck head",
    "Mixamo": "mixamorig:LeftUpLeg mixamorig:LeftLeg mixamorig:LeftFoot mixamorig:LeftArm "
    "mixamorig:LeftForeArm mixamorig:LeftHand mixamorig:Neck mixamorig:Head mixamorig:LeftShoulder",
    "CC": "CC_Base_L_Thigh CC_Base_L_Calf CC_Base_L_Foot CC_Base_L_Upperarm CC_Base_L_Forearm "
    "CC_Base_L_Hand CC_Base_NeckTwist01 CC_Base_Head CC_Base_L_ThighTwist01 CC_Base_NeckTwist02",
    "suffixed": "UpperLeg_L LowerLeg_L Foot_L UpperArm_L LowerArm_L Hand_L Neck Head",
    "Biovision": "LeftHip LeftKnee LeftAnkle LeftShoulder LeftElbow LeftWrist Neck Head LeftCollar",
    "Biped": "Bip01 L Thigh,Bip01 L Calf,Bip01 L Foot,Bip01 L UpperArm,Bip01 L Forearm,Bip01 L Hand,"
    "Bip01 Neck,Bip01 Head",
    "Blender": "thigh.L shin.L foot.L upper_arm.L forearm.L hand.L neck head",
}
JOINTS = ("LHip", "LKnee", "LAnkle", "LShoulder", "LElbow", "LWrist", "Thorax", "Neck")


@pytest.mark.parametrize("style", STYLES)
def test_joints_are_known_by_the_names_of_every_program(style):
    names = STYLES[style].split("," if "," in STYLES[style] else None)
    found = match_names(["other", *reversed(names)])
    assert {joint: ["other", *reversed(names)][i] for joint, i in found.items()} == dict(zip(JOINTS, names))


def save(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("units", MM)
@pytest.mark.parametrize(("axes", "up", "facing"), [("y-up", "y", "z"), ("z-up", "z", "-y")])
def test_units_axes_and_facing_are_found_out(tmp_path, rng, units, axes, up, facing):
    poses = from_camera_axes(to_camera_axes(people(rng), "y-up"), axes)
    found = read_clip(save(tmp_path / "a.npz", poses_3d=poses / MM[units]))
    detected = found.detected
    assert detected.units.startswith(units)
    assert (detected.up, detected.facing, detected.sides) == (up, facing, "as named")
    assert found.clip.axes == axes
    assert detected.fps is None
    np.testing.assert_allclose(found.clip.poses, poses, atol=1e-6)


@pytest.mark.parametrize("up", ["x", "-x", "-z", "-y"])
def test_other_axes_up_are_turned_not_mirrored(tmp_path, rng, up):
    poses = people(rng)
    turn = {"x": [[0, 0, 1], [1, 0, 0], [0, 1, 0]], "-z": [[1, 0, 0], [0, 0, -1], [0, 1, 0]]}
    turn |= {"-x": turn["x"] @ np.diag([-1, -1, 1]), "-y": np.diag([1, -1, -1])}
    found = read_clip(save(tmp_path / "a.npz", poses_3d=poses @ np.array(turn[up])))
    assert found.detected.up == up
    assert found.detected.sides == "as named"
    y_up = from_camera_axes(to_camera_axes(found.clip.poses, found.clip.axes), "y-up")
    np.testing.assert_allclose(y_up[..., 1], poses[..., 1], atol=1e-9)
    np.testing.assert_allclose(H36M17.bone_lengths(y_up), H36M17.bone_lengths(poses))


def test_corrections_are_obeyed(tmp_path, rng):
    poses = people(rng)
    source = open_source(save(tmp_path / "a.npz", poses_3d=poses / 1000))
    turned = source.interpret(Corrections(facing="x", fps=25)).clip
    np.testing.assert_allclose(turned.poses, poses @ np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]]), atol=1e-9)
    assert turned.fps == 25
    assert source.interpret(Corrections(facing="x")).detected.facing == "x"
    smaller = source.interpret(Corrections(units="centimetres", up="y"))
    np.testing.assert_allclose(smaller.clip.poses, poses / 100, atol=1e-9)
    swapped = source.interpret(Corrections(swap_sides=True))
    np.testing.assert_allclose(swapped.clip.poses, poses[:, H36M17.mirror], atol=1e-9)
    assert swapped.detected.sides == "look exchanged"
    assert "left and right may be exchanged" in "\n".join(swapped.detected.lines())
    mirrored = source.interpret(Corrections(left_handed=True)).clip
    np.testing.assert_allclose(mirrored.poses, poses * [-1, 1, 1], atol=1e-9)
    fewer = source.interpret(Corrections(joints=("Head=", "Neck=Head")))
    assert fewer.detected.matched["Neck"] == "Head"
    np.testing.assert_allclose(fewer.clip.poses[:, 9], poses[:, 10], atol=1e-9)
    assert fewer.detected.missing == ("Head",)
    assert not fewer.clip.observed[:, 10].any()
    wrongs = [{"joints": (pair,)} for pair in ("Elbow=x", "Neck", "Neck=none")]
    for wrong in [*wrongs, {"person": 1}, {"facing": "y"}]:
        with pytest.raises(FormatError):
            source.interpret(Corrections(**wrong))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"layout": "COCO-17", "width": 640}, "leave layout, width out: it holds poses in space"),
        ({"take": "walk"}, "leave take out: it holds one clip of poses in space"),
    ],
)
def test_corrections_that_would_be_lost_are_refused(tmp_path, rng, told, words):
    path = save(tmp_path / "a.npz", poses_3d=people(rng))
    with pytest.raises(FormatError, match=words):
        read_clip(path, Corrections(**told))
    keypoints = save(tmp_path / "k.npz", keypoints_2d=rng.random((3, 17, 2)) * 900)
    with pytest.raises(FormatError, match="leave up out: it holds keypoints"):
        read_clip(keypoints, Corrections(up="z"))


def test_a_file_is_named_once(tmp_path, rng):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["train/positions"] = people(rng) / 1000
    with pytest.raises(FormatError, match=r"^a\.h5, train: thighs are") as error:
        read_clip(tmp_path / "a.h5")
    assert str(error.value).count("a.h5") == 1


def test_missing_joints_stay_unobserved(tmp_path, rng):
    poses, observed = people(rng), rng.random((4, 17)) < 0.7
    poses[~observed] = np.nan
    clip = read_clip(save(tmp_path / "a.npz", poses_3d=poses, observed=observed, axes="y-up", fps=50)).clip
    np.testing.assert_array_equal(clip.observed, observed)
    np.testing.assert_array_equal(np.isnan(clip.poses).any(-1), ~observed)
    assert clip.fps == 50


def test_what_is_written_is_read_again(tmp_path, rng):
    flags = rng.random((6, 17)) < 0.8
    derived = np.isin(H36M17.names, ["Hip", "Head"])
    poses = PoseClip(people(rng, 6), flags, "z-up", 24.0, derived)
    write_clip(poses, tmp_path / "p.npz")
    again = read_clip(tmp_path / "p.npz")
    for name in ("poses", "observed", "derived", "axes", "fps"):
        np.testing.assert_array_equal(getattr(again.clip, name), getattr(poses, name))
    assert again.detected.derived == ("Hip", "Head")
    K = np.array([[1000.0, 0, 500], [0, 1000, 400], [0, 0, 1]])
    keypoints = KeypointClip(
        rng.random((6, 17, 2)) * 900, flags, rng.random((6, 17)), (1000, 800), K, 30.0, derived
    )
    write_clip(keypoints, tmp_path / "k.npz")
    again = read_clip(tmp_path / "k.npz").clip
    for name in ("keypoints", "visible", "confidence", "derived", "image_size", "camera_K", "fps"):
        np.testing.assert_array_equal(getattr(again, name), getattr(keypoints, name))


def test_frames_are_chosen_like_a_list(rng):
    clip = PoseClip(people(rng, 10), np.ones((10, 17), bool), fps=60.0)
    some = clip[2:9:3]
    assert len(some) == 3
    assert some.fps == 20
    np.testing.assert_array_equal(some.frames, [2, 5, 8])
    np.testing.assert_array_equal(some[1:].frames, [5, 8])


def test_the_report_says_what_there_is_and_what_not():
    detected = Detected("BVH", 100, 30.0, {"Hip": "hips", "Head": "x"}, ("Head",), takes=tuple("abcdefg"))
    said = "\n".join(detected.lines())
    assert "100 frames, 30 frames a second" in said
    assert "1 of 17 joints, stand-ins for Head, no RHip, RKnee" in said
    assert "7 clips to choose from (--take): a, b, c, d, e, ..." in said
    assert detected.key == dataclasses.replace(detected, frames=5).key
    assert detected.key != dataclasses.replace(detected, names=("a",)).key


def test_info_shows_the_report(tmp_path, rng, capsys):
    save(tmp_path / "a.npz", poses_3d=people(rng), fps=50)
    assert main(["info", str(tmp_path / "a.npz")]) == 0
    said = capsys.readouterr().out
    assert "4 frames, 50 frames a second" in said
    assert "millimetres (by the length of the bones)" in said
    assert "y up, facing z, left and right as named" in said
    save(tmp_path / "b.npz", poses_3d=np.zeros((2, 16, 3)))
    assert main(["info", str(tmp_path / "b.npz")]) == 0
    assert "cannot be imported: b.npz: poses_3d is float64 (2, 16, 3)" in capsys.readouterr().out


def test_what_is_no_clip_is_refused_with_what_it_is(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(
        FormatError, match=r"a.png is a picture \(PNG\), no clip of motion, poses or keypoints$"
    ):
        importer_of(tmp_path / "a.png")
    with pytest.raises(FormatError, match="there is no file"):
        read_clip(tmp_path / "none.bvh")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", b"hello", "a.png is no picture, or a damaged one: inside it is a text file"),
        ("a.PNG", b"\xff\x00\xfe" * 9, "a.PNG is no picture, or a damaged one"),
        ("a.safetensors", b"\xff" * 99, "a.safetensors is no checkpoint, or a damaged one"),
        (
            "a.pth",
            b"version https://git-lfs",
            "a.pth is no checkpoint, or a damaged one: inside it is a text file",
        ),
        ("a.gfpose", b"\xff" * 99, "a.gfpose is no session, or a damaged one"),
        ("a.npz", b"\xff" * 99, "a.npz is no NumPy archive, or a damaged one"),
        ("a.npz", b"PK\x05\x06" + bytes(18), "a.npz is an empty archive"),
        ("a.h5", b"\x89HDF\r\n\x1a\n nothing", "a.h5 is a damaged or cut-short HDF5 file"),
        ("a.txt", b"hello", "a.txt is a text file, no clip of motion, poses or keypoints"),
        ("a.bin", b"\xff" * 99, "a.bin is no kind of file known here"),
        ("a.png", b"", "a.png is an empty file"),
    ],
)
def test_a_refusal_is_short_and_says_what_the_name_promised(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError) as caught:
        importer_of(tmp_path / name)
    assert str(caught.value) == words


def test_messages_do_not_hold_the_file(tmp_path):
    for text, words in ((":DEGREES\n1\n{} 1\n", "it moves"), (":DEGREES\n1\nroot {}\n", "6 numbers")):
        (tmp_path / "a.amc").write_text(text.format("x" * 10**6))
        (tmp_path / "a.asf").write_text(ASF)
        with pytest.raises(FormatError, match=words) as caught:
            read_clip(tmp_path / "a.amc")
        assert len(str(caught.value)) <= MOST_LETTERS + 3


def test_places_beyond_all_measure_are_refused(tmp_path, rng):
    poses = people(rng)
    poses[2, 5, 1] = 1e300
    with pytest.raises(FormatError, match="farther away than any person"):
        read_clip(save(tmp_path / "a.npz", poses_3d=poses))


@pytest.mark.parametrize("name", ["root_depth", "image_size", "camera_K", "confidence", "derived", "fps"])
def test_text_in_place_of_numbers_is_refused(tmp_path, rng, name):
    arrays = {"keypoints_2d": rng.random((3, 17, 2)) * 900, name: np.array(["1", "x", "3"])}
    with pytest.raises(FormatError):
        open_source(save(tmp_path / "a.npz", **arrays)).interpret(Corrections())
