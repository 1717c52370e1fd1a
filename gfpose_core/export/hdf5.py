"""Poses as HDF5: arrays as datasets, everything else as attributes."""

from __future__ import annotations

import json
from pathlib import Path

import h5py

from gfpose_core.errors import FormatError
from gfpose_core.export.base import AXES_IN_WORDS, VERSION, Format, PoseExport
from gfpose_core.io.magic import EXPORT
from gfpose_core.io.recordings import read_trajectory, write_trajectory
from gfpose_core.skeleton import H36M17

_TEXTS = ("axes", "checkpoint", "checkpoint_sha256", "sampler")


def write(poses: PoseExport, path: Path) -> None:
    """``poses`` and ``origin``, and the group ``trajectory`` where it is wanted."""
    with h5py.File(path, "w") as file:
        file.attrs.update({name: getattr(poses, name) for name in (*_TEXTS, "seed", "steps")})
        file.attrs.update(
            format=EXPORT,
            version=VERSION,
            units="mm",
            axes_in_words=AXES_IN_WORDS[poses.axes],
            joint_names=list(H36M17.names),
            parents=list(H36M17.parents),
            options=json.dumps(dict(poses.options)),
        )
        file["poses"], file["origin"] = poses.poses, poses.origin
        if poses.trajectory:
            write_trajectory(file.create_group("trajectory"), poses.trajectory)


def read(path: Path) -> PoseExport:
    """Inverse of :func:`write`.

    Raises:
        FormatError: another version.
    """
    with h5py.File(path) as file:
        if file.attrs["version"] != VERSION:
            raise FormatError(f"format version {file.attrs['version']}; this gfpose reads {VERSION}")
        poses = file["poses"][()]
        return PoseExport(
            poses=poses,
            origin=file["origin"][()],
            seed=int(file.attrs["seed"]),
            steps=int(file.attrs["steps"]),
            options=json.loads(file.attrs["options"]),
            trajectory=read_trajectory(file["trajectory"], poses.shape) if "trajectory" in file else None,
            **{name: str(file.attrs[name]) for name in _TEXTS},
        )


HDF5 = Format(".h5", "HDF5", write, read)
