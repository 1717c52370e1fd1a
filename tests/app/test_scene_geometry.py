"""The stage's meshes and the frame they come from; no window, no OpenGL."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.looks.theme import DARK
from app.scene import geometry, meshes
from app.scene.content import CHILDREN, PARENTS, Content
from app.scene.frame import FIXED_3D, SEEN_2D, StageFrame
from app.scene.world import SOLE, STANDING, Floor, to_camera, to_world

WHITE = np.full((1, 4), 255, np.uint8)
POINT = hnp.arrays(np.float32, 3, elements=st.floats(-2, 2, width=32))


@pytest.fixture
def poses():
    return np.random.default_rng(7).normal(0, 400, (5, 17, 3)).astype(np.float32)


def facing_outwards(mesh, centre):
    """Share of the triangles whose winding and normals both point away from a centre line or point."""
    a, b, c = mesh.positions[mesh.faces].transpose(1, 0, 2)
    wound = np.cross(b - a, c - a)
    area = np.linalg.norm(wound, axis=1)
    normal = mesh.normals[mesh.faces].mean(1)
    outside = (a + b + c) / 3 - centre
    good = (np.einsum("ij,ij->i", wound, normal) > 0) & (np.einsum("ij,ij->i", wound, outside) > -1e-9)
    return good[area > 1e-12].mean()


@given(POINT, POINT)
@settings(max_examples=50, deadline=None)
def test_tube_runs_from_joint_to_joint(start, end):
    if np.linalg.norm(end - start) < 1e-3:
        return
    mesh = geometry.tubes(start[None], end[None], 0.02, WHITE, geometry.PRISM, 6)
    first, last = mesh.positions.reshape(2, 6, 3)
    np.testing.assert_allclose(first.mean(0), start, atol=1e-5)
    np.testing.assert_allclose(last.mean(0), end, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(first - start, axis=1), 0.02 * 0.9, atol=1e-5)
    axis = (end - start) / np.linalg.norm(end - start)
    np.testing.assert_allclose((first - start) @ axis, 0, atol=1e-5)


@pytest.mark.parametrize("profile", ["PRISM", "BONE", "BEAM", "CONE", "ELLIPSOID"])
def test_tubes_face_outwards(profile):
    start, end = np.float32([[0.1, 0.2, 0.3]]), np.float32([[0.6, -0.2, 0.9]])
    mesh = geometry.tubes(start, end, 0.05, WHITE, getattr(geometry, profile), 9)
    assert facing_outwards(mesh, (start + end) / 2) == 1.0


@pytest.mark.parametrize("level", [0, 1, 2])
def test_spheres_are_round_closed_and_face_outwards(level):
    centre = np.float32([[1, 2, 3]])
    mesh = geometry.spheres(centre, 0.1, WHITE, level)
    assert len(mesh.positions) == 4 ** (level + 1) + 2
    assert len(mesh.faces) == 8 * 4**level
    np.testing.assert_allclose(np.linalg.norm(mesh.positions - centre, axis=1), 0.1, rtol=1e-5)
    assert facing_outwards(mesh, centre) == 1.0


def test_a_bone_of_no_length_is_finite():
    mesh = geometry.tubes(np.zeros((2, 3)), np.zeros((2, 3)), 0.02, np.tile(WHITE, (2, 1)))
    assert np.isfinite(mesh.positions).all()
    assert np.isfinite(mesh.normals).all()
    assert (np.linalg.norm(mesh.normals, axis=1) > 0.5).all()


def test_many_tubes_are_each_alone():
    rng = np.random.default_rng(0)
    starts, ends = rng.normal(size=(2, 7, 3)).astype(np.float32)
    colours = rng.integers(0, 255, (7, 4), np.uint8)
    radii = np.linspace(0.01, 0.07, 7)
    together = geometry.tubes(starts, ends, radii, colours, geometry.BONE, 5)
    for i in range(7):
        alone = geometry.tubes(starts[[i]], ends[[i]], radii[i], colours[[i]], geometry.BONE, 5)
        np.testing.assert_allclose(together.positions[i::7], alone.positions, atol=1e-5)
        np.testing.assert_array_equal(together.colours[i::7], alone.colours)
        np.testing.assert_array_equal(together.faces[i::7], alone.faces * 7 + i)


def test_colours_may_differ_from_ring_to_ring():
    tint = np.zeros((3, 2, 4), np.uint8)
    tint[1] = 9
    mesh = geometry.tubes(np.zeros((2, 3)), np.ones((2, 3)), 0.01, tint, geometry.BEAM, 4)
    np.testing.assert_array_equal(mesh.colours.reshape(3, 8, 4).any(-1).all(1), [False, True, False])


def test_topology_is_made_once_for_a_number_of_hypotheses(poses):
    colours = meshes.rgba_by_bone(DARK.scene)
    first, second = (meshes.skeletons(to_world(p), colours, 0.01) for p in (poses, -poses))
    assert first.faces is second.faces
    assert len(first.faces) == 16 * 5 * 4 * 8 * 2


@pytest.mark.parametrize("count", [0, 1, 2, 12, 13, 70, 200])
def test_content_of_any_size_makes_finite_meshes(count):
    rng = np.random.default_rng(count)
    pose, levels = rng.normal(0, 300, (17, 3)), np.zeros(17, int)
    levels[[1, 2, 3]], levels[4] = FIXED_3D, SEEN_2D
    frame = StageFrame(
        rng.normal(0, 300, (count, 17, 3)), noisy=rng.normal(0, 300, (count, 17, 3)), levels=levels,
        evidence=pose, score=pose, ground_truth=pose, focus=count - 1 if count > 20 else None,
    )  # fmt: skip
    content = Content.of(frame)
    for mesh in (meshes.solids(content, DARK.scene), meshes.ghosts(content, DARK.scene)):
        assert len(mesh.positions) == len(mesh.normals) == len(mesh.colours)
        assert np.isfinite(mesh.positions).all()
        assert np.isfinite(mesh.normals).all()
        assert mesh.faces.max() < len(mesh.positions)
        dtypes = mesh.positions.dtype, mesh.normals.dtype, mesh.colours.dtype, mesh.faces.dtype
        assert dtypes == (np.float32, np.float32, np.uint8, np.uint32)


def test_an_empty_stage_has_empty_meshes():
    content = Content.of(StageFrame())
    assert meshes.solids(content, DARK.scene) is geometry.EMPTY
    assert meshes.ghosts(content, DARK.scene) is geometry.EMPTY
    assert len(content.markers().joints) == 0


def test_hypotheses_are_solid_when_few_and_seen_through_when_many_or_behind_one_in_focus(poses):
    few, focused = Content.of(StageFrame(poses)), Content.of(StageFrame(poses, focus=2))
    assert meshes.ghosts(few, DARK.scene) is geometry.EMPTY
    assert (meshes.solids(few, DARK.scene).colours[:, 3] == 255).all()
    assert (meshes.ghosts(focused, DARK.scene).colours[:, 3] < 255).all()


def test_left_is_warm_and_right_is_cool():
    left, right = (np.array([*bytes.fromhex(c[1:])], int) for c in (DARK.scene.left, DARK.scene.right))
    assert left[0] > left[2]
    assert right[2] > right[0]


def test_world_and_camera_axes_are_inverse(poses):
    np.testing.assert_allclose(to_camera(to_world(poses)), poses, rtol=1e-5)
    np.testing.assert_allclose(to_world(np.array([1000, 2000, 3000])), [1, 3, -2])


def test_evidence_is_shown_where_it_was_given_and_the_rest_on_the_figure(poses):
    levels = np.zeros(17, int)
    levels[3] = FIXED_3D
    evidence = np.full((17, 3), np.nan)
    evidence[3] = 7
    at, shown = Content.of(StageFrame(poses, focus=1, levels=levels, evidence=evidence)).joint_positions()
    assert shown.all()
    np.testing.assert_allclose(at[3], to_world(np.full(3, 7)))
    np.testing.assert_allclose(at[4], to_world(poses[1, 4]))


def test_known_bones_and_rays():
    levels = np.zeros(17, int)
    levels[[1, 2, 3]], levels[11] = FIXED_3D, SEEN_2D
    content = Content.of(StageFrame(levels=levels, evidence=np.ones((17, 3))))
    assert len(content.known_bones) == 2
    (ray,) = content.rays
    assert np.ptp(ray[:, 1]) > 0
    assert np.ptp(ray[:, [0, 2]], axis=0).max() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"poses": np.zeros((17, 3))},
        {"poses": np.full((1, 17, 3), np.nan)},
        {"poses": np.zeros((1, 16, 3))},
        {"noisy": np.full((1, 17, 3), np.inf)},
        {"score": np.zeros((16, 3))},
        {"ground_truth": np.full((17, 3), np.nan)},
        {"levels": np.full(17, 3)},
        {"levels": np.ones(17, int), "evidence": np.full((17, 3), np.nan)},
        {"focus": 0},
        {"selected": {17}},
    ],
)
def test_a_broken_frame_is_refused_before_it_reaches_a_renderer(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)) if "evidence" not in wrong else "evidence"):
        StageFrame(**wrong)


def test_floor_meets_the_first_pose_and_then_keeps_calm(poses):
    floor, pose = Floor(), np.zeros((1, 17, 3))
    assert floor.height == -STANDING
    pose[0, 3, 2] = -0.8
    floor.aim(pose)
    assert floor.height == pytest.approx(-0.8 - SOLE)
    pose[0, 3, 2] = -0.82
    floor.aim(pose)
    assert floor.settled
    pose[0, 3, 2] = -0.4
    floor.aim(pose)
    heights = [floor.height]
    while not floor.settled:
        floor.advance(0.016)
        heights.append(floor.height)
    assert heights[-1] == pytest.approx(-0.4 - SOLE)
    assert (np.diff(heights) > 0).all()
    assert len(heights) > 10


def test_bones_join_parents_to_children():
    assert list(zip(PARENTS, CHILDREN))[:3] == [(0, 1), (1, 2), (2, 3)]
