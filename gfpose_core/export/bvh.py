"""Poses as BVH: every pose is a frame, every hypothesis a person.

In a rig of ours (:mod:`gfpose_core.export.rig`); a clip that came from BVH goes back into its own skeleton
where no format is named (:mod:`gfpose_core.io.mocap.bvh_writer`). BVH has no place for which joints are
stand-ins.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from gfpose_core.export.base import DEFAULT_FPS, Format, PoseExport
from gfpose_core.export.rig import RIGS, rigs
from gfpose_core.io.mocap.bvh_writer import format_bvh
from gfpose_core.io.mocap.motion import Motion


def write(poses: PoseExport, path: Path, rig: str, unit_mm: float) -> None:
    """The motion in the joints of ``rig`` and a unit of ``unit_mm``."""
    fps = poses.fps or DEFAULT_FPS
    motion = _together([rigged.motion(unit_mm, fps) for rigged in rigs(poses, RIGS[rig])])
    path.write_text(format_bvh(motion), "utf-8", newline="\n")


def _together(people: list[Motion]) -> Motion:
    """Several trees in one file."""
    start, parents = 0, []
    for person in people:
        parents.append(np.where(person.parents < 0, -1, person.parents + start))
        start += len(person.names)
    return Motion(
        names=tuple(name for person in people for name in person.names),
        parents=np.concatenate(parents),
        offsets=np.concatenate([person.offsets for person in people]),
        channels=tuple(channels for person in people for channels in person.channels),
        values=np.concatenate([person.values for person in people], axis=1),
        frame_time=people[0].frame_time,
    )


BVH = Format(
    ".bvh",
    "BVH (metres, as Blender takes them)",
    partial(write, rig="h36m-17", unit_mm=1000.0),
    whole_run=False,
)
MIXAMO = Format(
    ".bvh",
    "BVH with Mixamo's names (centimetres)",
    partial(write, rig="mixamo", unit_mm=10.0),
    whole_run=False,
)
