"""The ladder of qualities: real samplers, the default in the middle, and the command line knows it."""

import dataclasses
import json

import numpy as np
import pytest

from gfpose_core.cli import main
from gfpose_core.ladder import LADDER
from gfpose_core.registry import DEFAULT_SAMPLER, SAMPLERS, load
from tests.samples import tiny_checkpoint


def test_rungs_are_samplers_with_options_of_theirs():
    assert list(LADDER) == ["preview", "standard", "reference"]
    solvers = [quality.solver() for quality in LADDER.values()]
    steps = [solver.steps for solver in solvers]
    assert steps == sorted(steps)
    assert LADDER["standard"].solver() == load(SAMPLERS, DEFAULT_SAMPLER)()
    for quality, solver in zip(LADDER.values(), solvers, strict=True):
        defaults = dataclasses.asdict(type(solver)())
        assert all(defaults[name] != value for name, value in quality.options.items())


@pytest.fixture
def generate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["generate", "--checkpoint", str(tiny_checkpoint(tmp_path)), "--out", "out.npz"]
    return lambda *options: main([*command, *options])


@pytest.mark.parametrize("name", LADDER)
def test_the_command_line_takes_a_quality_by_name(generate, name):
    assert generate("--quality", name) == 0
    with np.load("out.npz") as file:
        solver = LADDER[name].solver()
        told = json.loads(str(file["options"]))
        assert (file["sampler"], file["steps"]) == (LADDER[name].sampler, solver.steps)
    assert dataclasses.asdict(solver) | {"evidence": told["evidence"], "guidance": 1.0} == told


@pytest.mark.parametrize("other", [("--steps", "5"), ("--sampler", "unipc")])
def test_a_quality_beside_a_sampler_is_refused(generate, capsys, other):
    assert generate("--quality", "preview", *other) == 2
    assert "--quality" in capsys.readouterr().err
