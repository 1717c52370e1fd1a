"""Classifier-free guidance: the formula through the prior's own door, and the distribution it leads to."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from gfpose_core import sequences
from gfpose_core.condition import FIXED_3D, MOST_GUIDANCE, SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import PoseClip
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.score_mlp import Evidence
from gfpose_core.priors.guidance import CALLS
from gfpose_core.priors.zedo import ZeDOPrior
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.samplers.probability_flow import ProbabilityFlow
from gfpose_core.sampling import sample
from tests.core.test_prior import QUICK, camera_points, levels_of, make_prior
from tests.samples import people


def seen(rng, n=2):
    return Condition.from_camera(camera_points(rng, n), levels_of(n, SEEN_2D))


def without_evidence(condition):
    """The same views, nothing observed."""
    return replace(condition, observed=np.zeros_like(condition.observed))


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.5, 3.0])
@pytest.mark.parametrize("kind", ["exact", "soft", "difference"])
def test_the_estimate_is_the_formula_and_no_surer_than_exact_evidence(rng, kind, weight):
    """One call at t = 1, against the two estimates that runs without and with evidence make there."""
    prior, condition = make_prior(condition=kind), seen(rng)

    def estimate(condition, **guidance):
        (step,) = prior.generate(condition, 3, PosteriorMean(), 0, "condition", **guidance)
        return step.state.clean.double()

    told, untold = estimate(condition), estimate(without_evidence(condition))
    weights = torch.full((2, 1, 51), weight).double()
    if kind == "exact":
        weights[torch.from_numpy(condition.observed.copy()).view(2, 1, 51)] = min(weight, 1.0)
    guided = estimate(condition, guidance=weight)
    torch.testing.assert_close(guided, untold + weights * (told - untold), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(guided, told, atol=1e-3)


class Gaussian(torch.nn.Module):
    """The paper's noise estimate for x(0) ~ N(0, PRIOR^2) seen with an error of N(0, ERROR^2), units of x."""

    def __init__(self, sde):
        super().__init__()
        self.sde = sde
        self.prior = torch.nn.Parameter(PRIOR)

    def embed(self, values, observed):
        return Evidence(values, observed, None)

    def forward(self, x, t, evidence):
        alpha, sigma = self.sde.marginal(t)
        spread = torch.where(evidence.observed > 0, POSTERIOR, self.prior) ** 2
        mean = evidence.observed * evidence.values * (POSTERIOR / ERROR) ** 2
        level = (sigma / alpha) ** 2
        clean = (mean * level + spread * (x / alpha)) / (spread + level)
        return (x - alpha * clean) / sigma


PRIOR, ERROR = torch.tensor(6.0), torch.tensor(4.0)
POSTERIOR = (PRIOR**-2 + ERROR**-2) ** -0.5


@pytest.mark.parametrize("weight", [0.0, 1.0, 1.5, 3.0])
def test_the_probability_flow_leads_to_the_guided_gaussian(rng, weight):
    """Its standard deviation is PRIOR^(1-w) POSTERIOR^w; its mean is where a solver of its own takes 0."""
    prior, condition = make_prior(condition="soft", form="plain"), seen(rng, 1)
    prior.denoiser = Denoiser(prior.denoiser.config, Gaussian(prior.denoiser.config.sde))
    sampler = ProbabilityFlow(steps=150, lowest=0.05)
    *_, last = prior.generate(condition, 3000, sampler, 0, "condition", guidance=weight)
    drawn = last.state.clean[0].numpy().reshape(3000, 17, 3)
    posterior, likely = float(POSTERIOR), float(POSTERIOR / ERROR) ** 2
    told = condition.values[0] * prior.denoiser.config.units_per_mm * likely

    def slope(s, y):  # dy/ds = (y - D_w) / s
        towards = (y - told[:, :2].ravel()) / (posterior**2 + s**2)
        return s * ((1 - weight) * y / (36 + s**2) + weight * towards)

    highest = float(prior.denoiser.config.sde.noise_level(torch.tensor(1.0).double()))
    flow = solve_ivp(slope, (highest, 1e-4), np.zeros(34), rtol=1e-9, atol=1e-9)
    width = 6.0 ** (1 - weight) * posterior**weight
    np.testing.assert_allclose(drawn[..., :2].std(0), width, rtol=0.06)
    np.testing.assert_allclose(drawn[..., :2].mean(0).ravel(), flow.y[:, -1], atol=4 * width / 3000**0.5)
    np.testing.assert_allclose(drawn[..., 2].std(0), 6.0, rtol=0.06)  # of depth nothing is told


def test_a_weight_of_one_has_the_same_bits_and_costs_and_others_count_both_calls(rng):
    prior, condition = make_prior(), seen(rng)
    weighed = {}, {"guidance": 1.0}, {"guidance": 2.0}
    plain, one, two = (list(prior.generate(condition, 3, QUICK, 0, **told)) for told in weighed)
    assert all(np.array_equal(a.states, b.states) and a.calls == b.calls for a, b in zip(plain, one))
    assert [step.calls for step in two] == [CALLS * step.calls for step in plain]
    assert not np.allclose(two[-1].clean, one[-1].clean, atol=1.0)


def test_no_weight_draws_without_evidence(rng):
    prior, condition = make_prior(), seen(rng)
    drawn = sample(prior, condition, 3, QUICK, 0, "condition", guidance=0.0)
    np.testing.assert_allclose(drawn, sample(prior, without_evidence(condition), 3, QUICK, 0), atol=1e-2)


@pytest.mark.parametrize("weight", [1.5, MOST_GUIDANCE])
def test_exact_evidence_is_met_whatever_its_weight(rng, weight):
    condition = seen(rng)
    drawn = sample(make_prior(), condition, 3, QUICK, 0, "condition", guidance=weight)
    seen_at = condition.view.to_network(drawn.astype(np.float64) + condition.origin[:, None, None])
    np.testing.assert_allclose(seen_at[..., :2], np.repeat(condition.values[:, None, :, :2], 3, 1), atol=0.05)


def test_any_cut_agrees_though_a_part_has_no_evidence(rng):
    prior, levels = make_prior(), levels_of(4, SEEN_2D)
    levels[1] = 0
    condition = Condition.from_camera(camera_points(rng, 4), levels)
    whole = sample(prior, condition, 5, QUICK, 1, guidance=2.0)
    cut = sample(prior, condition, 5, QUICK, 1, rows=3, guidance=2.0)
    np.testing.assert_allclose(cut, whole, rtol=1e-4, atol=1e-3)


def test_refusals_say_why(rng):
    prior, condition = make_prior(), Condition.from_camera(camera_points(rng), levels_of(3, FIXED_3D, (4,)))
    assert prior.refusal(condition, None, 2.0) is None
    assert "no evidence" in prior.refusal(Condition.nothing(), None, 2.0)
    assert "imputation" in prior.refusal(condition, "imputation", 2.0)
    assert prior.refusal(condition, "imputation", 1.0) is None
    for weight in (-0.1, MOST_GUIDANCE + 1, np.nan):
        assert "give 0 to 10" in prior.refusal(condition, None, weight)
    unconditional = make_prior(condition="none", form="plain", projection="orthographic", units_per_mm=1e-3)
    assert "unconditional" in unconditional.refusal(condition, None, 2.0)
    zedo = ZeDOPrior(prior.denoiser, "tiny", "00", {}, starts=np.zeros((1, 17, 3)))
    assert "ZeDO tells its network nothing" in zedo.refusal(seen(rng), None, 2.0)
    with pytest.raises(ConditionError, match="no evidence"):
        sample(prior, Condition.nothing(), 1, QUICK, 0, guidance=2.0)


def test_every_frame_of_a_clip_is_guided(rng):
    prior, observed = make_prior(), np.ones((5, 17), bool)
    observed[:, 4:7] = False
    clip = PoseClip(people(rng, 5), observed, "y-up", 25.0)
    plain, guided, again = (
        sequences.complete(prior, clip, QUICK, guidance=weight).poses for weight in (1.0, 3.0, 3.0)
    )
    np.testing.assert_array_equal(guided, again)
    np.testing.assert_array_equal(guided[:, 7:], plain[:, 7:])
    assert (np.linalg.norm(guided - plain, axis=-1)[:, 4:7] > 1.0).any(1).all()
