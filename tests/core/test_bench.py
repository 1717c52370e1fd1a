"""The benchmark measures what it says; how fast things are is not asserted."""

import json
from itertools import combinations

import numpy as np
import pytest
import torch

from gfpose_core.bench import equality, speed
from gfpose_core.cli import main
from gfpose_core.evaluation.scores import WHOLE, Scores
from gfpose_core.io.checkpoints import write_checkpoint
from gfpose_core.io.datasets.base import VIRTUAL_CAMERA, Benchmark
from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.priors.gfpose import GFPosePrior
from gfpose_core.samplers.dpm_solver import DPMSolver
from tests.samples import people

KEYS = [
    "same_steps_ratio_s200", "equal_quality_ratio_s200", "equal_quality_seconds_s200",
    "preview_ms_s1", "preview_ms_s16", "peak_share_s2000",
]  # fmt: skip


def tiny(condition: str = "exact") -> Denoiser:
    torch.manual_seed(0)
    network = ScoreMLPConfig(hidden=64, embed=32, groups=4, condition=condition)
    denoiser = Denoiser(DenoiserConfig(network))
    with torch.no_grad():
        denoiser.network.post_dense.weight *= 0.005
    return denoiser


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(speed, "STEPS", 20)
    monkeypatch.setattr(speed, "BUDGET_S", 0.01)
    monkeypatch.setattr(speed, "ROUNDS", 1)


@pytest.mark.parametrize("condition", ["exact", "difference"])
def test_the_literal_prior_draws_the_same_poses(condition):
    prior = GFPosePrior(tiny(condition), "tiny", "00", {})
    assert speed.distance(prior) < 2.0


def test_the_useful_work_is_that_of_the_layers():
    for condition, layers in (("exact", 0), ("difference", 5)):
        network = tiny(condition).network
        moving = [*network.linears(), network.post_dense]
        if layers:
            moving += [network.cond_embed[0], *network.linears("_cond")]
        assert speed.useful_flops(network.config) == 2 * sum(linear.weight.numel() for linear in moving)


def test_the_best_of_some_is_its_mean_over_every_choice(rng):
    errors = rng.uniform(50, 100, (3, 6))
    choices = [errors[:, list(chosen)].min(1) for chosen in combinations(range(6), 4)]
    np.testing.assert_allclose(equality.best_of(errors, 4), np.mean(choices, axis=0))
    np.testing.assert_allclose(equality.best_of(errors, 6), errors.min(1))


def scores(rng: np.random.Generator, factor=1.0) -> Scores:
    errors = rng.normal(75, 10, (40, 30))
    whole = np.full((40, len(WHOLE)), 30.0)
    return Scores(factor * errors, errors, errors, errors, factor * whole, np.zeros((40, 17)))


def test_equal_means_within_the_limits():
    reference = scores(np.random.default_rng(5))
    for factor, equal in ((1.0, True), (1.009, True), (0.995, True), (1.011, False), (0.98, False)):
        found = equality.compare(DPMSolver(steps=7), scores(np.random.default_rng(5), factor), reference)
        assert found.equal == equal
        assert found.calls == 7
        for name, (low, high) in found.intervals.items():
            assert found.ratios[name] == pytest.approx(factor)
            assert low == pytest.approx(high)  # every pose is off by the same share


def test_the_interval_holds_what_chance_does():
    reference, other = scores(np.random.default_rng(5)), scores(np.random.default_rng(6))
    low, high = equality.compare(DPMSolver(), other, reference).intervals["minMPJPE"]
    assert low < 1 < high
    assert high - low > 0.01


def test_the_search_ends_at_equality_and_goes_on_where_it_was(rng, tmp_path, monkeypatch):
    points = people(rng, 6) * [1, -1, -1] + [0, 900, 5000]
    subjects = Benchmark("people", points, np.zeros(6, str), VIRTUAL_CAMERA, VIRTUAL_CAMERA.project(points))
    monkeypatch.setattr(equality, "POSES", 3)
    monkeypatch.setattr(equality, "HYPOTHESES", 4)
    monkeypatch.setattr(equality, "BEST_OF", 2)
    monkeypatch.setattr(equality, "CALLS", (2, 3, 4))
    prior = GFPosePrior(tiny(), "tiny", "00", {})
    monkeypatch.setattr(equality, "WITHIN", {"minMPJPE": 0.0, "spread": 0.0})
    tried = list(equality.comparisons(prior, subjects, tmp_path, 0))
    assert [found.calls for found in tried] == [2, 3, 4]
    monkeypatch.setattr(equality, "WITHIN", {"minMPJPE": np.inf, "spread": np.inf})
    monkeypatch.setattr(prior, "generate", None)
    assert [found.ratios for found in equality.comparisons(prior, subjects, tmp_path, 0)] == [tried[0].ratios]


def test_the_command_prints_a_table_and_writes_the_figures(tmp_path, capsys):
    write_checkpoint(tmp_path / "tiny.safetensors", tiny().config, tiny().network.state_dict(), {})
    arguments = ["bench", "speed", "--checkpoint", str(tmp_path / "tiny.safetensors")]
    assert main([*arguments, "--json", str(tmp_path / "speed.json")]) == 0
    shown = capsys.readouterr().out
    assert "needs --data" in shown
    assert "S = 2000" in shown
    figures = json.loads((tmp_path / "speed.json").read_text())
    assert list(figures) == KEYS
    assert all((figures[key] is None) == key.startswith("equal") for key in KEYS)
    assert main([*arguments, "--json", str(tmp_path / "nowhere" / "speed.json")]) == 2
