"""The network that samples is the network that was trained, only arranged for speed."""

import numpy as np
import pytest
import torch

from gfpose_core.condition import Condition
from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.inference import FastScoreMLP, accelerated, fastest_dtype
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.priors.gfpose import GFPosePrior
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.sampling import sample

TINY = {"hidden": 64, "embed": 32}
FORMS = [
    (form, condition) for form in ("edm", "plain") for condition in ("exact", "soft", "difference", "none")
]


def make(form: str = "edm", condition: str = "exact", **size: int) -> Denoiser:
    torch.manual_seed(1)
    network = ScoreMLPConfig(condition=condition, **(size or TINY))
    denoiser = Denoiser(DenoiserConfig(network, form=form)).eval().requires_grad_(False)
    for norm in denoiser.network.norms():  # as trained: features differ, some reversed, one is off
        torch.nn.init.normal_(norm.weight, 1.0, 0.7)[3] = 0.0
        torch.nn.init.normal_(norm.bias, 0.0, 0.5)
    return denoiser


def states(n: int = 3, s: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """x (n, s, 51), and values and flags (n, 1, 51)."""
    generator = torch.Generator().manual_seed(2)
    observed = (torch.rand(n, 1, 51, generator=generator) < 0.5).float()
    values = torch.randn(n, 1, 51, generator=generator) * 8 * observed
    return torch.randn(n, s, 51, generator=generator) * 4, values, observed


def at(t: float) -> torch.Tensor:
    return torch.tensor(t, dtype=torch.float64)


@pytest.mark.parametrize("t", [1.0, 0.3, 0.02])
@pytest.mark.parametrize(("form", "condition"), FORMS)
def test_in_float32_it_agrees_with_the_definition(form, condition, t):
    plain = make(form, condition)
    fast = accelerated(plain, torch.float32)
    x, values, observed = states()
    for answer in ("clean", "score"):
        expected = getattr(plain, answer)(x, at(t), plain.embed(values, observed))
        found = getattr(fast, answer)(x, at(t), fast.embed(values, observed))
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3 * float(expected.abs().max()))


def test_evidence_may_come_with_every_state():
    plain = make()
    fast = accelerated(plain, torch.float32)
    x, values, observed = (tensor.expand(3, 5, 51).flatten(0, 1) for tensor in states())
    expected = plain.clean(x, at(0.3), plain.embed(values, observed))
    torch.testing.assert_close(
        fast.clean(x, at(0.3), fast.embed(values, observed)), expected, rtol=1e-4, atol=1e-3
    )


@pytest.mark.parametrize("t", [1.0, 0.3, 0.02])
@pytest.mark.parametrize("condition", ["exact", "difference", "none"])
def test_bfloat16_moves_a_pose_by_millimetres_at_most(condition, t):
    plain = make(condition=condition, hidden=256, embed=32, groups=8)  # groups as large as in a real one
    fast = accelerated(plain, torch.bfloat16)
    x, values, observed = states(s=40)
    expected = plain.clean(x, at(t), plain.embed(values, observed))
    moved = fast.clean(x, at(t), fast.embed(values, observed)) - expected
    assert 0 < float(moved.square().mean().sqrt()) / plain.config.units_per_mm < 5


def test_a_sample_does_not_depend_on_its_batch():
    fast = accelerated(make(hidden=1024, embed=512))
    x, values, observed = states(2, 600)
    evidence = fast.embed(values, observed)
    whole = fast.clean(x, at(0.5), evidence)
    for count in (1, 16, 33, 200, 513):
        part = fast.clean(x[:1, :count], at(0.5), fast.embed(values[:1], observed[:1]))
        torch.testing.assert_close(part, whole[:1, :count], rtol=1e-4, atol=1e-4)


def test_a_sample_alone_is_what_it_is_among_others():
    """In bfloat16 one bit of evidence, or of one product, would in the end move joints by a millimetre."""
    fast = accelerated(make(hidden=1024, embed=512))
    x, values, observed = states(40, 10)
    whole = fast.embed(values, observed)
    beside = fast.clean(x, at(0.3), whole)
    for n in range(40):
        alone = fast.embed(values[n : n + 1], observed[n : n + 1])
        torch.testing.assert_close(
            alone.projections, whole.projections[:, :, n : n + 1], rtol=1e-4, atol=1e-5
        )
        for s in range(10):
            found = fast.clean(x[n : n + 1, s : s + 1], at(0.3), alone)
            torch.testing.assert_close(found, beside[n : n + 1, s : s + 1], rtol=1e-4, atol=1e-4)


def test_times_are_projected_once_and_evidence_once_a_run():
    calls = {"time": 0, "evidence": 0}
    prior = GFPosePrior(make(), "tiny", "00", {})
    network = prior.denoiser.network
    network.definition.shared_time_embed.register_forward_hook(
        lambda *_: calls.update(time=calls["time"] + 1)
    )
    network.cond_embed.register_forward_hook(lambda *_: calls.update(evidence=calls["evidence"] + 1))
    first, again = (sample(prior, Condition.nothing(), 4, DPMSolver(steps=6), seed=0) for _ in range(2))
    assert np.array_equal(first, again)
    assert calls == {"time": 6, "evidence": 2}


def test_only_so_many_times_are_kept(monkeypatch):
    monkeypatch.setattr("gfpose_core.networks.inference.KEPT_TIMES", 3)
    fast = accelerated(make(), torch.float32)
    x, values, observed = states()
    evidence = fast.embed(values, observed)
    first = fast.clean(x, at(0.5), evidence)
    for t in (0.1, 0.2, 0.3, 0.4):
        fast.clean(x, at(t), evidence)
    assert len(fast.network._times) <= 3
    assert torch.equal(fast.clean(x, at(0.5), evidence), first)


def test_what_is_fast_is_not_made_fast_twice():
    plain = make()
    twice = accelerated(accelerated(plain))
    assert isinstance(twice.network, FastScoreMLP)
    assert twice.network.definition is plain.network


def test_there_is_one_fast_form_of_a_network_until_its_weights_change():
    plain = make()
    first = accelerated(plain, torch.float32)
    assert accelerated(plain, torch.float32).network is first.network
    assert accelerated(plain, torch.bfloat16).network is not first.network
    x, values, observed = states()
    known = accelerated(plain, torch.float32)
    with torch.no_grad():
        next(plain.network.parameters()).mul_(1.5)
    changed = accelerated(plain, torch.float32)
    before, after = (fast.clean(x, at(0.5), fast.embed(values, observed)) for fast in (known, changed))
    assert not torch.equal(before, after)
    expected = plain.clean(x, at(0.5), plain.embed(values, observed))
    torch.testing.assert_close(after, expected, rtol=1e-4, atol=1e-3)
    with torch.inference_mode():
        uncounted = make()
    assert accelerated(uncounted).network is not accelerated(uncounted).network


def test_the_fastest_dtype_is_one_of_two():
    assert fastest_dtype(torch.device("cpu")) in (torch.bfloat16, torch.float32)
    assert fastest_dtype(torch.device("meta")) == torch.float32
