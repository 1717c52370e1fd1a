"""Files of the published benchmarks, told apart by what is in them: to measure on, and to train on."""

from __future__ import annotations

import os
from pathlib import Path

from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.base import Benchmark, named
from gfpose_core.io.datasets.h36m import h36m_poses, read_h36m
from gfpose_core.io.datasets.mpi_inf_3dhp import read_mpi_inf_3dhp, sequences
from gfpose_core.io.datasets.poses_hdf5 import PoseSet, read_poses
from gfpose_core.io.datasets.videopose3d import read_videopose3d, videopose3d_poses
from gfpose_core.io.magic import sniff

__all__ = ["Benchmark", "read_benchmark", "training_poses"]

_TAKEN = (
    "h36m_test.pkl of GFPose, data_3d_h36m.npz of VideoPose3D, or annot_data.mat of MPI-INF-3DHP's test set "
    "(or the folder with its TS1 to TS6)"
)


def read_benchmark(
    path: str | os.PathLike[str], split: str = "test", detections: str | os.PathLike[str] | None = None
) -> Benchmark:
    """Poses before their cameras, with 2D from the detector's file ``detections`` where one belongs to them.

    A pickle of GFPose's is of one split, whatever it is called: ``split`` tells which.

    Raises:
        FormatError: another kind of file, a damaged one, 2D of other poses, or poses that are no people's.
    """
    path = Path(path)
    kind = sniff(path)
    if detections is not None:
        sniff(detections)  # says so where there is no such file
        detections = Path(detections)
    with named(path.name):
        if kind.name == "h36m":
            return read_h36m(path, split, detections)
        if kind.name == "videopose3d":
            return read_videopose3d(path, split, detections)
        if kind.name == "3dhp" or (kind.name == "folder" and sequences(path)):
            if split != "test" or detections is not None:
                raise FormatError("there is the split 'test' alone, and no detections belong to it")
            return read_mpi_inf_3dhp(path)
    raise FormatError(f"{path.name} is {kind.words}, no benchmark: give {_TAKEN}")


def training_poses(path: str | os.PathLike[str]) -> PoseSet:
    """Poses to train on, (N, 17, 3) mm, y up: our own HDF5, or Human3.6M as GFPose or VideoPose3D pack it.

    Of a file with several splits it is ``train``; a pickle of GFPose's is taken whole.

    Raises:
        FormatError: as :func:`read_benchmark` and :func:`read_poses`.
    """
    path = Path(path)
    kind = sniff(path)
    with named(path.name):
        if kind.name == "h36m":
            return h36m_poses(path)
        if kind.name == "videopose3d":
            return videopose3d_poses(path, "train")
    return read_poses(path, "train")
