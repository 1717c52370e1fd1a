"""Poses as CSV for spreadsheets: a row for each pose and hypothesis, three columns a joint, millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfpose_core.export.base import Format, PoseExport
from gfpose_core.io.clip import Clip, KeypointClip
from gfpose_core.io.clips.table import Table, write_keypoints, write_table
from gfpose_core.skeleton import H36M17


def write(poses: PoseExport, path: Path) -> None:
    """``pose``, ``hypothesis``, and ``Hip.x`` to ``RWrist.z`` in the world, not relative to the root."""
    placed = poses.poses.astype(np.float64) + poses.origin[:, None, None]
    write_table(Table(placed, H36M17.names, poses.axes, poses.fps), path)


def write_clip(clip: Clip, path: Path) -> None:
    """The same of a clip; what is not observed is left empty. Keypoints have two columns a joint, pixels."""
    if isinstance(clip, KeypointClip):
        write_keypoints(clip, path)
    else:
        write_table(Table(clip.poses[:, None], H36M17.names, clip.axes, clip.fps, clip.stand_ins), path)


CSV = Format(".csv", "CSV", write, whole_run=False, write_clip=write_clip)
