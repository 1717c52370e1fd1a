"""Recipes by name, what each stands for, and single fields set from outside."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from gfpose_core.catalog import load
from gfpose_core.cli import main
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition
from gfpose_core.errors import TrainingError
from gfpose_core.masks import HPJ, U2D, U3D
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.sampling import sample
from gfpose_core.training.recipes import RECIPES, recipe
from gfpose_core.training.run import run
from gfpose_core.training.settings import values_of, with_settings
from tests.samples import people

TABLE_1 = ["000", "100", "010", "001", "110", "011", "111", "121"]


@pytest.mark.parametrize("levels", TABLE_1)
def test_the_masks_of_supplementary_table_1(levels):
    ours, papers = recipe(f"hpj-{levels}"), recipe(f"paper-hpj-{levels}")
    assert ours.masks == papers.masks == HPJ(*(int(level) / 10 for level in levels))
    assert recipe(f"hpj-{levels}-2d").masks == ours.masks
    assert recipe(f"hpj-{levels}-3d").masks == replace(ours.masks, fixed=1.0)


def test_a_mask_recipe_differs_from_its_family_by_name_and_masks_alone():
    for family, names in {"default": ["u2d", "hpj-T00"], "paper": ["paper-u2d", "paper-hpj-020-3d"]}.items():
        for name in names:
            chosen = recipe(name)
            assert chosen.name == name
            assert replace(chosen, name=family, masks=recipe(family).masks) == recipe(family)
    assert recipe("u2d").masks == recipe("paper-u2d").masks == U2D
    assert recipe("u3d").masks == recipe("paper-u3d").masks == recipe("paper").masks == U3D


def test_the_papers_recipe_is_what_section_5_says():
    paper = recipe("paper-hpj-010")
    assert (paper.batch, paper.learning_rate, paper.model.form) == (1000, 2e-4, "plain")
    assert paper.rate(10**5, paper.steps) == paper.rate(paper.steps - 1, paper.steps) == 2e-4
    assert paper.model.network.dropout == 0.25


@pytest.mark.parametrize(
    ("name", "levels"),
    [("hpj-T00", {FREE}), ("hpj-000", {SEEN_2D}), ("hpj-020-2d", {FREE, SEEN_2D}),
     ("hpj-020-3d", {FREE, FIXED_3D})],
)  # fmt: skip
def test_names_say_what_is_shown(name, levels, rng):
    assert set(np.unique(recipe(name).masks.levels(500, rng))) == levels


@pytest.mark.parametrize(
    "name", ["", "magic", "hpj-", "hpj-02", "hpj-020-4d", "020", "paper-lifter", "PAPER"]
)
def test_other_names_are_refused(name):
    with pytest.raises(TrainingError, match=r"no recipe|no mask"):
        recipe(name)


def test_a_lifter_sees_2d_at_the_end_of_the_sde_alone():
    lifter = recipe("lifter")
    denoiser = Denoiser(lifter.model)
    assert (lifter.times.draw((50,), denoiser, torch.device("cpu")) == 1).all()
    assert lifter.masks == HPJ(0, 0, 0)
    clean, noise = torch.randn(2, 1000, 51) * torch.tensor([[[denoiser.config.sigma_data]], [[1.0]]])
    target = denoiser.target(clean, noise, torch.ones(1, 1))
    pose = clean / denoiser.config.sigma_data
    assert float((target - pose).square().mean()) < 1 / 300  # all but the pose itself


def test_a_lifter_answers_in_one_call(tmp_path, rng):
    tiny = ["model.network.hidden=64", "model.network.groups=8", "batch=64", "learning_rate=3e-3", "warmup=0"]
    people_seen = people(rng, 50).astype(np.float32)
    prior = load(run(with_settings(recipe("lifter"), tiny), people_seen, None, tmp_path, steps=150))
    points = people(rng, 5) * [1, -1, -1] + [0, 900, 5000]
    evidence = Condition.from_camera(points, np.full((5, 17), SEEN_2D))
    one, other = (sample(prior, evidence, 1, PosteriorMean(), seed)[:, 0] for seed in (1, 2))
    wanted = points - points[:, :1]
    assert mpjpe(one, wanted) < 0.6 * mpjpe(np.zeros_like(wanted), wanted)
    assert mpjpe(one, other) < 0.5 * mpjpe(one, wanted), "the noise in the state must all but be ignored"


def mpjpe(a, b):
    return np.linalg.norm(a - b, axis=-1).mean()


def test_settings_are_typed_by_the_field():
    chosen = with_settings(
        recipe("default"),
        [
            "learning_rate=1e-3",
            "model.network.blocks=3",
            "jitter.mirror=false",
            "model.form=plain",
            "warmup=0",
        ],
    )
    assert (chosen.learning_rate, chosen.model.network.blocks, chosen.model.form) == (1e-3, 3, "plain")
    assert chosen.jitter.mirror is False
    assert chosen.rate(0, 100) == 1e-3
    assert with_settings(recipe("u3d"), ["masks.part=0.2"]).masks == HPJ(0.1, 0.2, 0.1, 0.1)


def test_settings_count_together_and_the_last_one_wins():
    chosen = with_settings(recipe("default"), ["batch=6", "noises=2", "sharing=7", "sharing=3"])
    assert (chosen.batch, chosen.noises, chosen.sharing, chosen.groups) == (6, 2, 3, 1)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("learning_rate", "NAME=VALUE"),
        ("magic=3", r"NAME one of .*learning_rate"),
        ("model.network=3", "NAME one of"),
        ("times.log_rho=3", "NAME one of"),
        ("masks.joint=0.1", "NAME one of"),
        ("steps=1e4", "a whole number"),
        ("clip=much", "a number"),
        ("jitter.mirror=yes", "true, false"),
        ("model.form=magic", "edm, plain"),
        ("learning_rate=-1", "positive"),
        ("clip=nan", "positive"),
        ("model.sigma_data=0", "positive"),
        ("seed=-3", "seed is -3"),
        ("warmup=-5", "warmup is -5"),
        ("ema_decay=5", "0 to 1"),
        ("model.network.n_joints=3", "must be 17"),
        ("noises=0", "at least 1"),
        ("batch=100", "multiple of 128"),
    ],
)
def test_settings_that_cannot_be_are_refused(setting, words):
    with pytest.raises(TrainingError, match=words):
        with_settings(recipe("default"), [setting])


@pytest.mark.parametrize("name", [*RECIPES, "u3d"])
def test_every_field_is_shown(name):
    def leaves(tree):
        return sum(leaves(value) if isinstance(value, dict) else 1 for value in tree.values())

    assert len(list(values_of(recipe(name)))) == leaves(asdict(recipe(name)))


def test_recipes_are_printed_as_they_are_set(capsys):
    assert main(["recipes"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in [*RECIPES, "u2d", "hpj-020-3d"])
    assert main(["recipes", "hpj-020-3d", "--set", "model.network.blocks=3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"masks.part=0.2", "masks.fixed=1.0", "model.network.blocks=3", "learning_rate=0.0004"} <= {*lines}
    assert main(["recipes", "magic"]) == 2
    assert "hpj-020" in capsys.readouterr().err
