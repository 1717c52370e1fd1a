"""`gfpose bench`: what a prior costs on this machine, and `gfpose bench speed`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gfpose_core.cli.base import (
    CheckpointOption,
    DeviceOption,
    SeedOption,
    app,
    console,
    progress_bar,
    require_folder,
)
from gfpose_core.io.atomic import place_for

bench = typer.Typer(help="Measure speed and quality on this machine.")
app.add_typer(bench, name="bench")


@bench.command()
def speed(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.", show_default=False)
    ] = None,
    checkpoint: CheckpointOption = None,
    device: DeviceOption = "cpu",
    data: Annotated[
        Path | None,
        typer.Option(help="Poses with the split val, to find equal quality.", show_default="left out"),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for finished parts of the search.")] = Path("bench"),
    seed: SeedOption = 0,
) -> None:
    """Measure how fast a prior is sampled, and how much faster than the paper's algorithm taken literally.

    The search for equal quality takes minutes; a killed one goes on where it was.
    """
    import torch

    from gfpose_core import catalog
    from gfpose_core.bench.report import measure
    from gfpose_core.evaluation.subjects import read_subjects

    if json_file is not None:
        place_for(json_file)
    require_folder(out)
    prior = catalog.load(checkpoint, device)
    subjects = read_subjects(data, "val", seed) if data is not None else None
    with progress_bar("speed") as report:
        found = measure(prior, subjects, out, seed, report)
    shown = Table(title=f"{prior.name} on {device}, {torch.get_num_threads()} threads", title_justify="left")
    for heading in ("", *(f"S = {count}" for count in found.counts)):
        shown.add_column(heading, justify="right" if heading else "left")
    for name, cells in found.rows:
        shown.add_row(name, *cells)
    output = Console()
    output.print(shown)
    for note in found.notes:
        output.print(note, highlight=False)
    if json_file is not None:
        json_file.write_text(json.dumps(found.figures, indent=2) + "\n", "utf-8")
        console.print(str(json_file), highlight=False)
