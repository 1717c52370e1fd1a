"""What ``gfpose sample`` and ``gfpose evaluate`` need for ZeDO, and ``gfpose starts``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from gfpose_core.cli.base import SeedOption, app, console, with_steps
from gfpose_core.errors import ConditionError
from gfpose_core.ladder import ZEDO_LADDER

if TYPE_CHECKING:
    from gfpose_core.condition import Condition
    from gfpose_core.priors.optimisation import Optimisation


def optimisation(quality: str | None, steps: int | None, settings: list[str] | None) -> Optimisation:
    """The rung ``quality`` of the ladder, or the standard one with ``steps`` and what ``settings`` say.

    Raises:
        ConditionError: a rung with steps or settings of one's own, or steps that cannot be.
        TrainingError: settings that name no option, or values that are none.
    """
    from gfpose_core.training.settings import with_settings

    if quality is None:
        return with_steps("zedo", with_settings(ZEDO_LADDER["standard"].solver(), settings or []), steps)
    if steps is not None or settings:
        raise ConditionError("--quality says how to optimise: leave --steps and --set out, or it")
    return ZEDO_LADDER[quality].solver()


def poses_to_refine(path: Path, count: int) -> tuple[np.ndarray, bool]:
    """Poses to refine, (count, 17, 3) or (count, S, 17, 3) mm in camera axes, and whether to turn them.

    Exported poses stand before the camera, where they are in its axes; what else can be imported stands
    somewhere in a world.

    Raises:
        FormatError: no poses in space, or some with missing joints.
        ConditionError: not one for each of ``count`` images.
    """
    from gfpose_core.camera import to_camera_axes
    from gfpose_core.errors import FormatError
    from gfpose_core.export.base import read_export
    from gfpose_core.io.clip import PoseClip
    from gfpose_core.io.importing import read_clip
    from gfpose_core.io.magic import sniff

    if sniff(path).name == "export":
        given = read_export(path)
        poses, axes = given.poses, given.axes
    else:
        clip = read_clip(path).clip
        if not isinstance(clip, PoseClip) or not clip.observed.all():
            raise FormatError(f"{path.name} does not have all joints in space: they cannot be refined")
        poses, axes = clip.poses, clip.axes
    if len(poses) != count:
        raise ConditionError(f"--start has {len(poses)} poses, --input {count}: give one for each")
    return to_camera_axes(np.asarray(poses, np.float64), axes), axes != "camera"


def refining(condition: Condition, poses: np.ndarray, hypotheses: int | None) -> tuple[Condition, int]:
    """``condition`` with the poses to start from, and how many hypotheses that makes.

    Raises:
        ConditionError: another number of ``hypotheses`` than there are poses for each image.
    """
    from gfpose_core.condition import NoiseStart

    found = poses.shape[1] if poses.ndim == 4 else 1
    if hypotheses not in (None, found):
        raise ConditionError(f"--start has {found} poses for each image: leave --hypotheses out")
    return replace(condition, start=NoiseStart(poses)), found


@app.command()
def starts(
    data: Annotated[Path, typer.Option(help="Poses: an HDF5 file with the split train.")],
    out: Annotated[Path, typer.Option(help="Where to write them (npz).")],
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 200,
    seed: SeedOption = 0,
) -> None:
    """Cluster training poses into the typical poses that ZeDO starts from; the file keeps their credit."""
    from gfpose_core.io.atomic import atomic_path, place_for
    from gfpose_core.io.datasets.poses_hdf5 import read_poses
    from gfpose_core.starts import cluster

    place_for(out)
    poses = read_poses(data, "train")
    positions, credit = poses.positions, str(poses.facts.get("credit", ""))
    if len(positions) < count:
        raise ConditionError(
            f"{data.name} has {len(positions)} poses to train on, fewer than --count {count}"
        )
    centres = cluster(positions, count, seed)
    with atomic_path(out) as part, part.open("wb") as file:
        np.savez(file, starts=centres.astype(np.float32), credit=credit)
    console.print(f"{out}: {count} starts from {len(positions):,} poses", highlight=False)
