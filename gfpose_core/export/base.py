"""What leaves the program: poses, and how they came about, in axes of the user's choice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from gfpose_core.camera import from_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.clip import Clip, OwnForm, PoseClip
from gfpose_core.io.magic import sniff
from gfpose_core.pose import are_finite
from gfpose_core.registry import EXPORTERS, IMPORTERS, load, load_all
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory

VERSION = 1
DEFAULT_FPS = 30.0
"""Of poses that have no rate, in the formats of other programs, which need one."""

AXES_IN_WORDS = {
    "camera": "x right, y down, z away from the viewer",
    "y-up": "world, right-handed, y up, the viewer looks along -z",
    "z-up": "world, right-handed, z up, the viewer looks along +y",
}


@dataclass(frozen=True)
class PoseExport:
    """Results in one of the axes of :data:`gfpose_core.camera.AXES`.

    Attributes:
        poses: (N, S, 17, 3) mm float32, relative to ``origin``; may lie in a file (numpy.memmap), which HDF5
            and npz write without holding it in memory.
        origin: (N, 3) mm.
        steps: network calls or recorded moments of the run.
        options: of the sampler, and whatever else was chosen.
        trajectory: the states along the way, if wanted.
        fps: frames a second, where the N poses are a clip's frames.
        derived: joints of such a clip that are stand-ins made from others.
    """

    poses: np.ndarray
    origin: np.ndarray
    axes: str
    seed: int = 0
    checkpoint: str = ""
    checkpoint_sha256: str = ""
    sampler: str = ""
    steps: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    trajectory: Trajectory | None = None
    fps: float | None = None
    derived: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.poses.ndim != 4 or self.poses.shape[2:] != (17, 3) or self.axes not in AXES_IN_WORDS:
            raise FormatError(f"poses {self.poses.shape} in axes {self.axes!r}: (N, S, 17, 3) are needed")
        fits = self.trajectory is None or self.trajectory.fits(self.poses.shape)
        if self.origin.shape != (len(self.poses), 3) or not fits:
            raise FormatError("poses, origin and trajectory do not belong together")

    @property
    def finite(self) -> bool:
        """Whether all arrays hold finite numbers alone."""
        moments = () if self.trajectory is None else vars(self.trajectory).values()
        return are_finite(self.poses, self.origin, *moments)

    @classmethod
    def of(cls, recording: Recording, axes: str = "camera", trajectory: bool = False) -> PoseExport:
        """``recording`` turned from camera axes into ``axes``.

        Raises:
            FormatError: no such axes.
        """
        moments = None
        if trajectory:
            turned = {name: _turn(getattr(recording.trajectory, name), axes) for name in ("states", "clean")}
            moments = replace(recording.trajectory, **turned)
        return cls(
            poses=_turn(recording.poses, axes),
            origin=from_camera_axes(recording.condition.origin, axes),
            axes=axes,
            seed=recording.seed,
            checkpoint=recording.checkpoint,
            checkpoint_sha256=recording.checkpoint_sha256,
            sampler=recording.sampler,
            steps=int(recording.options.get("steps", len(recording.trajectory))),
            options=dict(recording.options),
            trajectory=moments,
        )

    @classmethod
    def of_clip(cls, clip: PoseClip) -> PoseExport:
        """A clip, as poses of one hypothesis each.

        Raises:
            FormatError: joints that are not observed.
        """
        gone = [name for name, seen in zip(H36M17.names, clip.observed.all(axis=0)) if not seen]
        if gone:
            raise FormatError(
                f"not observed in every frame: {', '.join(gone)}; this format holds whole poses: complete "
                "the clip first (gfpose complete), or write npz, JSON, HDF5 or CSV"
            )
        origin = clip.poses[:, 0]
        return cls(
            (clip.poses - origin[:, None]).astype(np.float32)[:, None], origin, clip.axes,
            fps=clip.fps, derived=clip.stand_ins,
        )  # fmt: skip


@dataclass(frozen=True)
class Format:
    """A file format of poses: one of the table ``EXPORTERS``.

    ``write`` may leave half a file behind when it fails: :func:`export` sees to that. ``read`` may raise
    anything on a damaged file: :func:`read_export` does; a format of other programs has none, and comes back
    as a clip (:mod:`gfpose_core.io.importing`).

    Attributes:
        whole_run: whether seed, checkpoint and trajectory are kept, or the poses alone.
        write_clip: how a clip is written, where not as an export of one hypothesis.
    """

    suffix: str
    label: str
    write: Callable[[PoseExport, Path], None]
    read: Callable[[Path], PoseExport] | None = None
    whole_run: bool = True
    write_clip: Callable[[Clip, Path], None] | None = None


def export(poses: PoseExport, path: str | os.PathLike[str], name: str | None = None) -> None:
    """Write ``poses``, whole or not at all, in the format called ``name``, or by the suffix of ``path``.

    Raises:
        FormatError: no such format, a place that cannot be written to, values that are not finite.
    """
    chosen = format_of(path) if name is None else load(EXPORTERS, name)
    if not poses.finite:
        raise FormatError("the poses hold values that are not finite numbers: nothing was written")
    if poses.trajectory is not None and not chosen.whole_run:
        raise FormatError(f"{chosen.label} holds no trajectory: choose npz, JSON or HDF5, or the poses")
    with atomic_path(path) as part:
        chosen.write(poses, part)


def export_clip(clip: Clip, path: str | os.PathLike[str], name: str | None = None) -> None:
    """Write ``clip``, whole or not at all, in the format called ``name``, or by the suffix of ``path``: then
    in its file's own skeleton, if it came from such a file.

    Raises:
        FormatError: as :func:`export`; and where the format cannot hold keypoints, or joints without a place.
    """
    if own := own_form(clip, path, name):
        with atomic_path(path) as part:
            own.write(clip, part, Path(path))
        return
    chosen = format_of(path) if name is None else load(EXPORTERS, name)
    if chosen.write_clip is not None:
        with atomic_path(path) as part:
            chosen.write_clip(clip, part)
    elif isinstance(clip, PoseClip):
        export(PoseExport.of_clip(clip), path, name)
    else:
        able = [f.suffix for f in load_all(EXPORTERS).values() if f.write_clip]
        raise FormatError(f"{chosen.label} holds poses in space, no keypoints: choose {', '.join(able)}")


def own_form(clip: Clip, path: str | os.PathLike[str], name: str | None = None) -> OwnForm | None:
    """What writes ``clip`` back into its own file's form, where that is asked for: by the suffix alone."""
    own = clip.source
    return own if own and name is None and Path(path).suffix.lower() == own.suffix else None


def assumed_fps(clip: Clip, path: str | os.PathLike[str], name: str | None = None) -> float | None:
    """The frame rate that a file of ``clip`` is given for want of one; None where it has or needs none."""
    chosen = format_of(path) if name is None else load(EXPORTERS, name)
    return DEFAULT_FPS if clip.fps is None and chosen.read is None else None


def require_fit(clip: Clip | None, path: str | os.PathLike[str], name: str | None = None) -> None:
    """Refuse, before any work, a format that poses made from ``clip``, or from none, cannot go to.

    Raises:
        FormatError: there is none of this suffix, or it holds clips alone that came from it.
    """
    chosen = format_of(path) if name is None else load(EXPORTERS, name)
    if chosen.suffix in _OWN_ALONE and (clip is None or own_form(clip, path, name) is None):
        _refuse_others(chosen.label)


def read_export(path: str | os.PathLike[str]) -> PoseExport:
    """Read what :func:`export` wrote.

    Raises:
        FormatError: another kind of file, or a damaged one.
    """
    path = Path(path)
    kind = sniff(path)
    if kind.name != "export":
        raise FormatError(f"{path.name} is {kind.words}, no exported poses")
    chosen = format_of(path)
    if chosen.read is None:
        raise FormatError(f"{path.name}: open it as a clip")
    try:
        found = chosen.read(path)
    except FormatError as error:
        raise FormatError(f"{path.name}: {error}") from error.__cause__
    except Exception as error:  # each format's reader fails in its own ways
        raise FormatError(f"{path.name} is cut short or damaged ({error})") from error
    if not found.finite:
        raise FormatError(f"{path.name} holds values that are not finite numbers")
    return found


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format whose suffix ``path`` has.

    Raises:
        FormatError: none has; the message lists those there are.
    """
    suffix = Path(path).suffix.lower()
    formats = load_all(EXPORTERS).values()
    for chosen in (*formats, *_OWN_ALONE.values()):
        if suffix == chosen.suffix:
            return chosen
    read = any(suffix in importer.suffixes for importer in load_all(IMPORTERS).values())
    why = f"{suffix} is read, not written; " if read else ""
    suffixes = dict.fromkeys(f.suffix for f in formats)
    raise FormatError(f"{Path(path).name}: {why}end the name with {', '.join(suffixes)}")


def _refuse_others(label: str) -> NoReturn:
    raise FormatError(
        f"{label} is written of clips alone that came from it, into their own skeleton: choose .bvh or .glb "
        "for motion, .npz for poses"
    )


_OWN_ALONE = {".amc": Format(".amc", "AMC", lambda poses, path: _refuse_others("AMC"), whole_run=False)}
"""Formats without a skeleton of ours."""


def _turn(points: np.ndarray, axes: str) -> np.ndarray:
    return np.ascontiguousarray(from_camera_axes(points, axes), np.float32)
