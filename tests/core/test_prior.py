"""The GFPose prior as a sampler of poses: reproducible, obedient to evidence, honest in refusing."""

import numpy as np
import pytest
import torch

from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.priors.gfpose import GFPosePrior
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.samplers.euler_maruyama import Algorithm1, EulerMaruyama
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.samplers.probability_flow import ProbabilityFlow
from gfpose_core.sampling import sample
from gfpose_core.sde import SubVPSDE
from tests.samples import people

QUICK = DPMSolver(steps=6)


def make_prior(**config) -> GFPosePrior:
    torch.manual_seed(0)
    network = ScoreMLPConfig(hidden=64, embed=32, condition=config.pop("condition", "exact"))
    denoiser = Denoiser(DenoiserConfig(network, SubVPSDE(), **config))
    with torch.no_grad():
        denoiser.network.post_dense.weight *= 0.005  # a mild network, as a trained one is
    return GFPosePrior(denoiser, "tiny", "00", {})


@pytest.fixture
def prior() -> GFPosePrior:
    return make_prior()


def camera_points(rng, n=3):
    return people(rng, n) * [1, -1, -1] + [200, 900, 4500]


def levels_of(n, level, free=()):
    levels = np.full((n, 17), level)
    levels[:, list(free)] = FREE
    return levels


def test_the_same_request_gives_the_same_bits(prior, rng):
    condition = Condition.from_camera(camera_points(rng), levels_of(3, SEEN_2D))
    first, again = (sample(prior, condition, 4, QUICK, seed=5) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, sample(prior, condition, 4, QUICK, seed=6))


def test_any_split_of_the_poses_agrees(prior, rng):
    condition = Condition.from_camera(camera_points(rng, 7), levels_of(7, FIXED_3D, (1, 2, 3)))
    whole = sample(prior, condition, 3, QUICK, seed=1)
    split = sample(prior, condition, 3, QUICK, seed=1, rows=6)
    np.testing.assert_allclose(split, whole, rtol=1e-4, atol=1e-4)


def test_a_split_does_not_change_how_evidence_is_used(prior, rng):
    """One hidden joint, or a pose without evidence, must not steer the poses beside it."""
    levels = levels_of(5, SEEN_2D)
    levels[1, 3] = FREE
    levels[2] = FREE
    condition = Condition.from_camera(camera_points(rng, 5), levels)
    whole = sample(prior, condition, 2, QUICK, seed=1)
    np.testing.assert_allclose(
        sample(prior, condition, 2, QUICK, seed=1, rows=2), whole, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("time", [0.05, 1e-3, 1e-4])
@pytest.mark.parametrize("sampler", [DPMSolver(), ProbabilityFlow(), EulerMaruyama(steps=20)])
def test_small_start_times_are_sampled(prior, rng, sampler, time):
    poses = people(rng, 2) * [1, -1, -1]
    sampled = sample(prior, Condition.denoise(poses, time), 2, sampler, seed=0)
    assert np.abs(sampled - poses[:, None]).max() < 100


def test_more_hypotheses_keep_the_first_ones(prior, rng):
    condition = Condition.from_camera(camera_points(rng, 1), levels_of(1, SEEN_2D))
    few, many = (sample(prior, condition, s, QUICK, seed=1) for s in (2, 5))
    np.testing.assert_allclose(many[:, :2], few, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "sampler", [QUICK, EulerMaruyama(steps=8), Algorithm1(steps=8)], ids=lambda s: type(s).__name__
)
def test_imputed_joints_come_back_where_they_were_put(prior, rng, sampler):
    points = camera_points(rng)
    condition = Condition.from_camera(points, levels_of(3, FIXED_3D, (4, 5, 6)))
    poses = sample(prior, condition, 2, sampler, seed=0)  # completion imputes by default
    kept = [j for j in range(17) if j not in (4, 5, 6)]
    relative = points - points[:, :1]
    np.testing.assert_allclose(poses[:, :, kept], np.repeat(relative[:, None, kept], 2, 1), atol=0.01)


def test_imputed_2d_stays_on_its_pixel(prior, rng):
    points = camera_points(rng)
    camera = Camera.guess(1000, 1000)
    pixels = camera.project(points)
    condition = Condition.from_keypoints(pixels, camera, points[:, 0, 2], np.ones((3, 17), bool))
    poses = sample(prior, condition, 2, QUICK, seed=0, evidence="both")
    back = camera.project((poses[:, 0] + condition.origin[:, None]).astype(np.float64))
    np.testing.assert_allclose(back, pixels, atol=0.01)


def test_steps_say_where_the_run_stands(prior, rng):
    condition = Condition.from_camera(camera_points(rng, 2), levels_of(2, SEEN_2D))
    steps = list(prior.generate(condition, 3, QUICK, seed=0))
    assert [s.index for s in steps] == list(range(steps[0].count))
    assert steps[0].time == pytest.approx(1.0)
    assert steps[0].noise_level > steps[-1].noise_level > 0
    for step in steps:
        for array in (step.states, step.clean, step.score):
            assert array.shape == (2, 3, 17, 3)
            assert np.isfinite(array).all()
    spread = np.std(steps[0].states)
    assert 100 < spread < 600  # noise is drawn as large as people, not as its sigma of metres


def test_noise_level_and_time_are_inverse(prior):
    for millimetres in (1.0, 21.0, 300.0):
        level = prior.denoiser.config.sde.noise_level(
            torch.tensor(prior.time_of_noise(millimetres), dtype=torch.float64)
        )
        assert float(level) / prior.denoiser.config.units_per_mm == pytest.approx(millimetres, rel=1e-6)
    assert prior.time_of_noise(1e9) == 1.0


def test_denoising_keeps_the_frame_of_its_input(prior, rng, monkeypatch):
    """With a denoiser that returns its (scaled) input, the pose comes back where it was, wherever that is."""
    monkeypatch.setattr(
        prior.denoiser, "clean", lambda x, t, evidence: x / prior.denoiser.config.sde.marginal(t)[0].float()
    )
    far = people(rng, 2) * [1, -1, -1] + [12_345.0, -800.0, 60_000.0]
    poses = sample(prior, Condition.denoise(far, 0.05), 1, PosteriorMean(), seed=0)
    np.testing.assert_allclose(poses[:, 0], far, atol=0.1)


def test_the_translation_is_estimated_not_taken_from_the_root(prior, rng, monkeypatch):
    """A prior that knows the pose exactly places it by all joints: the root's own noise averages out."""
    truth = people(rng, 1) * [1, -1, -1]
    relative = truth - truth[:, :1]
    centre = Condition.nothing().view.centre
    view = Condition.nothing().view
    units = view.to_network(relative + centre[:, None]) * prior.denoiser.config.units_per_mm
    exact = torch.from_numpy(units.astype(np.float32)).view(1, 1, -1)
    monkeypatch.setattr(prior.denoiser, "clean", lambda x, t, evidence: exact.expand_as(x))
    noisy = truth + rng.normal(0, 40, truth.shape)
    poses = sample(prior, Condition.denoise(noisy, 0.1), 1, PosteriorMean(), seed=0)
    np.testing.assert_allclose(poses[0, 0], truth[0] + (noisy - truth)[0].mean(0), atol=0.05)


def test_refusals_say_why(rng):
    seen = Condition.from_camera(camera_points(rng, 1), levels_of(1, SEEN_2D))
    unconditional = make_prior(condition="none", form="plain", projection="orthographic", units_per_mm=1e-3)
    assert "knows no camera" in unconditional.refusal(seen)
    fixed = Condition.from_camera(camera_points(rng, 1), levels_of(1, FIXED_3D, (1, 2, 3)))
    assert unconditional.refusal(fixed) is None
    assert "unconditional" in unconditional.refusal(fixed, "both")
    hipless = Condition.from_camera(camera_points(rng, 1), levels_of(1, FIXED_3D, (0,)))
    assert make_prior().refusal(hipless) is None
    with pytest.raises(ConditionError, match="hip"):
        sample(make_prior(), hipless, 1, QUICK, seed=0, evidence="imputation")


def test_an_orthographic_prior_completes_in_space(rng):
    prior = make_prior(condition="none", form="plain", projection="orthographic", units_per_mm=1e-3)
    points = camera_points(rng, 1)
    condition = Condition.from_camera(points, levels_of(1, FIXED_3D, (1, 2, 3)))
    poses = sample(prior, condition, 2, EulerMaruyama(steps=5), seed=0)
    kept = [0, *range(4, 17)]
    np.testing.assert_allclose(
        poses[0, :, kept], np.repeat((points - points[:, :1])[0, kept, None], 2, 1), atol=0.05
    )
