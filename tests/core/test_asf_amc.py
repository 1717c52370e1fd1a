"""ASF skeletons and AMC motion, against matrices multiplied one by one."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.export.base import export_clip
from gfpose_core.io.importing import read_clip
from gfpose_core.io.mocap.asf_amc import parse_amc, parse_asf, points

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
    found = points(skeleton, parse_amc(AMC, skeleton))
    np.testing.assert_allclose(found[1], [[2, 17, 3], [2, 10, 3], [2, 2, 3]], atol=1e-12)
    degrees = {"degrees": True}
    root = Rotation.from_euler("xyz", [10, -20, 30], **degrees)
    C = Rotation.from_euler("xyz", [10, 20, 30], **degrees)
    femur = root * C * Rotation.from_euler("xyz", [5, 6, 7], **degrees) * C.inv()
    C = Rotation.from_euler("z", 20, **degrees)
    tibia = femur * C * Rotation.from_euler("x", 40, **degrees) * C.inv()
    knee = [1, 17, 3] + femur.apply([0, -7, 0])
    np.testing.assert_allclose(found[0], [[1, 17, 3], knee, knee + tibia.apply([0, -8, 0])], atol=1e-12)


def test_radians():
    skeleton = parse_asf(ASF.replace("angle deg", "angle rad").replace("10 20 30", "0.1 0.2 0.3"))
    assert skeleton.radians
    values = {
        "root": np.array([[0, 0, 0, 0, 0, np.pi / 2]]),
        "lfemur": np.zeros((1, 3)),
        "ltibia": np.zeros((1, 1)),
    }
    np.testing.assert_allclose(points(skeleton, values)[0, -1], [15, 0, 0], atol=1e-12)


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
