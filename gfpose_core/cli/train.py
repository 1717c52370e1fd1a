"""`gfpose train` and `gfpose recipes`."""

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

SettingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A field of the recipe instead of its own, any number of times; gfpose recipes NAME shows them.",
        show_default=False,
    ),
]


@app.command()
def train(
    data: Annotated[
        Path, typer.Option(help="Poses: our HDF5 with a group train, h36m_train.pkl or data_3d_h36m.npz.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the loss curve.")],
    recipe: Annotated[str, typer.Option(help="What to learn, and how: see gfpose recipes.")] = "default",
    settings: SettingsOption = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Train to this step.", show_default="the recipe's or the run's"),
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
    """Train a prior on poses of your own.

    On several processes: torchrun --nproc-per-node 2 -m gfpose_core.cli train ...; with --device cuda each
    has a GPU of its own.
    """
    from gfpose_core.catalog import usable_device
    from gfpose_core.distributed import is_first, own_device, process_group
    from gfpose_core.io.checkpoints import read_checkpoint
    from gfpose_core.io.datasets.benchmark import training_poses
    from gfpose_core.io.datasets.poses_hdf5 import has_split, read_poses
    from gfpose_core.training import recipes
    from gfpose_core.training.run import run
    from gfpose_core.training.settings import with_settings

    device = own_device(device)
    usable_device(device)
    chosen = with_settings(replace(recipes.recipe(recipe), seed=seed), settings or [])
    poses = training_poses(data)
    held_out = read_poses(data, "val").positions if has_split(data, "val") else None
    started = None if initial is None else read_checkpoint(initial)
    facts = {"data": data.name, "poses": len(poses.positions), **{k: str(v) for k, v in poses.facts.items()}}
    with process_group(device), Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(), console=console, disable=not is_first(),
    ) as bar:  # fmt: skip
        line = bar.add_task("training", total=steps or chosen.steps)

        def show(done: Any) -> None:
            bar.update(line, completed=done.step, total=done.steps, description=f"loss {done.loss:.4f}")

        path = run(
            chosen, poses.positions, held_out, out, steps, device, resume, started, save_every, facts, show
        )
        if is_first():
            console.print(f"{path}: try it with gfpose-viewer {path}", highlight=False)


@app.command()
def recipes(
    name: Annotated[str | None, typer.Argument(help="A recipe, to see every field of it.")] = None,
    settings: SettingsOption = None,
) -> None:
    """List the training recipes, or the fields of one."""
    from gfpose_core.training.recipes import NAMES, recipe
    from gfpose_core.training.settings import values_of, with_settings

    if name is None:
        print(NAMES)
        return
    for field, _, value in values_of(with_settings(recipe(name), settings or [])):
        print(f"{field}={value}")
