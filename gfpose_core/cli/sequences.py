"""`gfpose lift`, `complete` and `denoise` on whole clips."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer

from gfpose_core.cli import clips
from gfpose_core.cli.base import (
    CheckpointOption,
    DeviceOption,
    SeedOption,
    app,
    console,
    progress_bar,
)
from gfpose_core.cli.flags import with_flags
from gfpose_core.cli.sample import GuidanceOption, PriorName, PriorOption, QualityName, quality_help
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import Clip, KeypointClip, PoseClip
from gfpose_core.io.importing import Corrections
from gfpose_core.ladder import LADDER, LADDERS
from gfpose_core.registry import DEFAULT_PRIOR, SAMPLERS, load
from gfpose_core.skeleton import H36M17

QualityOption = Annotated[QualityName, typer.Option(help=quality_help())]
HypothesesOption = Annotated[
    int, typer.Option(min=1, help="Samples for each frame; their medoid is written.")
]
SharedOption = Annotated[
    bool,
    typer.Option("--shared-noise/--own-noise", help="Use one noise for all frames, so that they flow."),
]
MissingOption = Annotated[
    str,
    typer.Option(help="Parts or joints to fill in, such as left_leg,RWrist.", show_default="what is missing"),
]
NoiseOption = Annotated[
    float | None,
    typer.Option(
        help="Standard deviation of the noise on every coordinate, mm.", show_default="estimated", min=0.01
    ),
]


@app.command()
@with_flags(Corrections, "corrections", clips.OF_SPACE)
def lift(
    file: clips.FileArgument,
    out: clips.OutOption,
    hypotheses: HypothesesOption = 1,
    shared_noise: SharedOption = True,
    frames: clips.FramesOption = None,
    family: PriorOption = PriorName[DEFAULT_PRIOR],
    quality: QualityOption = QualityName.standard,
    guidance: GuidanceOption = 1.0,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    source: clips.FromOption = None,
    target: clips.ToOption = None,
    corrections: Corrections = Corrections(),  # noqa: B008, frozen
) -> None:
    """Find 3D poses for a clip of 2D keypoints.

    All hypotheses of every frame, relative to their roots: gfpose sample --task lift --input FILE.npz.
    """
    clips.require_place(out, target)
    clip = clips.read(file, corrections, source, frames, KeypointClip)
    _tell_gaps(clip)
    _tell_camera(clip)
    clips.require_fit(clip, out, target)
    from gfpose_core import catalog, sequences

    prior = catalog.load(checkpoint, device, family.value)
    solver = LADDERS.get(family.value, LADDER)[quality.value].solver()
    with progress_bar(f"lift, {len(clip)} frames") as progress:
        how = {"seed": seed, "hypotheses": hypotheses, "shared_noise": shared_noise, "progress": progress}
        found = sequences.lift(prior, clip, solver, guidance=guidance, **how)
    clips.write(found, out, target)


@app.command()
@with_flags(Corrections, "corrections", clips.OF_IMAGES)
def complete(
    file: clips.FileArgument,
    out: clips.OutOption,
    missing: MissingOption = "",
    hypotheses: HypothesesOption = 1,
    shared_noise: SharedOption = True,
    frames: clips.FramesOption = None,
    quality: QualityOption = QualityName.standard,
    guidance: GuidanceOption = 1.0,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    source: clips.FromOption = None,
    target: clips.ToOption = None,
    corrections: Corrections = Corrections(),  # noqa: B008, frozen
) -> None:
    """Fill in the joints that a clip does not have, or those that --missing names.

    Clips of BVH, AMC, glTF and C3D go back into their own skeletons or markers: only joints that were filled
    in are solved for. --to bvh, --to gltf and --to c3d take ours.
    """
    clips.require_place(out, target)
    clip = without(clips.read(file, corrections, source, frames, PoseClip), missing)
    _tell_gaps(clip)
    clips.require_fit(clip, out, target)
    from gfpose_core import catalog, sequences

    prior, solver = catalog.load(checkpoint, device), LADDER[quality.value].solver()
    with progress_bar(f"complete, {len(clip)} frames") as progress:
        how = {"seed": seed, "hypotheses": hypotheses, "shared_noise": shared_noise, "progress": progress}
        found = sequences.complete(prior, clip, solver, guidance=guidance, **how)
    clips.write(found, out, target)


@app.command()
@with_flags(Corrections, "corrections", clips.OF_IMAGES)
def denoise(
    file: clips.FileArgument,
    out: clips.OutOption,
    noise_mm: NoiseOption = None,
    estimate: Annotated[
        str, typer.Option(help="mean, the posterior mean of each frame, or sample.")
    ] = "mean",
    hypotheses: HypothesesOption = 1,
    shared_noise: SharedOption = True,
    frames: clips.FramesOption = None,
    quality: QualityOption = QualityName.standard,
    checkpoint: CheckpointOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    source: clips.FromOption = None,
    target: clips.ToOption = None,
    corrections: Corrections = Corrections(),  # noqa: B008, frozen
) -> None:
    """Take the noise out of a clip of whole poses.

    Clips of BVH, AMC, glTF and C3D go back into their own skeletons or markers; --to bvh, --to gltf and
    --to c3d take ours.
    """
    clips.require_place(out, target)
    if estimate not in ("mean", "sample"):
        raise ConditionError(f"--estimate {estimate}: choose mean or sample")
    if estimate == "mean" and hypotheses > 1:
        raise ConditionError("the posterior mean is one pose: add --estimate sample for hypotheses")
    clip = clips.read(file, corrections, source, frames, PoseClip)
    clips.require_fit(clip, out, target)
    from gfpose_core import catalog, sequences

    if noise_mm is None:
        noise_mm = max(sequences.noise_of(clip), 1.0)
        console.print(f"noise: {noise_mm:.1f} mm, as estimated from the clip", highlight=False)
    prior = catalog.load(checkpoint, device)
    solver = load(SAMPLERS, "posterior-mean")() if estimate == "mean" else LADDER[quality.value].solver()
    with progress_bar(f"denoise, {len(clip)} frames") as progress:
        how = {"seed": seed, "hypotheses": hypotheses, "shared_noise": shared_noise, "progress": progress}
        found = sequences.denoise(prior, clip, solver, noise_mm, **how)
    clips.write(found, out, target)


def _tell_gaps(clip: Clip) -> None:
    if gaps := int((~clip.told).sum()):
        console.print(
            f"{gaps:,} of {len(clip):,} frames tell nothing of the pose: bridged from those around them",
            highlight=False,
        )


def _tell_camera(clip: KeypointClip) -> None:
    """Say what was guessed, where the clip has no camera."""
    if clip.camera_K is not None or not clip.visible.any():
        return
    camera = clip.camera
    width, height = camera.size
    size = f"{width:g} x {height:g} px"
    image = f"an image of {size}" if clip.image_size else f"{size}, as far as its keypoints reach (--width)"
    console.print(
        f"camera: guessed, focal length {camera.K[0, 0]:g} px for {image}", highlight=False, soft_wrap=True
    )


def without(clip: PoseClip, missing: str) -> PoseClip:
    """The clip with the parts and joints in ``missing`` taken as unobserved.

    Raises:
        ConditionError: no such part or joint, or nothing is missing, or nothing is left.
    """
    parts = {name.replace(" ", "_"): joints for name, joints in H36M17.parts.items()}
    taken = np.zeros(H36M17.n_joints, bool)
    for name in filter(None, (word.strip() for word in missing.split(","))):
        if name in H36M17.names:
            taken[H36M17.names.index(name)] = True
        elif name.lower().replace("-", "_").replace(" ", "_") in parts:
            taken[list(parts[name.lower().replace("-", "_").replace(" ", "_")])] = True
        else:
            raise ConditionError(f"--missing {name}: choose of {', '.join((*parts, *H36M17.names))}")
    if not taken.any() and clip.observed.all():
        raise ConditionError("no joint of this clip is missing: say with --missing which to fill in")
    if not (clip.observed & ~taken).any():
        raise ConditionError("nothing of the clip is left to complete it from")
    return clip.without(taken)
