"""The camera that evidence is seen by, and the picture it took. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.camera import VIRTUAL_DISTANCE_MM, Camera

CANVAS = (1000, 1000)
"""Width and height of a blank canvas, px."""

STANDING_MM = 1750.0
FILLS = 0.8
"""Until something says how far away a person is, one who stands fills this share of the image's height."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A view of the person through a camera that is spoken of in pixels.

    What is seen is not kept here: a joint's keypoint is the projection of its place, see
    :attr:`app.documents.document.Document.keypoints`.

    Attributes:
        camera: K (3, 3) px, with the size of the image.
        picture: the path of the picture; None is a blank canvas.
        guessed: nobody said what the intrinsics are.
        depth_guessed: the root's depth follows from the lengths of human bones.
    """

    camera: Camera
    picture: str | None = None
    guessed: bool = True
    depth_guessed: bool = True

    def __post_init__(self) -> None:
        if self.camera.K.ndim != 2 or self.camera.size is None:
            raise ValueError("a photo needs one camera, with the size of its image")

    @property
    def width(self) -> float:
        return self.camera.size[0]

    @property
    def height(self) -> float:
        return self.camera.size[1]

    @property
    def usual_depth(self) -> float:
        """How far away, mm, a standing person looks as large as people in pictures do."""
        return float(self.camera.K[1, 1] * STANDING_MM / (FILLS * self.height))


def blank() -> Photo:
    """A canvas before the virtual camera, which sees a standing person at its distance well."""
    width, height = CANVAS
    focal = VIRTUAL_DISTANCE_MM * FILLS * height / STANDING_MM
    return Photo(Camera.centred(focal, (width, height)))


def pixels(camera: Camera, points: np.ndarray) -> np.ndarray:  # (..., 3) mm -> (..., 2) px
    """Where ``camera`` sees camera-frame ``points``; NaN for those at or behind it."""
    seen = points[..., 2:] > 0
    return np.where(seen, camera.project(np.where(seen, points, 1.0)), np.nan)
