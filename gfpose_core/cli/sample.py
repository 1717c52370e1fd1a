"""`gfpose sample` and its short forms: generate, lift, complete, denoise."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from gfpose_core.camera import AXES
from gfpose_core.cli import zedo
from gfpose_core.cli.base import (
    TASKS,
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
    solver_of,
)
from gfpose_core.cli.solving import SamplerOption
from gfpose_core.errors import ConditionError
from gfpose_core.io.atomic import place_for
from gfpose_core.ladder import LADDER
from gfpose_core.registry import DEFAULT_PRIOR, PRIORS

PriorName = Enum("PriorName", {name: name for name in PRIORS}, type=str)
Task = Enum("Task", {task: task for task in TASKS}, type=str)
Axes = Enum("Axes", {axes: axes for axes in AXES}, type=str)
EvidenceName = Enum("EvidenceName", {name: name for name in ("condition", "imputation", "both")}, type=str)
Estimate = Enum("Estimate", {name: name for name in ("sample", "mean")}, type=str)


def quality_help() -> str:
    """The rungs of the ladder, in words."""
    rungs = ", ".join(f"{name} ({quality.about})" for name, quality in LADDER.items())
    return f"Sampler and steps by name: {rungs}."


QualityOption = Annotated[
    QualityName | None, typer.Option(help=quality_help(), show_default="what --sampler and --steps say")
]

PriorOption = Annotated[
    PriorName,
    typer.Option(
        "--prior", help="The family: gfpose samples; zedo looks for the pose of an image by optimisation."
    ),
]

GuidanceOption = Annotated[
    float,
    typer.Option(
        help="Weight of the evidence that the network is told: above 1 hypotheses spread less. All but 1 "
        "take two network calls a step."
    ),
]


@app.command()
def sample(
    out: Annotated[
        Path, typer.Option(help="Where to write the poses: .npz, .h5, or .json, which is made in memory.")
    ],
    task: Annotated[Task, typer.Option(help="What to do.")],
    family: PriorOption = PriorName[DEFAULT_PRIOR],
    checkpoint: CheckpointOption = None,
    input: Annotated[Path | None, typer.Option(help="Evidence (npz): see below.", show_default=False)] = None,
    hypotheses: Annotated[
        int | None, typer.Option(min=1, help="Samples for each pose (S).", show_default="10; 1 to generate")
    ] = None,
    quality: QualityOption = None,
    steps: StepsOption = None,
    sampler: SamplerOption = THE_DEFAULT,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="An option of the sampler, such as eta=0.", show_default=False
        ),
    ] = None,
    evidence: Annotated[
        EvidenceName | None,
        typer.Option(help="How evidence steers.", show_default="condition to lift, both to complete"),
    ] = None,
    guidance: GuidanceOption = 1.0,
    start: Annotated[
        Path | None,
        typer.Option(
            help="zedo: poses to refine instead of typical ones: exported ones, or any clip.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    count: Annotated[
        int | None, typer.Option(min=1, help="generate: how many poses.", show_default="1")
    ] = None,
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
    batch: Annotated[int, typer.Option(min=1, help="Samples at a time: speed and memory.")] = 1024,
) -> None:
    """Sample poses under evidence.

    lift: keypoints_2d (N,17,2) px; camera_K (3,3) or (N,3,3), root_depth (N,) mm, visible (N,17) and
    image_size (2,) where known. complete: poses_3d (N,17,3) mm and observed (N,17) or (N,17,3) bool, or
    keypoints_2d with visible. denoise: poses_3d (N,17,3) mm and one of --start-time and --noise-mm. The
    output holds poses (N,S,17,3) mm float32 relative to origin (N,3), seed, checkpoint_sha256, sampler and
    steps. With --prior zedo, lift finds the depth itself, and a third column of keypoints_2d weighs joints by
    their confidence.

    Many processes share the work under torchrun: torchrun --nproc-per-node 2 -m gfpose_core.cli sample ...
    """
    from gfpose_core import catalog, distributed
    from gfpose_core.camera import from_camera_axes
    from gfpose_core.export.base import PoseExport, export, require_fit
    from gfpose_core.io.scratch import scratch
    from gfpose_core.sampling import chunks, stream

    mean = estimate == Estimate.mean
    _require_family(family, task, sampler, start)
    _require_sense(task, input, hypotheses, count, start_time, noise_mm, mean)
    place_for(out)
    require_fit(None, out)
    name, solver = _solver(family, quality, sampler, steps, mean, settings)
    place = distributed.own_device(device)
    with distributed.process_group(place):
        first = distributed.is_first()
        prior = catalog.load(checkpoint, place, family.value)
        given = _task_input(task, input, axes.value, count or 1, start_time, noise_mm, prior)
        if start is not None:
            poses, turn = zedo.poses_to_refine(start, len(given.condition))
            condition, hypotheses = zedo.refining(given.condition, poses, hypotheses)
            given = replace(given, condition=condition)
            solver = replace(solver, turn_given=turn or solver.turn_given)
        N, S = len(given.condition), hypotheses or (1 if mean or task == Task.generate else 10)
        use = _evidence_use(task, evidence, prior, given.condition)
        if why_not := prior.refusal(given.condition, use, guidance):
            raise ConditionError(why_not)
        every = chunks(N, S, batch)
        mine = every[distributed.share(len(every))]
        for note in given.notes if first else ():
            console.print(f"note: {note}", highlight=False)
        with scratch((N, S, prior.skeleton.n_joints, 3), out.absolute().parent) as poses:
            with progress_bar(f"{task.value}, {N} x {S}", first) as progress:
                run = stream(prior, given.condition, solver, seed, use, mine, progress, guidance=guidance)
                for part, drawn in run:
                    poses[part] = from_camera_axes(drawn + given.shift[part[0], None, None], axes.value)
            distributed.gather(None)  # wait for the others
            if not first:
                return
            export(
                PoseExport(
                    poses, given.origin, axes.value, seed=seed,
                    checkpoint=prior.name, checkpoint_sha256=prior.sha256,
                    sampler=name, steps=getattr(solver, "steps", 1),
                    options={**asdict(solver), "evidence": use, "guidance": guidance},
                ),
                out,
            )  # fmt: skip
    console.print(f"{out}: {N} x {S} poses", highlight=False)


def _require_family(family: PriorName, task: Task, sampler: Any, start: Path | None) -> None:
    """Refuse what a family of priors has no use for."""
    if family.value != "zedo":
        if start is not None:
            raise ConditionError("--start is for --prior zedo: to denoise poses use gfpose denoise")
        return
    if task != Task.lift:
        raise ConditionError(
            "zedo lifts: use gfpose lift, and mark keypoints that are missing in `visible`; poses to refine "
            "are its --start"
        )
    if sampler != THE_DEFAULT:
        raise ConditionError("zedo optimises: leave --sampler out")


def _solver(
    family: PriorName,
    quality: QualityName | None,
    sampler: Any,
    steps: int | None,
    mean: bool,
    settings: list[str] | None,
) -> tuple[str, Any]:
    """The name of the sampler that was asked for, in whatever way, and the sampler."""
    if family.value == "zedo":
        return "zedo", zedo.optimisation(quality and quality.value, steps, settings)
    if settings and quality is not None:
        raise ConditionError("--set is for the options of a --sampler: leave --quality out")
    if mean and quality is None:
        return "posterior-mean", solver_of("posterior-mean", steps, settings)
    return chosen_solver(quality, sampler, 1 if mean else steps, settings)


def _require_sense(
    task: Task,
    path: Path | None,
    hypotheses: int | None,
    count: int | None,
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
    if noise_mm is not None and not 0 < noise_mm < np.inf:
        raise ConditionError("--noise-mm must be positive millimetres")
    if mean and not denoising:
        raise ConditionError("--estimate mean is for denoising")
    if generating and (hypotheses or 1) > 1 and count is None:
        raise ConditionError("use --count to generate more poses, or say both: --count 1 --hypotheses 16")
    if mean and (hypotheses or 1) > 1:
        raise ConditionError("the posterior mean is one pose: leave --hypotheses out")


def _evidence_use(task: Task, chosen: EvidenceName | None, prior: Any, condition: Any) -> Any:
    """What was chosen, else the paper's way with the task (supplementary section 5), if the prior can."""
    if chosen is not None:
        return chosen.value
    possible = prior.default_evidence(condition)
    if possible == "imputation":
        return possible
    return "both" if task == Task.complete else "condition"


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
