"""From any file a person opens to what the window can show. Runs on a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from app.documents.saved import Saved
from app.engine.offer import Offer, make_offer
from app.engine.pictures import Picture, read_picture
from app.engine.session_file import read_session
from gfpose_core.condition import Condition
from gfpose_core.io.magic import sniff
from gfpose_core.io.recordings import load_recording
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory

CHECKPOINTS = ("safetensors", "torch", "pickle")
MOST_BYTES = 256 * 2**20
"""Of the authors' trajectories, as many people are taken as fit in this."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A file's content: a session, a run to be played, a picture, or a clip that can be imported."""

    path: Path
    kind: str
    recording: Recording | None = None
    session: Saved | None = None
    picture: Picture | None = None
    offer: Offer | None = None
    notes: tuple[str, ...] = ()


def open_file(path: Path, remembered: Mapping[str, str] = MappingProxyType({})) -> Opened:
    """Read ``path``, whatever it is; a checkpoint or a detector's model is only recognised, a clip is read as
    corrections that are ``remembered`` for its kind say.

    Raises:
        FormatError: nothing that can be shown; the message says what it is.
    """
    kind = sniff(path)
    if kind.name in CHECKPOINTS:
        return Opened(path, "checkpoint")
    if kind.name == "pose-model":
        return Opened(path, kind.name)
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
    return Opened(path, "clip", offer=make_offer(path, remembered))


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
