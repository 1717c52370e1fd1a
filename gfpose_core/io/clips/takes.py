"""Files that hold many clips: data sets, of which one is chosen by name; and runs of priors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.h36m import read_h36m
from gfpose_core.io.datasets.mpi_inf_3dhp import read_mpi_inf_3dhp
from gfpose_core.io.datasets.poses_hdf5 import read_poses
from gfpose_core.io.datasets.videopose3d import all_clips
from gfpose_core.io.hdf5 import get_array, open_hdf5, pose_splits
from gfpose_core.io.importing import Corrections, Imported, Importer, Source
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.recordings import load_recording
from gfpose_core.skeleton import H36M17


@dataclass(frozen=True, eq=False)
class Takes:
    """Clips by name; each is read when it is chosen. A :class:`~gfpose_core.io.importing.Source`."""

    clips: Mapping[str, Callable[[], People]]

    def interpret(self, corrections: Corrections) -> Imported:
        """The clip called ``corrections.take``, or the first."""
        name = corrections.take or next(iter(self.clips))
        if name not in self.clips:
            like = [other for other in self.clips if name.lower() in other.lower()]
            raise FormatError(
                f"there is no clip {name!r} among its {len(self.clips)}"
                + (f"; there are {', '.join(like[:5])}" if like else f", such as {next(iter(self.clips))}")
            )
        imported = self.clips[name]().interpret(corrections)
        said = f"clip: {name}"
        detected = imported.detected
        detected = replace(detected, takes=tuple(self.clips), notes=(said, *detected.notes))
        return replace(imported, detected=detected)


def whole_people(
    label: str,
    poses: np.ndarray,
    up: str,
    fps: float | None = None,
    units_by: str = Capture.units_by,
    notes: tuple[str, ...] = (),
) -> People:
    """``poses`` (T, S, 17, 3) mm, each of S a person to choose."""
    return People(
        tuple(
            Capture(
                label=label,
                names=H36M17.names,
                parents=np.array(H36M17.parents),
                points=poses[:, s],
                seen=np.ones(poses[:, s].shape[:2], bool),
                fps=fps,
                units="millimetres",
                units_by=units_by,
                up=up,
                notes=notes,
            )
            for s in range(poses.shape[1])
        )
    )


def _open_poses(path: Path) -> Source:
    clips: dict[str, Callable[[], People]] = {}
    with open_hdf5(path) as file:
        for split, group in pose_splits(file).items():
            names = get_array(group, "clip_names") if "clip_names" in group else [""]
            for i, name in enumerate(names):
                key = f"{split}/{name}" if f"{split}/{name}" not in clips else f"{split}/{name} ({i})"
                clips[key] = lambda split=split, i=i: _clip_of(path, split, i)
    if not clips:
        raise FormatError("it has no clips")
    return Takes(clips)


def _clip_of(path: Path, split: str, index: int) -> People:
    found = read_poses(path, split)
    rate = found.facts.get("fps")
    fps = float(rate) if isinstance(rate, int | float) and 0 < rate < 1e5 else None
    poses = found.positions[found.clip_index == index].astype(np.float64)
    return whole_people("Pose data (HDF5)", poses[:, None], "y", fps)


def _open_videopose3d(path: Path) -> Source:
    clips = all_clips(path)
    return Takes(
        {
            name: lambda world=world: whole_people("Human3.6M by VideoPose3D", world[:, None], "z", 50.0)
            for name, world in clips.items()
        }
    )


def _open_h36m(path: Path) -> Source:
    found = read_h36m(path, "", None)
    notes = (
        *found.notes,
        "whoever does this, before whichever camera, as the file has them one after the other",
    )
    return Takes(
        {
            str(action): lambda action=action: whole_people(
                "Human3.6M by GFPose", found.points[found.groups == action][:, None], "-y", notes=notes
            )
            for action in dict.fromkeys(found.groups)
        }
    )


def _open_3dhp(path: Path) -> Source:
    found = read_mpi_inf_3dhp(path)
    notes = (*found.notes, "frames that it calls not valid are left out")
    return whole_people("MPI-INF-3DHP", found.points[:, None], "-y", notes=notes)


def _open_recording(path: Path) -> Source:
    recording = load_recording(path)
    poses = recording.poses.astype(np.float64) + recording.condition.origin[:, None, None]
    return whole_people("Recording", poses, "-y")


def _open_results(path: Path) -> Source:
    from gfpose_core.io.results import read_results  # torch, only where it is needed

    results = read_results(path)
    poses = np.concatenate([results.recording(person).poses for person in range(results.people)])
    scaled = "every person scaled to Human3.6M's average bones"
    return whole_people("Results of GFPose's code", poses.astype(np.float64), "-y", units_by=scaled)


POSES = Importer("HDF5 pose data", (".h5",), lambda path, kind: kind.name == "poses", _open_poses)
VIDEOPOSE3D = Importer(
    "VideoPose3D's 3D data", (".npz",), lambda path, kind: kind.name == "videopose3d", _open_videopose3d
)
H36M = Importer("Human3.6M by GFPose", (".pkl",), lambda path, kind: kind.name == "h36m", _open_h36m)
MPI_INF_3DHP = Importer("MPI-INF-3DHP", (".mat",), lambda path, kind: kind.name == "3dhp", _open_3dhp)
RECORDING = Importer("recording", (".h5",), lambda path, kind: kind.name == "recording", _open_recording)
RESULTS = Importer("GFPose results", (".npz",), lambda path, kind: kind.name == "results", _open_results)
