"""C3D: joint centres where a file has them, stand-ins where it has markers alone, and damage."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.errors import FormatError
from gfpose_core.export.base import export_clip
from gfpose_core.io.importing import Corrections, read_clip
from gfpose_core.io.mocap.c3d_file import parse
from gfpose_core.skeleton import H36M17
from tests.samples import a_c3d, people, write_c3d

AT = {name: j for j, name in enumerate(H36M17.names)}


def test_joint_centres_are_taken_as_they_are(tmp_path, rng):
    poses = people(rng, 5)
    found = read_clip(a_c3d(tmp_path / "a.c3d", poses))
    limbs = [AT[s + j] for s in "LR" for j in ("Hip", "Knee", "Ankle", "Shoulder", "Elbow", "Wrist")]
    np.testing.assert_allclose(found.clip.poses[:, limbs], poses[:, limbs], atol=1e-3)
    assert found.detected.fps == 100
    assert found.detected.units == "millimetres, as the file says"
    assert found.detected.missing == ("Spine", "Thorax", "Neck", "Head")
    assert not found.detected.derived


def test_markers_on_the_skin_stand_in_and_say_so(tmp_path):
    markers = {
        "s1:LASI": [120, 1000, 100], "s1:RASI": [-120, 1000, 100], "s1:LPSI": [40, 1010, -100],
        "s1:RPSI": [-40, 1010, -100], "s1:LKNE": [150, 500, 20], "s1:RKNE": [-150, 500, 20],
        "s1:RKNM": [-50, 500, 20], "s1:LANK": [140, 80, -20], "s1:C7": [0, 1500, -80],
        "s1:CLAV": [0, 1440, 60], "s1:LSHO": [180, 1460, 0], "s1:LWRA": [500, 1000, 30],
        "s1:LWRB": [520, 990, 0],
    }  # fmt: skip
    points = np.array([list(markers.values())] * 3, float)
    points[1, list(markers).index("s1:LKNE")] = np.nan
    found = read_clip(write_c3d(tmp_path / "a.c3d", points, tuple(markers)))
    poses, detected = found.clip.poses, found.detected
    assert set(detected.derived) == {
        "LHip", "RHip", "Hip", "LKnee", "RKnee", "LAnkle", "Thorax", "LShoulder", "LWrist"
    }  # fmt: skip
    np.testing.assert_allclose(poses[0, AT["RKnee"]], [-100, 500, 20], atol=1e-3)
    np.testing.assert_allclose(poses[0, AT["Thorax"]], [0, 1470, -10], atol=1e-3)
    np.testing.assert_allclose(poses[0, AT["LWrist"]], [510, 995, 15], atol=1e-3)
    left, right = poses[0, AT["LHip"]], poses[0, AT["RHip"]]
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-3)
    assert left[0] == pytest.approx(0.36 * 240)
    assert 910 < left[1] < 950
    assert 40 < left[2] < 70
    np.testing.assert_array_equal(found.clip.observed[:, AT["LKnee"]], [True, False, True])
    assert {"RAnkle", "LElbow", "RElbow", "RWrist", "Head", "Neck"} <= set(detected.missing)
    swapped = read_clip(tmp_path / "a.c3d", Corrections(swap_sides=True, joints=("LShoulder=C7",))).detected
    assert {"RAnkle", "LKnee", "Hip"} <= set(swapped.derived)
    assert not {"LAnkle", "RShoulder"} & set(swapped.derived)
    assert "markers lie on the skin" in "\n".join(detected.lines())


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        (1, 0x51, "no C3D"), (0, 0, "no C3D"), (0, 200, "parameters are missing"),
        (515, 85, "DEC"), (515, 3, "parameters are missing"), (2, 0, "header is damaged"),
        (9, 200, "says it has"), (17, 100, "says it has"),
    ],
)  # fmt: skip
def test_damage_is_refused_in_words(tmp_path, rng, at, value, words):
    content = bytearray(a_c3d(tmp_path / "a.c3d", people(rng, 3)).read_bytes())
    content[at] = value
    with pytest.raises(FormatError, match=words):
        parse(bytes(content))


@given(data=st.data())
def test_a_damaged_file_is_read_and_written_again_or_refused_never_more(tmp_path_factory, data):
    rng = np.random.default_rng(0)
    path = a_c3d(tmp_path_factory.mktemp("c3d") / "a.c3d", people(rng, 2))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 700))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        clip = read_clip(path, name="c3d").clip
    except FormatError:
        return
    assert np.isfinite(clip.poses[clip.observed]).all()
    export_clip(replace(clip, poses=clip.poses + 50)[::2], path.with_name("again.c3d"))
