"""MediaPipe's pose landmarks, however they were written to JSON: 33 points in shares of the image."""

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

N_POINTS = 33

_OF_IMAGE = ("pose_landmarks", "poseLandmarks", "landmarks", "landmark", "normalized_landmarks", "keypoints")
_OF_VIDEO = ("frames", "results", "data", "detections")
_WIDTHS, _HEIGHTS = ("image_width", "width", "imageWidth"), ("image_height", "height", "imageHeight")


def _claims(path: Path, kind: Kind) -> bool:
    keys = keys_in(path, kind)
    return bool(keys & {"pose_landmarks", "poseLandmarks"}) or (
        {"x", "y"} <= keys and bool(keys & {"landmarks", "landmark", "visibility", "presence"})
    )


def _open(path: Path) -> Source:
    images: list[list[Any]] = []
    told: Any = None
    sizes: set[tuple[float, float]] = set()
    for _, content in read_all(files_in(path) if path.is_dir() else [path]):
        told = told if isinstance(told, dict) else content
        sizes |= _sizes(content)
        found = _images(content)
        if found is None:
            raise FormatError(f"no list of {N_POINTS} landmarks in it")
        images += found
    people = [Person(frame, points) for frame, seen in enumerate(images) for points in map(_points, seen)]
    gathered = gather(people, range(len(images)))
    pixels = float(np.nanmax(np.abs(gathered.points), initial=0.0)) > 20.0  # well out of any image's shares
    return Detections(
        "MediaPipe",
        gathered,
        layouts=("MediaPipe-33",),
        image_size=sizes.pop() if len(sizes) == 1 else None,
        shares=not pixels,
        fps=_number(told, ("fps", "frame_rate")),
        notes=(f"images of {len(sizes)} different sizes",) if len(sizes) > 1 else (),
    )


MEDIAPIPE = Importer("MediaPipe", (), _claims, _open)


def _images(content: Any) -> list[list[Any]] | None:
    """Landmarks of everyone in every image; None where it is neither an image nor several."""
    if isinstance(content, dict) and (video := next((content[k] for k in _OF_VIDEO if k in content), None)):
        content = video
    if (people := _people(content)) is not None:
        return [people]
    if not isinstance(content, list):
        return None
    images = [_people(image) for image in content]
    return None if any(image is None for image in images) else images


def _people(image: Any) -> list[Any] | None:
    """Landmarks of everyone in one image; None where it is no image."""
    if image is None or image == []:
        return []
    if _is_person(image):
        return [image]
    if isinstance(image, list) and all(map(_is_person, image)):
        return list(image)
    if isinstance(image, dict):
        key = next((key for key in _OF_IMAGE if key in image), None)
        return None if key is None else _people(image[key])
    return None


def _is_person(node: Any) -> bool:
    return isinstance(node, list) and len(node) == N_POINTS and all(
        (isinstance(point, dict) and {"x", "y"} <= point.keys())
        or (isinstance(point, list) and 2 <= len(point) <= 5 and not any(isinstance(v, list) for v in point))
        for point in node
    )  # fmt: skip


def _points(person: list[Any]) -> np.ndarray:  # -> (33, 3)
    """x, y and visibility; lists are x, y, z, visibility."""
    return numbers(
        [
            [point["x"], point["y"], point.get("visibility")]
            if isinstance(point, dict)
            else [point[0], point[1], point[3] if len(point) > 3 else None]
            for point in person
        ]
    )


def _sizes(content: Any) -> set[tuple[float, float]]:
    """(width, height) of the images, where they are told: of all at once, or of each."""
    frames = (
        next((content[key] for key in _OF_VIDEO if key in content), [])
        if isinstance(content, dict)
        else content
    )
    each = [
        (_number(part, _WIDTHS), _number(part, _HEIGHTS))
        for part in (content, *(frames if isinstance(frames, list) else ()))
    ]
    whole = {(width, height) for width, height in each[:1] if width and height}
    return whole or {(width, height) for width, height in each if width and height}


def _number(told: Any, names: tuple[str, ...]) -> float | None:
    """The first of ``names`` that is told, as a positive number."""
    if not isinstance(told, dict):
        return None
    values = (told[name] for name in names if name in told)
    return next((float(v) for v in values if isinstance(v, int | float) and 0 < v < 1e6), None)
