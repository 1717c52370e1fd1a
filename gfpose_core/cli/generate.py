"""`gfpose generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli import sample
from gfpose_core.cli.base import CheckpointOption, DeviceOption, SeedOption, app


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Where to write the poses; its suffix says the format.")],
    count: Annotated[int, typer.Option(min=1, help="How many poses.")] = 1,
    quality: sample.QualityOption = None,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    axes: Annotated[sample.Axes, typer.Option(help="Axes of the poses.")] = sample.Axes.camera,
) -> None:
    """Draw poses from the prior alone.

    All other options of gfpose sample are taken too.
    """
    sample.sample(
        out, sample.Task.generate, quality=quality, count=count, checkpoint=checkpoint, seed=seed,
        device=device, axes=axes,
    )  # fmt: skip
