"""COCO: results of a detector, and annotated instances. AlphaPose writes the former too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.keypoints.detections import Detections
from gfpose_core.io.keypoints.json_files import keys_of, objects, read_json, triples
from gfpose_core.io.keypoints.people import Person, gather
from gfpose_core.io.magic import Kind


def _claims(path: Path, kind: Kind) -> bool:
    keys = keys_of(path, kind)
    return (
        {"image_id", "keypoints"} <= keys
        or {"annotations", "images"} <= keys
        or {"images", "licenses"} <= keys
    )


def _open(path: Path) -> Source:
    content = read_json(path)
    if isinstance(content, list):
        entries, images = objects(content, "results"), []
    elif isinstance(content, dict):
        entries = objects(content.get("annotations"), "annotations")
        images = objects(content.get("images", []), "images")
    else:
        raise FormatError("neither a list of results nor an object with annotations")
    people = [
        Person(_key(entry.get("image_id")), triples(entry["keypoints"]), _track(entry))
        for entry in entries
        if entry.get("keypoints")
    ]
    names = _names(content, len(people[0].points)) if people and isinstance(content, dict) else ()
    size, notes = _size(images)
    return Detections(
        "COCO annotations" if isinstance(content, dict) else "COCO results",
        gather(people, [_key(image.get("id")) for image in images]),
        names=names,
        image_size=size,
        notes=notes,
    )


COCO = Importer("COCO keypoints", (), _claims, _open)


def _key(value: Any) -> Any:
    """Numbered images are frames in that order, also where names are numbers, such as "12.jpg"."""
    if isinstance(value, str):
        stem = Path(value).stem
        return int(stem) if stem.isdigit() and len(stem) < 19 else value
    if isinstance(value, int | float | None):
        return int(value) if isinstance(value, float) and np.isfinite(value) else value
    raise FormatError("image_id must be a number or a name")


def _track(entry: dict[str, Any]) -> Any:
    track = entry.get("track_id", entry.get("idx"))
    return track if isinstance(track, int | str) else None


def _names(content: dict[str, Any], count: int) -> tuple[str, ...]:
    """What the category says the points are."""
    categories = content.get("categories")
    for category in categories if isinstance(categories, list) else []:
        names = category.get("keypoints") if isinstance(category, dict) else None
        if isinstance(names, list) and len(names) == count and all(isinstance(name, str) for name in names):
            return tuple(names)
    return ()


def _size(images: list[dict[str, Any]]) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    sizes = {(image.get("width"), image.get("height")) for image in images}
    told = {size for size in sizes if all(isinstance(side, int | float) and 0 < side < 1e6 for side in size)}
    if len(told) == 1:
        width, height = told.pop()
        return (float(width), float(height)), ()
    return None, (f"images of {len(told)} different sizes",) if told else ()
