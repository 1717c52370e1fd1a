"""Log-densities against closed forms: Gaussians, mixtures, conditionals, and the change of coordinates."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from gfpose_core import catalog
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.likelihood import log_density
from gfpose_core.priors.base import HasLogProb
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.sampling import sample
from gfpose_core.sde import VPSDE, SubVPSDE
from tests.core.test_prior import camera_points, levels_of, make_prior

LOWEST = 0.05
SPREADS = np.array([2.0, 0.7, 0.2, 0.0])  # from free to none, as bones leave it


def gaussian(rng, size=4):
    """Mean and covariance with axes of very different lengths."""
    turn, _ = np.linalg.qr(rng.normal(size=(size, size)))
    return rng.normal(size=size), turn * SPREADS**2 @ turn.T


def posterior_mean(mean, covariance, y, level):
    """E[x | x + level z = y] for x ~ N(mean, covariance)."""
    gain = covariance @ torch.linalg.inv(covariance + level**2 * torch.eye(len(mean), dtype=y.dtype))
    return mean + (y - mean) @ gain.T


def mixture_denoiser(sde, weights, means, covariances):
    weights, means, covariances = (torch.from_numpy(np.asarray(a)) for a in (weights, means, covariances))

    def denoise(x, t):
        alpha, sigma = sde.marginal(t)
        y, level = x / alpha, sigma / alpha
        noisy = [c + level**2 * torch.eye(len(m), dtype=x.dtype) for m, c in zip(means, covariances)]
        parts = [torch.distributions.MultivariateNormal(m, c) for m, c in zip(means, noisy)]
        share = torch.softmax(torch.stack([w.log() + p.log_prob(y) for w, p in zip(weights, parts)]), 0)
        estimates = [posterior_mean(m, c, y, level) for m, c in zip(means, covariances)]
        return sum(s[..., None] * e for s, e in zip(share, estimates))

    return denoise


ALL_FREE = torch.ones(1, 1, 4, dtype=torch.bool)


@pytest.mark.parametrize("sde", [SubVPSDE(), VPSDE()], ids=lambda sde: sde.name)
def test_a_gaussian_has_its_own_density(sde, rng):
    mean, covariance = gaussian(rng)
    points = rng.multivariate_normal(mean, covariance, 6)
    denoise = mixture_denoiser(sde, [1.0], [mean], [covariance])
    found = log_density(sde, denoise, torch.from_numpy(points)[None], ALL_FREE, LOWEST)
    blurred = covariance + LOWEST**2 * np.eye(4)
    np.testing.assert_allclose(found[0], multivariate_normal(mean, blurred).logpdf(points), atol=0.01)


def test_a_mixture_has_its_own_density(rng):
    weights, parts = np.array([0.2, 0.3, 0.5]), [gaussian(rng) for _ in range(3)]
    means, covariances = [3 * m for m, _ in parts], [c for _, c in parts]
    points = np.concatenate([rng.multivariate_normal(m, c, 4) for m, c in zip(means, covariances)])
    denoise = mixture_denoiser(SubVPSDE(), weights, means, covariances)
    found = log_density(SubVPSDE(), denoise, torch.from_numpy(points)[None], ALL_FREE, 0.2)
    logs = [multivariate_normal(m, c + 0.04 * np.eye(4)).logpdf(points) for m, c in zip(means, covariances)]
    exact = logsumexp(np.log(weights)[:, None] + logs, axis=0)
    finer = log_density(SubVPSDE(), denoise, torch.from_numpy(points)[None], ALL_FREE, 0.2, nodes=40)
    np.testing.assert_allclose(finer[0], exact, atol=0.05)
    np.testing.assert_allclose(found[0], exact, atol=0.35)  # modes 40 blurs apart: harder than any pose


def test_a_conditional_density_leaves_the_known_coordinates_out(rng):
    mean, root = rng.normal(size=4), rng.normal(size=(4, 4))
    covariance = root @ root.T
    known, given = [1, 3], rng.normal(size=2)
    free = [0, 2]
    gain = covariance[np.ix_(free, known)] @ np.linalg.inv(covariance[np.ix_(known, known)])
    part_mean = mean[free] + gain @ (given - mean[known])
    part = covariance[np.ix_(free, free)] - gain @ covariance[np.ix_(known, free)]
    points = np.empty((5, 4))
    points[:, known], points[:, free] = given, rng.multivariate_normal(part_mean, part, 5)
    inner = mixture_denoiser(SubVPSDE(), [1.0], [part_mean], [part])

    def denoise(x, t):
        clean = torch.from_numpy(np.broadcast_to(points[:1], x.shape).copy())
        return torch.stack([inner(x[..., free], t)[..., 0], clean[..., 1],
                            inner(x[..., free], t)[..., 1], clean[..., 3]], -1)  # fmt: skip

    mask = torch.zeros(1, 1, 4, dtype=torch.bool)
    mask[..., free] = True
    found = log_density(SubVPSDE(), denoise, torch.from_numpy(points)[None], mask, LOWEST)
    exact = multivariate_normal(part_mean, part + LOWEST**2 * np.eye(2)).logpdf(points[:, free])
    np.testing.assert_allclose(found[0], exact, atol=0.01)


def test_nothing_free_is_certain():
    free = torch.zeros(1, 1, 4, dtype=torch.bool)
    found = log_density(SubVPSDE(), lambda x, t: x, torch.ones(1, 3, 4, dtype=torch.float64), free, LOWEST)
    np.testing.assert_array_equal(found, np.zeros((1, 3)))


@pytest.fixture
def normal_prior():
    """A network that says nothing leaves independent coordinates of standard deviation ``sigma_data``."""
    prior = make_prior()
    last = prior.denoiser.network.definition.post_dense
    last.weight.zero_()
    last.bias.zero_()
    return prior


STD = math.hypot(8.1 / 0.03, 4.0)  # mm, of that prior's blurred coordinates


def log_stretch(view, points, coordinates):
    """ln |det| of network space's derivative by ``coordinates`` (joint, axis) of ``points`` (17, 3)."""
    matrix = np.empty((len(coordinates),) * 2)
    for i, (joint, axis) in enumerate(coordinates):
        ends = []
        for step in (0.5, -0.5):
            moved = points.copy()
            moved[joint, axis] += step
            ends.append(view.to_network(moved[None])[0])
        matrix[:, i] = [(ends[0] - ends[1])[c] for c in coordinates]
    return np.linalg.slogdet(matrix)[1]


def test_a_generated_pose_has_a_density_per_cubic_mm_of_all_joints_but_the_root(normal_prior, rng):
    condition = Condition.nothing()
    poses = rng.normal(0, 250, (1, 3, 17, 3))
    poses[:, :, 0] = 0
    found = normal_prior.log_prob(condition, poses)
    assert found.coordinates.tolist() == [48]
    points = poses[0] + condition.origin
    coordinates = [(joint, axis) for joint in range(1, 17) for axis in range(3)]
    for s in range(3):
        network = condition.view.to_network(points[s][None])[0, 1:]
        exact = norm(0, STD).logpdf(network).sum() + log_stretch(condition.view, points[s], coordinates)
        assert found.nats[0, s] == pytest.approx(exact, abs=0.05)
    np.testing.assert_allclose(found.per_coordinate, found.nats / 48)


def test_of_a_joint_seen_in_2d_only_the_depth_counts(normal_prior, rng):
    points = camera_points(rng, 1)
    levels = levels_of(1, SEEN_2D, (4, 5))
    condition = Condition.from_camera(points, levels)
    poses = (points - condition.origin[:, None])[:, None]
    found = normal_prior.log_prob(condition, poses)
    assert found.coordinates.tolist() == [14 + 2 * 3]
    network = condition.view.to_network(points)[0]
    depths = norm(0, STD).logpdf(network[[j for j in range(1, 17) if j not in (4, 5)], 2]).sum()
    depth, turned = condition.view.depth[0], network[[4, 5], 2] + condition.view.depth[0]
    free = norm(0, STD).logpdf(network[[4, 5]]).sum() + 2 * np.log(depth / turned).sum()
    assert found.nats[0, 0] == pytest.approx(depths + free, abs=0.05)


@pytest.mark.parametrize(
    ("levels", "count"),
    [(dict.fromkeys(range(1, 17), FIXED_3D), 3), (dict.fromkeys(range(1, 17), SEEN_2D), 2 + 16),
     ({0: SEEN_2D, 5: FIXED_3D}, 1 + 15 * 3), ({0: FIXED_3D}, 16 * 3), ({5: SEEN_2D}, 2 + 1 + 15 * 3)],
)  # fmt: skip
def test_the_root_counts_where_it_is_not_the_centre(normal_prior, rng, levels, count):
    points = camera_points(rng, 1)
    states = np.full((1, 17), FREE)
    states[0, list(levels)] = list(levels.values())
    condition = Condition.from_camera(points, states)
    found = normal_prior.log_prob(condition, (points - condition.origin[:, None])[:, None])
    assert found.coordinates.tolist() == [count]
    assert np.isfinite(found.nats).all()


@pytest.mark.parametrize("wanted", [True, False])
def test_gradients_stay_as_they_were(normal_prior, wanted):
    heard = []
    with torch.set_grad_enabled(wanted):
        normal_prior.log_prob(
            Condition.nothing(),
            np.zeros((1, 1, 17, 3)),
            heard=lambda _: heard.append(torch.is_grad_enabled()),
        )
        assert {torch.is_grad_enabled(), *heard} == {wanted}


def test_it_can_be_stopped_midway(normal_prior):
    shares = []

    def enough(share):
        shares.append(share)
        if share > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        normal_prior.log_prob(Condition.nothing(), np.zeros((1, 1, 17, 3)), heard=enough)
    assert shares == sorted(shares)
    assert shares[-1] < 0.6


def test_what_it_cannot_condition_on_is_refused(rng):
    poses = camera_points(rng, 1)[:, None]
    unconditional = make_prior(condition="none", form="plain", projection="orthographic", units_per_mm=1e-3)
    fixed = Condition.from_camera(poses[:, 0], levels_of(1, FIXED_3D, (1, 2, 3)))
    with pytest.raises(ConditionError, match="unconditional"):
        unconditional.log_prob(fixed, poses)
    with pytest.raises(ConditionError, match="start"):
        make_prior().log_prob(Condition.denoise(poses[:, 0], 0.1), poses)


@pytest.fixture(scope="module")
def shipped():
    return catalog.load()


def test_the_shipped_prior_is_asked_and_answers(shipped, rng):
    """Its own samples are likelier than the same with a wrist elsewhere, whatever they are cut into."""
    assert isinstance(shipped, HasLogProb)
    condition = Condition.nothing()
    poses = sample(shipped, condition, 4, DPMSolver(), seed=0)
    broken = poses.copy()
    broken[:, :, 13] += [0, 0, 150]
    found = shipped.log_prob(condition, np.concatenate([poses, broken], 1)).nats[0]
    assert (found[:4] > found[4:] + 5).all()
    alone = [shipped.log_prob(condition, poses[:, s : s + 1]).nats[0, 0] for s in range(4)]
    np.testing.assert_allclose(alone, found[:4], atol=0.1)
