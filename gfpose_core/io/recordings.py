"""Recordings as HDF5 files: a run, what it was asked, and all it takes to run it again."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path

import h5py

from gfpose_core.camera import Camera, View
from gfpose_core.condition import Condition, NoiseStart, Resume
from gfpose_core.errors import FormatError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.hdf5 import create, get_array, get_text, open_hdf5, put_array, put_texts
from gfpose_core.io.magic import RECORDING, sniff
from gfpose_core.pose import are_finite
from gfpose_core.trajectory import Recording, Trajectory

VERSION = 1


def save_recording(path: str | os.PathLike[str], recording: Recording) -> None:
    """Write ``recording``, whole or not at all.

    Raises:
        FormatError: a place that cannot be written to.
    """
    with atomic_path(path) as part, create(part) as file:
        write_recording(file, recording)


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read what :func:`save_recording` wrote.

    Raises:
        FormatError: another kind of file, or a damaged one.
    """
    path = Path(path)
    kind = sniff(path)
    if kind.name != "recording":
        raise FormatError(f"{path.name} is {kind.words}, no recording")
    try:
        with open_hdf5(path) as file:
            version = int(file.attrs["version"])
            recording = read_recording(file) if version == VERSION else None
    except Exception as error:  # a damaged file fails in h5py with almost any exception
        raise FormatError(f"{path.name} is a recording that is cut short or damaged ({error})") from error
    if recording is None:
        raise FormatError(f"{path.name} has format version {version}; this gfpose reads {VERSION}")
    return recording


def write_recording(group: h5py.Group, recording: Recording) -> None:
    """``recording`` into ``group``: a whole file, or a part of one."""
    group.attrs.update(version=VERSION, seed=recording.seed)
    put_texts(
        group,
        format=RECORDING,
        checkpoint=recording.checkpoint,
        checkpoint_sha256=recording.checkpoint_sha256,
        sampler=recording.sampler,
        options=json.dumps(dict(recording.options)),
        status=recording.status,
    )
    put_array(group, "poses", recording.poses)
    write_trajectory(group.create_group("trajectory"), recording.trajectory)
    write_condition(group.create_group("condition"), recording.condition)
    if recording.camera is not None:
        K = put_array(group, "camera_K", recording.camera.K)
        if recording.camera.size is not None:
            K.attrs["image_size"] = recording.camera.size


def read_recording(group: h5py.Group) -> Recording:
    """Inverse of :func:`write_recording`.

    Raises:
        KeyError, ValueError: parts that are missing, or do not belong together.
    """
    poses = get_array(group, "poses")
    condition = read_condition(group["condition"])
    if poses.ndim != 4 or poses.shape[:1] + poses.shape[2:] != condition.values.shape:
        raise ValueError(f"its poses are {poses.shape}, its condition {condition.values.shape}")
    trajectory = read_trajectory(group["trajectory"], poses.shape)
    if not are_finite(poses, *vars(trajectory).values()):
        raise ValueError("it holds values that are not finite numbers")
    return Recording(
        poses=poses,
        trajectory=trajectory,
        condition=condition,
        seed=int(group.attrs["seed"]),
        checkpoint=get_text(group, "checkpoint"),
        checkpoint_sha256=get_text(group, "checkpoint_sha256"),
        sampler=get_text(group, "sampler"),
        options=json.loads(get_text(group, "options")),
        status=get_text(group, "status"),
        camera=_read_camera(group) if "camera_K" in group else None,
    )


def _read_camera(group: h5py.Group) -> Camera:
    size = group["camera_K"].attrs.get("image_size")
    return Camera(get_array(group, "camera_K"), None if size is None else tuple(map(float, size)))


def write_trajectory(group: h5py.Group, trajectory: Trajectory) -> None:
    """The four arrays of ``trajectory`` under their names."""
    for name, array in vars(trajectory).items():
        put_array(group, name, array)


def read_trajectory(group: h5py.Group, poses: tuple[int, ...]) -> Trajectory:
    """Inverse of :func:`write_trajectory`; ``poses`` is the shape (N, S, J, 3) of each moment.

    Raises:
        ValueError: arrays that do not belong together.
    """
    names = (field.name for field in fields(Trajectory))
    trajectory = Trajectory(*(get_array(group, name) for name in names))
    if not trajectory.fits(poses):
        raise ValueError("its arrays have shapes that do not belong together")
    return trajectory


def write_condition(group: h5py.Group, condition: Condition) -> None:
    """``condition`` into ``group``, with what it starts or goes on from."""
    for name in ("values", "observed", "origin"):
        put_array(group, name, getattr(condition, name))
    for name in ("rotation", "depth"):
        put_array(group, name, getattr(condition.view, name))
    if condition.confidence is not None:
        put_array(group, "confidence", condition.confidence)
    if condition.start:
        start = put_array(group, "start", condition.start.poses)
        start.attrs["time"] = condition.start.time
    if condition.resume:
        _write_resume(group.create_group("resume"), condition.resume)


def read_condition(group: h5py.Group) -> Condition:
    """Inverse of :func:`write_condition`.

    Raises:
        KeyError, ValueError, ConditionError: parts that are missing, or do not belong together.
    """
    start = resume = None
    if "start" in group:
        start = NoiseStart(get_array(group, "start"), float(group["start"].attrs["time"]))
    if "resume" in group:
        resume = _read_resume(group["resume"])
    names = ("values", "observed", "rotation", "depth", "origin")
    values, observed, rotation, depth, origin = (get_array(group, name) for name in names)
    n = len(values)
    if rotation.shape != (n, 3, 3) or depth.shape != (n,) or not are_finite(rotation, depth, origin):
        raise ValueError("it has no view of every pose")
    confidence = get_array(group, "confidence") if "confidence" in group else None
    return Condition(values, observed, View(rotation, depth), origin, start, confidence, resume)


def _write_resume(group: h5py.Group, resume: Resume) -> None:
    states = put_array(group, "states", resume.states)
    states.attrs["time"] = resume.time
    if resume.earlier is not None:
        put_array(group, "earlier", resume.earlier)
        put_array(group, "earlier_times", resume.earlier_times)


def _read_resume(group: h5py.Group) -> Resume:
    earlier = (get_array(group, name) if name in group else None for name in ("earlier_times", "earlier"))
    return Resume(get_array(group, "states"), float(group["states"].attrs["time"]), *earlier)
