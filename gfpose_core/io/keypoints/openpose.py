"""OpenPose: one JSON a frame; a folder of them, or the numbered files beside one, are a clip."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections, Takes
from gfpose_core.io.keypoints.json_files import files_in, keys_in, objects, read_all, triples
from gfpose_core.io.keypoints.people import Person, gather
from gfpose_core.io.magic import Kind

_NUMBERED = re.compile(r"^(.*?)(\d+)((?:_keypoints)?)\.json$", re.IGNORECASE)


def _claims(path: Path, kind: Kind) -> bool:
    return "people" in keys_in(path, kind)


def _open(path: Path) -> Source:
    if not path.is_dir():
        return _clip(_family(path))
    videos = _videos(path)
    if len(videos) == 1:
        return _clip(next(iter(videos.values())))
    return Takes({name: partial(_clip, files) for name, files in videos.items()})


def _clip(family: list[Path]) -> Detections:
    people, empty = [], []
    for file, content in read_all(family):
        frame = _number(file, len(empty) + len({person.frame for person in people}))
        found = _people(content)
        people += [Person(frame, points, track) for points, track in found]
        empty += [] if found else [frame]
    several = len(family) > 1
    note = f"{len(family):,} files, {family[0].name} to {family[-1].name}, a frame each"
    return Detections("OpenPose", gather(people, empty), notes=(note,) if several else ())


OPENPOSE = Importer("OpenPose", (), _claims, _open)


def _videos(folder: Path) -> dict[str, list[Path]]:
    """The files of a folder by their names without the number, those of most files first."""
    files = files_in(folder)
    videos: dict[str, list[Path]] = {}
    for file in files:
        if found := _NUMBERED.match(file.name):
            videos.setdefault(found[1].rstrip("_- ") or folder.name, []).append(file)
    return dict(sorted(videos.items(), key=lambda video: -len(video[1]))) or {folder.name: files}


def _family(path: Path) -> list[Path]:
    """The files of the same name but for the number."""
    found = _NUMBERED.match(path.name)
    if found is None:
        return [path]
    return [file for file in files_in(path.parent) if _same(file, found)] or [path]


def _same(file: Path, found: re.Match[str]) -> bool:
    other = _NUMBERED.match(file.name)
    return other is not None and other.group(1, 3) == found.group(1, 3)


def _number(file: Path, otherwise: int) -> int:
    found = _NUMBERED.match(file.name)
    return int(found.group(2)) if found and len(found.group(2)) < 19 else otherwise


def _people(content: Any) -> list[tuple[Any, Any]]:
    people = objects(content.get("people") if isinstance(content, dict) else None, "people")
    found = []
    for person in people:
        flat = person.get("pose_keypoints_2d", person.get("pose_keypoints"))
        if flat is None:
            raise FormatError("a person without pose_keypoints_2d: run OpenPose with its body model")
        if flat:
            found.append((triples(flat), _track(person.get("person_id"))))
    return found


def _track(told: Any) -> int | None:
    """OpenPose writes [-1] where it does not follow people."""
    first = told[0] if isinstance(told, list) and told else told
    return first if isinstance(first, int) and first >= 0 else None
