"""`gfpose bench quality`: every solver on every task, as a table and as a picture, nothing computed twice."""

import json
from xml.etree import ElementTree

import h5py
import numpy as np
import pytest

from gfpose_core.cli import main
from gfpose_core.evaluation import quality, throughput
from gfpose_core.evaluation.picture import grid
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.samplers.euler_maruyama import EulerMaruyama
from gfpose_core.samplers.probability_flow import ProbabilityFlow
from tests.samples import people, tiny_checkpoint

TASKS = ["lift", "legs from 2D", "left arm from 3D", "generate", "denoise"]


@pytest.fixture
def bench(tmp_path, rng, monkeypatch):
    solvers = {
        "Euler-Maruyama": (lambda calls: EulerMaruyama(steps=calls), (2, 5)),
        "fast": (lambda calls: DPMSolver(steps=calls), (2, 3)),
    }
    monkeypatch.setattr(quality, "SOLVERS", solvers)
    monkeypatch.setattr(quality, "REFERENCE", ("Euler-Maruyama", 5))
    monkeypatch.setattr(throughput, "BATCHES", (1, 2))
    monkeypatch.setattr(throughput, "LEAST_S", 0.0)
    with h5py.File(tmp_path / "poses.h5", "w") as file:
        file["val/positions"] = people(rng, 9).astype(np.float32)
    command = ["bench", "quality", "--data", str(tmp_path / "poses.h5"), "--out", str(tmp_path / "out")]
    command += ["--checkpoint", str(tiny_checkpoint(tmp_path)), "--poses", "4", "--hypotheses", "3"]
    return lambda: main(command)


def test_every_task_has_every_curve_and_the_reference_is_nothing_off(bench, tmp_path):
    assert bench() == 0
    table = json.loads((tmp_path / "out" / "quality.json").read_text())
    assert [row["label"].split(":")[0] for row in table["rows"]] == TASKS * 4
    for row in table["rows"]:
        assert all(np.isfinite(value) for value in row["figures"].values())
        if row["label"].endswith("Maruyama, 5 calls"):
            assert row["figures"]["minMPJPE off, %"] == row["figures"]["spread off, %"] == 0
    for name in ("quality", "throughput"):
        ElementTree.parse(tmp_path / "out" / f"{name}.svg")
        assert (tmp_path / "out" / f"{name}.md").is_file()


def test_a_finished_part_is_not_sampled_again(bench, tmp_path):
    assert bench() == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "parts").iterdir()}
    (tmp_path / "out" / "quality.json").unlink()
    assert bench() == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "parts").iterdir()}


def test_calls_of_the_curves_are_what_is_counted():
    for name, (make, along) in quality.SOLVERS.items():
        for calls in along:
            sampler = make(calls)
            paid = 2 * sampler.steps + 1 if isinstance(sampler, ProbabilityFlow) else sampler.steps
            assert paid == calls, name


def test_a_picture_shows_each_line_once_and_levels_across():
    svg = ElementTree.fromstring(grid([[("a & b", {"x": [(1, 2.0), (10, 1.0)], "y": [(5, 1.5)]})]], "calls"))
    texts = [node.text for node in svg.iter() if node.tag.endswith("text")]
    assert {"a & b", "x", "y", "calls"} <= set(texts)
    assert len([node for node in svg.iter() if node.tag.endswith("polyline")]) == 1
