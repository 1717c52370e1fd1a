"""A training run in a folder: data in, checkpoints and a loss curve out."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gfpose_core.errors import TrainingError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.checkpoints import Checkpoint, write_checkpoint
from gfpose_core.training.loop import StepReport, Trainer
from gfpose_core.training.recipes import Recipe

LAST, MODEL, CURVE = "last.pt", "model.safetensors", "loss.csv"
LOG_EVERY = 50


def run(
    recipe: Recipe,
    poses: np.ndarray,
    held_out: np.ndarray | None,
    folder: str | os.PathLike[str],
    steps: int | None = None,
    device: str = "cpu",
    resume: bool = False,
    initial: Checkpoint | None = None,
    save_every: int = 1000,
    facts: dict[str, Any] | None = None,
    report: Callable[[StepReport], None] = lambda report: None,
) -> Path:
    """Train to ``steps`` and return the path of the checkpoint, written every ``save_every`` steps.

    ``steps`` are the recipe's unless given, and when resuming those that the run was begun with.
    ``poses`` and ``held_out`` are (N, 17, 3) mm, world, y up. A new run starts from the weights of
    ``initial``, if given, which must be of the recipe's model. The folder gets the checkpoint, what resuming
    needs, and the loss curve as CSV and for TensorBoard. Interrupted runs lose at most ``save_every`` steps.

    Raises:
        TrainingError: a folder with another run in it, nothing to resume, weights of another model, or
            divergence.
    """
    folder = Path(folder)
    if initial is not None:
        _require_same_model(initial, recipe)
        facts = {**(facts or {}), "initial_sha256": initial.sha256}
    weights = None if initial is None else initial.tensors
    trainer = Trainer(recipe, poses, steps or recipe.steps, device, weights)
    described = describe(recipe)
    if resume:
        _resume(trainer, folder, described, steps)
    elif (folder / LAST).exists():
        raise TrainingError(
            f"{folder} holds a run already: add --resume to go on with it, or name another folder"
        )
    if trainer.step >= trainer.steps:
        raise TrainingError(f"{folder} has reached step {trainer.step}: give --steps above it to train on")
    folder.mkdir(parents=True, exist_ok=True)
    curve = _Curve(folder, trainer.step)
    try:
        while trainer.step < trainer.steps:
            done = trainer.advance()
            report(done)
            saving = done.step % save_every == 0 or done.step == trainer.steps
            validation = trainer.validate(held_out) if saving and held_out is not None else None
            curve.add(done, validation, saving)
            if saving:
                _save(trainer, folder, described, {**(facts or {}), "validation_loss": validation})
    finally:
        curve.close()
    return folder / MODEL


def describe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain JSON values; its length is not part of it, so that it can be trained on."""
    described = asdict(recipe)
    described["model"]["sde"]["name"] = recipe.model.sde.name
    described["masks"]["kind"] = type(recipe.masks).__name__
    del described["steps"]
    return json.loads(json.dumps(described))


def _save(trainer: Trainer, folder: Path, described: dict[str, Any], facts: dict[str, Any]) -> None:
    with atomic_path(folder / LAST) as part:
        begun = {"recipe": json.dumps(described), "steps": trainer.steps, "poses": _fingerprint(trainer)}
        torch.save({**begun, **trainer.state()}, part)
    tensors = {name.removeprefix("network."): t.bfloat16() for name, t in trainer.ema.shadow.items()}
    facts = {**facts, "recipe": described, "steps": trainer.step}
    write_checkpoint(folder / MODEL, trainer.recipe.model, tensors, facts)


def _require_same_model(initial: Checkpoint, recipe: Recipe) -> None:
    if replace(initial.config, network=replace(initial.config.network, dropout=0.0)) != replace(
        recipe.model, network=replace(recipe.model.network, dropout=0.0)
    ):
        raise TrainingError(
            f"{initial.name} is not of the model that recipe {recipe.name} trains: its weights do not fit"
        )


def _fingerprint(trainer: Trainer) -> str:
    """A hash of the poses that are trained on."""
    return hashlib.sha256(np.ascontiguousarray(trainer.batches.positions)).hexdigest()


def _resume(trainer: Trainer, folder: Path, described: dict[str, Any], steps: int | None) -> None:
    try:
        state = torch.load(folder / LAST, weights_only=True, map_location=trainer.device)
        stored = json.loads(state.pop("recipe"))
        begun_with, poses = int(state.pop("steps")), state.pop("poses")
    except FileNotFoundError:
        raise TrainingError(f"{folder} has no {LAST}: there is no run to resume") from None
    except Exception as error:  # torch raises several kinds for damaged files
        raise TrainingError(f"{folder / LAST} cannot be resumed from ({error})") from error
    if poses != _fingerprint(trainer):
        raise TrainingError(f"{folder} was trained on other poses: give the same --data, or another folder")
    compared = (described.keys() | stored.keys()) - {"learning_rate"}  # may be lowered after divergence
    differing = sorted(key for key in compared if described.get(key) != stored.get(key))
    if differing:
        raise TrainingError(f"{folder} was trained by another recipe ({', '.join(differing)} differ)")
    trainer.steps = steps or begun_with
    trainer.load(state)


class _Curve:
    """The loss curve, averaged over :data:`LOG_EVERY` steps, as CSV rows and TensorBoard scalars."""

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and only training needs it

        self._writer = SummaryWriter(folder / "tensorboard", purge_step=step + 1)
        kept = _rows_up_to(folder / CURVE, step)
        self._csv = (folder / CURVE).open("w")
        self._csv.write("step,loss,learning_rate,gradient_norm,validation_loss\n" + "".join(kept))
        self._losses: list[float] = []

    def add(self, done: StepReport, validation: float | None, saving: bool) -> None:
        self._losses.append(done.loss)
        if done.step % LOG_EVERY and not saving:
            return
        loss = sum(self._losses) / len(self._losses)
        self._losses.clear()
        shown = "" if validation is None else f"{validation:.6f}"
        self._csv.write(f"{done.step},{loss:.6f},{done.rate:.3e},{done.gradient_norm:.4f},{shown}\n")
        self._csv.flush()
        self._writer.add_scalar("loss/train", loss, done.step)
        self._writer.add_scalar("learning_rate", done.rate, done.step)
        if validation is not None:
            self._writer.add_scalar("loss/validation", validation, done.step)

    def close(self) -> None:
        self._csv.close()
        self._writer.close()


def _rows_up_to(path: Path, step: int) -> list[str]:
    """The rows of an earlier curve that a resumed run keeps."""
    if not path.exists():
        return []
    return [row for row in path.read_text().splitlines(keepends=True)[1:] if int(row.split(",")[0]) <= step]
