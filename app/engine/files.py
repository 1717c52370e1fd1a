"""From any file a person opens to what the window can show. Runs on the worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.engine.pictures import Picture, read_picture
from app.engine.session_file import read_session
from app.saved import Saved
from gfpose_core.condition import Condition
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.magic import Kind, sniff
from gfpose_core.io.recordings import load_recording
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory

CHECKPOINTS = ("safetensors", "torch", "pickle")
MOST_BYTES = 256 * 2**20
"""Of the authors' trajectories, as many people are taken as fit in this."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A file's content: a session, a run to be played, a picture, keypoints, or one pose (17, 3) mm, camera
    axes, relative to its root."""

    path: Path
    kind: str
    recording: Recording | None = None
    pose: np.ndarray | None = None
    session: Saved | None = None
    picture: Picture | None = None
    keypoints: KeypointClip | None = None
    notes: tuple[str, ...] = ()


def open_file(path: Path) -> Opened:
    """Read ``path``, whatever it is; a checkpoint is only recognised.

    Raises:
        FormatError: nothing that can be shown; the message says what it is.
    """
    kind = sniff(path)
    if kind.name in CHECKPOINTS:
        return Opened(path, "checkpoint")
    if kind.name == "session":
        return Opened(path, "session", session=read_session(path))
    if kind.name == "recording":
        return Opened(path, "recording", load_recording(path))
    if kind.name == "export":
        return Opened(path, "recording", _exported(path))
    if kind.name == "results":
        return _results(path)
    if kind.name == "picture":
        return Opened(path, "picture", picture=read_picture(path))
    if "keypoints_2d" in kind.members:
        return _keypoints(path)
    if "poses_3d" in kind.members:
        return _poses(path)
    raise FormatError(
        f"{path.name} is {_what(kind)}: drop a checkpoint, session, recording, results.npz, picture, or "
        "poses_3d or keypoints_2d in npz"
    )


def _what(kind: Kind) -> str:
    return kind.words or "no file known here"


def _exported(path: Path) -> Recording:
    from gfpose_core.camera import to_camera_axes
    from gfpose_core.export.base import read_export

    file = read_export(path)
    n, hypotheses = file.poses.shape[:2]
    empty = np.zeros((0, n, hypotheses, H36M17.n_joints, 3), np.float32)
    moments = file.trajectory or Trajectory(np.zeros(0), np.zeros(0), empty, empty)
    return Recording(
        poses=to_camera_axes(file.poses, file.axes),
        trajectory=Trajectory(
            moments.times,
            moments.noise_levels,
            to_camera_axes(moments.states, file.axes),
            to_camera_axes(moments.clean, file.axes),
        ),
        condition=Condition.nothing(n),
        seed=file.seed,
        checkpoint=file.checkpoint,
        checkpoint_sha256=file.checkpoint_sha256,
        sampler=file.sampler,
        options=file.options,
    )


def _results(path: Path) -> Opened:
    from gfpose_core.io.results import read_results

    results = read_results(path)
    people = max(1, min(results.people, MOST_BYTES // max(1, results.samples[:, 0].nbytes)))
    runs = [results.recording(person) for person in range(people)]
    first = runs[0].trajectory
    states = np.concatenate([run.trajectory.states for run in runs], axis=1)
    recording = Recording(
        poses=np.concatenate([run.poses for run in runs]),
        trajectory=Trajectory(first.times, first.noise_levels, states, states),
        condition=Condition.nothing(people),
        seed=0,
        checkpoint=results.name,
        checkpoint_sha256="",
        sampler=runs[0].sampler,
        options=runs[0].options,
    )
    notes = ["It holds no clean estimates, so x(t) stands in for them"]
    if people < results.people:
        notes.append(f"the first {people} of {results.people} people are shown")
    return Opened(path, "recording", recording, notes=tuple(notes))


def _keypoints(path: Path) -> Opened:
    from gfpose_core.io.importing import read_clip

    clip = read_clip(path).clip
    notes = []
    if clip.camera_K is None:
        known = "of its image_size" if clip.image_size else "of an image as large as the keypoints reach"
        notes.append(f"It tells no camera_K: f = 1.2 x the longer side {known} is assumed")
    if clip.root_depth is None:
        notes.append("it tells no root_depth: it is taken from human bone lengths")
    return Opened(path, "keypoints", keypoints=clip, notes=tuple(notes))


def _poses(path: Path) -> Opened:
    with np.load(path, allow_pickle=False) as file:
        poses, flagged = file["poses_3d"], "observed" in file
    if poses.ndim != 3 or poses.shape[1:] != (H36M17.n_joints, 3) or not len(poses):
        raise FormatError(f"{path.name}: poses_3d is {poses.shape}; (N, 17, 3) millimetres are needed")
    pose = poses[0].astype(np.float64)
    if not np.isfinite(pose).all():
        raise FormatError(f"{path.name}: its first pose holds numbers that are not finite")
    size = float(H36M17.bone_lengths(pose).sum())
    if not 1500 < size < 15000:
        raise FormatError(
            f"{path.name}: its bones add up to {size:.3g} mm, which is no human: give millimetres"
        )
    notes = ("Camera axes (x right, y down, z away) are taken for granted",)
    if len(poses) > 1:
        notes += (f"the first of {len(poses)} poses is used",)
    if flagged:
        notes += ("its observed flags are not used: Shift-click what is missing",)
    return Opened(path, "pose", pose=pose - pose[0], notes=notes)
