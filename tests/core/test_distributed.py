"""Several processes do what one does, and go on after one of them failed."""

import contextlib
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
import torch

from gfpose_core import distributed
from gfpose_core.cli import main
from gfpose_core.errors import GfposeError, TrainingError
from gfpose_core.training.loop import Trainer
from gfpose_core.training.recipes import recipe
from tests.samples import people

TINY = ("model.network.hidden=64", "model.network.embed=32", "model.network.groups=8", "warmup=2")
TINY += ("batch=192", "noises=2", "sharing=32")  # three groups: shares of one and two


@pytest.fixture
def data(tmp_path, rng):
    with h5py.File(tmp_path / "poses.h5", "w") as file:
        for split in ("train", "val"):
            file[f"{split}/positions"] = people(rng, 40).astype(np.float32)
    return tmp_path / "poses.h5"


def training(data, out, steps=5):
    settings = [word for setting in TINY for word in ("--set", setting)]
    return [
        "train",
        "--data",
        str(data),
        "--out",
        str(out),
        "--steps",
        str(steps),
        "--save-every",
        "2",
        *settings,
    ]


def torchrun(*arguments):
    """Two processes on this machine, started anew once if one fails; what they said."""
    launcher = ["--nproc-per-node", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    launcher += ["--max-restarts", "1", "--monitor-interval", "0.1"]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *launcher, *arguments],
        capture_output=True, text=True, timeout=100, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def saved(folder):
    return torch.load(folder / "last.pt", weights_only=True)


WORKER = """
import contextlib, os, sys, torch
from gfpose_core.cli import main
from gfpose_core.training.loop import Trainer

def advance(trainer, sound=Trainer.advance):
    if trainer.step == 3 and os.environ["RANK"] == "1" and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        os._exit(1)
    print(f"<step {trainer.step + 1} of rank {os.environ['RANK']}>", flush=True)
    return sound(trainer)

Trainer.advance = advance
torch.autocast = lambda *_: contextlib.nullcontext()
sys.exit(main())
"""


def test_two_processes_train_as_one_even_if_one_of_them_crashes(data, tmp_path, monkeypatch):
    """In float32: sums of other lengths round otherwise in bfloat16."""
    (tmp_path / "worker.py").write_text(WORKER)
    said = torchrun(str(tmp_path / "worker.py"), *training(data, tmp_path / "two"))
    assert [said.count(f"<step {k} of rank 1>") for k in (1, 2, 3, 4, 5)] == [1, 1, 2, 1, 1]
    assert said.count("try it with gfpose-viewer") == 1

    monkeypatch.setattr(torch, "autocast", lambda *_: contextlib.nullcontext())
    assert main(training(data, tmp_path / "one")) == 0
    one, two = saved(tmp_path / "one"), saved(tmp_path / "two")
    assert one["step"] == two["step"] == 5
    for weights in (lambda state: state["model"], lambda state: state["ema"]["shadow"]):
        torch.testing.assert_close(weights(two), weights(one), atol=1e-6, rtol=1e-5)
    curves = [np.genfromtxt(tmp_path / name / "loss.csv", delimiter=",")[1:] for name in ("one", "two")]
    np.testing.assert_allclose(*curves, rtol=1e-4)


def test_a_process_alone_needs_nothing():
    assert (distributed.rank(), distributed.world_size(), distributed.is_first()) == (0, 1, True)
    assert distributed.gather("x") == ["x"]
    assert distributed.from_first("x") == "x"
    assert distributed.own_device("cuda") == "cuda"
    assert distributed.share(5) == slice(0, 5)
    tensor = torch.ones(3)
    with distributed.process_group():
        distributed.add_up([tensor])
    assert tensor.sum() == 3


@pytest.mark.parametrize("n", [0, 1, 7, 8])
def test_shares_make_up_the_whole(n, monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 3)
    parts = []
    for rank in range(3):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        parts.append(list(range(n))[distributed.share(n)])
    assert [item for part in parts for item in part] == list(range(n))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_each_process_has_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert distributed.own_device("cuda") == "cuda:3"
    assert distributed.own_device("cuda:1") == "cuda:1"
    assert distributed.own_device("cpu") == "cpu"


def test_a_gpu_that_is_not_there_is_said(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.setenv(name, "0")
    with pytest.raises(GfposeError, match="cuda:99"), distributed.process_group("cuda:99"):
        pass


def test_more_processes_than_groups_are_refused(monkeypatch, rng):
    monkeypatch.setattr("gfpose_core.training.loop.world_size", lambda: 16)
    with pytest.raises(TrainingError, match="16 processes cannot share the 8 groups"):
        Trainer(recipe("default"), people(rng, 5).astype(np.float32), steps=1)
