"""Hypotheses as the image's camera sees them. No Qt."""

from __future__ import annotations

import numpy as np

from app.documents.document import Document
from app.documents.photo import pixels
from gfpose_core.condition import SEEN_2D
from gfpose_core.trajectory import Recording


def projected(
    document: Document, poses: np.ndarray, recording: Recording | None, pose: int = 0
) -> np.ndarray | None:  # (S, 17, 3) mm -> (S, 17, 2) px
    """Poses of ``recording`` (None for a run under way) on the document's image, NaN behind its camera.

    A run stands where its own evidence put it, which may be newer or older than the document's. None where
    there is no image, or nothing is known that would say where on it a pose belongs.
    """
    if document.photo is None or not (document.denoising or document.levels.any()):
        return None
    origin = document.origin
    if recording is not None and recording.condition.observed[pose].any():
        origin = recording.condition.origin[pose]
    return pixels(document.photo.camera, poses + origin)


def beside(document: Document, pose: np.ndarray | None) -> np.ndarray | None:  # (17, 3) mm
    """The evidence, what an image says moved along its rays to the depths of ``pose`` (17, 3) mm, the
    hypothesis that is looked at: it says no depth of its own."""
    if document.photo is None or document.pose is None or pose is None:
        return document.pose
    seen, places = document.levels == SEEN_2D, document.pose + document.origin
    depths = pose[:, 2] + document.origin[2]
    moved = places * (depths / np.where(places[:, 2] > 0, places[:, 2], np.inf))[:, None]
    return np.where((seen & (depths > 0))[:, None], moved - document.origin, document.pose)
