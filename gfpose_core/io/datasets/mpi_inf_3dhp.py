"""MPI-INF-3DHP's test set: ``TS1`` to ``TS6``, each with an ``annot_data.mat`` (HDF5, Matlab 7.3).

Arrays are (frames, 1, 17, k): ``annot2`` px, ``univ_annot3`` mm in camera axes, scaled to Human3.6M's
height as the set's own evaluation has it, or ``annot3`` unscaled; ``valid_frame`` (frames, 1).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.base import Benchmark, named, require_image, require_people
from gfpose_core.io.datasets.resection import fit_intrinsics
from gfpose_core.io.hdf5 import get_array, open_hdf5

ANNOTATIONS = "annot_data.mat"

SCENES = {"TS1": "GS", "TS2": "GS", "TS3": "noGS", "TS4": "noGS", "TS5": "Outdoor", "TS6": "Outdoor"}
"""Studio with green screen, studio without, outdoors, as GFPose's Table 2 names them."""

_TO_H36M17 = [14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4]


def sequences(path: Path) -> list[Path]:
    """The annotation files in the folders TS1 to TS6 of ``path``."""
    return [file for name in SCENES if (file := path / name / ANNOTATIONS).is_file()]


def read_mpi_inf_3dhp(path: Path) -> Benchmark:
    """The valid frames of one annotation file, or of the test sequences in a folder.

    Raises:
        FormatError: other content, or 2D or 3D that is no people's.
    """
    if not path.is_dir():
        return _read(path)
    found = sequences(path)
    parts = []
    for file in found:
        with named(file.parent.name):
            parts.append(_read(file))
    missing = [name for name in SCENES if name not in {file.parent.name for file in found}]
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return Benchmark(
        name=f"MPI-INF-3DHP ({path.name})",
        points=np.concatenate([part.points for part in parts]),
        groups=np.concatenate([part.groups for part in parts]),
        camera=Camera(np.concatenate([part.camera.K for part in parts])),
        keypoints=np.concatenate([part.keypoints for part in parts]),
        notes=(*notes, *((f"without {', '.join(missing)}",) if missing else ())),
    )


def _read(path: Path) -> Benchmark:
    try:
        with open_hdf5(path) as file:
            name = "univ_annot3" if "univ_annot3" in file else "annot3"
            valid, points, keypoints = (get_array(file, key) for key in ("valid_frame", name, "annot2"))
    except Exception as error:  # a damaged file fails in h5py with almost any exception
        raise FormatError(f"damaged, or has no annotations ({error})") from error
    points, keypoints = _joints(points, name, 3), _joints(keypoints, "annot2", 2)
    if valid.dtype.kind not in "fiub":
        raise FormatError(f"valid_frame is {valid.dtype}; numbers are needed")
    valid = valid.reshape(-1) != 0
    if not len(valid) == len(points) == len(keypoints) or not valid.any():
        raise FormatError("there are no valid frames, or arrays of different lengths")
    points, keypoints = points[valid], keypoints[valid]
    require_people(points)
    if not np.isfinite(keypoints).all():
        raise FormatError("there are image points that are not finite numbers")
    camera = fit_intrinsics(points, keypoints)
    require_image(camera, points, keypoints)
    scene = SCENES.get(path.absolute().parent.name)
    notes = [f"poses are {name}", "cameras fitted to annot2, without lens distortion"]
    if scene is None:
        notes.append(f"{path.name} lies in no folder TS1 to TS6: its scene is unknown")
    return Benchmark(
        name=f"MPI-INF-3DHP ({path.parent.name}/{path.name})",
        points=points,
        groups=np.full(len(points), scene or "unknown scene"),
        camera=Camera(np.tile(camera.K, (len(points), 1, 1))),
        keypoints=keypoints,
        notes=tuple(notes),
    )


def _joints(array: np.ndarray, name: str, k: int) -> np.ndarray:  # -> (frames, 17, k)
    if array.ndim != 4 or array.shape[1:] != (1, 17, k) or array.dtype.kind not in "fiu":
        raise FormatError(f"{name} is {array.dtype} {array.shape}; (frames, 1, 17, {k}) is needed")
    return array[:, 0, _TO_H36M17].astype(np.float64)
