"""Poses as JSON that explains itself: joints, bones, units and axes stand in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.export.base import AXES_IN_WORDS, VERSION, Format, PoseExport
from gfpose_core.io.clips.containers import write_json
from gfpose_core.io.magic import EXPORT
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Trajectory

_PLAIN = ("axes", "seed", "checkpoint", "checkpoint_sha256", "sampler", "steps")


def write(poses: PoseExport, path: Path) -> None:
    """Numbers are millimetres with three decimals."""
    content: dict[str, Any] = {
        "format": EXPORT,
        "version": VERSION,
        "units": "mm",
        "axes_in_words": AXES_IN_WORDS[poses.axes],
        "skeleton": H36M17.name,
        "joint_names": H36M17.names,
        "parents": H36M17.parents,
        **{name: getattr(poses, name) for name in _PLAIN},
        "options": dict(poses.options),
        "shape": "poses[pose][hypothesis][joint] = [x, y, z] relative to origin[pose]",
        "origin": _numbers(poses.origin),
        "poses": _numbers(poses.poses),
    }
    if poses.trajectory:
        times = {"times": poses.trajectory.times.tolist()}
        others = {name: _numbers(array) for name, array in vars(poses.trajectory).items() if name != "times"}
        content["trajectory"] = times | others
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, allow_nan=False)


def read(path: Path) -> PoseExport:
    """Inverse of :func:`write`, to half a micrometre.

    Raises:
        FormatError: another version, unit or skeleton.
    """
    content = json.loads(path.read_text("utf-8"))
    said = tuple(content[name] for name in ("version", "units", "skeleton"))
    if said != (VERSION, "mm", H36M17.name):
        raise FormatError(f"version, units and skeleton are {said}; (1, 'mm', '{H36M17.name}') can be read")
    trajectory = None
    if moments := content.get("trajectory"):
        states, clean = (np.array(moments[name], np.float32) for name in ("states", "clean"))
        trajectory = Trajectory(np.array(moments["times"]), np.array(moments["noise_levels"]), states, clean)
    return PoseExport(
        poses=np.array(content["poses"], np.float32),
        origin=np.array(content["origin"], np.float64),
        options=content["options"],
        trajectory=trajectory,
        **{name: content[name] for name in _PLAIN},
    )


def _numbers(array: np.ndarray) -> list:
    return np.round(array.astype(np.float64), 3).tolist()


JSON = Format(".json", "JSON", write, read, write_clip=write_json)
