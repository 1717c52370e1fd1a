"""ASF skeletons and AMC motion, against matrices multiplied one by one."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.export.base import export_clip
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import read_clip
from gfpose_core.io.mocap.amc import parse_amc, points
from gfpose_core.io.mocap.asf import parse_asf
from tests.samples import people

ASF = """# a leg
:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name lfemur
     direction 0 -1 0
     length 7
     axis 10 20 30 XYZ
    dof rx ry rz
  end
  begin
     id 2
     name ltibia
     direction 0 -2 0
     length 8
     axis 0 0 20 XYZ
    dof rx
  end
:hierarchy
  begin
    root lfemur
    lfemur ltibia
  end
"""
AMC = """#!OML:ASF
:FULLY-SPECIFIED
:DEGREES
1
root 1 17 3 10 -20 30
lfemur 5 6 7
ltibia 40
2
root 2 17 3 0 0 0
lfemur 0 0 0
ltibia 0
"""


def write(folder: Path, asf: str = ASF, amc: str = AMC) -> Path:
    (folder / "7.asf").write_text(asf)
    (folder / "7_01.amc").write_text(amc)
    return folder / "7_01.amc"


def test_a_leg_by_hand():
    skeleton = parse_asf(ASF)
    found = points(skeleton, parse_amc(AMC, skeleton).values)
    np.testing.assert_allclose(found[1], [[2, 17, 3], [2, 10, 3], [2, 2, 3]], atol=1e-12)
    degrees = {"degrees": True}
    root = Rotation.from_euler("xyz", [10, -20, 30], **degrees)
    C = Rotation.from_euler("xyz", [10, 20, 30], **degrees)
    femur = root * C * Rotation.from_euler("xyz", [5, 6, 7], **degrees) * C.inv()
    C = Rotation.from_euler("z", 20, **degrees)
    tibia = femur * C * Rotation.from_euler("x", 40, **degrees) * C.inv()
    knee = [1, 17, 3] + femur.apply([0, -7, 0])
    np.testing.assert_allclose(found[0], [[1, 17, 3], knee, knee + tibia.apply([0, -8, 0])], atol=1e-12)


def in_radians(amc: str) -> str:
    """The same motion with its angles in radians."""
    lines = [line.split() for line in amc.splitlines()]
    for words in lines:
        if words[0] in ("root", "lfemur", "ltibia"):
            first = 4 if words[0] == "root" else 1
            words[first:] = [repr(np.deg2rad(float(word)).item()) for word in words[first:]]
    return "\n".join(map(" ".join, lines)) + "\n"


RADIANS = in_radians(AMC).replace(":DEGREES", ":RADIANS")
IN_RADIANS = ASF.replace("angle deg", "angle rad").replace("10 20 30", "0.174532925 0.34906585 0.523598776")
IN_RADIANS = IN_RADIANS.replace("axis 0 0 20", "axis 0 0 0.34906585")


@pytest.mark.parametrize(
    ("asf", "amc", "words"),
    [
        (ASF, RADIANS, ""),
        (IN_RADIANS, AMC, ""),
        (IN_RADIANS, RADIANS.replace(":RADIANS\n", ""), ""),
        (ASF, RADIANS.replace(":RADIANS\n", ""), "angles are taken for radians: none is larger than 2 pi"),
        (ASF, AMC.replace(":DEGREES\n", ""), "angles are taken for degrees"),
    ],
)
def test_angles_are_in_the_unit_of_the_motion_and_where_none_is_told_in_the_likelier_one(asf, amc, words):
    skeleton = parse_asf(asf)
    motion = parse_amc(amc, skeleton)
    told = points(parse_asf(ASF), parse_amc(AMC, parse_asf(ASF)).values)
    np.testing.assert_allclose(points(skeleton, motion.values), told, atol=1e-6)
    assert words in "".join(motion.notes)
    assert bool(words) == bool(motion.notes)


@pytest.mark.parametrize(
    ("asf", "amc", "words"),
    [
        (ASF.split(":bonedata")[0], AMC, "7.asf: the skeleton has no :bonedata"),
        (ASF.replace("lfemur ltibia", "lfemur ltibia\n ltibia lfemur"), AMC, "'lfemur' hangs on two"),
        (ASF.replace("    root lfemur\n", "    ltibia lfemur\n"), AMC, "'lfemur' does not hang on the root"),
        (ASF.replace("    lfemur ltibia", "    lfemur toe"), AMC, "bone 'toe' without data"),
        (ASF.replace("length 7", "length seven"), AMC, "a number is damaged"),
        (ASF.replace("length 7", "length nan"), AMC, "no finite numbers"),
        (ASF.replace("direction 0 -1 0", "direction 0 -1"), AMC, "3 numbers are needed"),
        (ASF.replace("30 XYZ", "30 XYX"), AMC, "no order of axes"),
        (ASF.replace("order TX", "order QX"), AMC, "order names no axes"),
        (ASF.replace("length 0.45", "length 0"), AMC, "unit of length is 0"),
        (ASF, AMC.split("1\n")[0], "holds no frames"),
        (ASF, AMC[:-3], "frame 2, ltibia: 1 numbers"),
        (ASF, AMC.replace("lfemur 5 6 7", "lfemur 5 6"), "frame 1, lfemur: 3 numbers"),
        (ASF, AMC.replace("ltibia 40", "ltibia nan"), "no finite numbers"),
        (ASF, AMC.replace("ltibia 40", "ltibia x"), "a number is damaged"),
        (ASF, AMC.replace("\n1\n", "\n"), "do not begin with a number"),
        (ASF, AMC.replace("ltibia", "tail"), "no bone of this skeleton"),
    ],
)  # fmt: skip
def test_damage_is_refused_in_words(tmp_path, asf, amc, words):
    with pytest.raises(FormatError, match=words):
        read_clip(write(tmp_path, asf, amc))


def test_the_skeleton_is_found_beside_the_motion_or_asked_for(tmp_path):
    path = write(tmp_path)
    assert "skeleton: 7.asf" in read_clip(path).detected.notes
    shutil.copy(tmp_path / "7.asf", tmp_path / "8.ASF")
    assert "skeleton: 7.asf" in read_clip(path).detected.notes
    shutil.move(tmp_path / "7.asf", tmp_path / "9.asf")
    with pytest.raises(FormatError, match=r"7.asf; there are 8.ASF, 9.asf"):
        read_clip(path)
    for other in ("8.ASF", "9.asf"):
        (tmp_path / other).unlink()
    with pytest.raises(FormatError, match="there is none"):
        read_clip(path)
    (tmp_path / "7.asf").write_text(ASF)
    with pytest.raises(FormatError, match="open the "):
        read_clip(tmp_path / "7.asf")


def test_a_capture_of_cmu_is_a_person_of_the_skeletons_size(shared: Path):
    found = read_clip(shared / "data/raw/cmu_35_01.amc")
    detected, poses = found.detected, found.clip.poses
    assert (detected.frames, detected.fps, detected.up, detected.sides) == (224, 120, "y", "as named")
    assert detected.missing == detected.derived == ()
    lengths = np.linalg.norm(poses[:, 2] - poses[:, 1], axis=-1)  # rfemur of 35.asf
    np.testing.assert_allclose(lengths, 7.61317 * 25.4 / 0.45, rtol=1e-4)
    assert 40 < poses[:, [3, 6], 1].min() < 110  # ankles stand on the floor


def test_a_capture_keeps_its_place_through_bvh(shared: Path, tmp_path):
    clip = read_clip(shared / "data/raw/cmu_35_01.amc").clip
    for name, most in (("bvh", 5.0), ("bvh-mixamo", 20.0)):
        export_clip(clip, tmp_path / "a.bvh", name)
        found = read_clip(tmp_path / "a.bvh").clip
        apart = np.linalg.norm(found.poses - clip.poses, axis=-1)
        print(f"AMC to {name}: {apart.mean():.3f} mm, at most {apart.max():.3f} mm")
        assert apart.max() < most
        assert found.fps == 120


@pytest.fixture
def cmu(shared: Path, tmp_path):
    """A capture, copied so that others can lie beside it."""
    for name in ("35.asf", "cmu_35_01.amc"):
        shutil.copy(shared / "data/raw" / name, tmp_path)
    return read_clip(tmp_path / "cmu_35_01.amc").clip


def content(path: Path) -> list[str | float]:
    """Words, numbers as such."""
    words = path.read_text().split()
    return [float(word) if word.lstrip("+-")[:1].isdigit() else word for word in words]


def test_an_unchanged_clip_keeps_every_number(cmu, tmp_path):
    (tmp_path / "new").mkdir()
    export_clip(cmu, tmp_path / "new/again.amc")
    assert content(tmp_path / "new/again.amc") == content(tmp_path / "cmu_35_01.amc")
    assert (tmp_path / "new/again.asf").read_text() == (tmp_path / "35.asf").read_text()
    np.testing.assert_array_equal(read_clip(tmp_path / "new/again.amc").clip.poses, cmu.poses)
    export_clip(cmu, tmp_path / "35_02.amc")
    assert sorted(p.name for p in tmp_path.glob("*.asf")) == ["35.asf"]  # it is there already


def test_a_leg_that_moved_turns_its_own_bones_alone(cmu, tmp_path, rng):
    motion, skeleton = cmu.source.motion, cmu.source.skeleton
    values = {name: array.copy() for name, array in motion.values.items()}
    values["lfemur"][40:60] += rng.normal(0, 25, (20, 3))
    values["ltibia"][40:60] += rng.uniform(5, 40, (20, 1))
    ends = [cmu.source.joints[name] for name in ("LKnee", "LAnkle")]
    poses = cmu.poses.copy()
    poses[:, [5, 6]] = points(skeleton, values)[:, ends] @ cmu.source.placed.T
    export_clip(replace(cmu, poses=poses), tmp_path / "35_moved.amc")
    found = read_clip(tmp_path / "35_moved.amc").clip
    assert np.linalg.norm(found.poses - poses, axis=-1).max() < 0.05
    again = found.source.motion.values
    for name, array in motion.values.items():
        changed = np.abs(again[name] - array).max(axis=1) > 1e-6
        assert not changed[:40].any()
        assert not changed[60:].any()
        assert changed.any() == (name in ("lfemur", "ltibia")), name


def test_a_joint_within_a_limb_moves_and_what_hangs_from_it_stays(cmu, tmp_path):
    poses = cmu.poses.copy()
    hip, knee, ankle = (cmu.poses[:, j] for j in (4, 5, 6))
    axis = (ankle - hip) / np.linalg.norm(ankle - hip, axis=-1, keepdims=True)
    poses[:, 5] = hip + Rotation.from_rotvec(np.deg2rad(30) * axis).apply(knee - hip)
    assert np.linalg.norm(poses[:, 5] - knee, axis=-1).max() > 30
    export_clip(replace(cmu, poses=poses), tmp_path / "35_swivelled.amc")
    found = read_clip(tmp_path / "35_swivelled.amc").clip
    assert np.linalg.norm(found.poses - poses, axis=-1).max() < 0.5
    for name, array in cmu.source.motion.values.items():
        changed = np.abs(found.source.motion.values[name] - array).max() > 1e-6
        assert not changed or name in ("lfemur", "ltibia"), name


def test_what_cannot_be_moved_stays(cmu):
    poses = cmu.poses.copy()
    poses[:, [1, 4]] += 20.0  # the hips hang on the root by bones that cannot turn
    found = cmu.source.resolved(poses, cmu.frames, cmu.fps)
    assert found.values.keys() == cmu.source.motion.values.keys()


def test_another_pose_is_reached_as_near_as_the_bones_allow(cmu, tmp_path, rng):
    wanted = cmu.poses[::-1] @ Rotation.from_euler("y", 70, degrees=True).as_matrix().T + [300, 20, -100]
    export_clip(replace(cmu, poses=wanted), tmp_path / "35_other.amc")
    apart = np.linalg.norm(read_clip(tmp_path / "35_other.amc").clip.poses - wanted, axis=-1)
    print(f"AMC, other poses: {apart.mean():.2f} mm, at most {apart.max():.2f} mm")
    assert apart.mean() < 3
    noisy = cmu.poses + rng.normal(0, 5, cmu.poses.shape)
    export_clip(replace(cmu, poses=noisy), tmp_path / "35_noisy.amc")
    found = read_clip(tmp_path / "35_noisy.amc").clip
    left, before = (np.linalg.norm(clip.poses - noisy, axis=-1).mean() for clip in (found, cmu))
    assert left < before


def test_joints_that_are_not_observed_stay_as_the_file_has_them(cmu):
    gone = cmu.poses.copy()
    gone[:, [5, 6, 13]] = np.nan
    found = cmu.source.resolved(gone, cmu.frames, cmu.fps)
    for name, array in cmu.source.motion.values.items():
        np.testing.assert_array_equal(found.values[name], array)


def test_frames_their_rate_and_radians_are_kept(tmp_path):
    clip = read_clip(write(tmp_path, amc=RADIANS)).clip
    export_clip(replace(clip[1:], fps=60.0), tmp_path / "7_02.amc")
    text = (tmp_path / "7_02.amc").read_text()
    assert text.splitlines() == [
        "#!OML:ASF", ":FULLY-SPECIFIED", ":RADIANS", "# frames a second: 60",
        "2", "root 2 17 3 0 0 0", "lfemur 0 0 0", "ltibia 0",
    ]  # fmt: skip
    assert read_clip(tmp_path / "7_02.amc").clip.fps == 60


def test_a_folder_with_another_skeleton_of_that_name_is_refused(tmp_path):
    clip = read_clip(write(tmp_path)).clip
    (tmp_path / "other").mkdir()
    (tmp_path / "other/7.asf").write_text(ASF.replace("length 7", "length 9"))
    with pytest.raises(FormatError, match=r"7.asf, which lies there, is another skeleton"):
        export_clip(clip, tmp_path / "other/7_03.amc")
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["7.asf"]


def test_other_clips_do_not_go_into_amc(tmp_path, rng):
    clip = PoseClip(people(rng, 3), np.ones((3, 17), bool))
    with pytest.raises(FormatError, match="AMC is written of clips alone that came from it"):
        export_clip(clip, tmp_path / "a.amc")
    assert not list(tmp_path.iterdir())
