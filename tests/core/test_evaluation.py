"""Tables: the same figures however they are computed, kept over a kill, honest about whose they are."""

import csv
import io
import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import h5py
import numpy as np
import pytest
import torch

from gfpose_core.condition import FIXED_3D, SEEN_2D, Condition
from gfpose_core.errors import ConditionError, FormatError, TrainingError
from gfpose_core.evaluation import models, papers
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.scores import NAMES, WHOLE, Scores
from gfpose_core.evaluation.subjects import poses_to_train_on, read_subjects, views_to_train_on
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables import TABLES, generation, unified
from gfpose_core.evaluation.tables.base import floor, group_rows, task, without
from gfpose_core.evaluation.tables.denoising import STDS_PX, NoisyPoses
from gfpose_core.metrics import min_mpjpe, mpjpe, n_mpjpe, pa_mpjpe
from gfpose_core.registry import load
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.training.recipes import recipe
from tests.core.test_benchmarks import seen, write_h36m
from tests.core.test_prior import make_prior
from tests.samples import people

MEASURING = ("lift", "cross-dataset", "complete-2d", "complete-3d", "inference", "calibration", "guidance")


@pytest.fixture
def data(tmp_path, rng):
    """A pose file with two kinds of motion."""
    with h5py.File(tmp_path / "poses.h5", "w") as file:
        for split, count in {"train": 60, "test": 12}.items():
            file[f"{split}/positions"] = people(rng, count).astype(np.float32)
            file[f"{split}/clip_index"] = np.arange(count) // (count // 3)
            file[f"{split}/clip_names"] = ["walk_1", "walk_2", "jump_1"]
    return tmp_path / "poses.h5"


@pytest.fixture
def exam(data, tmp_path, rng):
    return small_exam(tmp_path / "exam", rng, read_subjects(data, "test", seed=0))


def small_exam(folder, rng, subjects=None):
    return Exam(
        prior=make_prior(),
        subjects=subjects,
        training=people(rng, 40).astype(np.float32),
        hypotheses=4,
        sampler=DPMSolver(steps=3),
        seed=0,
        folder=folder,
        train_steps=2,
    )


def right_leg(exam):
    return task(exam, "right leg", without(FIXED_3D, ("right leg",)))


def test_scores_are_those_of_the_metrics(rng):
    truth = people(rng, 5)
    hypotheses = truth[:, None] + rng.normal(0, 40, (5, 6, 17, 3))
    scores = Scores.measure(hypotheses, truth)
    assert scores.mean() == pytest.approx(mpjpe(hypotheses, truth[:, None]).mean())
    assert scores.best(6) == pytest.approx(min_mpjpe(hypotheses, truth).mean())
    assert scores.best(2) == pytest.approx(min_mpjpe(hypotheses[:, :2], truth).mean())
    aligned = pa_mpjpe(hypotheses, truth[:, None], reflection=True).min(1).mean()
    assert scores.best_aligned(6) == pytest.approx(aligned)
    assert scores.best_of("similar", 6) == pytest.approx(pa_mpjpe(hypotheses, truth[:, None]).min(1).mean())
    assert scores.best_of("normalised", 6) == pytest.approx(n_mpjpe(hypotheses, truth[:, None]).min(1).mean())
    assert scores.whole.shape == (5, len(WHOLE))
    joined = Scores.join([scores[:2], scores[2:]])
    assert all(np.array_equal(vars(joined)[name], vars(scores)[name], equal_nan=True) for name in NAMES)


def test_the_size_of_a_batch_changes_nothing(exam, tmp_path):
    (whole,) = exam.run([right_leg(exam)])
    (split,) = replace(exam, batch=7, folder=tmp_path / "split").run([right_leg(exam)])
    for name in NAMES:
        np.testing.assert_allclose(vars(split)[name], vars(whole)[name], rtol=1e-4, atol=1e-3)


def test_finished_parts_are_not_computed_again(exam, monkeypatch):
    exam = replace(exam, batch=16)
    (before,) = exam.run([right_leg(exam)])
    parts = sorted((exam.folder / "parts").iterdir())
    assert len(parts) == 3
    parts[1].unlink()
    calls = []
    generate = exam.prior.generate
    monkeypatch.setattr(exam.prior, "generate", lambda *a, **k: calls.append(a) or generate(*a, **k))
    (after,) = exam.run([right_leg(exam)])
    assert len(calls) == 1
    np.testing.assert_array_equal(after.errors, before.errors)


def test_another_seed_sampler_or_truth_is_another_part(exam):
    exam.run([right_leg(exam)])
    other_truth = replace(right_leg(exam), truth=exam.truth + np.eye(3)[0])
    for changed, asked in (
        (replace(exam, seed=1), right_leg(exam)),
        (replace(exam, sampler=DPMSolver(steps=4)), right_leg(exam)),
        (exam, replace(right_leg(exam), evidence="condition")),
        (exam, other_truth),
    ):
        kept = len(list((exam.folder / "parts").iterdir()))
        changed.run([asked])
        assert len(list((exam.folder / "parts").iterdir())) > kept


def test_cameras_do_not_depend_on_which_poses_are_measured(data):
    every, some = read_subjects(data, "test", 0), read_subjects(data, "test", 0)[::3]
    np.testing.assert_array_equal(every.points[::3], some.points)
    assert set(every.groups) == {"walk", "jump"}
    assert not np.allclose(read_subjects(data, "test", 1).points, every.points)


def test_the_floor_keeps_what_the_evidence_fixes(exam):
    def mean_below(levels):
        (row,) = floor(exam, "floor", levels, lambda scores: {"mean": scores.mean()})
        return row.figures["mean"]

    assert 0 < mean_below(without(FIXED_3D, ("right leg",))) < mean_below(without(SEEN_2D, ()))


def test_without_training_poses_there_is_no_floor_and_no_training(exam):
    exam = replace(exam, training=None)
    assert floor(exam, "floor", without(SEEN_2D, ()), lambda scores: {}) == []
    for name in ("generate", "robustness"):
        with pytest.raises(TrainingError, match="--train-data"):
            load(TABLES, name)(exam)


def test_human36m_as_gfpose_packs_it_is_measured_by_action(tmp_path, rng, monkeypatch):
    """The papers' own protocol: its actions, its cameras, its figures beside ours."""
    path = write_h36m(tmp_path / "h36m_test.pkl", seen(rng))
    assert poses_to_train_on(path, None) is None
    with pytest.raises(FormatError, match="measured on"):
        poses_to_train_on(path, path)
    asked = Exam(make_prior(), read_subjects(path, "test", 0), None, 3, DPMSolver(steps=2), 0, tmp_path)
    rows = {row.label: row for row in load(TABLES, "lift")(asked).rows}
    named = [label for label in rows if label.startswith("true 2D: ")]
    assert {label.removeprefix("true 2D: ") for label in named} > set(asked.subjects.groups)
    assert all(rows[f"true 2D: {group}"].paper for group in asked.subjects.groups)


def test_a_file_of_test_poses_alone_is_measured_without_training_poses(tmp_path, rng):
    with h5py.File(tmp_path / "test.h5", "w") as file:
        file["test/positions"] = people(rng, 5).astype(np.float32)
    assert len(read_subjects(tmp_path / "test.h5", "test", 0)) == 5
    assert poses_to_train_on(tmp_path / "test.h5", None) is None
    with pytest.raises(FormatError, match="no split 'train'"):
        poses_to_train_on(tmp_path / "test.h5", tmp_path / "test.h5")


def test_detections_need_the_cameras_they_were_made_with(data, tmp_path):
    with pytest.raises(FormatError, match="no cameras"):
        read_subjects(data, "test", 0, tmp_path / "detections.pkl")


def test_one_hypothesis_has_no_calibration(exam):
    with pytest.raises(ConditionError, match="--hypotheses"):
        load(TABLES, "calibration")(replace(exam, hypotheses=1))


def test_the_papers_pck_over_the_best_of_200_stands_beside_no_other(exam):
    assert not any(row.paper for row in load(TABLES, "cross-dataset")(exam).rows)
    of_200 = load(TABLES, "cross-dataset")(replace(exam, hypotheses=200, sampler=DPMSolver(steps=1))).rows
    assert {row.label: row.paper for row in of_200 if row.paper} == {
        "true 2D: all poses": {"PCK, %": 86.9}  # its average over scenes would be 86.6
    }


def test_the_average_of_groups_is_the_papers(exam):
    (scores,) = exam.run([right_leg(exam)])
    rows = group_rows(
        exam,
        "x",
        scores,
        lambda part: {"mean": part.mean()},
        {"average": {"mean": 1.0}, "all poses": {"mean": 2.0}},
    )
    by_label = {row.label: row for row in rows}
    assert list(by_label) == ["x: jump", "x: walk", "x: average of groups", "x: all poses"]
    jump, walk, average, every = (row.figures["mean"] for row in rows)
    assert average == pytest.approx((jump + walk) / 2)
    assert by_label["x: all poses"].paper == {"mean": 2.0}
    assert every == pytest.approx((jump + 2 * walk) / 3)
    assert by_label["x: average of groups"].paper == {"mean": 1.0}


@pytest.mark.parametrize("name", MEASURING)
def test_tables_that_measure(exam, name):
    table = load(TABLES, name)(exam)
    assert table.name == name
    figures = [value for row in table.rows for value in row.figures.values()]
    assert len(figures) > 2
    assert np.isfinite(figures).all()
    assert min(figures) >= 0


@pytest.mark.parametrize("name", ["generate", "robustness", "ablation", "unified", "recipes"])
def test_tables_that_train(exam, name, monkeypatch):
    """Their models are stood in for; :func:`test_a_model_is_trained_once` trains one."""
    recipes = []
    for module in ("generation", "robustness", "ablation", "unified"):
        module = import_module(f"gfpose_core.evaluation.tables.{module}")
        monkeypatch.setattr(module, "trained", lambda exam, chosen, *_: recipes.append(chosen) or exam.prior)
    monkeypatch.setattr(generation, "SYNTHETIC", 30)
    monkeypatch.setattr(unified, "SYNTHETIC", 30)
    table = load(TABLES, name)(replace(exam, hypotheses=2))
    assert len(recipes) == {"generate": 8, "robustness": 4, "ablation": 8, "unified": 16, "recipes": 2}[name]
    figures = [value for row in table.rows for value in row.figures.values()]
    assert np.isfinite(figures).all()
    assert name == "recipes" or all(row.paper for row in table.rows)


@pytest.mark.parametrize("kind", ["true", "detected"])
def test_zedo_stands_beside_gfpose_and_refines_a_lifter(exam, kind, monkeypatch):
    zedo = import_module("gfpose_core.evaluation.tables.zedo")
    lifters = []
    monkeypatch.setattr(zedo, "trained", lambda exam, chosen, *_: lifters.append(chosen.name) or exam.prior)
    if kind == "detected":
        subjects = replace(exam.subjects, detected=exam.subjects.keypoints)
        exam = replace(exam, subjects=subjects, training=None)
    table = load(TABLES, "zedo")(replace(exam, quality="preview"))
    rows = {row.label: row for row in table.rows}
    assert set(lifters) == (set() if kind == "detected" else {"lifter"})
    for count in (1, 4):
        assert f"true 2D, S = {count}: GFPose, told the 2D" in rows
    assert rows["true 2D, S = 4"].figures["MPJPE"] <= rows["true 2D, S = 1"].figures["MPJPE"]
    assert rows[f"{kind} 2D, S = 1"].paper["PA-MPJPE"] in (35.8, 49.0)
    if kind == "true":
        assert rows["true 2D, lifter refined"].paper["MPJPE"] == 38.7
        change = rows["true 2D, lifter refined"].figures["MPJPE"] - rows["true 2D, lifter"].figures["MPJPE"]
        assert any(f", MPJPE by {change:+.1f} mm" in note for note in table.notes)
        assert {"true 2D, lifter", "noisy 2D, lifter refined", "noisy 2D, lifter refined, from 20 mm"} <= set(
            rows
        )
    figures = [value for row in table.rows for value in row.figures.values()]
    assert np.isfinite(figures).all()


def test_zedos_steps_are_measured_against_its_errors(exam, monkeypatch):
    zedo = import_module("gfpose_core.evaluation.tables.zedo")
    tried = zedo._tried()
    assert [tried[f"{name} of the ladder"].steps for name in zedo.ZEDO_LADDER] == [30, 100, 1000]
    quick = {name: replace(rung, steps=5, fit_steps=2) for name, rung in list(tried.items())[:2]}
    monkeypatch.setattr(zedo, "_tried", lambda: quick)
    table = load(TABLES, "zedo-steps")(replace(exam, subjects=exam.subjects[:2], hypotheses=2))
    assert [row.label for row in table.rows] == list(quick)
    for row in table.rows:
        assert row.figures["network calls"] == 5
        assert row.figures["PA-MPJPE, best of 2"] <= row.figures["PA-MPJPE"]


def small_recipe():
    small = recipe("hpj-000")
    network = replace(small.model.network, hidden=64, embed=32)
    return replace(small, model=replace(small.model, network=network), batch=64, noises=2, sharing=4)


@pytest.mark.parametrize("writer", ["write_checkpoint", "torch.save"])
def test_a_model_whose_last_save_was_killed_is_trained_on(exam, monkeypatch, writer):
    def killed(*_):
        raise KeyboardInterrupt

    small = small_recipe()
    monkeypatch.setattr(f"gfpose_core.training.run.{writer}", killed)
    with pytest.raises(KeyboardInterrupt):
        models.trained(exam, small, 9)
    monkeypatch.undo()
    assert models.trained(exam, small, 9).facts["steps"] == exam.train_steps


TRAINER = """
import sys, time
from pathlib import Path
import numpy as np
from gfpose_core import distributed
from gfpose_core.evaluation import models
from gfpose_core.training import run
from tests.core.test_evaluation import small_exam, small_recipe

def slow(*arguments, write=run.write_checkpoint):
    time.sleep(1)
    return write(*arguments)

run.write_checkpoint = slow
with distributed.process_group():
    exam = small_exam(Path(sys.argv[1]), np.random.default_rng(0))
    print(f"<{models.trained(exam, small_recipe(), 3).sha256}>", flush=True)
"""


def test_processes_that_train_a_model_all_go_on_with_it(tmp_path):
    (tmp_path / "trainer.py").write_text(TRAINER)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d",
         "--rdzv-endpoint", "localhost:0", str(tmp_path / "trainer.py"), str(tmp_path)],
        capture_output=True, text=True, timeout=100,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = re.findall("<(.*?)>", done.stdout)
    assert first == second


def test_a_model_is_trained_once(exam, monkeypatch):
    small = small_recipe()
    first = models.trained(exam, small, 9)
    assert first.facts["steps"] == exam.train_steps
    monkeypatch.setattr(models, "run", None)
    assert models.trained(exam, small, 9).sha256 == first.sha256
    monkeypatch.undo()
    assert models.trained(exam, small, 9, exam.training[:20]).sha256 != first.sha256


def test_denoising_is_measured_from_noise_of_the_papers_size(exam):
    case = NoisyPoses.draw(exam, "N(0, 25)")
    assert (case.poses - exam.truth).std() == pytest.approx(case.std_mm, rel=0.1)
    assert 15 < case.std_mm < 25
    for name in STDS_PX:
        assert name in papers.DENOISE
        noise = NoisyPoses.draw(exam, name)
        asked = noise.task(exam, exam.prior, name)
        config = exam.prior.denoiser.config
        level = config.sde.noise_level(torch.tensor(asked.condition.start.time, dtype=torch.float64))
        assert float(level) == pytest.approx(max(1.0, noise.std_mm) * config.units_per_mm, rel=1e-3)


def test_a_table_says_whose_figures_are_whose(tmp_path):
    table = Table(
        "t", "Title", "Paper Table 1",
        [Row("a", {"mean": 12.34, "rate": 0.125}, {"mean": 50.0}), Row("b", {"mean": 1.0})],
        facts={"seed": 3},
    )  # fmt: skip
    for path in table.write(tmp_path):
        assert path.exists()
    stored = json.loads((tmp_path / "t.json").read_text())
    assert stored["rows"][0] == {
        "label": "a",
        "figures": {"mean": 12.34, "rate": 0.125},
        "paper": {"mean": 50.0},
    }
    header, first, second = csv.reader(io.StringIO((tmp_path / "t.csv").read_text()))
    assert header == ["", "mean", "rate", "paper: mean"]
    assert first == ["a", "12.34", "0.125", "50.0"]
    assert second == ["b", "1.0", "", ""]
    text = (tmp_path / "t.md").read_text()
    assert "| a | 12.3 | 0.125 | 50.0 |" in text
    assert "Human3.6M" in text
    assert "seed: 3" in text
    assert "other data" in text
    assert "other data" not in replace(table, facts={"data": "Human3.6M (h36m_test.pkl)"}).markdown()


def test_two_processes_find_the_same_figures_as_one(data, tmp_path):
    command = [
        "evaluate",
        "complete-3d",
        "--data",
        str(data),
        "--hypotheses",
        "3",
        "--batch",
        "6",
        "--steps",
        "2",
    ]
    alone = [sys.executable, "-m", "gfpose_core.cli", *command, "--out", str(tmp_path / "one")]
    shared = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d",
        "--rdzv-endpoint", "localhost:0", "-m", "gfpose_core.cli", *command, "--out", str(tmp_path / "two"),
    ]  # fmt: skip
    for arguments in (alone, shared):
        subprocess.run(arguments, check=True, capture_output=True, timeout=120)
    one, two = (
        json.loads((tmp_path / out / "complete-3d.json").read_text())["rows"] for out in ("one", "two")
    )
    for row, other in zip(one, two, strict=True):
        assert row["figures"] == pytest.approx(other["figures"], abs=1e-3)


def test_evidence_in_2d_is_the_detectors_where_there_is_one(exam, rng):
    kinds = without(SEEN_2D, ("left leg",)), without(FIXED_3D, ("left leg",))
    found = replace(exam.subjects, detected=exam.subjects.keypoints + rng.normal(0, 5, (12, 17, 2)))
    for levels, follows in zip(kinds, (True, False), strict=True):
        true, detected = (task(replace(exam, subjects=s), "", levels) for s in (exam.subjects, found))
        assert np.array_equal(true.condition.values, detected.condition.values) != follows
        true_before = Condition.from_camera(exam.subjects.points, true.condition.levels)
        np.testing.assert_allclose(true.condition.values, true_before.values, atol=1e-2)
        np.testing.assert_allclose(true.condition.view.depth, true_before.view.depth, rtol=1e-6)
    assert "ours is true" in " ".join(load(TABLES, "complete-2d")(exam).notes)
    for name, words in {"complete-2d": "2D is detected", "inference": "2D is detected"}.items():
        assert words in " ".join(load(TABLES, name)(replace(exam, subjects=found)).notes)
    scenes = load(TABLES, "cross-dataset")(replace(exam, subjects=found))
    assert "detected 2D" in scenes.title
    assert all(row.label.startswith("detected 2D") for row in scenes.rows)


@pytest.mark.parametrize(("condition", "same"), [("exact", True), ("soft", False)])
def test_ways_that_are_one_are_said_to_be(exam, condition, same):
    notes = load(TABLES, "inference")(replace(exam, prior=make_prior(condition=condition))).notes
    assert any("same distribution" in note for note in notes) == same


def test_another_precision_is_another_part(exam):
    exam.run([right_leg(exam)])
    kept = len(list((exam.folder / "parts").iterdir()))
    exam.prior.precision = "float64"
    exam.run([right_leg(exam)])
    assert len(list((exam.folder / "parts").iterdir())) == 2 * kept


def test_generated_poses_are_drawn_once(exam, monkeypatch):
    first = models.generated(exam, exam.prior, 5)
    monkeypatch.setattr(models, "sample", None)
    np.testing.assert_array_equal(models.generated(exam, exam.prior, 5), first)
    monkeypatch.undo()
    for other in (replace(exam, seed=1), replace(exam, sampler=DPMSolver(steps=4))):
        assert not np.array_equal(models.generated(other, exam.prior, 5), first)
    assert len(models.generated(exam, exam.prior, 6)) == 6


@pytest.fixture
def filmed(exam, tmp_path, rng):
    """An exam whose training poses are Human3.6M's as GFPose packs them, with detections."""
    test = write_h36m(tmp_path / "h36m_test.pkl", seen(rng))
    train = write_h36m(tmp_path / "h36m_train.pkl", seen(rng))
    subsets = {
        split: {"joint3d_image": read_subjects(path, split, 0).keypoints + rng.normal(0, 5, (12, 17, 2))}
        for split, path in {"test": test, "train": train}.items()
    }
    detections = tmp_path / "h36m_sh_dt_ft.pkl"
    detections.write_bytes(pickle.dumps(subsets))
    views = views_to_train_on(test, train, detections)
    np.testing.assert_array_equal(views.detected, subsets["train"]["joint3d_image"])
    with pytest.raises(FormatError, match="measured on"):
        views_to_train_on(test, test, detections)
    return replace(exam, views=views, subjects=read_subjects(test, "test", 0, detections),
                   training=poses_to_train_on(test, train), hypotheses=2)  # fmt: skip


def test_poses_of_our_own_have_no_cameras_to_train_on(data):
    assert views_to_train_on(data, None, None) is None
    assert views_to_train_on(data, data, None) is None


def test_models_are_trained_on_what_the_detector_saw(filmed):
    views = filmed.views
    chosen, batches = models.training_data(filmed, small_recipe())
    assert chosen.model.network.condition == "soft"
    assert batches.keypoints is views.detected
    found = models.trained(filmed, small_recipe(), 9)
    assert found.facts["views"] == models.FILMED
    true = replace(filmed, views=replace(views, detected=None))
    chosen, batches = models.training_data(true, small_recipe())
    assert chosen.model.network.condition == "exact"
    assert batches.keypoints is views.keypoints
    assert models.trained(true, small_recipe(), 9).sha256 != found.sha256


@pytest.mark.parametrize("detects", [True, False])
def test_robustness_trains_on_true_and_on_detected_2d(filmed, monkeypatch, detects):
    views = filmed.views if detects else replace(filmed.views, detected=None)
    taught = []
    module = import_module("gfpose_core.evaluation.tables.robustness")
    monkeypatch.setattr(module, "trained", lambda exam, c, s, poses: taught.append((c, poses)) or exam.prior)
    table = module.robustness(replace(filmed, views=views))
    assert {chosen.noise_px for chosen, _ in taught} == {0.0}
    truth = [batches.keypoints is views.keypoints for _, batches in taught]
    assert truth == [True, True, False, False]
    assert all(batches.keypoints is views.detected for _, batches in taught[2:]) == detects
    assert any("in the place of detections" in note for note in table.notes) != detects


def test_poses_that_keep_their_cameras_tilt_are_not_tilted_again(filmed):
    np.testing.assert_array_equal(generation.seen_by_cameras(filmed), filmed.training)
    assert not np.allclose(generation.seen_by_cameras(replace(filmed, views=None)), filmed.training, atol=1)
