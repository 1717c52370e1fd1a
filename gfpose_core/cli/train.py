"""`gfpose train`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gfpose_core.cli.base import DeviceOption, SeedOption, app, console


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="Poses: HDF5 with train/positions (N,17,3) mm, y up.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the loss curve.")],
    recipe: Annotated[str, typer.Option(help="default, u2d, u3d or paper.")] = "default",
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Train to this step.", show_default="the recipe's or the run's"),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Noisy states a step.", show_default="the recipe's")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's.", show_default="the recipe's")] = None,
    masks: Annotated[
        str | None, typer.Option(help="HPJ-xxx instead of the recipe's.", show_default=False)
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, exactly.")
    ] = False,
    initial: Annotated[
        Path | None,
        typer.Option("--from", help="Start from the weights of this checkpoint.", show_default=False),
    ] = None,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 1000,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
) -> None:
    """Train a prior on poses of your own."""
    from gfpose_core.catalog import usable_device
    from gfpose_core.io.checkpoints import read_checkpoint
    from gfpose_core.io.datasets.poses_hdf5 import has_split, read_poses
    from gfpose_core.masks import HPJ
    from gfpose_core.training import recipes
    from gfpose_core.training.run import run

    usable_device(device)
    chosen = replace(recipes.recipe(recipe), seed=seed)
    given = {
        "batch": batch,
        "learning_rate": learning_rate,
        "masks": masks and HPJ.parse(masks, getattr(chosen.masks, "fixed", 0.0)),
    }
    chosen = replace(chosen, **{name: value for name, value in given.items() if value is not None})
    poses = read_poses(data, "train")
    held_out = read_poses(data, "val").positions if has_split(data, "val") else None
    started = None if initial is None else read_checkpoint(initial)
    facts = {"data": data.name, "poses": len(poses.positions), **{k: str(v) for k, v in poses.facts.items()}}
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  TimeRemainingColumn(), console=console) as bar:  # fmt: skip
        line = bar.add_task("training", total=steps or chosen.steps)

        def show(done: Any) -> None:
            bar.update(line, completed=done.step, total=done.steps, description=f"loss {done.loss:.4f}")

        path = run(
            chosen, poses.positions, held_out, out, steps, device, resume, started, save_every, facts, show
        )
    console.print(f"{path}: try it with gfpose-viewer {path}", highlight=False)
