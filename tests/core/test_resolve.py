"""A clip goes back into the BVH that it came from: changed joints are solved for, all else is as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gfpose_core.export.base import PoseExport, export, export_clip
from gfpose_core.export.rig import RIGS, rig
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import Corrections, open_source, read_clip
from gfpose_core.io.mocap.bvh import parse
from gfpose_core.io.mocap.bvh_writer import format_bvh, nearest_angles
from gfpose_core.io.mocap.rotations import frame, shortest_arc
from gfpose_core.skeleton import H36M17
from tests.samples import people

AT = {name: j for j, name in enumerate(H36M17.names)}


@pytest.fixture(params=["rig", "cmu_02_03_iclone.bvh", "cmu_10_03_daz.bvh"])
def path(request, tmp_path, rng) -> Path:
    """A BVH of Mixamo's make, and two captures."""
    if request.param != "rig":
        return request.getfixturevalue("shared") / "data/raw" / request.param
    motion = rig(people(rng, 8), RIGS["mixamo"]).motion(10.0, 25.0)
    motion.values[:] += rng.normal(0, 3, motion.values.shape)  # twist that joints do not show
    (tmp_path / "rig.bvh").write_text(format_bvh(motion))
    return tmp_path / "rig.bvh"


def rewritten(clip: PoseClip, path: Path) -> PoseClip:
    export_clip(clip, path)
    return read_clip(path).clip


def test_an_unchanged_clip_keeps_every_number(path, tmp_path):
    clip = read_clip(path).clip
    rewritten(clip, tmp_path / "again.bvh")
    one, other = parse(path.read_text()), parse((tmp_path / "again.bvh").read_text())
    assert (one.names, one.channels, one.frame_time) == (other.names, other.channels, other.frame_time)
    np.testing.assert_allclose(other.offsets, one.offsets, atol=1e-6)
    np.testing.assert_allclose(other.values, one.values, atol=1e-6)


def test_only_what_moved_is_solved_for_and_lands_where_it_should(path, tmp_path, rng):
    clip = read_clip(path).clip
    poses = clip.poses.copy()
    turns = Rotation.from_rotvec(rng.normal(0, 0.4, (len(poses), 3))).as_matrix()
    shin = poses[:, AT["LAnkle"]] - poses[:, AT["LKnee"]]
    thigh = np.einsum("tij,tj->ti", turns, poses[:, AT["LKnee"]] - poses[:, AT["LHip"]])
    poses[:, AT["LKnee"]] = poses[:, AT["LHip"]] + thigh
    poses[:, AT["LAnkle"]] = poses[:, AT["LKnee"]] + np.einsum("tij,tj->ti", turns, shin)
    found = rewritten(replace(clip, poses=poses), tmp_path / "again.bvh")
    assert np.linalg.norm(found.poses - poses, axis=-1).max() < 0.01
    old, new = parse(path.read_text()), parse((tmp_path / "again.bvh").read_text())
    changed = (np.abs(old.values - new.values) > 1e-5).any(axis=0)
    owners = [old.names[j] for j in range(len(old.names)) for _ in old.channels[j]]
    hip, knee = (clip.source.joints[name] for name in ("LHip", "LKnee"))
    assert {owners[i] for i in np.flatnonzero(changed)} <= {old.names[hip], old.names[knee]}


def test_a_body_moved_as_a_whole_keeps_its_angles(path, tmp_path):
    clip = read_clip(path).clip
    turn = Rotation.from_euler("yz", [40, 10], degrees=True).as_matrix()
    poses = clip.poses @ turn.T + [100, 50, -300]
    found = rewritten(replace(clip, poses=poses), tmp_path / "again.bvh")
    assert np.linalg.norm(found.poses - poses, axis=-1).max() < 0.05
    old, new = parse(path.read_text()), parse((tmp_path / "again.bvh").read_text())
    changed = (np.abs(old.values - new.values) > 1e-3).any(axis=0)
    assert changed.sum() <= 6


def test_another_pose_is_reached_as_far_as_the_bones_allow(path, tmp_path):
    clip = read_clip(path).clip
    other = clip.poses[::-1]
    found = rewritten(replace(clip, poses=other.copy()), tmp_path / "again.bvh")
    limbs = [AT[s + joint] for s in "LR" for joint in ("Hip", "Knee", "Ankle", "Elbow", "Wrist")]
    apart = np.linalg.norm(found.poses - other, axis=-1)[:, limbs]
    print(f"{path.name}: {apart.mean():.2f} mm, at most {apart.max():.2f} mm")
    assert apart.mean() < 12  # collars reach no further than they are long


def test_joints_that_are_not_observed_stay_as_the_file_has_them(path, tmp_path):
    clip = read_clip(path).clip
    observed = clip.observed.copy()
    observed[:, [AT["LKnee"], AT["LAnkle"]]] = False
    source = clip.source
    gone = np.where(observed[..., None], clip.poses, np.nan)
    np.testing.assert_array_equal(source.resolved(gone, clip.frames, clip.fps).values, source.motion.values)


def test_the_second_person_of_a_file_is_written_back_beside_the_first(tmp_path, rng):
    both = np.stack([people(rng, 4), people(rng, 4) + [800, 0, 0]], axis=1)
    export(PoseExport(both.astype(np.float32), np.zeros((4, 3)), "y-up"), tmp_path / "two.bvh")
    second = read_clip(tmp_path / "two.bvh", Corrections(person=1)).clip
    moved = second.poses + [0, 30, 500]
    export_clip(replace(second, poses=moved), tmp_path / "again.bvh")
    first, again = (read_clip(tmp_path / "again.bvh", Corrections(person=p)).clip.poses for p in (0, 1))
    np.testing.assert_allclose(again, moved, atol=0.01)
    np.testing.assert_allclose(first, read_clip(tmp_path / "two.bvh").clip.poses, atol=0.01)


def test_frames_are_cut_and_the_rate_follows(path, tmp_path):
    clip = read_clip(path).clip
    some = clip[1:8:2]
    found = rewritten(some, tmp_path / "again.bvh")
    assert found.fps == pytest.approx(clip.fps / 2, rel=1e-6)
    np.testing.assert_allclose(found.poses, some.poses, atol=0.01)


def test_corrections_are_undone_on_the_way_back(path, tmp_path):
    clip = open_source(path).interpret(Corrections(facing="x", units="inches")).clip
    rewritten(clip, tmp_path / "again.bvh")
    np.testing.assert_allclose(
        parse((tmp_path / "again.bvh").read_text()).values, parse(path.read_text()).values, atol=1e-5
    )


@given(st.integers(0, 2**32 - 1))
def test_the_shortest_arc_gets_there_and_turns_no_more_than_it_must(seed):
    rng = np.random.default_rng(seed)
    start, end = rng.normal(size=(2, 6, 3))
    end[0], end[1], end[2] = start[0] * 3, -start[1], -start[2] + 1e-9
    turn = shortest_arc(start, end)
    unit = lambda v: v / np.linalg.norm(v, axis=-1, keepdims=True)  # noqa: E731
    np.testing.assert_allclose(np.einsum("tij,tj->ti", turn, unit(start)), unit(end), atol=2e-6)
    np.testing.assert_allclose(turn @ turn.swapaxes(-1, -2), np.tile(np.eye(3), (6, 1, 1)), atol=1e-9)
    angle = np.arccos(np.clip((unit(start) * unit(end)).sum(-1), -1, 1))
    np.testing.assert_allclose(Rotation.from_matrix(turn).magnitude(), angle, atol=2e-6)
    axes = frame(start, end)
    np.testing.assert_allclose(np.linalg.det(axes), 1, atol=1e-9)


@given(st.permutations("XYZ"), st.integers(0, 99))
def test_the_nearest_angles_mean_the_same_turn(order, seed):
    rng = np.random.default_rng(seed)
    like = rng.uniform(-700, 700, (5, 3))
    turn = Rotation.from_euler("".join(order), like, degrees=True)
    found = nearest_angles(turn.as_euler("".join(order), degrees=True), like)
    assert (Rotation.from_euler("".join(order), found, degrees=True) * turn.inv()).magnitude().max() < 1e-6
    assert np.abs(found - like).max() < 1e-6 or np.abs(np.abs(like[:, 1] % 180 - 90)).max() < 1e-3
