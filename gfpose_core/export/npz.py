"""Poses as a NumPy archive: the same arrays that ``gfpose sample`` writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gfpose_core.export.base import Format, PoseExport
from gfpose_core.io.clips.arrays import write_clip
from gfpose_core.io.npz import read_arrays
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Trajectory

_TEXTS = ("axes", "checkpoint", "checkpoint_sha256", "sampler")


def write(poses: PoseExport, path: Path) -> None:
    """``poses``, ``origin``, ``seed``, ``checkpoint_sha256``, ``sampler``, ``steps``, ``axes`` and the rest;
    the trajectory as ``times``, ``noise_levels``, ``states`` and ``clean``."""
    arrays = {"poses": poses.poses, "origin": poses.origin, "seed": poses.seed, "steps": poses.steps}
    arrays |= {name: getattr(poses, name) for name in _TEXTS}
    arrays |= {"options": json.dumps(dict(poses.options)), "joint_names": np.array(H36M17.names)}
    with path.open("wb") as file:
        np.savez(file, **arrays, **(vars(poses.trajectory) if poses.trajectory else {}))


def read(path: Path) -> PoseExport:
    """Inverse of :func:`write`."""
    arrays = read_arrays(path)
    trajectory = None
    if "times" in arrays:
        trajectory = Trajectory(*(arrays[name] for name in ("times", "noise_levels", "states", "clean")))
    return PoseExport(
        poses=arrays["poses"],
        origin=arrays["origin"],
        seed=int(arrays["seed"]),
        steps=int(arrays["steps"]),
        options=json.loads(str(arrays["options"])),
        trajectory=trajectory,
        **{name: str(arrays[name]) for name in _TEXTS},
    )


NPZ = Format(".npz", "NumPy archive", write, read, write_clip=write_clip)
