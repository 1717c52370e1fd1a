"""MMPose: predictions of its inferencers and demos, of an image or of a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections
from gfpose_core.io.keypoints.json_files import files_in, keys_in, numbers, read_all
from gfpose_core.io.keypoints.people import Person, gather
from gfpose_core.io.magic import Kind

_IN_3D = "its keypoints are in 3D: save the predictions of the 2D model"


def _claims(path: Path, kind: Kind) -> bool:
    keys = keys_in(path, kind)
    return bool(keys & {"keypoint_scores", "instance_info"}) or {"frame_id", "instances"} <= keys


def _open(path: Path) -> Source:
    files = files_in(path) if path.is_dir() else [path]
    people: list[Person] = []
    empty: list[int] = []
    names: tuple[str, ...] = ()
    for _, content in read_all(files):
        if isinstance(content, dict):
            names = names or _names(content.get("meta_info"))
        start = 1 + max([*(person.frame for person in people), *empty], default=-1)
        for frame, instances in _frames(content):
            people += [_person(start + frame, instance) for instance in instances]
            empty += [] if instances else [start + frame]
    if people and len(names) != len(people[0].points):
        names = ()
    return Detections("MMPose", gather(people, empty), names=names)


MMPOSE = Importer("MMPose", (), _claims, _open)


def _frames(content: Any) -> list[tuple[int, list[dict[str, Any]]]]:
    """(frame, instances) of a video, or one of an image."""
    if isinstance(content, dict):
        content = content.get("instance_info", content.get("predictions", [content]))
    if not isinstance(content, list):
        raise FormatError("neither a list of instances nor one of frames")
    if all(isinstance(frame, list) for frame in content):
        frames = list(enumerate(content))
    elif all(isinstance(frame, dict) and "instances" in frame for frame in content):
        told = [frame.get("frame_id") for frame in content]
        counted = all(isinstance(number, int) and 0 <= number < 2**40 for number in told)
        frames = list(zip(told if counted else range(len(content)), [f["instances"] for f in content]))
    else:
        frames = [(0, content)]
    for _, instances in frames:
        if not isinstance(instances, list) or not all(isinstance(one, dict) for one in instances):
            raise FormatError("a frame without a list of instances")
    return frames


def _person(frame: int, instance: dict[str, Any]) -> Person:
    points = numbers(instance.get("keypoints"))
    scores = instance.get("keypoint_scores")
    if points.ndim == 3 and len(points) == 1:  # some models nest what they found
        points, scores = points[0], scores[0] if scores and isinstance(scores[0], list) else scores
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise FormatError(f"keypoints of shape {points.shape}: a list of x, y of each point is needed")
    if scores is None:
        scores = points[:, 2] if points.shape[1] == 3 else np.full(len(points), np.nan)
    elif points.shape[1] == 3:
        raise FormatError(_IN_3D)
    confidence = numbers(scores)
    if confidence.shape != (len(points),):
        raise FormatError(f"{len(points)} keypoints with scores of shape {confidence.shape}")
    track = instance.get("track_id")
    return Person(
        frame, np.column_stack([points[:, :2], confidence]), track if isinstance(track, int) else None
    )


def _names(meta: Any) -> tuple[str, ...]:
    """The points' names, which a file saved by the demos tells."""
    told = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if not isinstance(told, dict):
        return ()
    names = [told.get(str(i)) for i in range(len(told))]
    return tuple(names) if all(isinstance(name, str) for name in names) else ()
