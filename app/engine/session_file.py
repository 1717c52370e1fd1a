"""Session files: JSON for what a person set, beside it the run shown in the format of recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from app.documents.document_json import parse, read_as, to_json
from app.documents.lab import FIRST
from app.documents.runs import Run
from app.documents.saved import Saved, SequenceResult
from app.engine.session_runs import (
    read_branches,
    read_document,
    read_run,
    read_setups,
    tell_document,
    tell_run,
    write_branches,
)
from app.scene.view import MAX_DISTANCE, MIN_DISTANCE, OrbitCamera
from gfpose_core.errors import FormatError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.hdf5 import create, get_array, get_text, open_hdf5, put_array, put_texts
from gfpose_core.io.magic import SESSION, sniff
from gfpose_core.io.recordings import read_recording, write_recording
from gfpose_core.pose import are_finite
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording

SUFFIX = ".gfpose"
VERSION = 1
_VIEW = {
    "unfinished": bool,
    "focus": int,
    "pose": int,
    "position": float,
    "checkpoint_sha256": str,
    "path": str,
}
_SINCE: dict[str, Any] = {"sequence": "", "sequence_read": "", "sequence_frame": 0}
"""What sessions before did not tell, and what it was then."""


def write_session(path: Path, saved: Saved) -> None:
    """Write ``saved``, whole or not at all.

    Raises:
        FormatError: a place that cannot be written to.
    """
    documents = [saved.document, *(run.document for run, _ in saved.runs)]
    branches = list({id(d.branch): d.branch for d in documents if d.branch is not None}.values())
    told = {
        "document": tell_document(saved.document, branches),
        "runs": [tell_run(run, branches) for run, _ in saved.runs],
        "asked": next((run.number for run, _ in saved.runs if run.document is saved.document), None),
        "shown": saved.shown,
        "lab": to_json(saved.lab),
        "camera": to_json(saved.camera),
        "pins": [label for label, _ in saved.pins],
        **{name: getattr(saved, name) for name in (*_VIEW, *_SINCE)},
    }
    with atomic_path(path) as part, create(part) as file:
        file.attrs["version"] = VERSION
        put_texts(file, format=SESSION)
        # an array: unlike attributes it may be of any length
        put_array(file, "state", np.frombuffer(json.dumps(told, allow_nan=False).encode(), np.uint8))
        if saved.pins:
            put_array(file, "pins", np.stack([pose for _, pose in saved.pins]))
        if saved.reference is not None:
            put_array(file, "reference", saved.reference)
        if saved.picture is not None:
            put_array(file, "picture", np.frombuffer(saved.picture, np.uint8))
        if (result := saved.sequence_result) is not None:
            made = file.create_group("sequence_result")
            put_texts(made, task=result.task)
            put_array(made, "poses", result.poses.astype(np.float32))
            put_array(made, "which", result.which)
        if saved.recording is not None:
            write_recording(file.create_group("recording"), saved.recording)
        write_branches(file.create_group("branches"), branches)
        recordings = file.create_group("runs")
        for run, recording in saved.runs:
            if recording is not None:
                write_recording(recordings.create_group(str(run.number)), recording)


def read_session(path: Path) -> Saved:
    """Read what :func:`write_session` wrote.

    Raises:
        FormatError: another kind of file, or a damaged one.
    """
    kind = sniff(path)
    if kind.name != "session":
        raise FormatError(f"{path.name} is {kind.words}, no session")
    try:
        with open_hdf5(path) as file:
            version = int(file.attrs["version"])
            saved = _read(file) if version == VERSION else None
    except Exception as error:  # a damaged file fails in h5py with almost any exception
        raise FormatError(f"{path.name} is a session that is cut short or damaged ({error})") from error
    if saved is None:
        raise FormatError(f"{path.name} has format version {version}; this viewer reads {VERSION}")
    return saved


def _read(file: h5py.File) -> Saved:
    told = parse(get_array(file, "state").tobytes())
    labels: list[str] = told["pins"]
    pins = get_array(file, "pins") if labels else np.zeros((0, H36M17.n_joints, 3))
    reference = get_array(file, "reference") if "reference" in file else None
    poses = [*pins, *([] if reference is None else [reference])]
    if len(labels) != len(pins) or any(pose.shape != (H36M17.n_joints, 3) for pose in poses):
        raise ValueError("its poses have shapes that do not belong together")
    if not are_finite(*poses):
        raise ValueError("it holds values that are not finite numbers")
    branches = read_branches(file["branches"]) if "branches" in file else []
    runs = tuple(read_run(run, branches) for run in told.get("runs", ()))
    asked = next((run.document for run in runs if run.number == told.get("asked")), None)
    return Saved(
        document=asked or read_document(told["document"], branches),
        runs=tuple((run, _recording(file, f"runs/{run.number}")) for run in runs),
        shown=_number(told.get("shown"), runs),
        lab=read_setups(told["lab"]) if "lab" in told else FIRST,
        recording=_recording(file, "recording"),
        reference=reference,
        picture=get_array(file, "picture").tobytes() if "picture" in file else None,
        pins=tuple(zip(labels, pins, strict=True)),
        camera=_camera(told.get("camera")),
        sequence_result=_result(file["sequence_result"]) if "sequence_result" in file else None,
        **{name: _checked(told[name], kind, name) for name, kind in _VIEW.items()},
        **{name: _checked(told.get(name, was), type(was), name) for name, was in _SINCE.items()},
    )


def _camera(told: dict[str, Any] | None) -> OrbitCamera | None:
    if told is None:
        return None
    camera = read_as(OrbitCamera, told)
    near = MIN_DISTANCE <= camera.distance <= MAX_DISTANCE and 1 <= camera.fov <= 120
    if np.asarray(camera.target, float).shape != (3,) or not near:
        raise ValueError("its view of the stage is none")
    return camera


def _result(made: h5py.Group) -> SequenceResult:
    poses, which = get_array(made, "poses").astype(np.float64), get_array(made, "which").astype(np.int64)
    return SequenceResult(get_text(made, "task"), poses, which)


def _recording(file: h5py.File, name: str) -> Recording | None:
    return read_recording(file[name]) if name in file else None


def _number(told: Any, runs: tuple[Run, ...]) -> int | None:
    return told if any(run.number == told for run in runs) else None


def _checked(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, int if kind is bool else kind) and not (name == "focus" and value is None):
        raise ValueError(f"{name} is {value!r}")
    return value
