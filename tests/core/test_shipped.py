"""The checkpoint that comes with the program: it is there, described, and believes in human poses."""

import numpy as np
import pytest

from gfpose_core import catalog
from gfpose_core.assets import asset
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.ladder import LADDERS
from gfpose_core.metrics import min_mpjpe, mpjpe, pa_mpjpe
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.sampling import sample
from gfpose_core.skeleton import H36M17
from gfpose_core.training.poses import EVALUATION_CAMERAS
from tests.samples import people

QUICK = DPMSolver(steps=12)


@pytest.fixture(scope="module")
def prior():
    return catalog.load()


@pytest.fixture
def points(rng):
    return EVALUATION_CAMERAS.points(people(rng, 20) - [0, 950, 0], rng)


def test_it_is_small_and_has_a_model_card(prior):
    shipped = asset(catalog.SHIPPED).parent.glob("*.safetensors")
    assert sum(path.stat().st_size for path in shipped) < 60e6
    card = asset(catalog.SHIPPED).with_suffix(".md").read_text("utf-8")
    for said in (prior.sha256, "NSF EIA-0196217", "gfpose train", "gfpose evaluate"):
        assert said in card


def test_priors_of_one_checkpoint_share_its_network(prior):
    zedo = catalog.load(prior="zedo")
    for other in (zedo, catalog.load(asset(catalog.SHIPPED))):
        assert other.denoiser.network is prior.denoiser.network


def test_generated_poses_have_human_bones(prior):
    poses = sample(prior, Condition.nothing(40), 1, QUICK, seed=0)[:, 0]
    ratio = H36M17.bone_lengths(poses) / HUMAN_BONES_MM
    assert 0.9 < np.median(ratio) < 1.1
    assert (np.abs(np.median(ratio, axis=0) - 1) < 0.12).all()
    assert poses.std(0).max() > 150  # and they are not all one pose


def test_lifting_and_completing_find_the_pose(prior, points):
    truth = points - points[:, :1]
    lifted = sample(prior, Condition.from_camera(points, np.full((20, 17), SEEN_2D)), 10, QUICK, seed=0)
    assert mpjpe(lifted, truth[:, None]).mean() < 90
    assert min_mpjpe(lifted, truth).mean() < 65
    levels = np.full((20, 17), FIXED_3D)
    levels[:, list(H36M17.parts["left leg"])] = FREE
    completed = sample(prior, Condition.from_camera(points, levels), 10, QUICK, seed=0)
    assert mpjpe(completed, truth[:, None]).mean() < 60
    fixed = levels[0] == FIXED_3D
    assert np.abs(completed - truth[:, None])[:, :, fixed].max() < 0.05


def test_denoising_takes_noise_away(prior, points, rng):
    noisy = points + rng.normal(0, 40, points.shape)
    condition = Condition.denoise(noisy, prior.time_of_noise(40))
    clean = sample(prior, condition, 1, PosteriorMean(), seed=0)[:, 0]
    before = np.linalg.norm(noisy - points, axis=-1).mean()
    after = np.linalg.norm(clean - points, axis=-1).mean()  # in place, not root on root
    assert after < 0.75 * before


def test_zedo_finds_the_pose_with_it(points):
    """Zero-shot, from exact projections: the network is never told what is seen."""
    zedo = catalog.load(prior="zedo")
    condition = Condition.from_camera(points, np.full((20, 17), SEEN_2D))
    found = sample(zedo, condition, 1, LADDERS["zedo"]["preview"].solver(), seed=0)[:, 0]
    assert pa_mpjpe(found, points).mean() < 50
    assert np.median(np.linalg.norm(found[:, 0], axis=-1)) < 600  # of 4 to 5.5 m
