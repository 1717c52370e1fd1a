"""What the commands share: the application, options, the progress bar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gfpose_core.errors import ConditionError, GfposeError
from gfpose_core.ladder import LADDER
from gfpose_core.options import require_in_range
from gfpose_core.registry import DEFAULT_SAMPLER, SAMPLERS, load

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    help="Diffusion-based 3D human-pose priors: sample them, train them, measure them.",
    epilog="With --input FILE.npz, lift, complete and denoise are short for gfpose sample --task ...",
)

console = Console(stderr=True)
TASKS = ("generate", "lift", "complete", "denoise")
QualityName = Enum("QualityName", {name: name for name in LADDER}, type=str)
SamplerName = Enum("SamplerName", {name: name for name in SAMPLERS}, type=str)
THE_DEFAULT = SamplerName[DEFAULT_SAMPLER]


CheckpointOption = Annotated[
    Path | None, typer.Option(help="The prior's file.", show_default="the shipped one")
]
SeedOption = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of the noise.")]
DeviceOption = Annotated[str, typer.Option(help="A torch device, such as cpu or cuda:0.")]
StepsOption = Annotated[int | None, typer.Option(min=1, help="Network calls.", show_default="the sampler's")]


def solver_of(name: str, steps: int | None, settings: list[str] | None = None) -> Any:
    """The sampler called ``name``, with its own number of steps or ``steps``, and other options as
    ``settings`` ("NAME=VALUE") say.

    Raises:
        TrainingError: a setting of no option, or a value that is none of its.
        ConditionError: values out of their range, more steps than it says it may take, or a sampler that has
            none.
    """
    from gfpose_core.training.settings import with_settings

    solver = with_settings(load(SAMPLERS, name)(), settings or [])
    require_in_range(solver)
    return with_steps(name, solver, steps)


def with_steps(name: str, solver: Any, steps: int | None) -> Any:
    """``solver``, called ``name``, with its own number of steps or ``steps``.

    Raises:
        ConditionError: more steps than it says it may take, fewer than it needs, or a sampler that has none.
    """
    if steps is None:
        return solver
    declared = {field.name: field.metadata for field in fields(solver)}
    if "steps" not in declared:
        raise ConditionError(f"{name} takes one network call: leave --steps out")
    least, most = declared["steps"].get("min", 1), declared["steps"].get("max", steps)
    if steps > most:
        raise ConditionError(f"{name} takes at most {most} steps: --steps {steps} is too many")
    if steps < least:
        raise ConditionError(f"{name} needs {least} steps at least: --steps {steps} is too few")
    return replace(solver, steps=steps)


def chosen_solver(
    quality: QualityName | None, sampler: SamplerName, steps: int | None, settings: list[str] | None = None
) -> tuple[str, Any]:
    """The name of the sampler that was asked for, by its quality or by itself, and the sampler.

    Raises:
        ConditionError: both, or see :func:`solver_of`.
    """
    if quality is None:
        return sampler.value, solver_of(sampler.value, steps, settings)
    if steps is not None or sampler != THE_DEFAULT:
        raise ConditionError(
            "--quality says how to sample: leave --sampler, --steps and --estimate mean out, or it"
        )
    return LADDER[quality.value].sampler, LADDER[quality.value].solver()


def require_folder(out: Path) -> None:
    """Refuse an ``--out`` that no results can be written to, before any work; it need not exist yet.

    Raises:
        GfposeError: it, or what it would lie in, is a file or may not be written to.
    """
    there = out.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise GfposeError(f"--out {out}: {there} is a file; give a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise GfposeError(f"--out {out}: {there} may not be written to; give another folder")


@contextmanager
def progress_bar(description: str, shown: bool = True) -> Iterator[Callable[..., None]]:
    """A progress bar with an ETA, fed with shares of the work and, if it changes, what is being done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    times = TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, *times, console=console, disable=not shown) as bar:
        line = bar.add_task(description, total=1.0)
        yield lambda share, doing=description: bar.update(line, completed=share, description=doing)
