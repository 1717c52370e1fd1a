"""`gfpose convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli import clips
from gfpose_core.cli.base import app
from gfpose_core.cli.flags import with_flags
from gfpose_core.io.importing import Corrections


@app.command()
@with_flags(Corrections, "corrections")
def convert(
    file: clips.FileArgument,
    out: Annotated[Path, typer.Argument(help="Its suffix says the format.", metavar="OUT")],
    frames: clips.FramesOption = None,
    source: clips.FromOption = None,
    target: clips.ToOption = None,
    corrections: Corrections = Corrections(),  # noqa: B008, frozen
) -> None:
    """Turn a clip of poses or keypoints into another format.

    npz holds poses_3d (T,17,3) mm, observed and axes, or keypoints_2d (T,17,2) px, visible and confidence;
    with fps; JSON and HDF5 hold the same. BVH, AMC, glTF and C3D of a clip that came from such a file keep
    its skeleton or markers; --to bvh, gltf and c3d take ours, --to bvh-mixamo Mixamo's.
    """
    clips.require_place(out, target)
    clip = clips.read(file, corrections, source, frames)
    clips.require_fit(clip, out, target, changed=False)
    clips.write(clip, out, target)
