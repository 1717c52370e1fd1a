"""`gfpose`: sample, train, evaluate and inspect pose priors from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from typer.exceptions import Abort, TyperException

from gfpose_core import __version__
from gfpose_core.camera import AXES
from gfpose_core.errors import ConditionError, GfposeError
from gfpose_core.registry import DEFAULT_SAMPLER, SAMPLERS, load

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    help="Diffusion-based 3D human-pose priors: sample them, train them, measure them.",
    epilog="gfpose generate, lift, complete and denoise are short for gfpose sample --task ...",
)
TASKS = ("generate", "lift", "complete", "denoise")
Task = Enum("Task", {task: task for task in TASKS}, type=str)
Axes = Enum("Axes", {axes: axes for axes in AXES}, type=str)
SamplerName = Enum("SamplerName", {name: name for name in SAMPLERS}, type=str)
EvidenceName = Enum("EvidenceName", {name: name for name in ("condition", "imputation", "both")}, type=str)
Estimate = Enum("Estimate", {name: name for name in ("sample", "mean")}, type=str)
_console = Console(stderr=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, 2 where what was asked cannot be done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in TASKS:
        arguments = ["sample", "--task", *arguments]
    try:
        return app(arguments, prog_name="gfpose", standalone_mode=False) or 0
    except (GfposeError, OSError) as error:
        message = str(error)
    except Abort:
        message = "cancelled"
    except TyperException as error:
        message = error.format_message()
    print(f"gfpose: {' '.join(message.split())}", file=sys.stderr)
    return 2


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"gfpose {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def _sampler_help() -> str:
    lines = []
    for name, place in SAMPLERS.items():
        steps = [f.default for f in fields(load({name: place}, name)) if f.name == "steps"]
        lines.append(name + (f" ({steps[0]} steps)" if steps else ""))
    return "How the reverse SDE is solved, with its steps by default: " + ", ".join(lines) + "."


CheckpointOption = Annotated[
    Path | None, typer.Option(help="The prior's file.", show_default="the shipped one")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the noise.")]
DeviceOption = Annotated[str, typer.Option(help="A torch device, such as cpu or cuda:0.")]


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Where to write the poses: .npz, .json or .h5.")],
    task: Annotated[Task, typer.Option(help="What to do.")],
    checkpoint: CheckpointOption = None,
    input: Annotated[Path | None, typer.Option(help="Evidence (npz): see below.", show_default=False)] = None,
    hypotheses: Annotated[
        int | None, typer.Option(min=1, help="Samples for each pose (S).", show_default="10; 1 to generate")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Network calls.", show_default="the sampler's")
    ] = None,
    sampler: Annotated[SamplerName, typer.Option(help=_sampler_help())] = SamplerName[DEFAULT_SAMPLER],
    evidence: Annotated[
        EvidenceName | None,
        typer.Option(help="How evidence steers.", show_default="condition to lift, both to complete"),
    ] = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    count: Annotated[int, typer.Option(min=1, help="generate: how many poses.")] = 1,
    start_time: Annotated[
        float | None, typer.Option(help="denoise: where on the SDE to start, in (0, 1].", show_default=False)
    ] = None,
    noise_mm: Annotated[
        float | None,
        typer.Option(help="denoise: the noise's standard deviation per coordinate, mm.", show_default=False),
    ] = None,
    estimate: Annotated[
        Estimate, typer.Option(help="denoise: draw samples, or give the posterior mean (S = 1).")
    ] = Estimate.sample,
    axes: Annotated[
        Axes, typer.Option(help="Axes of input and output: x right, y down, z away; or world, right-handed.")
    ] = Axes.camera,
) -> None:
    """Sample poses under evidence.

    lift: keypoints_2d (N,17,2) px; camera_K (3,3) or (N,3,3), root_depth (N,) mm, visible (N,17) and
    image_size (2,) where known. complete: poses_3d (N,17,3) mm and observed (N,17) or (N,17,3) bool, or
    keypoints_2d with visible. denoise: poses_3d (N,17,3) mm and one of --start-time and --noise-mm. The
    output holds poses (N,S,17,3) mm float32 relative to origin (N,3), seed, checkpoint_sha256, sampler and
    steps.
    """
    from gfpose_core import catalog
    from gfpose_core.camera import from_camera_axes
    from gfpose_core.export.base import PoseExport, export, format_of
    from gfpose_core.sampling import sample as run

    mean = estimate == Estimate.mean
    _require_sense(task, input, hypotheses, start_time, noise_mm, mean)
    if not out.absolute().parent.is_dir():
        raise ConditionError(f"the folder {out.absolute().parent} does not exist: make it first")
    format_of(out)
    name = "posterior-mean" if mean else sampler.value
    solver = _solver(name, steps)
    prior = catalog.load(checkpoint, device)
    given = _task_input(task, input, axes.value, count, start_time, noise_mm, prior)
    for note in given.notes:
        _console.print(f"note: {note}", highlight=False)
    S = hypotheses or (1 if mean or task == Task.generate else 10)
    with _bar(f"{task.value}, {len(given.condition)} x {S}") as progress:
        chosen = evidence.value if evidence else None
        poses = run(prior, given.condition, S, solver, seed, chosen, progress=progress)
    placed = from_camera_axes(poses + given.shift[:, None, None], axes.value).astype(np.float32)
    export(
        PoseExport(
            placed, given.origin, axes.value, seed=seed,
            checkpoint=prior.name, checkpoint_sha256=prior.sha256,
            sampler=name, steps=getattr(solver, "steps", 1),
            options={**asdict(solver), "evidence": chosen},
        ),
        out,
    )  # fmt: skip
    _console.print(f"{out}: {len(poses)} x {S} poses", highlight=False)


def _require_sense(
    task: Task,
    path: Path | None,
    hypotheses: int | None,
    start_time: float | None,
    noise_mm: float | None,
    mean: bool,
) -> None:
    """Refuse options that contradict each other or the task."""
    generating, denoising = task == Task.generate, task == Task.denoise
    if generating and path is not None:
        raise ConditionError("generate takes no --input")
    if not generating and path is None:
        raise ConditionError(f"{task.value} needs --input FILE")
    if (start_time is not None) + (noise_mm is not None) != denoising:
        raise ConditionError(
            "denoise needs exactly one of --start-time and --noise-mm; other tasks take neither"
        )
    if noise_mm is not None and not noise_mm > 0:
        raise ConditionError("--noise-mm must be positive millimetres")
    if mean and not denoising:
        raise ConditionError("--estimate mean is for denoising")
    if generating and (hypotheses or 1) > 1:
        raise ConditionError("use --count to generate more poses: leave --hypotheses out")
    if mean and (hypotheses or 1) > 1:
        raise ConditionError("the posterior mean is one pose: leave --hypotheses out")


def _solver(name: str, steps: int | None) -> Any:
    """The sampler called ``name``, with its own number of steps or ``steps``."""
    solver = load(SAMPLERS, name)()
    if steps is None:
        return solver
    if "steps" not in {field.name for field in fields(solver)}:
        raise ConditionError(f"{name} takes one network call: leave --steps out")
    return replace(solver, steps=steps)


def _task_input(
    task: Task,
    path: Path | None,
    axes: str,
    count: int,
    start_time: float | None,
    noise_mm: float | None,
    prior: Any,
) -> Any:
    from gfpose_core.condition import Condition
    from gfpose_core.io import inputs

    if path is None:
        return inputs.TaskInput(Condition.nothing(count), np.zeros((count, 3)), np.zeros((count, 3)))
    if task == Task.denoise:
        noisy = inputs.read_noisy(path, axes)
        time = start_time if start_time is not None else prior.time_of_noise(noise_mm)
        return inputs.TaskInput(
            Condition.denoise(noisy, time), np.zeros((len(noisy), 3)), np.zeros((len(noisy), 3))
        )
    if task == Task.lift or inputs.has_keypoints(path):
        if axes != "camera":
            raise ConditionError("keypoints give poses in camera axes: leave --axes out")
        return inputs.read_keypoints(path)
    return inputs.read_partial(path, axes)


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="Poses: HDF5 with train/positions (N,17,3) mm, y up.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the loss curve.")],
    recipe: Annotated[str, typer.Option(help="default, u2d, u3d or paper.")] = "default",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train to this step.", show_default="the recipe's")
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
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 1000,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
) -> None:
    """Train a prior on poses of your own."""
    from gfpose_core.catalog import usable_device
    from gfpose_core.errors import FormatError
    from gfpose_core.io.datasets.poses_hdf5 import read_poses
    from gfpose_core.masks import HPJ
    from gfpose_core.training import recipes
    from gfpose_core.training.run import run

    usable_device(device)
    chosen = replace(recipes.recipe(recipe), seed=seed)
    given = {"batch": batch, "learning_rate": learning_rate, "masks": masks and HPJ.parse(masks)}
    chosen = replace(chosen, **{name: value for name, value in given.items() if value is not None})
    poses = read_poses(data, "train")
    try:
        held_out = read_poses(data, "val").positions
    except FormatError:
        held_out = None
    facts = {"data": data.name, "poses": len(poses.positions), **{k: str(v) for k, v in poses.facts.items()}}
    total = steps or chosen.steps
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  TimeRemainingColumn(), console=_console) as bar:  # fmt: skip
        line = bar.add_task("training", total=total)

        def show(done: Any) -> None:
            bar.update(line, completed=done.step, description=f"loss {done.loss:.4f}")

        path = run(chosen, poses.positions, held_out, out, total, device, resume, save_every, facts, show)
    _console.print(f"{path}: try it with gfpose-viewer {path}", highlight=False)


@app.command()
def evaluate(
    table: Annotated[str, typer.Argument(help="lift or complete-3d.")],
    data: Annotated[Path, typer.Option(help="Poses (HDF5) with the splits test and train.")],
    checkpoint: CheckpointOption = None,
    poses: Annotated[int, typer.Option(min=1, help="How many of the test poses, evenly spaced.")] = 100,
    hypotheses: Annotated[int, typer.Option(min=1, help="S.")] = 50,
    sampler: Annotated[SamplerName, typer.Option(help=_sampler_help())] = SamplerName[DEFAULT_SAMPLER],
    steps: Annotated[
        int | None, typer.Option(min=1, help="Network calls.", show_default="the sampler's")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of cameras and noise.")] = 0,
    device: DeviceOption = "cpu",
    split: Annotated[str, typer.Option(help="Which poses to measure on.")] = "test",
    json: Annotated[Path | None, typer.Option(help="Write the figures here too.", show_default=False)] = None,
) -> None:
    """Measure a prior as the papers' tables do, on open data."""
    from gfpose_core import catalog
    from gfpose_core.evaluation.protocols import TABLES, Protocol
    from gfpose_core.evaluation.report import write_json
    from gfpose_core.io.datasets.poses_hdf5 import read_poses

    if table not in TABLES:
        raise GfposeError(f"there is no table {table!r}: choose one of {', '.join(TABLES)}")
    prior = catalog.load(checkpoint, device)
    solver = _solver(sampler.value, steps)
    test = read_poses(data, split).positions
    test = test[:: max(1, len(test) // poses)][:poses]
    protocol = Protocol(test, read_poses(data, "train").positions, hypotheses, solver, seed)
    with _bar(f"{table}, {len(test)} x {hypotheses}") as progress:
        rows = TABLES[table](prior, protocol, progress)
    shown = Table(title=f"{prior.name} on {len(test)} {split} poses, S = {hypotheses}, mm")
    for heading in ("task", "mean", f"min of {hypotheses}", "aligned min", "spread"):
        shown.add_column(heading, justify="left" if heading == "task" else "right")
    for row in rows:
        shown.add_row(row.name, *(f"{v:.1f}" for v in (row.mean, row.best, row.best_aligned, row.spread)))
    Console().print(shown)
    if json is not None:
        write_json(json, table, rows, protocol, prior)


@app.command()
def info(file: Annotated[Path, typer.Argument(help="Any file.")]) -> None:
    """Say what a file is."""
    from gfpose_core.io.identify import identify

    for line in identify(file).lines:
        print(line)


@contextmanager
def _bar(description: str) -> Iterator[Callable[[float], None]]:
    """A progress bar with an ETA, fed with shares of the work."""
    with Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
                  TimeElapsedColumn(), TimeRemainingColumn(), console=_console) as bar:  # fmt: skip
        line = bar.add_task(description, total=1.0)
        yield lambda share: bar.update(line, completed=share)


if __name__ == "__main__":
    sys.exit(main())
