"""Training: samples are poses before cameras, steps resume exactly, the loss is the paper's."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from gfpose_core.camera import Camera
from gfpose_core.condition import Condition
from gfpose_core.errors import CheckpointError, TrainingError
from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.masks import HPJ, JointMixture
from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.skeleton import H36M17
from gfpose_core.training.ema import EMA
from gfpose_core.training.loop import Trainer
from gfpose_core.training.losses import TimeDraw, denoising_loss
from gfpose_core.training.poses import FOCAL_PX, BodyJitter, CameraDraw, PoseBatches, ViewBatches
from gfpose_core.training.recipes import RECIPES, recipe
from gfpose_core.training.run import run
from gfpose_core.training.watch import LossWatch
from tests.samples import people


def tiny(name="default", **changes):
    chosen = recipe(name)
    network = replace(chosen.model.network, hidden=64, embed=32, dropout=changes.pop("dropout", 0.0))
    shape = {"batch": 64, "noises": min(chosen.noises, 2), "sharing": min(chosen.sharing, 8)}
    return replace(chosen, model=replace(chosen.model, network=network), warmup=5, **{**shape, **changes})


def test_jitter_varies_lengths_but_not_directions(rng):
    poses = people(rng, 200).astype(np.float32)
    varied = BodyJitter(scale_std=0.1, bone_std=0.05, mirror=False).vary(poses, rng)
    parents, children = np.asarray(H36M17.bones).T

    def directions(p):
        bones = p[:, children] - p[:, parents]
        return bones / np.linalg.norm(bones, axis=-1, keepdims=True)

    np.testing.assert_allclose(directions(varied), directions(poses), atol=1e-4)
    assert (varied[:, 0] == 0).all()
    ratio = H36M17.bone_lengths(varied) / H36M17.bone_lengths(poses)
    assert 0.08 < ratio.std() < 0.15
    left = [i for i, (_, c) in enumerate(H36M17.bones) if H36M17.sides[c] == "left"]
    right = [
        H36M17.bones.index((H36M17.mirror[p], H36M17.mirror[c])) for p, c in (H36M17.bones[i] for i in left)
    ]
    np.testing.assert_allclose(ratio[:, left], ratio[:, right], rtol=1e-4)


def test_mirroring_swaps_sides(rng):
    poses = people(rng, 400).astype(np.float32)
    varied = BodyJitter(0.0, 0.0).vary(poses, rng)
    rooted = poses - poses[:, :1]
    same = np.isclose(varied, rooted, atol=1e-2).all((1, 2))
    flipped = np.isclose(varied, rooted[:, list(H36M17.mirror)] * [-1, 1, 1], atol=1e-2).all((1, 2))
    assert (same ^ flipped).all()
    assert 0.4 < flipped.mean() < 0.6


def test_cameras_look_at_the_root_from_the_drawn_distance(rng):
    rooted = people(rng, 500) - [0, 950, 0]
    points = CameraDraw(pitch=(0.4, 0.4), roll_std=0.0, distance=(4000, 5000)).points(rooted, rng)
    np.testing.assert_allclose(points[:, 0, :2], 0, atol=1e-9)
    assert ((points[:, 0, 2] >= 4000) & (points[:, 0, 2] <= 5000)).all()
    np.testing.assert_allclose(H36M17.bone_lengths(points), H36M17.bone_lengths(rooted), rtol=1e-4)
    assert (points[:, 10, 1] < points[:, 0, 1]).all()  # y is down: heads are above hips
    assert (points[:, 10, 2] < points[:, 0, 2]).all()  # looking down, heads are nearer


def test_batches_show_what_they_mask(rng):
    batches = PoseBatches(people(rng, 20).astype(np.float32), JointMixture())
    clean, condition = batches.draw(500, rng)
    np.testing.assert_allclose(condition.values[condition.observed], clean[condition.observed], atol=1e-2)
    kinds = {frozenset(row) - {0} for row in condition.levels.tolist()}
    assert {frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2})} <= kinds


@pytest.mark.parametrize("log_rho", [None, (-0.8, 1.4)])
def test_times_have_their_distribution(log_rho):
    denoiser = Denoiser(DenoiserConfig(ScoreMLPConfig(hidden=32, embed=32)))
    t = TimeDraw(log_rho=log_rho).draw((20_000,), denoiser, torch.device("cpu"))
    assert t.min() >= 1e-3
    assert t.max() <= 1.0
    if log_rho is None:
        np.testing.assert_allclose(np.quantile(t, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.01)
    else:
        rho = denoiser.config.sde.noise_level(t) / denoiser.config.sigma_data
        inner = torch.log(rho)[(t < 1) & (t > 1e-3)]
        assert float(inner.median()) == pytest.approx(-0.8, abs=0.02)


def test_plain_loss_is_equation_4():
    """E || sigma s(x(t), t, c) + z ||^2 with lambda = sigma^2, recomputed from the score."""
    torch.manual_seed(0)
    config = DenoiserConfig(
        ScoreMLPConfig(hidden=64, embed=32, condition="difference", dropout=0.0), form="plain"
    )
    denoiser = Denoiser(config)
    clean, nothing = torch.randn(40, 51) * 8, torch.zeros(40, 51)
    times = TimeDraw(log_rho=None)
    torch.manual_seed(7)
    loss = denoising_loss(denoiser, times, clean, nothing, nothing, noises=1, sharing=1)
    torch.manual_seed(7)
    t = times.draw((40, 1, 1, 1), denoiser, clean.device).view(40, 1)
    z = torch.randn(40, 1, 1, 51).view(40, 51)
    alpha, sigma = (m.float() for m in config.sde.marginal(t))
    score = denoiser.score(alpha * clean + sigma * z, t, denoiser.embed(nothing, nothing))
    assert float(loss.detach()) == pytest.approx(
        float((sigma * score + z).square().mean().detach()), rel=1e-4
    )


def test_sharing_times_and_noises_estimates_the_same_loss():
    torch.manual_seed(0)
    denoiser = Denoiser(DenoiserConfig(ScoreMLPConfig(hidden=64, embed=32, dropout=0.0)))
    clean, nothing = torch.randn(256, 51) * 8, torch.zeros(256, 51)
    with torch.no_grad():
        means = [
            np.mean(
                [
                    float(denoising_loss(denoiser, TimeDraw(), clean, nothing, nothing, *shape))
                    for _ in range(20)
                ]
            )
            for shape in ((1, 1), (4, 32))
        ]
    assert means[0] == pytest.approx(means[1], rel=0.02)


def test_ema_warms_up_then_averages():
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    ema = EMA(model, decay=0.9)
    expected = 0.0
    for n in range(1, 120):
        torch.nn.init.constant_(model.weight, float(n))
        ema.update(model)
        decay = min(0.9, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * n
        assert float(ema.shadow["weight"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", [*RECIPES, "u3d", "hpj-020-3d", "paper-hpj-010"])
def test_every_recipe_learns(name, rng):
    trainer = Trainer(tiny(name, learning_rate=2e-3), people(rng, 50).astype(np.float32), steps=40)
    losses = [trainer.advance().loss for _ in range(40)]
    assert np.mean(losses[-8:]) < 0.9 * np.mean(losses[:5])


def test_resuming_continues_exactly(tmp_path, rng):
    poses = people(rng, 50).astype(np.float32)
    chosen = tiny(cooldown=0.0, dropout=0.1)
    whole = run(chosen, poses, poses, tmp_path / "whole", steps=6, save_every=2)
    run(chosen, poses, poses, tmp_path / "parts", steps=4, save_every=2)
    parts = run(chosen, poses, poses, tmp_path / "parts", steps=6, save_every=2, resume=True)
    one, other = read_checkpoint(whole), read_checkpoint(parts)
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    curves = [(tmp_path / name / "loss.csv").read_text() for name in ("whole", "parts")]
    assert curves[0] == curves[1]
    rows = list(csv.DictReader(curves[0].splitlines()))
    assert [row["step"] for row in rows] == ["2", "4", "6"]
    assert all(float(row["validation_loss"]) > 0 for row in rows)
    assert list((tmp_path / "whole" / "tensorboard").iterdir())
    assert not list(tmp_path.glob("**/*.part*"))


def test_runs_are_not_overwritten_or_mixed_up(tmp_path, rng):
    poses = people(rng, 50).astype(np.float32)
    run(tiny(), poses, None, tmp_path / "a", steps=2)
    with pytest.raises(TrainingError, match="--resume"):
        run(tiny(), poses, None, tmp_path / "a", steps=3)
    with pytest.raises(TrainingError, match=r"another recipe.*masks"):
        run(tiny(masks=HPJ(0.1, 0.1, 0.1)), poses, None, tmp_path / "a", steps=3, resume=True)
    with pytest.raises(TrainingError, match="above it"):
        run(tiny(), poses, None, tmp_path / "a", steps=2, resume=True)
    with pytest.raises(TrainingError, match="no run"):
        run(tiny(), poses, None, tmp_path / "b", steps=2, resume=True)
    with pytest.raises(TrainingError, match="other poses"):
        run(tiny(), poses * 1.02, None, tmp_path / "a", steps=3, resume=True)
    (tmp_path / "a" / "last.pt").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(TrainingError, match="cannot be resumed"):
        run(tiny(), poses, None, tmp_path / "a", steps=3, resume=True)


def test_a_resumed_run_keeps_its_length_and_may_be_slowed(tmp_path, rng):
    poses = people(rng, 50).astype(np.float32)
    reached = []

    def stop_after_three(done):
        reached.append(done)
        if done.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny(), poses, None, tmp_path, steps=4, save_every=2, report=stop_after_three)
    path = run(tiny(learning_rate=1e-5), poses, None, tmp_path, resume=True, report=reached.append)
    assert [done.step for done in reached] == [1, 2, 3, 3, 4]
    assert {done.steps for done in reached} == {4}
    assert reached[3].rate < reached[2].rate
    assert read_checkpoint(path).facts["steps"] == 4
    rows = csv.DictReader((tmp_path / "loss.csv").read_text().splitlines())
    assert [row["step"] for row in rows] == ["2", "4"]


def test_divergence_stops_and_keeps_the_last_good_checkpoint(tmp_path, rng, monkeypatch):
    poses = people(rng, 50).astype(np.float32)
    good = run(tiny(), poses, None, tmp_path, steps=2)
    before = good.read_bytes()
    sound = Trainer._loss
    monkeypatch.setattr(Trainer, "_loss", lambda self, *args: sound(self, *args) * float("nan"))
    with pytest.raises(TrainingError, match="diverged at step 3"):
        run(tiny(), poses, None, tmp_path, steps=4, resume=True)
    assert good.read_bytes() == before


def spiking(monkeypatch, first, last, factor=5.0):
    """Make the losses of draws ``first`` to ``last`` (counted from 0) that much higher."""
    sound = Trainer._loss

    def loss(self, batches, key):
        return sound(self, batches, key) * (factor if first <= key[1] <= last else 1.0)

    monkeypatch.setattr(Trainer, "_loss", loss)


def test_a_spike_stops_the_run_and_what_is_kept_is_from_before_it(tmp_path, rng, monkeypatch):
    poses = people(rng, 50).astype(np.float32)
    spiking(monkeypatch, first=30, last=99)
    words = r"diverged at step 50: the loss is \d.*, usually [01]\.\d.* --resume --set learning_rate=0\.0001$"
    with pytest.raises(TrainingError, match=words):
        run(tiny(), poses, None, tmp_path, steps=60, save_every=10)
    assert (
        torch.load(tmp_path / "last.pt", weights_only=True)["step"] == 20
    )  # not 30, whose next loss is high
    assert read_checkpoint(tmp_path / "model.safetensors").facts["steps"] == 20
    monkeypatch.undo()
    slower = run(tiny(learning_rate=1e-4), poses, None, tmp_path, resume=True)
    assert read_checkpoint(slower).facts["steps"] == 60


def test_a_short_spike_only_puts_off_saving(tmp_path, rng, monkeypatch):
    poses = people(rng, 50).astype(np.float32)
    spiking(monkeypatch, first=30, last=32)
    saved = []
    monkeypatch.setattr("gfpose_core.training.run._save", lambda trainer, *_: saved.append(trainer.step))
    run(tiny(), poses, None, tmp_path, steps=45, save_every=10)
    assert saved == [10, 20, 33, 40, 45]


def test_a_run_does_not_end_within_a_spike(tmp_path, rng, monkeypatch):
    spiking(monkeypatch, first=30, last=99)
    with pytest.raises(TrainingError, match=r"diverged at step 35.* the same command with --set"):
        run(tiny(), people(rng, 50).astype(np.float32), None, tmp_path, steps=35)
    assert not (tmp_path / "last.pt").exists()


def test_one_unlucky_draw_at_the_end_does_not_cost_the_run(tmp_path, rng, monkeypatch):
    spiking(monkeypatch, first=35, last=35)
    path = run(tiny(), people(rng, 50).astype(np.float32), None, tmp_path, steps=35)
    assert read_checkpoint(path).facts["steps"] == 35


def test_noisy_and_falling_losses_are_no_spikes(rng):
    watch = LossWatch()
    losses = rng.gamma(2.0, 0.5, 20_000) * np.linspace(3, 0.3, 20_000)  # as of batches of one pose
    for step, loss in enumerate(losses):
        watch.see(step, loss)


def test_checkpoints_say_how_they_were_made(tmp_path, rng):
    path = run(tiny(), people(rng, 50).astype(np.float32), None, tmp_path, steps=2, facts={"credit": "them"})
    facts = read_checkpoint(path).facts
    assert facts["credit"] == "them"
    assert facts["steps"] == 2
    assert facts["recipe"]["masks"]["kind"] == "JointMixture"
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "loss.csv")


def test_a_run_starts_from_another_ones_weights(rng, tmp_path):
    poses = people(rng, 50).astype(np.float32)
    first = read_checkpoint(run(tiny(), poses, None, tmp_path / "a", 3))
    again = read_checkpoint(run(tiny(learning_rate=1e-12), poses, None, tmp_path / "b", 1, initial=first))
    assert again.facts["initial_sha256"] == first.sha256
    for name, tensor in first.tensors.items():
        torch.testing.assert_close(again.tensors[name], tensor)
    with pytest.raises(TrainingError, match="do not fit"):
        run(tiny("paper"), poses, None, tmp_path / "c", 1, initial=first)


def test_detections_miss_by_pixels_and_the_pose_does_not(rng):
    poses = people(rng, 300).astype(np.float32)
    batches = PoseBatches(poses, HPJ(0, 0, 0), noise_px=5.0)
    clean, condition = batches.draw(2000, rng)
    missed = (condition.values - clean)[..., :2]
    missed -= missed[:, :1]  # the view turns to the hip that was detected
    size = FOCAL_PX / condition.view.depth[:, None, None]
    assert (missed * size)[:, 1:].std() == pytest.approx(5 * 2**0.5, rel=0.05)
    again, exact = replace(batches, noise_px=0.0).draw(50, rng)
    np.testing.assert_allclose(exact.values[..., :2], again[..., :2], atol=0.01)


def test_noise_may_be_part_of_a_recipe(rng, tmp_path):
    chosen = tiny("hpj-000", noise_px=5.0)
    chosen = replace(
        chosen, model=replace(chosen.model, network=replace(chosen.model.network, condition="soft"))
    )
    stored = read_checkpoint(run(chosen, people(rng, 50).astype(np.float32), None, tmp_path, 2))
    assert stored.facts["recipe"]["noise_px"] == 5.0
    assert stored.config.network.condition == "soft"


def test_poses_as_they_were_filmed_are_shown_where_their_image_has_them(rng):
    points = people(rng, 1) * [1, -1, -1] + [200, 900, 4500]
    camera = Camera.guess(1000, 1000)
    image = camera.project(points) + rng.normal(0, 5, (1, 17, 2))
    for given in (camera, Camera(camera.K[None])):
        clean, shown = ViewBatches(points, image, given, HPJ(0, 0, 0)).draw(3, rng)
        asked = Condition.from_keypoints(image, camera, points[:, 0, 2], np.ones((1, 17), bool))
        np.testing.assert_allclose(shown.values, np.repeat(asked.values, 3, 0), atol=1e-3)
        np.testing.assert_allclose(shown.view.to_camera(clean), np.repeat(points, 3, 0), atol=0.01)


def test_a_run_on_filmed_poses_resumes_with_the_same_alone(rng, tmp_path):
    points = people(rng, 20) * [1, -1, -1] + [200, 900, 4500]
    camera = Camera.guess(1000, 1000)
    filmed = ViewBatches(points, camera.project(points), camera, HPJ(0.1, 0.1, 0.1))
    run(tiny(), filmed, None, tmp_path, steps=2)
    run(tiny(), filmed, None, tmp_path, steps=3, resume=True)
    other = replace(filmed, keypoints=filmed.keypoints + 1)
    with pytest.raises(TrainingError, match="other poses"):
        run(tiny(), other, None, tmp_path, steps=4, resume=True)
