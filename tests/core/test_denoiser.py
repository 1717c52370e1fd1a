"""The denoiser's two forms agree with each other's definitions and with closed forms."""

import pytest
import torch

from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.samplers.base import tweedie
from gfpose_core.sde import VPSDE, SubVPSDE

TINY = {"hidden": 64, "embed": 32}
FORMS = [
    ("edm", "exact"),
    ("edm", "soft"),
    ("edm", "none"),
    ("plain", "exact"),
    ("plain", "difference"),
    ("plain", "none"),
]


@pytest.fixture(params=FORMS, ids="-".join)
def denoiser(request):
    form, condition = request.param
    torch.manual_seed(1)
    return Denoiser(DenoiserConfig(ScoreMLPConfig(condition=condition, **TINY), SubVPSDE(), form)).eval()


def states(n=5):
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(n, 51, generator=generator) * 8
    observed = (torch.rand(n, 51, generator=generator) < 0.5).float()
    return torch.randn(n, 51, generator=generator), values * observed, observed


@pytest.mark.parametrize("t", [0.02, 0.2, 0.7, 1.0])
def test_score_and_clean_estimate_obey_tweedie(denoiser, t):
    x, values, observed = states()
    at = torch.tensor(t, dtype=torch.float64)
    evidence = denoiser.embed(values, observed)
    with torch.no_grad():
        score, clean = denoiser.score(x, at, evidence), denoiser.clean(x, at, evidence)
    torch.testing.assert_close(
        score, tweedie(SubVPSDE(), x, at, clean), rtol=2e-3, atol=2e-3 * float(score.abs().max())
    )


def test_a_network_that_meets_its_target_gives_back_the_clean_pose(denoiser, monkeypatch):
    """The target is consistent with how the raw output is read, in both forms."""
    clean, values, observed = states()
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(3))
    t = torch.linspace(0.05, 0.9, len(clean), dtype=torch.float64)[:, None]
    alpha, sigma = (m.float() for m in SubVPSDE().marginal(t))
    monkeypatch.setattr(denoiser, "raw", lambda *_: denoiser.target(clean, noise, t))
    estimate = denoiser.clean(alpha * clean + sigma * noise, t, denoiser.embed(values, observed))
    torch.testing.assert_close(estimate, clean, rtol=1e-3, atol=1e-3 * float(clean.abs().max()))


def test_evidence_that_is_not_observed_does_not_matter(denoiser):
    x, values, observed = states()
    t = torch.tensor(0.3)
    nothing = torch.zeros_like(observed)
    plain = denoiser.clean(x, t, denoiser.embed(torch.zeros_like(values), nothing))
    again = denoiser.clean(x, t, denoiser.embed(torch.zeros_like(values), nothing))
    assert torch.equal(plain, again)
    if denoiser.config.network.condition != "none":
        assert not torch.allclose(plain, denoiser.clean(x, t, denoiser.embed(values, observed)))


def test_evidence_is_embedded_once_for_all_hypotheses(denoiser):
    """(N, 1, 3J) evidence beside (N, S, 3J) states is the same as evidence repeated S times."""
    _, values, observed = states(3)
    x = torch.randn(3, 4, 51, generator=torch.Generator().manual_seed(4))
    t = torch.tensor(0.3)
    broadcast = denoiser.clean(x, t, denoiser.embed(values[:, None], observed[:, None]))
    repeated = denoiser.clean(
        x.flatten(0, 1), t, denoiser.embed(values.repeat_interleave(4, 0), observed.repeat_interleave(4, 0))
    )
    torch.testing.assert_close(broadcast.flatten(0, 1), repeated, rtol=1e-4, atol=1e-3)


def test_vp_is_taken_too():
    denoiser = Denoiser(DenoiserConfig(ScoreMLPConfig(**TINY), VPSDE())).eval()
    x, values, observed = states()
    assert denoiser.clean(x, torch.tensor(0.5), denoiser.embed(values, observed)).isfinite().all()


@pytest.mark.parametrize("form", ["edm", "plain"])
def test_exact_evidence_is_kept_and_its_noise_is_not_listened_to(form):
    torch.manual_seed(1)
    denoiser = Denoiser(DenoiserConfig(ScoreMLPConfig(**TINY), form=form)).eval()
    x, values, observed = states()
    t = torch.tensor(0.4, dtype=torch.float64)
    evidence = denoiser.embed(values, observed)
    clean = denoiser.clean(x, t, evidence)
    other = denoiser.clean(x + 3.0 * observed, t, evidence)
    torch.testing.assert_close(clean * observed, values, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(clean, other, rtol=1e-4, atol=1e-3)
