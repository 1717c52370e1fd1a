"""Keypoints in, places out: closed forms and invariants of every edit on an image."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.document import ORIGIN, Document
from app.documents.document_json import from_json, to_json
from app.documents.image_edits import (
    Keypoints,
    clear,
    depth_follows,
    place,
    root_depth,
    swap_sides,
    with_camera,
    with_depth,
    with_keypoints,
    with_photo,
    without_photo,
)
from app.documents.photo import STANDING_MM, Photo, blank, pixels
from app.documents.presets import PRESETS
from app.viewmodels.asking import document_of, request_for, same_request
from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17
from tests.app.fakes import STANDING, FakeBackend
from tests.app.test_engine import Bench

seeds = st.integers(0, 2**32 - 1)
PRIOR = FakeBackend().describe(FakeBackend().prior, None, "cpu")


def a_camera(rng: np.random.Generator) -> Camera:
    fx, fy, cx, cy = rng.uniform([500, 500, 300, 200], [2000, 2000, 700, 500])
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]]), (1000, 700))


def a_document(rng: np.random.Generator, levels=None, guessed: bool = False) -> Document:
    """Somebody before a camera, off its axis; by default every joint is seen in 2D."""
    levels = np.full(17, SEEN_2D) if levels is None else levels
    pose = STANDING + rng.normal(0, 40, (17, 3))
    origin = rng.uniform([-800, -500, 3000], [800, 500, 6000])
    photo = Photo(a_camera(rng), "photo.png", guessed=False, depth_guessed=guessed)
    return Document(pose=pose - pose[0], levels=levels, origin=origin, photo=photo)


def places(document: Document) -> np.ndarray:
    return document.pose + document.origin


def literal_pixels(K: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.array([[K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]] for x, y, z in points])


@given(seeds)
def test_keypoints_are_the_pinhole_projections_of_the_places(seed):
    document = a_document(np.random.default_rng(seed))
    expected = literal_pixels(document.camera.K, places(document))
    np.testing.assert_allclose(document.keypoints, expected, atol=1e-6)


def test_a_joint_behind_the_camera_has_no_pixel():
    camera = Camera.guess(100, 100)
    seen = pixels(camera, np.array([[0, 0, 1.0], [0, 0, 0], [5, 5, -2]]))
    np.testing.assert_array_equal(np.isnan(seen).any(axis=1), [False, True, True])
    np.testing.assert_allclose(seen[0], [50, 50])


@given(seeds, st.booleans())
def test_a_joint_is_seen_where_it_was_put_and_no_other_moved(seed, guessed):
    rng = np.random.default_rng(seed)
    before = a_document(rng, guessed=guessed)
    joint, at = int(rng.integers(17)), rng.uniform(0, 700, 2)
    after = place(before, [joint], at[None])
    np.testing.assert_allclose(after.keypoints[joint], at, atol=1e-6)
    rest = np.delete(np.arange(17), joint)
    np.testing.assert_allclose(after.keypoints[rest], before.keypoints[rest], atol=1e-6)
    assert (after.levels == SEEN_2D).all()
    np.testing.assert_allclose(after.pose[0], 0, atol=1e-9)


@given(seeds)
def test_a_fixed_joint_that_is_dragged_on_the_image_stays_as_deep_and_fixed(seed):
    rng = np.random.default_rng(seed)
    before = a_document(rng, np.where(rng.random(17) < 0.5, FIXED_3D, SEEN_2D))
    joint = int(rng.integers(17))
    after = place(before, [joint], rng.uniform(0, 700, (1, 2)))
    assert after.levels[joint] == before.levels[joint]
    np.testing.assert_allclose(places(after)[joint, 2], places(before)[joint, 2])
    rest = np.delete(np.arange(17), joint)
    np.testing.assert_allclose(places(after)[rest], places(before)[rest], atol=1e-6)


@given(seeds)
def test_evidence_is_what_a_file_of_the_keypoints_would_be(seed):
    """The document's condition, which knows places, is that of `gfpose lift`, which knows pixels."""
    rng = np.random.default_rng(seed)
    visible = rng.random(17) < 0.7
    visible[[1, 2]] = True
    true = a_document(rng)
    given = Keypoints(true.keypoints, visible, camera=true.camera, root_depth=4321.0)
    ours = with_keypoints(Document(), given).condition()
    seen = np.where(visible, 1.0, np.nan)[None, :, None] * true.keypoints[None]
    theirs = Condition.from_keypoints(seen, true.camera, np.array([4321.0]), visible[None])
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-3)
    np.testing.assert_array_equal(ours.observed, theirs.observed)
    np.testing.assert_allclose(ours.view.depth, theirs.view.depth)
    np.testing.assert_allclose(ours.view.rotation, theirs.view.rotation, atol=1e-9)
    np.testing.assert_allclose(ours.origin, theirs.origin, atol=1e-6)


@given(seeds)
def test_another_camera_leaves_the_pixels_of_what_is_seen_and_the_places_of_what_is_fixed(seed):
    rng = np.random.default_rng(seed)
    before = a_document(rng, rng.choice([SEEN_2D, FIXED_3D], 17))
    after = with_camera(before, a_camera(rng))
    seen = before.levels == SEEN_2D
    np.testing.assert_allclose(after.keypoints[seen], before.keypoints[seen], atol=1e-6)
    np.testing.assert_allclose(places(after)[~seen], places(before)[~seen], atol=1e-6)


@given(seeds, st.floats(1000, 9000))
def test_another_depth_leaves_pixels_and_the_shape_of_what_is_fixed(seed, depth):
    rng = np.random.default_rng(seed)
    before = a_document(rng, rng.choice([SEEN_2D, FIXED_3D], 17))
    after = with_depth(before, depth)
    assert root_depth(after) == pytest.approx(depth)
    fixed = before.levels == FIXED_3D
    np.testing.assert_allclose(after.keypoints[~fixed], before.keypoints[~fixed], atol=1e-6)
    np.testing.assert_allclose(after.pose[fixed], (before.pose - before.pose[0])[fixed], atol=1e-6)


@given(seeds, st.floats(1500, 9000))
def test_a_guessed_depth_is_right_for_somebody_of_usual_length_seen_from_the_front(seed, depth):
    """A flat figure with the average skeleton's bones: each of them tells its true depth."""
    rng = np.random.default_rng(seed)
    flat = np.zeros((17, 3))
    for (parent, child), length in zip(H36M17.bones, HUMAN_BONES_MM, strict=True):
        along = STANDING[child, :2] - STANDING[parent, :2]
        flat[child, :2] = flat[parent, :2] + along / np.linalg.norm(along) * length
    camera = a_camera(rng)
    seen = literal_pixels(camera.K, flat + [300, -200, depth])
    document = with_keypoints(Document(), Keypoints(seen, np.ones(17, bool), camera=camera))
    assert depth_follows(document)
    assert root_depth(document) == pytest.approx(depth, rel=1e-6)
    np.testing.assert_allclose(document.pose, flat, atol=1e-6)
    fixed = with_depth(document, 1234.0)
    assert not depth_follows(fixed)
    assert root_depth(with_depth(fixed, None)) == pytest.approx(depth, rel=1e-6)


@given(seeds)
def test_swapped_sides_are_swapped_back(seed):
    rng = np.random.default_rng(seed)
    before = a_document(rng, rng.choice([FREE, SEEN_2D, FIXED_3D], 17))
    once = swap_sides(before)
    left, right = H36M17.names.index("LKnee"), H36M17.names.index("RKnee")
    np.testing.assert_allclose(once.keypoints[left], before.keypoints[right])
    assert once.levels[left] == before.levels[right]
    twice = swap_sides(once)
    np.testing.assert_array_equal(twice.pose, before.pose)
    np.testing.assert_array_equal(twice.levels, before.levels)
    np.testing.assert_allclose(once.bones, H36M17.bone_lengths(once.pose))


def test_an_image_measures_no_bone():
    lifted = PRESETS["lift"].apply(with_photo(Document(), blank()), STANDING)
    knee, bones = H36M17.names.index("LKnee"), np.asarray(H36M17.bones)
    np.testing.assert_array_equal(place(lifted, [knee], np.array([[500, 700.0]])).bones, lifted.bones)
    hidden = lifted.with_levels(np.where(np.arange(17) == knee, FREE, SEEN_2D), None)
    again = place(hidden, [knee], np.array([[500, 700.0]]))
    np.testing.assert_array_equal(again.bones == 0, (bones == knee).any(axis=1))
    drawn = place(with_photo(Document(), blank()), [0, 4], np.array([[500, 500], [540, 500.0]]))
    assert not drawn.bones.any()


def test_on_a_blank_canvas_a_pose_is_where_the_virtual_camera_sees_it():
    after = PRESETS["lift"].apply(with_photo(Document(), blank()), STANDING)
    np.testing.assert_array_equal(after.origin, ORIGIN[0])
    np.testing.assert_allclose(after.keypoints[0], [500, 500])
    tall = literal_pixels(after.camera.K, ORIGIN + [[0, -STANDING_MM / 2, 0], [0, STANDING_MM / 2, 0]])
    np.testing.assert_allclose(tall[1, 1] - tall[0, 1], 800)
    assert same_request(after, without_photo(after))


def test_a_first_photo_starts_anew_and_a_second_one_keeps_the_keypoints():
    photo = Photo(Camera.guess(800, 600), "a.png")
    fresh = with_photo(PRESETS["lift"].apply(Document(), STANDING), photo)
    assert (fresh.task, fresh.pose) == ("generate", None)
    drawn = place(fresh, [0, 3, 6], np.array([[400, 300], [380, 400], [420, 400.0]]))
    other = with_photo(drawn, Photo(Camera.guess(1600, 1200), "b.png"))
    np.testing.assert_allclose(other.keypoints[[0, 3, 6]], drawn.keypoints[[0, 3, 6]], atol=1e-6)
    assert (other.photo.picture, other.camera.K[0, 0]) == ("b.png", 1.2 * 1600)


def test_told_intrinsics_survive_another_picture_behind_them():
    document = with_photo(a_document(np.random.default_rng(1)), Photo(Camera.guess(1000, 700), "b.png"))
    assert not document.photo.guessed
    np.testing.assert_array_equal(document.camera.K, a_document(np.random.default_rng(1)).camera.K)


def test_the_first_joint_is_placed_as_far_away_as_people_in_pictures_are():
    fresh = with_photo(Document(), Photo(Camera.guess(800, 600), "a.png"))
    one = place(fresh, [3], np.array([[123.0, 456.0]]))
    assert (one.levels == SEEN_2D).sum() == 1
    np.testing.assert_allclose(one.keypoints[3], [123, 456])
    assert root_depth(one) == pytest.approx(1.2 * 800 * STANDING_MM / (0.8 * 600))
    assert one.condition().levels.sum() == SEEN_2D


def test_clearing_leaves_the_image_and_no_joint():
    cleared = clear(a_document(np.random.default_rng(0)))
    assert (cleared.task, cleared.pose, cleared.photo.picture) == ("generate", None, "photo.png")


def test_confidence_follows_the_joints_and_a_hand_is_sure():
    confidence = np.linspace(0, 1, 17)
    true = a_document(np.random.default_rng(3))
    document = with_keypoints(Document(), Keypoints(true.keypoints, np.ones(17, bool), confidence))
    swapped = swap_sides(document)
    np.testing.assert_array_equal(swapped.confidence, confidence[list(H36M17.mirror)])
    assert place(document, [2], np.zeros((1, 2))).confidence[2] == 1.0


def test_confidence_reaches_the_condition_and_what_a_person_says_is_certain():
    true = a_document(np.random.default_rng(3))
    given = Keypoints(true.keypoints, np.arange(17) != 5, np.full(17, 0.25), true.camera)
    document = with_keypoints(Document(), given)
    np.testing.assert_array_equal(document.condition().confidence[0], np.where(np.arange(17) == 5, 0, 0.25))
    known = document.with_levels(np.full(17, SEEN_2D), document.pose)
    assert known.confidence[5] == 1.0
    with pytest.raises(ValueError, match="confidence"):
        replace(document, confidence=np.full(17, 1.5))


def test_keypoints_of_nobody_are_refused_and_unseen_numbers_are_not_looked_at():
    seen = np.full((17, 2), np.nan)
    with pytest.raises(ConditionError, match="no joint is visible"):
        with_keypoints(Document(), Keypoints(seen, np.ones(17, bool)))
    seen[[0, 1]] = [[10, 20], [30, 40]]
    document = with_keypoints(Document(), Keypoints(seen, np.ones(17, bool)))
    np.testing.assert_array_equal(np.flatnonzero(document.levels), [0, 1])
    assert document.camera.size == (30, 40)


def test_a_photo_comes_back_from_json_and_older_documents_have_none():
    document = replace(a_document(np.random.default_rng(4)), seed=3)
    document = replace(document, confidence=np.linspace(0, 1, 17))
    back = from_json(to_json(document))
    assert to_json(back) == to_json(document)
    assert isinstance(back.photo.camera, Camera)
    np.testing.assert_array_equal(back.keypoints, document.keypoints)
    old = {name: value for name, value in to_json(document).items() if name not in ("photo", "origin")}
    assert from_json(old).photo is None
    np.testing.assert_array_equal(from_json(old).origin, ORIGIN[0])


@pytest.mark.parametrize(
    "camera", [{}, {"K": [[1, 2], [3, 4]]}, {"K": np.eye(3).tolist(), "size": ["a", 1]}, None]
)
def test_a_damaged_photo_is_refused_as_any_damaged_document(camera):
    with pytest.raises(ValueError, match=r"Camera|stands where"):
        from_json({"photo": {"camera": camera}})


def test_a_recording_brings_its_camera_and_its_place_back():
    document = replace(a_document(np.random.default_rng(5)), hypotheses=2)
    (finished,) = Bench().run(request_for(document, PRIOR, animate=False))
    back = document_of(finished.recording, Document(), FakeBackend().ready().samplers)
    np.testing.assert_allclose(back.keypoints, document.keypoints, atol=1e-2)
    np.testing.assert_array_equal(back.camera.K, document.camera.K)
    assert (back.photo.guessed, back.photo.picture) == (False, None)


def test_what_did_not_change_stays_the_same_array():
    document = a_document(np.random.default_rng(6))
    after = replace(document, seed_locked=True)
    assert after.pose is document.pose
    assert after.levels is document.levels
    assert same_request(document, after)
