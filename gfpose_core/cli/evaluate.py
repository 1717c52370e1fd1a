"""`gfpose evaluate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from gfpose_core import registry
from gfpose_core.cli.base import (
    THE_DEFAULT,
    CheckpointOption,
    DeviceOption,
    QualityName,
    SeedOption,
    StepsOption,
    app,
    chosen_solver,
    console,
    progress_bar,
    require_folder,
)
from gfpose_core.cli.solving import SamplerOption
from gfpose_core.evaluation.tables import TABLES
from gfpose_core.sampling import ROWS

if TYPE_CHECKING:
    from gfpose_core.evaluation.table import Table


@app.command()
def evaluate(
    table: Annotated[str, typer.Argument(help=f"{', '.join(TABLES)}.", metavar="TABLE")],
    data: Annotated[
        Path, typer.Option(help="Poses: our HDF5, h36m_test.pkl, data_3d_h36m.npz or annot_data.mat.")
    ],
    detections: Annotated[
        Path | None,
        typer.Option(
            help="Detected 2D of --data, and of --train-data if that is h36m_train.pkl.", show_default=False
        ),
    ] = None,
    checkpoint: CheckpointOption = None,
    hypotheses: Annotated[int, typer.Option(min=1, help="S, the largest of the table.")] = 200,
    every: Annotated[int, typer.Option(min=1, help="Take every n-th pose.")] = 50,
    sampler: SamplerOption = THE_DEFAULT,
    steps: StepsOption = None,
    quality: Annotated[
        QualityName | None,
        typer.Option(
            help="Sampler and steps by name; of ZeDO, its iterations.", show_default="standard for ZeDO"
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Which poses to measure on.")] = "test",
    train_data: Annotated[
        Path | None, typer.Option(help="Poses that models are trained on.", show_default="those in --data")
    ] = None,
    train_steps: Annotated[
        int | None,
        typer.Option(min=1, help="For tables that train models.", show_default="the table's, small"),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the table, its finished parts and its models.")
    ] = Path("evaluation"),
    batch: Annotated[int, typer.Option(min=1, help="Samples at a time; changes the speed alone.")] = ROWS,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
) -> None:
    """Measure a prior as the papers' tables do; a killed run goes on where it was.

    Many processes share the work under torchrun: torchrun --nproc-per-node 2 -m gfpose_core.cli evaluate ...
    """
    measure = registry.load(TABLES, table)
    require_folder(out)

    from gfpose_core import catalog, distributed
    from gfpose_core.evaluation.exam import Exam
    from gfpose_core.evaluation.subjects import poses_to_train_on, read_subjects, views_to_train_on

    place = distributed.own_device(device)
    with distributed.process_group(place), progress_bar(table, shown=distributed.is_first()) as report:
        exam = Exam(
            prior=catalog.load(checkpoint, place),
            subjects=read_subjects(data, split, seed, detections)[::every],
            views=views_to_train_on(data, train_data, detections),
            training=poses_to_train_on(data, train_data),
            hypotheses=hypotheses,
            sampler=chosen_solver(quality, sampler, steps)[1],
            seed=seed,
            folder=out,
            device=place,
            train_steps=train_steps,
            batch=batch,
            report=report,
            quality=quality.value if quality else "standard",
        )
        result = replace(measure(exam), facts=exam.facts)
        written = result.write(out) if distributed.is_first() else []
    if written:
        _show(result)
    for path in written:
        console.print(str(path), highlight=False)


def _show(table: Table) -> None:
    shown = Shown(
        title=table.title, caption=f"after {table.source}", title_justify="left", caption_justify="left"
    )
    for heading in table.header():
        shown.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    for line in table.lines():
        shown.add_row(*line)
    output = Console()
    output.print(shown)
    for note in table.remarks:
        output.print(note, highlight=False)
