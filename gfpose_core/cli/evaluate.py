"""`gfpose evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gfpose_core.cli.base import (
    THE_DEFAULT,
    CheckpointOption,
    DeviceOption,
    SamplerOption,
    SeedOption,
    StepsOption,
    app,
    progress_bar,
    solver_of,
)
from gfpose_core.errors import GfposeError


@app.command()
def evaluate(
    table: Annotated[str, typer.Argument(help="lift or complete-3d.")],
    data: Annotated[Path, typer.Option(help="Poses (HDF5) with the splits test and train.")],
    checkpoint: CheckpointOption = None,
    poses: Annotated[int, typer.Option(min=1, help="How many of the test poses, evenly spaced.")] = 100,
    hypotheses: Annotated[int, typer.Option(min=1, help="S.")] = 50,
    sampler: SamplerOption = THE_DEFAULT,
    steps: StepsOption = None,
    seed: SeedOption = 0,
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
    if json is not None and not json.absolute().parent.is_dir():
        raise GfposeError(f"the folder {json.absolute().parent} does not exist: make it first")
    prior = catalog.load(checkpoint, device)
    solver = solver_of(sampler.value, steps)
    test = read_poses(data, split).positions
    test = test[:: max(1, len(test) // poses)][:poses]
    protocol = Protocol(test, read_poses(data, "train").positions, hypotheses, solver, seed)
    with progress_bar(f"{table}, {len(test)} x {hypotheses}") as progress:
        rows = TABLES[table](prior, protocol, progress)
    shown = Table(title=f"{prior.name} on {len(test)} {split} poses, S = {hypotheses}, mm")
    for heading in ("task", "mean", f"min of {hypotheses}", "aligned min", "spread"):
        shown.add_column(heading, justify="left" if heading == "task" else "right")
    for row in rows:
        shown.add_row(row.name, *(f"{v:.1f}" for v in (row.mean, row.best, row.best_aligned, row.spread)))
    Console().print(shown)
    if json is not None:
        write_json(json, table, rows, protocol, prior)
