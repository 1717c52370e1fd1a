"""A photo to 2D keypoints, by MediaPipe's Pose Landmarker and a model file that the user has.

Both are optional: the library is the extra ``detect``, and nothing of it is imported before it is needed.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.errors import FormatError, GfposeError
from gfpose_core.io.importing import Corrections, Imported
from gfpose_core.io.keypoints.detections import Detections
from gfpose_core.io.keypoints.following import by_size
from gfpose_core.io.keypoints.people import People
from gfpose_core.io.magic import POSE_MODEL, sniff
from gfpose_core.io.photos import read_photo

MOST_BYTES = 256 * 2**20
"""Of a model; the largest of MediaPipe's has 30 MiB."""

MOST_PEOPLE = 8

SEEN = 0.5
"""The model places every landmark, hidden or out of the picture too; what it takes to be visible with a lower
probability is not seen. What it sees a little beyond the picture's edge lies as well as what is within."""

LOOKS = (0.5, 0.3)
"""How likely somebody has to be there: MediaPipe's own bound, and, where nobody is found, that of a second
look. People seen to the chest or the hips are often thought 0.4 likely."""

UNSURE = "the model is hardly sure that this is a person: check the joints"

INSTALL = 'it needs the extra "detect": pip install "gfpose-viewer[detect]"'

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")


def missing() -> str | None:
    """What to install, in a clause; None where the library is there."""
    return None if find_spec("mediapipe") and find_spec("PIL") else INSTALL


def check_model(path: str | os.PathLike[str]) -> None:
    """Refuse a file that is no model of the Pose Landmarker; no library is needed for this.

    Raises:
        FormatError: there is none, or another kind of file, or a damaged one.
    """
    path = Path(path)
    kind = sniff(path)
    if kind.name != "pose-model":
        raise FormatError(
            f"{path.name} is {kind.words}, no model of MediaPipe's Pose Landmarker: choose its "
            "pose_landmarker_lite.task, _full.task or _heavy.task"
        )
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise FormatError(f"{path.name} has {size / 2**20:,.0f} MiB, more than any pose model")
        with zipfile.ZipFile(path) as archive:
            sound = all(_is_network(archive, name) for name in POSE_MODEL)
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:  # RuntimeError: it is encrypted
        raise FormatError(f"{path.name} is cut short or damaged ({error}): download it again") from None
    if not sound:
        raise FormatError(f"{path.name} is packed anew or damaged: download it again")


def _is_network(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a member is a TensorFlow Lite file as MediaPipe maps it into memory: not compressed.

    Raises:
        zipfile.BadZipFile: its checksum is another; MediaPipe would take it, and may crash.
    """
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        return False
    with archive.open(name) as file:
        begins = file.read(8)
        while file.read(2**20):
            pass
    return begins[4:] == b"TFL3"


def detect(
    photo: str | os.PathLike[str], model: str | os.PathLike[str], corrections: Corrections | None = None
) -> Imported:
    """The keypoints of one person in the photo at ``photo``: the largest one, or ``corrections.person``.

    Raises:
        GfposeError: the extra is not installed.
        FormatError: no photo, no model, or nobody in it.
    """
    if needs := missing():
        raise GfposeError(needs)
    check_model(model)
    image, size = read_photo(Path(photo))
    try:
        return find_people(image, model, size).interpret(corrections or Corrections())
    except FormatError as error:
        raise FormatError(f"{Path(photo).name}: {error}") from error.__cause__


def find_people(
    image: np.ndarray, model: str | os.PathLike[str], size: tuple[float, float] | None = None
) -> Detections:  # (H, W, 3) uint8 RGB
    """Everyone in an image, by size, the largest first.

    Args:
        model: one that :func:`check_model` lets pass.
        size: width and height of the image in px, where ``image`` is scaled.

    Raises:
        GfposeError: the library cannot be loaded.
        FormatError: it cannot use the model, or nobody is in the image.
    """
    height, width = image.shape[:2]
    image = np.ascontiguousarray(image)
    for bound in LOOKS:
        if landmarks := _landmarks(image, Path(model), bound):
            break
    else:
        raise FormatError("nobody was found: place the joints by hand, or crop the picture around the person")
    rows = np.array([[(p.x, p.y, p.visibility) for p in person] for person in landmarks], np.float64)
    seen = rows[..., 2] >= SEEN
    people = People(
        points=np.where(seen[..., None], rows[..., :2], np.nan),
        confidence=np.where(seen, rows[..., 2], 0.0),
        frames=np.zeros(len(rows), int),
        who=by_size(rows[..., :2] * (width, height), np.zeros(len(rows), int)),
        length=1,
        notes=(UNSURE,) if bound < LOOKS[0] else (),
    )
    return Detections(
        "MediaPipe",
        people,
        layouts=("MediaPipe-33",),
        image_size=size or (float(width), float(height)),
        shares=True,
    )


def _landmarks(image: np.ndarray, model: Path, bound: float) -> list[list[Any]]:
    """The 33 landmarks of everyone who is there with a probability of ``bound``, as MediaPipe has them: x, y
    in shares of the image, visibility."""
    mediapipe = _library()
    base, vision = mediapipe.tasks.BaseOptions, mediapipe.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base(model_asset_path=str(model)), num_poses=MOST_PEOPLE, min_pose_detection_confidence=bound
    )
    try:
        with _ended(vision.PoseLandmarker.create_from_options(options)) as landmarker:
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
            return landmarker.detect(picture).pose_landmarks
    except (RuntimeError, ValueError, FileNotFoundError) as error:
        why = str(error).partition("\n")[0].rstrip(" :")
        raise FormatError(f"MediaPipe cannot use {model.name} ({why}): choose another model") from error
    except OSError as error:  # only now it loads its libraries, and those of the system that they need
        raise _not_loaded(error) from error


@contextmanager
def _ended(landmarker: Any) -> Iterator[Any]:
    """One that failed cannot be closed. MediaPipe tries again when it is collected, and waits for ever: it is
    to have nothing left to close."""
    try:
        with landmarker:
            yield landmarker
    finally:
        landmarker._handle = None


def _library() -> Any:
    if needs := missing():
        raise GfposeError(needs)
    try:
        with _environment_kept():
            return import_module("mediapipe")
    except Exception as error:  # or whatever it brings along
        raise _not_loaded(error) from error


def _not_loaded(error: Exception) -> GfposeError:
    return GfposeError(f"MediaPipe cannot be loaded ({error}): install what is missing")


@contextmanager
def _environment_kept() -> Iterator[None]:
    """OpenCV, which MediaPipe brings along, sends every Qt program started from here to its own plugins."""
    before = {name: os.environ.get(name) for name in _QT_VARIABLES}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
