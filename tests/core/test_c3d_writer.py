"""A clip goes back into the C3D that it came from: its points follow the joints, all else is as it was."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, export_clip
from gfpose_core.export.c3d import format_c3d
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import Corrections, open_source, read_clip
from gfpose_core.io.mocap.c3d_file import parse
from gfpose_core.io.mocap.c3d_writer import turns
from gfpose_core.skeleton import H36M17
from tests.contracts.test_exporters import walk
from tests.samples import write_c3d

AT = {name: j for j, name in enumerate(H36M17.names)}
ON_SKIN = {
    "LASI": ("LHip", 0.7, [30, 60, 90]), "RASI": ("RHip", 0.7, [-30, 60, 90]),
    "LPSI": ("LHip", 0.4, [0, 60, -90]), "RPSI": ("RHip", 0.4, [0, 60, -90]),
    "LKNE": ("LKnee", 1, [50, 0, 0]), "LKNM": ("LKnee", 1, [-50, 0, 0]), "LTHI": ("LKnee", 0.4, [70, 0, 10]),
    "RKNE": ("RKnee", 1, [-50, 0, 0]), "RKNM": ("RKnee", 1, [50, 0, 0]), "RTIB": ("RAnkle", 0.6, [0, 0, 60]),
    "LANK": ("LAnkle", 1, [0, 0, 0]), "RANK": ("RAnkle", 1, [0, 0, 0]), "LTOE": ("LAnkle", 1, [0, -40, 120]),
    "C7": ("Thorax", 1, [0, 20, -60]), "CLAV": ("Thorax", 1, [0, -20, 60]),
    "LSHO": ("LShoulder", 1, [0, 0, 0]), "RSHO": ("RShoulder", 1, [0, 0, 0]),
    "LELB": ("LElbow", 1, [0, 0, 0]), "RELB": ("RElbow", 1, [0, 0, 0]), "LFRM": ("LWrist", 0.5, [0, 30, 30]),
    "LWRA": ("LWrist", 1, [0, 0, 30]), "LWRB": ("LWrist", 1, [0, 0, -30]),
    "RWRA": ("RWrist", 1, [0, 0, 30]), "RWRB": ("RWrist", 1, [0, 0, -30]),
    "BALL": ("Hip", 1, [900, 0, 900]),
}  # fmt: skip
"""Where markers are: how far along a bone to a joint, and mm beside it."""


@pytest.fixture
def points(rng) -> np.ndarray:  # (20, 25, 3) mm, y up
    """Markers of someone who stands, sways and moves on."""
    poses = np.repeat(walk(rng, 1), 20, axis=0)
    sway = Rotation.from_rotvec(np.linspace(0, 1, 20)[:, None] * [0, 1, 0]).as_matrix()
    at = []
    for joint, share, beside in ON_SKIN.values():
        parent = H36M17.parents[AT[joint]]
        at.append(poses[:, parent] + share * (poses[:, AT[joint]] - poses[:, parent]) + beside)
    return np.einsum("tij,tkj->tki", sway, np.stack(at, axis=1)) + np.linspace(0, 300, 20)[:, None, None]


@pytest.fixture
def path(tmp_path, points, rng):
    """With unseen markers, analogue channels, and a first frame of 31."""
    points = points.copy()
    points[5:8, list(ON_SKIN).index("LKNE")] = np.nan
    points[6, list(ON_SKIN).index("RTIB")] = np.nan
    analogue = rng.normal(0, 1000, (20, 6))
    return write_c3d(tmp_path / "a.c3d", points, tuple(ON_SKIN), analogue=analogue, first=31)


def rewritten(clip: PoseClip, path) -> np.ndarray:  # (T, K, 3)
    export_clip(clip, path.with_name("again.c3d"))
    return parse(path.with_name("again.c3d").read_bytes()).points


def index(*names: str) -> list[int]:
    return [list(ON_SKIN).index(name) for name in names]


@pytest.mark.parametrize("scale", [-1.0, 0.1])
@pytest.mark.parametrize("corrections", [{}, {"units": "inches", "facing": "x", "swap_sides": True}])
def test_an_unchanged_clip_is_the_same_file(tmp_path, points, path, rng, scale, corrections):
    points[rng.random(points.shape[:2]) < 0.1] = np.nan
    channels = rng.integers(-2000, 2000, (20, 4))
    write_c3d(path, points, tuple(ON_SKIN), scale=scale, analogue=channels)
    export_clip(read_clip(path, Corrections(**corrections)).clip, tmp_path / "again.c3d")
    assert (tmp_path / "again.c3d").read_bytes() == path.read_bytes()


def test_points_that_are_joints_get_the_joints_places(tmp_path, rng):
    poses = walk(rng)
    export_clip(PoseClip(poses, np.ones((20, 17)), "y-up", 25.0), tmp_path / "a.c3d")
    clip = read_clip(tmp_path / "a.c3d").clip
    other = clip.poses + rng.normal(0, 50, clip.poses.shape)
    export_clip(replace(clip, poses=other), tmp_path / "again.c3d")
    np.testing.assert_allclose(read_clip(tmp_path / "again.c3d").clip.poses, other, atol=1e-3)


def test_a_body_moved_as_a_whole_takes_its_points_along(path):
    clip, before = read_clip(path).clip, parse(path.read_bytes()).points
    turn = Rotation.from_euler("yzx", [40, 10, -25], degrees=True).as_matrix()
    found = rewritten(replace(clip, poses=clip.poses @ turn.T + [100, 50, -300]), path)
    body, ball = slice(0, -1), -1
    wanted = before @ turn.T + [100, 50, -300]
    np.testing.assert_allclose(found[:, body], wanted[:, body], atol=0.01)
    np.testing.assert_array_equal(found[:, ball], before[:, ball])  # it is no part of the body


def test_a_bent_limb_takes_its_points_along_and_leaves_all_others(path):
    clip, before = read_clip(path).clip, parse(path.read_bytes()).points
    poses = clip.poses.copy()
    turn = Rotation.from_euler("x", 50, degrees=True).as_matrix()
    for lower in ("LKnee", "LAnkle"):
        poses[:, AT[lower]] = poses[:, AT["LHip"]] + (poses[:, AT[lower]] - poses[:, AT["LHip"]]) @ turn.T
    found = rewritten(replace(clip, poses=poses), path)
    leg = index("LKNE", "LKNM", "LTHI", "LANK", "LTOE")
    rest = np.setdiff1d(np.arange(len(ON_SKIN)), leg)
    np.testing.assert_array_equal(found[:, rest], before[:, rest])
    for name, joint in {"LKNE": "LKnee", "LTHI": "LHip", "LTOE": "LAnkle"}.items():
        (k,), j = index(name), AT[joint]
        old = np.linalg.norm(before[:, k] - clip.poses[:, j], axis=-1)
        np.testing.assert_allclose(np.linalg.norm(found[:, k] - poses[:, j], axis=-1), old, atol=1e-3)
    again = read_clip(path.with_name("again.c3d")).clip
    legs = [AT["LKnee"], AT["LAnkle"]]
    np.testing.assert_allclose(again.poses[:, legs], poses[:, legs], atol=1e-3)


def test_any_poses_come_back_where_joints_lie_between_their_points(path, rng):
    clip = read_clip(path).clip
    poses = clip.poses + rng.normal(0, 15, clip.poses.shape)
    poses[:, AT["Hip"]] = (poses[:, AT["LHip"]] + poses[:, AT["RHip"]]) / 2
    rewritten(replace(clip, poses=poses), path)
    again = read_clip(path.with_name("again.c3d")).clip
    apart = np.linalg.norm(again.poses - poses, axis=-1)
    hips = [AT["LHip"], AT["RHip"], AT["Hip"]]
    others = np.setdiff1d(np.flatnonzero(clip.observed.any(axis=0)), hips)
    print(
        f"at most {np.nanmax(apart[:, others]):.4f} mm, hips {np.nanmean(apart[:, hips]):.1f} mm on average"
    )
    assert np.nanmax(apart[:, others]) < 1e-3
    assert np.nanmean(apart[:, hips]) < 8  # from markers that keep the pelvis as wide as it was
    assert np.nanmax(apart[:, AT["Hip"]]) < 1e-3


def test_points_appear_where_the_pose_knows_better_and_only_there(path):
    clip, before = read_clip(path).clip, parse(path.read_bytes()).points
    knee, (outer, inner, shin) = AT["LKnee"], index("LKNE", "LKNM", "RTIB")
    assert not clip.observed[5:8, knee].any()
    poses = np.where(clip.observed[..., None], clip.poses, 0.0)
    poses[5:8, knee] = (poses[5:8, AT["LHip"]] + poses[5:8, AT["LAnkle"]]) / 2 + [0, 0, 10]
    found = rewritten(replace(clip, poses=poses, observed=np.ones_like(clip.observed)), path)
    np.testing.assert_allclose((found[5:8, outer] + found[5:8, inner]) / 2, poses[5:8, knee], atol=1e-3)
    assert np.isnan(found[6, shin]).all()
    apart = np.linalg.norm(found[5:8, outer] - found[5:8, inner], axis=-1)
    np.testing.assert_allclose(apart, np.linalg.norm(before[4, outer] - before[4, inner]), atol=1e-3)


def test_frames_are_cut_with_their_numbers_rate_and_channels(path):
    clip, file = read_clip(path).clip, parse(path.read_bytes())
    export_clip(clip[4:16:2], path.with_name("again.c3d"))
    content = path.with_name("again.c3d").read_bytes()
    again = parse(content)
    assert (again.fps, again.frames, len(content) % 512) == (50, 6, 0)
    np.testing.assert_array_equal(again.rows, file.rows[4:16:2])
    assert np.frombuffer(content, "<u2", 2, 6).tolist() == [35, 40]
    numbers = {name: said.of(content).tolist() for name, said in again.said.items() if said.count}
    assert numbers == {
        "POINT:RATE": [50], "POINT:SCALE": [-1], "POINT:FRAMES": [6], "ANALOG:RATE": [50],
        "TRIAL:ACTUAL_START_FIELD": [35, 0], "TRIAL:ACTUAL_END_FIELD": [40, 0],
    }  # fmt: skip


@pytest.mark.parametrize(("shift", "scale"), [(500, 0.1), (5000, None)])
def test_integers_keep_their_scale_while_it_fits(path, points, shift, scale):
    write_c3d(path, points, tuple(ON_SKIN), scale=0.1)
    clip, before = read_clip(path).clip, parse(path.read_bytes())
    found = rewritten(replace(clip, poses=clip.poses + [0, 0, shift]), path)
    content = path.with_name("again.c3d").read_bytes()
    told = parse(content)
    assert told.scale == pytest.approx(scale or found[..., 2].max() / 32767)
    assert told.said["POINT:SCALE"].of(content)[0] == np.float32(told.scale)
    np.testing.assert_allclose(found[:, :-1], before.points[:, :-1] + [0, 0, shift], atol=0.16)
    np.testing.assert_allclose(found[:, -1], before.points[:, -1], atol=0.16)


def test_the_other_person_of_a_file_stays(tmp_path, points):
    both = np.concatenate([points, points + [900, 0, 0]], axis=1)
    labels = tuple(f"{name}:{label}" for name in ("Ann", "Bob") for label in ON_SKIN)
    path = write_c3d(tmp_path / "a.c3d", both, labels)
    source = open_source(path)
    assert source.interpret(Corrections()).detected.people == 2
    second = source.interpret(Corrections(person=1)).clip
    found = rewritten(replace(second, poses=second.poses + [0, 30, 500]), path)
    before = parse(path.read_bytes()).points
    np.testing.assert_array_equal(found[:, : len(ON_SKIN)], before[:, : len(ON_SKIN)])
    body = slice(len(ON_SKIN), -1)
    np.testing.assert_allclose(found[:, body], before[:, body] + [0, 30, 500], atol=0.01)


def test_bones_that_are_not_known_turn_with_what_carries_them(rng):
    old = walk(rng)
    turn = Rotation.from_euler("yz", [70, 20], degrees=True).as_matrix()
    old[:, [AT["Spine"], AT["LKnee"]]] = np.nan
    np.testing.assert_allclose(turns(old, old @ turn.T), np.broadcast_to(turn, (20, 17, 3, 3)), atol=1e-9)


def test_what_the_format_cannot_count_is_refused(tmp_path, rng):
    with pytest.raises(FormatError, match="70,000 frames of 1 points are more than C3D has room for"):
        format_c3d(np.zeros((70_000, 1, 3)), ["a"], 100.0)
    poses = PoseExport(np.zeros((1, 1000, 17, 3), np.float32), np.zeros((1, 3)), "y-up")
    with pytest.raises(FormatError, match="17,000 points are more"):
        export(poses, tmp_path / "a.c3d")


def test_another_program_reads_what_is_written_and_writes_what_is_read(tmp_path, points, rng):
    ezc3d = pytest.importorskip("ezc3d")
    made = ezc3d.c3d()
    parameters, data = made["parameters"], made["data"]
    parameters["POINT"]["RATE"]["value"], parameters["POINT"]["LABELS"]["value"] = [100.0], list(ON_SKIN)
    parameters["ANALOG"]["RATE"]["value"], parameters["ANALOG"]["LABELS"]["value"] = [200.0], ["Fx", "Fy"]
    data["points"] = np.concatenate([points, np.ones((20, len(ON_SKIN), 1))], axis=-1).transpose(2, 1, 0)
    data["analogs"] = rng.normal(0, 100, (1, 2, 40))
    made.write(str(tmp_path / "a.c3d"))
    clip = read_clip(tmp_path / "a.c3d").clip
    moved = rewritten(replace(clip, poses=clip.poses + [0, 0, 40])[2:9], tmp_path / "a.c3d")
    found = ezc3d.c3d(str(tmp_path / "again.c3d"))
    np.testing.assert_allclose(found["data"]["points"][:3].transpose(2, 1, 0), moved, atol=1e-3)
    np.testing.assert_allclose(found["data"]["analogs"], made["data"]["analogs"][..., 4:18], rtol=1e-4)
    assert found["header"]["points"]["first_frame"] == 2
    export_clip(PoseClip(walk(rng), np.ones((20, 17)), "z-up", 25.0), tmp_path / "ours.c3d")
    ours, found = parse((tmp_path / "ours.c3d").read_bytes()), ezc3d.c3d(str(tmp_path / "ours.c3d"))
    np.testing.assert_array_equal(found["data"]["points"][:3].transpose(2, 1, 0), ours.points)
    assert found["parameters"]["POINT"]["LABELS"]["value"] == list(H36M17.names)
