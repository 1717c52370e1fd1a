"""ZeDO: its closed forms against generic solvers, its loop against a literal one, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D, SEEN_2D, Condition, NoiseStart, Resume
from gfpose_core.errors import ConditionError, FormatError
from gfpose_core.metrics import mpjpe, procrustes
from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.priors.base import FitsImage
from gfpose_core.priors.initial_pose import HIPS, Adam, fit_to_image
from gfpose_core.priors.optimisation import Optimisation
from gfpose_core.priors.sight import NEAREST_MM, best_translation, onto_rays
from gfpose_core.priors.zedo import ZeDOPrior
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.sampling import sample
from tests.samples import people

seeds = st.integers(0, 2**32 - 1)
QUICK = Optimisation(steps=12, fit_steps=8, pull=50.0)
K = np.array([[1100.0, 0.0, 500.0], [0.0, 1120.0, 480.0], [0.0, 0.0, 1.0]])


def make_prior(starts: int = 6, **config) -> ZeDOPrior:
    torch.manual_seed(0)
    network = ScoreMLPConfig(hidden=64, embed=32, condition=config.pop("condition", "exact"))
    denoiser = Denoiser(DenoiserConfig(network, **config))
    denoiser.network.post_dense.weight.data *= 0.005  # a mild network, as a trained one is
    typical = people(np.random.default_rng(1), starts) * [1, -1, -1]
    return ZeDOPrior(denoiser, "tiny", "00", {}, starts=typical - typical[:, :1])


@pytest.fixture
def prior() -> ZeDOPrior:
    return make_prior()


@pytest.fixture
def exact(monkeypatch):
    """A prior whose denoiser has no opinion: the clean estimate is the pose itself."""
    prior = make_prior()
    monkeypatch.setattr(prior, "_denoise", lambda poses, level: poses)
    return prior


def before_camera(rng, n=3, farthest=9000):
    place = rng.uniform([-1200, -600, 2500], [1200, 600, farthest], (n, 1, 3))
    return people(rng, n) * [1, -1, -1] + [0, 950, 0] + place


def seen(points, confidence=None):
    camera, visible = Camera(K), np.ones(points.shape[:2], bool)
    return Condition.from_keypoints(camera.project(points), camera, points[:, 0, 2], visible, confidence)


def final(prior, condition, hypotheses=1, options=QUICK, **keys):
    *_, last = prior.generate(condition, hypotheses, options, seed=0, **keys)
    return last


def fitted_to(*told):
    """Where the optimiser comes to in the end."""
    *_, found = fit_to_image(*told)
    return found


def tensor(array):
    return torch.from_numpy(np.asarray(array, np.float64))


@given(seeds, st.booleans())
def test_the_translation_is_that_of_generic_least_squares(seed, guesses):
    """Eq. 3 by scipy, from rays with noise, for poses as far as T_max and joints of all confidences."""
    rng = np.random.default_rng(seed)
    pose = people(rng, 1)[0] * [1, -1, -1]
    place = rng.uniform([-2000, -1000, 2500], [2000, 1000, 16_000])
    rays = (pose + place) / (pose + place)[:, 2:]
    rays[:, :2] += rng.normal(0, 0.01, (17, 2))
    weights = np.where(rng.random(17) < 0.2, 0.0, rng.uniform(1e-4, 1, 17))
    weights[:2] = 1.0
    pose = pose + rng.normal(0, 40 * guesses, pose.shape)

    def residuals(T):
        return (weights[:, None] * ((pose + T)[:, :2] - rays[:, :2] * (pose + T)[:, 2:])).ravel()

    found = best_translation(tensor(pose)[None, None], tensor(rays)[None, None], tensor(weights)[None, None])
    generic = least_squares(residuals, [0.0, 0.0, 5000.0], x_scale=1000.0, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    if (pose + generic.x)[:, 2].min() > NEAREST_MM:
        np.testing.assert_allclose(found[0, 0, 0].numpy(), generic.x, atol=0.01)
    else:  # held before the camera, where no other place before it is better
        assert (pose + found[0, 0, 0].numpy())[:, 2].min() == pytest.approx(NEAREST_MM)


def test_a_person_who_would_stand_behind_the_camera_is_held_before_it(rng):
    pose = (people(rng, 1) * [1, -1, -1])[:, None]
    rays = np.concatenate([-pose[..., :2] / 5000, np.ones_like(pose[..., :1])], -1)  # upside down
    found = best_translation(tensor(pose), tensor(rays), torch.ones(1, 1, 17).double())
    assert float((tensor(pose) + found)[..., 2].min()) == pytest.approx(NEAREST_MM)


@given(seeds)
def test_joints_move_to_the_foot_of_the_perpendicular(seed):
    rng = np.random.default_rng(seed)
    points, rays = tensor(rng.normal(0, 3000, (2, 4, 17, 3))), tensor(rng.normal(0, 1, (2, 1, 17, 3)))
    foot = onto_rays(points, rays)
    assert torch.linalg.cross(foot, rays.expand_as(foot)).abs().max() < 1e-8  # on the ray
    assert ((points - foot) * rays).sum(-1).abs().max() < 1e-8  # straight above it


def test_a_perfect_pose_is_a_fixed_point_without_the_prior(exact, rng):
    points = before_camera(rng)
    condition = replace(seen(points), start=NoiseStart(points - points[:, :1]))
    for step in exact.generate(condition, 1, Optimisation(steps=200), seed=0):
        assert np.linalg.norm(step.clean[:, 0] + condition.origin[:, None] - points, axis=-1).max() < 1.0
        assert step.reprojection_error.max() < 0.1
        assert step.ray_distance.max() < 0.5


def test_the_optimiser_finds_the_turn_and_the_place_of_a_known_pose(rng):
    """Eq. 1-2 from exact projections: turned about the vertical and moved along the pelvis' ray."""
    poses = people(rng, 4) * [1, -1, -1]
    poses -= poses[:, :1]
    turns = Rotation.from_rotvec(np.outer([-0.9, -0.3, 0.4, 1.0], [0, 1, 0])).as_matrix()
    points = poses @ turns.swapaxes(1, 2) + np.array([[[300, -200, z]] for z in (2500, 4000, 6000, 12_000)])
    rays = tensor(points / points[..., 2:])[:, None]
    towards = rays[:, :, :1] / rays[:, :, :1].norm(dim=-1, keepdim=True)
    fitted, translation = fitted_to(
        tensor(poses)[:, None], rays, torch.ones(4, 1, 17).double(), towards, Optimisation(fit_steps=200)
    )
    assert np.linalg.norm((fitted + translation).numpy()[:, 0] - points, axis=-1).mean() < 120
    assert mpjpe(fitted.numpy()[:, 0], points).max() < 60  # Adam's steps never get shorter


def literal_fit(pose, rays, towards, iterations, distance, scales, joints):
    """Eq. 1-2 about y for one pose: Adam as its paper has it, gradients by differences."""

    def loss(parameters):
        w, y, scale = parameters
        points = Rotation.from_quat([0, y, 0, w]).apply(pose) + distance * scale * towards
        return np.abs(points[:, :2] / points[:, 2:] - rays[:, :2])[joints].mean(0).sum()

    parameters, m, v = np.array([1.0, 0.0, 1.0]), np.zeros(3), np.zeros(3)
    for i in range(1, iterations + 1):
        nudges = 1e-7 * np.eye(3)
        gradient = np.array([(loss(parameters + d) - loss(parameters - d)) / 2e-7 for d in nudges])
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        parameters -= 0.1 * (m / (1 - 0.9**i)) / (np.sqrt(v / (1 - 0.999**i)) + 1e-8)
        parameters[2] = np.clip(parameters[2], *scales)
    w, y, scale = parameters
    return Rotation.from_quat([0, y, 0, w]).apply(pose), distance * scale * towards


@pytest.mark.parametrize(
    ("options", "release"),
    [
        ({}, (8000, (0.2, 2.0), slice(None))),
        ({"distance": 3000, "nearest": 1500, "farthest": 6000, "joints": "hips"}, (3000, (0.5, 2.0), HIPS)),
    ],
    ids=["3DPW", "Human3.6M"],
)
def test_the_optimiser_is_that_of_the_release(rng, options, release):
    points, typical = before_camera(rng, 3), people(rng, 3) * [1, -1, -1]
    typical -= typical[:, :1]
    rays = points / points[..., 2:]
    towards = rays[:, 0] / np.linalg.norm(rays[:, 0], axis=-1, keepdims=True)
    fitted, translation = fitted_to(
        tensor(typical)[:, None], tensor(rays)[:, None], torch.ones(3, 1, 17).double(),
        tensor(towards)[:, None, None], Optimisation(fit_steps=25, **options),
    )  # fmt: skip
    for n in range(3):
        pose, T = literal_fit(typical[n], rays[n], towards[n], 25, *release)
        np.testing.assert_allclose(fitted[n, 0].numpy(), pose, atol=1.0)
        np.testing.assert_allclose(translation[n, 0, 0].numpy(), T, atol=1.0)


def test_adam_has_the_bits_of_torchs():
    start, target = torch.randn(2, 5, generator=torch.manual_seed(0)).unbind()
    own, theirs = (start.clone().requires_grad_() for _ in range(2))
    adam, reference = Adam([own], 0.1), torch.optim.Adam([theirs], 0.1)
    for _ in range(60):
        adam.step(torch.autograd.grad((own - target).abs().sum(), (own,)))
        reference.zero_grad()
        (theirs - target).abs().sum().backward()
        reference.step()
    assert torch.equal(own, theirs)
    assert not torch.equal(own, start)


@pytest.mark.parametrize(("axes", "kept"), [("y", [1]), ("xyz", [])])
def test_only_the_chosen_axes_are_turned_about_and_distances_keep_their_bounds(rng, axes, kept):
    poses = people(rng, 2) * [1, -1, -1]
    rays = tensor(before_camera(rng, 2))[:, None]
    rays = rays / rays[..., 2:]
    towards = rays[:, :, :1] / rays[:, :, :1].norm(dim=-1, keepdim=True)
    options = Optimisation(fit_steps=60, axes=axes, nearest=7000, farthest=8500)
    fitted, translation = fitted_to(
        tensor(poses)[:, None], rays, torch.ones(2, 1, 17).double(), towards, options
    )
    moved = np.abs(fitted[:, 0].numpy() - poses).max((0, 1))
    assert (moved[kept] < 1e-9).all()
    assert moved.max() > 5
    assert ((translation.norm(dim=-1) > 6999) & (translation.norm(dim=-1) < 8501)).all()


def test_of_several_headings_the_best_is_kept(rng):
    poses, points = people(rng, 12, wobble=0.5) * [1, -1, -1], before_camera(rng, 12)
    points = points[:, :1] + (points - points[:, :1]) * [-1, 1, -1]  # they look away
    rays = tensor(points / points[..., 2:])[:, None]
    towards = rays[:, :, :1] / rays[:, :, :1].norm(dim=-1, keepdim=True)
    losses = []
    for headings in (1, 4):
        fitted, translation = fitted_to(
            tensor(poses - poses[:, :1])[:, None], rays, torch.ones(12, 1, 17).double(), towards,
            Optimisation(fit_steps=40, headings=headings),
        )  # fmt: skip
        image = (fitted + translation)[..., :2] / (fitted + translation)[..., 2:]
        losses.append((image - rays[..., :2]).abs().sum((1, 2, 3)))
    assert (losses[1] <= losses[0]).all()
    assert (losses[1] < 0.9 * losses[0]).any()


def test_a_prior_that_knows_the_body_finds_where_it_stands(monkeypatch, rng):
    """Exact projections, and a denoiser that keeps the bones and joint angles but not the turn."""
    points = before_camera(rng, farthest=4000)
    shape, prior = points - points[:, :1], make_prior()

    def rigid(poses, level):
        return tensor(procrustes(shape[:, None], poses.numpy(), scale=False))

    monkeypatch.setattr(prior, "_denoise", rigid)
    turn = Rotation.from_rotvec([0.3, 0.5, -0.2]).as_matrix()
    condition = replace(seen(points), start=NoiseStart(shape @ turn.T))
    first, *_, last = prior.generate(condition, 1, Optimisation(steps=500, pull=100.0), seed=0)
    assert mpjpe(first.clean[:, 0], points).min() > 60
    assert np.linalg.norm(last.clean[:, 0] + condition.origin[:, None] - points, axis=-1).max() < 10


def literal(poses, rays, denoise, options, levels):
    """The loop as the paper puts it, one pose, one joint at a time, Eq. 4 by its normal equations."""
    pose = poses.copy()
    rows = [([-1, 0, u], [0, -1, v]) for u, v, _ in rays]
    A = np.array(rows).reshape(-1, 3)
    for i, level in enumerate(levels):
        if i == 0 or i >= len(levels) / 5:
            b = np.array([[x - z * u, y - z * v] for (x, y, z), (u, v, _) in zip(pose, rays)]).ravel()
            T = np.linalg.inv(A.T @ A) @ A.T @ b
        for j, ray in enumerate(rays):
            along = ray / np.linalg.norm(ray)
            pose[j] = ((pose[j] + T) @ along) * along - T
        clean = denoise(pose, level)
        falling = np.gradient(np.log(levels))[i]
        pose = clean + np.exp(options.pull * falling) * (pose - clean)
    return pose


def test_the_loop_is_the_papers(monkeypatch, rng):
    points, options, prior = before_camera(rng, 2), Optimisation(steps=60), make_prior()
    monkeypatch.setattr(prior, "_denoise", lambda poses, level: poses * 0.9 + level)
    begun = points - points[:, :1] + rng.normal(0, 60, points.shape)
    begun -= begun[:, :1]
    condition = replace(seen(points), start=NoiseStart(begun))
    found = final(prior, condition, options=options).before[:, 0].numpy()
    for n in range(2):
        expected = literal(
            begun[n], condition.rays[n], lambda x, level: x * 0.9 + level, options, options.levels()
        )
        np.testing.assert_allclose(found[n], expected, atol=0.01)


def test_noise_falls_in_mm_as_zedos_does_in_metres():
    """t from 0.1 to 0.01 of its SDE on metres is 110 mm to 2 mm; another network has other times there."""
    levels = Optimisation().levels()
    assert (len(levels), levels[0], levels[-1]) == (1000, pytest.approx(110.0), pytest.approx(2.0))
    metres = make_prior(condition="none", form="plain", projection="orthographic", units_per_mm=1e-3)
    times = [metres.time_of_noise(level) for level in levels]
    np.testing.assert_allclose(np.diff(times), (0.01 - 0.1) / 999, rtol=0.01)
    assert times[0] == pytest.approx(0.1, abs=5e-4)
    ours = make_prior()
    assert ours.time_of_noise(110.0) > 0.4


def test_a_joint_without_confidence_is_left_to_the_prior(prior, rng):
    points = before_camera(rng)
    confidence = np.ones((3, 17))
    confidence[:, 6] = 0.0
    elsewhere = points.copy()
    elsewhere[:, 6] += [400, -300, 0]
    kept, moved = (final(prior, seen(p, confidence)).clean for p in (points, elsewhere))
    np.testing.assert_array_equal(kept, moved)
    trusted = [final(prior, seen(p)).clean for p in (points, elsewhere)]
    assert np.abs(trusted[0] - trusted[1]).max() > 50


def test_confidences_are_held_to_their_limits(prior, rng):
    points = before_camera(rng)
    confidence = rng.uniform(0.2, 1, (3, 17))
    confidence[:, 3], confidence[:, 5] = 1.0, 1e-4
    beyond = confidence.copy()
    beyond[:, 3], beyond[:, 5] = 7.0, 1e-9
    np.testing.assert_array_equal(
        final(prior, seen(points, beyond)).clean, final(prior, seen(points, confidence)).clean
    )


@pytest.mark.parametrize("config", [{}, {"condition": "none", "form": "plain", "projection": "orthographic"}])
def test_any_split_gives_the_same_poses(rng, config):
    prior, condition = make_prior(starts=3, **config), seen(before_camera(rng, 3))
    whole = sample(prior, condition, 4, QUICK, seed=3)
    for rows in (1, 3, 8):
        split = sample(prior, condition, 4, QUICK, seed=3, rows=rows)
        np.testing.assert_allclose(split, whole, rtol=1e-4, atol=1e-3)


def test_hypotheses_beyond_the_typical_poses_are_turned_by_the_seed(prior, rng):
    condition = seen(before_camera(rng, 1))
    first, again, other = (
        list(prior.generate(condition, 9, QUICK, seed=seed))[-1].clean[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[:6], other[:6])
    assert (np.abs(first[6:] - other[6:]).max((1, 2)) > 1).all()


def test_every_hypothesis_may_have_a_start_of_its_own(prior, rng):
    condition = seen(before_camera(rng, 2))
    given = rng.normal(0, 200, (2, 5, 17, 3))
    refined = replace(condition, start=NoiseStart(given))
    whole = sample(prior, refined, 5, QUICK, seed=0)
    for s in range(5):
        alone = replace(condition, start=NoiseStart(given[:, s]))
        np.testing.assert_allclose(sample(prior, alone, 1, QUICK, seed=0)[:, 0], whole[:, s], atol=1e-3)
    with pytest.raises(ConditionError, match="5 poses to start from"):
        sample(prior, refined, 6, QUICK, seed=0)


def test_given_poses_of_another_camera_are_turned_where_that_is_asked_for(prior, rng):
    points = before_camera(rng, 2)
    away = (points - points[:, :1]) @ Rotation.from_rotvec([0, 0.9, 0]).as_matrix().T
    condition = replace(seen(points), start=NoiseStart(away))
    errors = []
    for turn in (False, True):
        options = replace(QUICK, turn_given=turn, fit_steps=200)
        first = next(step for step in prior.generate(condition, 1, options, seed=0) if step.calls)
        errors.append(mpjpe(first.states[:, 0], points).max())
    assert errors[0] > 100 > 60 > errors[1]


def test_steps_say_where_the_run_stands_and_how_it_fits(prior, rng):
    steps = list(prior.generate(seen(before_camera(rng, 2)), 3, QUICK, seed=0))
    iterations = QUICK.fit_steps + QUICK.steps
    assert [s.index for s in steps] == list(range(iterations + 1))
    assert {s.count for s in steps} == {iterations + 1}
    assert [s.calls for s in steps] == [*[0] * QUICK.fit_steps, *range(1, QUICK.steps + 1), QUICK.steps]
    assert steps[0].noise_level == pytest.approx(110.0)
    assert steps[0].noise_level > steps[-1].noise_level == pytest.approx(2.0)
    for step in steps:
        assert isinstance(step, FitsImage)
        for array in (step.states, step.clean, step.score):
            assert array.shape == (2, 3, 17, 3)
            assert np.isfinite(array).all()
        assert step.reprojection_error.shape == step.ray_distance.shape == (2, 3)
    assert steps[-1].reprojection_error.mean() < 0.2 * steps[0].reprojection_error.mean()
    assert steps[-1].ray_distance.mean() < 0.2 * steps[0].ray_distance.mean()


def test_the_fit_is_seen_on_its_way_and_left_out_where_poses_are_given(prior, rng):
    """A run can be stopped at every iteration of it, long ones too."""
    points, options = before_camera(rng, 2), Optimisation(steps=5, fit_steps=300, headings=3)
    run = prior.generate(seen(points), 4, options, seed=0)
    first, *_, last = (next(run) for _ in range(100))
    run.close()
    assert (last.index, last.count, last.calls, last.noise_level) == (99, 306, 0, pytest.approx(110.0))
    np.testing.assert_array_equal(last.states, last.clean)
    assert last.reprojection_error.mean() < 0.8 * first.reprojection_error.mean()
    given = replace(seen(points), start=NoiseStart(points))
    assert next(prior.generate(given, 1, options, seed=0)).count == 6


def test_where_a_start_is_taken_up_is_the_optimisations_to_say(prior, rng):
    points = before_camera(rng, 2)
    runs = [
        next(prior.generate(replace(seen(points), start=NoiseStart(points, time)), 1, options, seed=0))
        for time, options in ((0.3, QUICK), (0.9, QUICK), (0.3, replace(QUICK, refined=20.0)))
    ]
    assert [step.noise_level for step in runs] == pytest.approx([110.0, 110.0, 20.0])


def test_joints_to_fit_that_were_not_seen_give_way_to_those_that_were(prior, rng):
    points, confidence = before_camera(rng, 2), np.ones((2, 17))
    confidence[0, HIPS] = 0.0
    steps = prior.generate(seen(points, confidence), 2, replace(QUICK, joints="hips"), seed=0)
    assert all(np.isfinite(step.clean).all() for step in steps)


def test_what_cannot_be_used_is_refused_in_words(prior, rng):
    points = before_camera(rng)
    condition = seen(points)
    assert prior.refusal(condition) is None
    assert prior.default_evidence(condition) == "condition"
    fixed = Condition.from_camera(points, np.full((3, 17), FIXED_3D))
    single = np.zeros((3, 17), int)
    single[:, 4] = SEEN_2D
    for odd, said in (
        (Condition.nothing(2), "needs an image"),
        (fixed, "see them in 2D"),
        (seen(points, np.zeros((3, 17))), "no joint of any confidence"),
        (Condition.from_camera(points, single), "on one ray"),
        (replace(condition, resume=Resume(np.zeros((3, 1, 17, 3)), 0.1)), "not from the states"),
    ):
        with pytest.raises(ConditionError, match=said):
            final(prior, odd)
    with pytest.raises(ConditionError, match="imputes nothing"):
        final(prior, condition, evidence="both")
    with pytest.raises(ConditionError, match="Optimisation"):
        final(prior, condition, options=DPMSolver())


def test_bounds_that_leave_no_distance_are_refused():
    with pytest.raises(ConditionError, match="at least"):
        Optimisation(nearest=5000, farthest=4000)


def test_bad_cameras_and_points_behind_them_are_refused(rng):
    points = before_camera(rng)
    for bad in (K * np.nan, K.T, np.diag([0.0, 1000.0, 1.0])):
        with pytest.raises(FormatError, match="camera_K"):
            Camera(bad)
    with pytest.raises(ConditionError, match="behind the camera"):
        seen(points * [1, 1, -1])
