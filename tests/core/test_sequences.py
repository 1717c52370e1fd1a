"""Clips lifted, completed and denoised, against the same frames one at a time."""

from dataclasses import replace

import numpy as np
import pytest

from gfpose_core import catalog
from gfpose_core.calibration import medoid
from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.registry import SAMPLERS, load
from gfpose_core.sampling import sample
from gfpose_core.sequences import complete, denoise, lift, noise_of
from gfpose_core.skeleton import H36M17
from tests.keypoint_files import CAMERA, SIZE, walk
from tests.samples import people, tiny_checkpoint


@pytest.fixture(scope="module")
def prior(tmp_path_factory):
    return catalog.load(tiny_checkpoint(tmp_path_factory.mktemp("prior")))


@pytest.fixture
def sampler():
    return load(SAMPLERS, "dpm-solver")(steps=4)


@pytest.fixture
def clip(rng):
    return PoseClip(people(rng, 5) + [300, 0, 100], np.ones((5, 17), bool), "y-up", 30.0)


def test_lifted_poses_project_to_the_keypoints(prior, sampler, rng):
    seen = rng.random((5, 17)) < 0.8
    seen[2] = False
    clip = KeypointClip(walk(rng), seen, image_size=SIZE, fps=25.0)
    lifted = lift(prior, clip, sampler)
    assert (lifted.axes, lifted.fps) == ("camera", 25.0)
    assert lifted.observed.all()
    frames = [0, 1, 3, 4]
    held = lift(prior, clip, sampler, evidence="both").poses[frames]
    known = seen[frames]
    np.testing.assert_allclose(CAMERA.project(held)[known], clip.keypoints[frames][known], atol=0.5)
    nobody = KeypointClip(walk(rng), np.eye(5, 17, dtype=bool), image_size=SIZE)
    with pytest.raises(ConditionError, match="no frame shows two joined joints"):
        lift(prior, nobody, sampler)


def test_the_camera_is_the_files_or_one_for_its_image_or_for_what_there_is(rng):
    clip = KeypointClip(walk(rng), np.ones((5, 17), bool), image_size=SIZE)
    np.testing.assert_array_equal(clip.camera.K, CAMERA.K)
    np.testing.assert_array_equal(replace(clip, camera_K=CAMERA.K * 1.0).camera.K, CAMERA.K)
    x, y = clip.keypoints.max(axis=(0, 1))
    assert replace(clip, image_size=None).camera.size == (np.ceil(x), np.ceil(y))


def test_completing_keeps_what_is_known_and_fills_in_the_rest(prior, sampler, clip):
    observed = clip.observed.copy()
    observed[:, list(H36M17.parts["left leg"])] = False
    observed[3, 0] = False  # the hip
    observed[4] = False
    partial = PoseClip(clip.poses, observed, clip.axes, clip.fps, np.isin(np.arange(17), (0, 4)))
    whole = complete(prior, partial, sampler, seed=3)
    assert np.flatnonzero(whole.derived).tolist() == [0]  # the leg is the prior's, no stand-in any more
    np.testing.assert_array_equal(whole.poses[observed], clip.poses[observed])
    assert whole.observed.all()
    points = to_camera_axes(clip.poses[:1], "y-up")  # the first frame by hand
    levels = np.where(observed[:1], FIXED_3D, FREE)
    condition = Condition.from_camera(points - points[:, :1] + [0, 0, 5000], levels)
    by_hand = sample(prior, condition, 1, sampler, 3, shared_noise=True)[:, 0] + points[:, :1]
    np.testing.assert_allclose(whole.poses[:1], from_camera_axes(by_hand, "y-up"), atol=0.1)


def test_denoised_poses_stay_where_they_are_and_move_little(prior, clip):
    mean = load(SAMPLERS, "posterior-mean")()
    cleaned = denoise(prior, clip, mean, noise_mm=20.0)
    condition = Condition.denoise(to_camera_axes(clip.poses, "y-up"), prior.time_of_noise(20.0))
    by_hand = from_camera_axes(sample(prior, condition, 1, mean, 0)[:, 0], "y-up")
    np.testing.assert_allclose(cleaned.poses, by_hand, atol=1e-3)
    assert (cleaned.fps, cleaned.axes) == (clip.fps, clip.axes)
    for noise in (0.0, np.inf, np.nan):
        with pytest.raises(ConditionError, match="positive"):
            denoise(prior, clip, mean, noise)
    observed = clip.observed.copy()
    observed[1, 4] = False
    with pytest.raises(ConditionError, match="complete the clip first"):
        denoise(prior, PoseClip(clip.poses, observed), mean, 20.0)


def test_of_several_hypotheses_the_medoid_is_taken(prior, sampler, clip):
    observed = np.tile(np.arange(17) < 11, (5, 1))
    partial = PoseClip(clip.poses, observed, clip.axes)
    chosen = complete(prior, partial, sampler, seed=1, hypotheses=7, shared_noise=False)
    points = to_camera_axes(clip.poses, "y-up")
    levels = np.where(observed, FIXED_3D, FREE)
    condition = Condition.from_camera(points - points[:, :1] + [0, 0, 5000], levels)
    singles = sample(prior, condition, 7, sampler, 1)
    by_hand = from_camera_axes(medoid(singles) + points[:, :1], "y-up")
    np.testing.assert_allclose(chosen.poses, by_hand, atol=0.1)


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_however_few_frames_are_taken_at_a_time_they_come_out_alike(prior, sampler, clip, rows):
    heard = []
    whole = denoise(prior, clip, sampler, 50.0, shared_noise=True)
    pieces = denoise(prior, clip, sampler, 50.0, shared_noise=True, rows=rows, progress=heard.append)
    np.testing.assert_allclose(pieces.poses, whole.poses, atol=0.1)
    assert len(heard) == len(set(heard)) == 5 * -(-len(clip) // rows)


def test_progress_is_heard_and_may_end_it(prior, sampler, clip):
    heard = []
    complete(prior, clip, sampler, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0

    class Enough(Exception):
        pass

    def stop(share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        complete(prior, clip, sampler, progress=stop)


def test_frames_that_show_nobody_are_bridged_from_those_around_them(prior, sampler, clip, rng):
    keypoints = walk(rng)
    seen = np.ones((5, 17), bool)
    seen[[0, 2]] = False
    lifted = lift(prior, KeypointClip(keypoints, seen, image_size=SIZE), sampler, evidence="both")
    middle = (keypoints[1] + keypoints[3]) / 2
    np.testing.assert_allclose(CAMERA.project(lifted.poses[[2]])[0], middle, atol=0.5)
    np.testing.assert_allclose(lifted.poses[0], lifted.poses[1], atol=0.1)
    known = clip.observed.copy()
    known[:, [5, 6]] = known[[2, 4]] = False
    whole = complete(prior, PoseClip(clip.poses, known), sampler)
    assert whole.observed.all()
    np.testing.assert_allclose(whole.poses[2, 0], (clip.poses[1, 0] + clip.poses[3, 0]) / 2, atol=1e-6)
    np.testing.assert_allclose(whole.poses[4], whole.poses[3], atol=0.1)


@pytest.mark.parametrize("task", ["lift", "complete", "denoise"])
def test_frames_share_their_noise_unless_told_and_equal_ones_come_out_alike(prior, rng, task):
    sampler = load(SAMPLERS, "exponential-euler")(steps=4, eta=1.0)
    still = np.repeat(people(rng, 1), 4, axis=0)
    poses = PoseClip(still, np.tile(np.arange(17) > 5, (4, 1)), "y-up", 30.0)
    seen = KeypointClip(walk(rng, 1).repeat(4, 0), np.ones((4, 17), bool), image_size=SIZE)
    run = {
        "lift": lambda **o: lift(prior, seen, sampler, **o),
        "complete": lambda **o: complete(prior, poses, sampler, **o),
        "denoise": lambda **o: denoise(prior, PoseClip(still, np.ones((4, 17), bool)), sampler, 50.0, **o),
    }[task]
    for hypotheses in (1, 3):
        own = run(hypotheses=hypotheses, shared_noise=False).poses
        alike = run(hypotheses=hypotheses).poses
        assert np.abs(own - own[:1]).max() > 1
        np.testing.assert_allclose(alike, np.repeat(alike[:1], 4, axis=0), atol=0.1)


def test_the_noise_in_a_clip_is_estimated(clip, rng):
    still = PoseClip(
        people(rng, 1).repeat(200, 0) + rng.normal(0, 12, (200, 17, 3)), np.ones((200, 17), bool)
    )
    assert noise_of(still) == pytest.approx(12, rel=0.05)
    with pytest.raises(ConditionError, match="too few frames"):
        noise_of(clip[:4])
