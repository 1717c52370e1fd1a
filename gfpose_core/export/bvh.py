"""Poses as BVH: every pose is a frame, every hypothesis a person.

A clip that came from a BVH file, with one hypothesis, goes out in that file's own skeleton, channels, frame
rate and unit (:mod:`gfpose_core.io.mocap.resolve`); others in a rig of ours (:mod:`gfpose_core.export.rig`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.export.base import Format, PoseExport
from gfpose_core.export.rig import DEFAULT_FPS, RIGS, rigs
from gfpose_core.io.mocap.bvh import format_bvh
from gfpose_core.io.mocap.motion import Motion
from gfpose_core.io.mocap.resolve import BVHSource


def write(poses: PoseExport, path: Path, rig: str, unit_mm: float, keep: bool) -> None:
    """The motion in the joints of ``rig`` and a unit of ``unit_mm``, or to ``keep`` in the source's own."""
    if keep and isinstance(poses.source, BVHSource) and poses.poses.shape[1] == 1:
        placed = poses.poses[:, 0].astype(np.float64) + poses.origin[:, None]
        own = from_camera_axes(to_camera_axes(placed, poses.axes), poses.source.axes)
        motion = poses.source.resolved(own, poses.frames, poses.fps)
    else:
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
    partial(write, rig="h36m-17", unit_mm=1000.0, keep=True),
    whole_run=False,
)
MIXAMO = Format(
    ".bvh",
    "BVH with Mixamo's names (centimetres)",
    partial(write, rig="mixamo", unit_mm=10.0, keep=False),
    whole_run=False,
)
