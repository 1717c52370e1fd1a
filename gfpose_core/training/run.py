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

from gfpose_core.distributed import from_first, gather, is_first, restarts
from gfpose_core.errors import TrainingError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.checkpoints import Checkpoint, write_checkpoint
from gfpose_core.training.curve import Curve
from gfpose_core.training.loop import StepReport, Trainer
from gfpose_core.training.poses import ViewBatches
from gfpose_core.training.recipes import Recipe
from gfpose_core.training.watch import PATIENCE, Divergence, LossWatch

LAST, MODEL = "last.pt", "model.safetensors"


def run(
    recipe: Recipe,
    poses: np.ndarray | ViewBatches,
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
    ``poses`` and ``held_out`` are (N, 17, 3) mm, world, y up; ``poses`` may instead be as they were filmed. A
    new run starts from the weights of ``initial``, if given, which must be of the recipe's model. The folder
    gets the checkpoint, what resuming needs, and the loss curve as CSV and for TensorBoard. Interrupted runs
    lose at most ``save_every`` steps.

    Processes that torchrun started train together: all of them call this, and the first one alone writes and
    reports. Started anew after a failure, they go on with the run.

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
    held = from_first((folder / LAST).exists())
    if resume or (held and restarts() > 0):
        _resume(trainer, folder, described, steps)
    elif held:
        raise TrainingError(
            f"{folder} holds a run already: add --resume to go on with it, or name another folder"
        )
    if trainer.step >= trainer.steps:
        raise TrainingError(f"{folder} has reached step {trainer.step}: give --steps above it to train on")
    try:
        _train(trainer, held_out, folder, save_every, described, facts or {}, report)
    except Divergence as error:
        again = "go on from the last checkpoint: the same command with --resume"
        if not (folder / LAST).exists():
            again = "start again: the same command with"
        rate = f"--set learning_rate={recipe.learning_rate / 4:.2g}"
        raise TrainingError(f"{error}; {again} {rate}") from error
    gather(None)  # wait for the first process to have written it
    return folder / MODEL


def _train(
    trainer: Trainer,
    held_out: np.ndarray | None,
    folder: Path,
    save_every: int,
    described: dict[str, Any],
    facts: dict[str, Any],
    report: Callable[[StepReport], None],
) -> None:
    """Train to the end. Weights are saved only where the next step finds their loss to be as usual.

    At the end, where no step is left to put saving off to, half of some draws must find it so.
    """
    curve = None
    if is_first():
        folder.mkdir(parents=True, exist_ok=True)
        curve = Curve(folder, trainer.step)
    watch, due = LossWatch(), False
    try:
        while trainer.step < trainer.steps:
            done = trainer.advance()
            watch.see(done.step, done.loss)
            ending = done.step == trainer.steps
            due = due or done.step % save_every == 0 or ending
            saving = due and not watch.is_high(trainer.next_loss())
            if ending and not saving:  # no later step can tell a spike from one unlucky draw
                saving = not watch.is_high(trainer.next_loss(PATIENCE))
            validation = trainer.validate(held_out) if saving and held_out is not None else None
            if curve is not None:
                report(done)
                curve.add(done, validation, saving)
                if saving:
                    _save(trainer, folder, described, {**facts, "validation_loss": validation})
            due = due and not saving
    finally:
        if curve is not None:
            curve.close()
    if due:
        raise watch.divergence(trainer.step, trainer.next_loss(PATIENCE))


def describe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain JSON values; its length is not part of it, so that it can be trained on."""
    described = asdict(recipe)
    described["model"]["sde"]["name"] = recipe.model.sde.name
    described["masks"]["kind"] = type(recipe.masks).__name__
    del described["steps"]
    return json.loads(json.dumps(described))


def _save(trainer: Trainer, folder: Path, described: dict[str, Any], facts: dict[str, Any]) -> None:
    """The checkpoint first: a run killed between the two is resumed from before it and writes it again."""
    tensors = {name.removeprefix("network."): t.bfloat16() for name, t in trainer.ema.shadow.items()}
    facts = {**facts, "recipe": described, "steps": trainer.step}
    write_checkpoint(folder / MODEL, trainer.recipe.model, tensors, facts)
    with atomic_path(folder / LAST) as part:
        begun = {"recipe": json.dumps(described), "steps": trainer.steps, "poses": _fingerprint(trainer)}
        torch.save({**begun, **trainer.state()}, part)


def _require_same_model(initial: Checkpoint, recipe: Recipe) -> None:
    if replace(initial.config, network=replace(initial.config.network, dropout=0.0)) != replace(
        recipe.model, network=replace(recipe.model.network, dropout=0.0)
    ):
        raise TrainingError(
            f"{initial.name} is not of the model that recipe {recipe.name} trains: its weights do not fit"
        )


def _fingerprint(trainer: Trainer) -> str:
    """A hash of the poses that are trained on."""
    digest = hashlib.sha256()
    for array in trainer.batches.arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _resume(trainer: Trainer, folder: Path, described: dict[str, Any], steps: int | None) -> None:
    state = from_first(_read_last(folder) if is_first() else {})  # other hosts need not see the folder
    stored, begun_with, poses = state.pop("recipe"), state.pop("steps"), state.pop("poses")
    if poses != _fingerprint(trainer):
        raise TrainingError(f"{folder} was trained on other poses: give the same --data, or another folder")
    compared = (described.keys() | stored.keys()) - {"learning_rate"}  # may be lowered after divergence
    differing = sorted(key for key in compared if described.get(key) != stored.get(key))
    if differing:
        raise TrainingError(f"{folder} was trained by another recipe ({', '.join(differing)} differ)")
    trainer.steps = steps or begun_with
    trainer.load(state)


def _read_last(folder: Path) -> dict[str, Any]:
    try:
        state = torch.load(folder / LAST, weights_only=True, map_location="cpu")
        return {**state, "recipe": json.loads(state["recipe"]), "steps": int(state["steps"])}
    except FileNotFoundError:
        raise TrainingError(f"{folder} has no {LAST}: there is no run to resume") from None
    except Exception as error:  # torch raises several kinds for damaged files
        raise TrainingError(f"{folder / LAST} cannot be resumed from ({error})") from error
