"""Poses as HDF5: arrays as datasets, everything else as attributes."""

from __future__ import annotations

import json
from pathlib import Path

from gfpose_core.errors import FormatError
from gfpose_core.export.base import AXES_IN_WORDS, VERSION, Format, PoseExport
from gfpose_core.io.clips.containers import write_hdf5
from gfpose_core.io.hdf5 import create, get_array, get_text, open_hdf5, put_array, put_texts
from gfpose_core.io.magic import EXPORT
from gfpose_core.io.recordings import read_trajectory, write_trajectory
from gfpose_core.skeleton import H36M17

_TEXTS = ("axes", "checkpoint", "checkpoint_sha256", "sampler")


def write(poses: PoseExport, path: Path) -> None:
    """``poses`` and ``origin``, and the group ``trajectory`` where it is wanted."""
    with create(path) as file:
        file.attrs.update(version=VERSION, seed=poses.seed, steps=poses.steps, parents=H36M17.parents)
        put_texts(
            file,
            format=EXPORT,
            units="mm",
            axes_in_words=AXES_IN_WORDS[poses.axes],
            joint_names=H36M17.names,
            options=json.dumps(dict(poses.options)),
            **{name: getattr(poses, name) for name in _TEXTS},
        )
        put_array(file, "poses", poses.poses)
        put_array(file, "origin", poses.origin)
        if poses.trajectory:
            write_trajectory(file.create_group("trajectory"), poses.trajectory)


def read(path: Path) -> PoseExport:
    """Inverse of :func:`write`.

    Raises:
        FormatError: another version.
    """
    with open_hdf5(path) as file:
        if file.attrs["version"] != VERSION:
            raise FormatError(f"format version {file.attrs['version']}; this gfpose reads {VERSION}")
        poses = get_array(file, "poses")
        return PoseExport(
            poses=poses,
            origin=get_array(file, "origin"),
            seed=int(file.attrs["seed"]),
            steps=int(file.attrs["steps"]),
            options=json.loads(get_text(file, "options")),
            trajectory=read_trajectory(file["trajectory"], poses.shape) if "trajectory" in file else None,
            **{name: get_text(file, name) for name in _TEXTS},
        )


HDF5 = Format(".h5", "HDF5", write, read, write_clip=write_hdf5)
