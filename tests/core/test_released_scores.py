"""The released network computes what the authors' own code computes (FORMATS.md, reference values)."""

import numpy as np
import pytest
import torch

from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.sde import SubVPSDE


@pytest.fixture
def expected(shared):
    with np.load(shared / "fixtures/gfpose_official_tiny_expected.npz") as file:
        return {name: torch.from_numpy(file[name]) for name in file.files}


@pytest.fixture
def denoiser(shared) -> Denoiser:
    checkpoint = read_checkpoint(shared / "fixtures/gfpose_official_tiny.pth")
    denoiser = Denoiser(checkpoint.config)
    denoiser.network.load_state_dict(checkpoint.tensors)
    return denoiser.eval()


@pytest.mark.parametrize("setting", ["est2d", "comp2d", "comp3d", "gen"])
def test_scores_agree_with_the_authors_code(denoiser, expected, setting):
    condition, observed = expected[f"{setting}_condition"], expected[f"{setting}_mask"].clone()
    flat = (condition[..., 2] == 0).all(-1)  # a 2D condition says nothing of depth
    observed[flat, :, 2] = 0

    x, t = expected["x"].flatten(1), expected["t"][:, None]
    evidence = denoiser.embed(condition.flatten(1), observed.flatten(1))
    with torch.no_grad():
        score = denoiser.score(x, t, evidence)

    wanted = expected[f"{setting}_score"].flatten(1)
    error = (score - wanted).abs().amax(1) / wanted.abs().amax(1)
    tolerance = torch.where(expected["t"] <= 0.001, 3e-4, 1e-4)  # the file's own sigma is imprecise there
    assert (error <= tolerance).all(), error


def test_the_sde_agrees_with_the_authors_code(expected):
    sde, t = SubVPSDE(), expected["t"].double()[:, None, None]
    alpha, sigma = sde.marginal(t)
    torch.testing.assert_close(
        (alpha * expected["pose"]).float(), expected["subvp_mean"], rtol=1e-5, atol=1e-6
    )
    torch.testing.assert_close(sigma.flatten().float(), expected["subvp_std"], rtol=3e-4, atol=0)
    torch.testing.assert_close(
        sde.drift(expected["x"], t).float(), expected["subvp_drift"], rtol=1e-5, atol=1e-5
    )
    diffusion = sde.diffusion(t).flatten().float()
    torch.testing.assert_close(diffusion, expected["subvp_diffusion"], rtol=3e-4, atol=0)
