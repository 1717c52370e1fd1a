"""`gfpose bench quality`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli.base import (
    CheckpointOption,
    DeviceOption,
    SeedOption,
    console,
    progress_bar,
    require_folder,
)
from gfpose_core.cli.bench import bench
from gfpose_core.ladder import LADDER


@bench.command()
def quality(
    data: Annotated[Path, typer.Option(help="Poses: our HDF5, with the split val.")],
    checkpoint: CheckpointOption = None,
    hypotheses: Annotated[int, typer.Option(min=2, help="Samples for each pose (S).")] = 16,
    poses: Annotated[int, typer.Option(min=1, help="Poses, evenly over the split.")] = 48,
    out: Annotated[Path, typer.Option(help="Folder for table, picture and finished parts.")] = Path(
        "quality"
    ),
    batch: Annotated[int, typer.Option(min=1, help="Samples at a time; changes the speed alone.")] = 4096,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
) -> None:
    """Measure how good samples are against the network calls they cost, by solver and task, and
    samples a second against samples at a time.

    A killed run goes on where it was. Many processes share the work under torchrun, as with gfpose evaluate.
    """
    require_folder(out)

    from gfpose_core import catalog, distributed
    from gfpose_core.evaluation import quality as curves
    from gfpose_core.evaluation import throughput
    from gfpose_core.evaluation.exam import Exam
    from gfpose_core.evaluation.subjects import read_subjects
    from gfpose_core.io.atomic import atomic_path

    place = distributed.own_device(device)
    with distributed.process_group(place), progress_bar("quality", distributed.is_first()) as report:
        subjects = read_subjects(data, "val", seed)
        exam = Exam(
            prior=catalog.load(checkpoint, place),
            subjects=subjects[:: max(1, len(subjects) // poses)][:poses],
            training=None,
            hypotheses=hypotheses,
            sampler=LADDER["reference"].solver(),
            seed=seed,
            folder=out,
            device=place,
            batch=batch,
            report=report,
        )
        points = curves.quality(exam)
        if not distributed.is_first():
            return
    with progress_bar("throughput") as report:
        speed = throughput.throughput(exam.prior, LADDER["standard"].solver(), report)
    written = [*curves.table(exam, points).write(out), *speed.write(out)]
    pictures = {"quality": curves.picture(points), "throughput": throughput.picture(speed)}
    for name, svg in pictures.items():
        written.append(out / f"{name}.svg")
        with atomic_path(written[-1]) as part:
            part.write_text(svg, "utf-8")
    for path in written:
        console.print(str(path), highlight=False)
