"""What a person does to the evidence on an image, each a function from document to document. No Qt.

Pixels in, places out: every one ends with places in space that project to what was asked for. Joints seen in
2D keep their pixels where the camera or the distance changes; joints fixed in 3D keep their places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.documents.document import ORIGIN, UNKNOWN_BONES, Document
from app.documents.photo import Photo, pixels
from gfpose_core.camera import Camera
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.pose import estimate_root_depth
from gfpose_core.skeleton import H36M17

J = H36M17.n_joints


@dataclass(frozen=True, eq=False)
class Keypoints:
    """One person in one image, as a file or a detector tells it.

    Attributes:
        pixels: (17, 2); rows of joints that are not visible are not looked at.
        visible: (17,) bool.
        confidence: (17,) in [0, 1], None where none is told.
        camera: None is to be guessed.
        size: width and height of the image, px, where they are known.
        root_depth: mm along the camera's axis; None is to be taken from human bone lengths.
        picture: the path of the image.
        name: what to call it where there are several: a frame, a person.
    """

    pixels: np.ndarray
    visible: np.ndarray
    confidence: np.ndarray | None = None
    camera: Camera | None = None
    size: tuple[float, float] | None = None
    root_depth: float | None = None
    picture: str | None = None
    name: str = ""


def root_depth(document: Document) -> float:
    """mm along the camera's axis, of the root."""
    return float(_points(document)[0, 2])


def depth_follows(document: Document) -> bool:
    """Whether the root's depth is guessed from what is seen: no joint fixed in 3D says it."""
    return document.photo.depth_guessed and not (document.known == FIXED_3D).any()


def place(document: Document, joints: Sequence[int], at: np.ndarray) -> Document:
    """Put ``joints`` at pixels ``at`` (k, 2), as deep as they were. Free ones are seen in 2D from now on."""
    joints, points, levels = list(joints), _points(document), document.known.copy()
    deep = points[joints, 2]
    deep = np.where(deep > 0, deep, document.origin[2])
    points[joints] = document.photo.camera.rays(np.asarray(at, np.float64)) * deep[:, None]
    levels[joints] = np.where(levels[joints] == FREE, SEEN_2D, levels[joints])
    after = replace(document.with_levels(levels, points), bones=_bones_without(document, joints))
    if after.confidence is not None:  # a hand is sure
        after = replace(after, confidence=np.where(np.isin(np.arange(J), joints), 1.0, after.confidence))
    return _settled(after, points, levels)


def swap_sides(document: Document) -> Document:
    """Left joints are right ones, and the other way round."""
    mirror, confidence = list(H36M17.mirror), document.confidence
    return replace(
        document,
        pose=document.pose[mirror],
        bones=document.bones[np.array(mirror[1:]) - 1],  # a bone goes by its far joint; the root has none
        levels=document.levels[mirror],
        confidence=None if confidence is None else confidence[mirror],
    )


def clear(document: Document) -> Document:
    """No joint is known any more."""
    cleared = document.with_levels(np.full(J, FREE), None)
    return replace(cleared, pose=None, confidence=None, origin=_usual_origin(document.photo))


def with_camera(document: Document, camera: Camera, guessed: bool = False) -> Document:
    """See the same pixels through another camera."""
    points, levels = _points(document), document.known
    photo = replace(document.photo, camera=camera, guessed=guessed)
    seen = pixels(document.photo.camera, points)
    movable = (levels != FIXED_3D) & np.isfinite(seen).all(axis=1)
    points[movable] = camera.rays(seen[movable]) * points[movable, 2:]
    after = replace(document, photo=photo)
    if not levels.any():
        return replace(after, origin=_usual_origin(photo))
    return _settled(after, points, levels)


def with_depth(document: Document, depth: float | None) -> Document:
    """Set the root's depth, mm; None takes it from the lengths of human bones. Joints seen in 2D keep their
    pixels, those fixed in 3D their places relative to the root."""
    points, levels = _points(document), document.known
    after = replace(document, photo=replace(document.photo, depth_guessed=depth is None))
    if depth is None:
        return _settled(after, points, levels)
    scale = depth / points[0, 2]
    moved = points * scale
    fixed = levels == FIXED_3D
    moved[fixed] = (points - points[0])[fixed] + moved[0]
    return _put(after, moved, levels)


def with_photo(document: Document, photo: Photo) -> Document:
    """Put an image under the evidence. Pixels stay where there was an image before; what only the virtual
    camera saw is nothing that an image shows."""
    before = document.photo
    if before is None:
        return clear(replace(document, photo=photo))
    camera, guessed = photo.camera, photo.guessed
    if not before.guessed:  # intrinsics that were told hold, whatever is shown behind
        camera, guessed = Camera(before.camera.K, camera.size), False
    return with_camera(replace(document, photo=replace(before, picture=photo.picture)), camera, guessed)


def without_photo(document: Document) -> Document:
    """Take the image away; its evidence stays, as rays."""
    return replace(document, photo=None)


def with_keypoints(document: Document, given: Keypoints) -> Document:
    """The keypoints of one person in one image, and nothing else, as evidence.

    Raises:
        ConditionError: no joint is visible.
    """
    visible = np.asarray(given.visible, bool) & np.isfinite(given.pixels).all(axis=1)
    if not visible.any():
        raise ConditionError("no joint is visible in it: there is nothing to lift")
    camera = _camera_of(given)
    photo = Photo(
        camera,
        given.picture,
        guessed=given.camera is None,
        depth_guessed=given.root_depth is None,
    )
    depth = given.root_depth or photo.usual_depth
    at = np.where(visible[:, None], given.pixels, camera.K[:2, 2])
    points = camera.rays(at.astype(np.float64)) * depth
    levels = np.where(visible, SEEN_2D, FREE)
    sure = given.confidence
    nothing = replace(document.with_levels(np.full(J, FREE), None), to_refine=None)  # that was of others
    fresh = replace(nothing, pose=points - points[0], bones=UNKNOWN_BONES, photo=photo)
    fresh = replace(
        fresh.with_levels(levels, None),
        confidence=None if sure is None else np.where(visible, np.clip(sure, 0, 1), 0.0),
    )
    return _settled(fresh, points, levels)


def reach(frames: Sequence[Keypoints]) -> tuple[float, float]:
    """The size of an image, px, that all that is visible lies in."""
    seen = [frame.pixels[np.asarray(frame.visible, bool)] for frame in frames]
    width, height = np.ceil(np.nanmax(np.concatenate(seen), axis=0, initial=1.0))
    return float(width), float(height)


def _camera_of(given: Keypoints) -> Camera:
    """Its camera, with a size: as told, else twice the principal point, else as far as keypoints reach."""
    K = None if given.camera is None else given.camera.K
    size = given.size or (given.camera.size if given.camera else None)
    if size is None:
        size = reach([given])
        if K is not None:
            size = tuple(float(side) for side in np.maximum(size, np.ceil(2 * K[:2, 2])))
    return Camera.guess(*size) if K is None else Camera(K, size)


def _points(document: Document) -> np.ndarray:  # (17, 3) mm, camera frame
    """Where the joints are; all of them by the root before the first one is known."""
    known = document.known.any()
    return document.origin + (document.pose if known else np.zeros((J, 3)))


def _settled(document: Document, points: np.ndarray, levels: np.ndarray) -> Document:
    """``document`` with its joints at ``points`` (17, 3), from where the guesses follow."""
    points = points.copy()
    if not (levels == FIXED_3D).any():
        rays = points / np.where(points[:, 2:] > 0, points[:, 2:], 1.0)
        if levels[0] == FREE and levels.any():  # as a lifter takes it: the root is among what is seen
            points[0] = rays[levels > FREE].mean(axis=0) * points[0, 2]
        if document.photo.depth_guessed:
            points *= _guessed_depth(rays, levels > FREE, points[0, 2]) / points[0, 2]
    return _put(document, points, levels)


def _put(document: Document, points: np.ndarray, levels: np.ndarray) -> Document:
    """Poses stand by their roots; where joints are fixed without it, where they stood."""
    centred = levels[0] > FREE or not (levels == FIXED_3D).any()
    origin = points[0] if centred else document.origin
    bones = UNKNOWN_BONES if document.bones is None else document.bones
    return replace(document, pose=points - origin, bones=bones, origin=origin)


def _bones_without(document: Document, joints: Sequence[int]) -> np.ndarray:  # (16,) mm
    """The lengths known of a pose to which ``joints`` are added: an image measures no bone."""
    if document.bones is None or not document.known.any():
        return UNKNOWN_BONES
    fresh = [joint for joint in joints if document.known[joint] == FREE]
    return np.where(np.isin(H36M17.bones, fresh).any(axis=1), 0.0, document.bones)


def _guessed_depth(rays: np.ndarray, visible: np.ndarray, otherwise: float) -> float:
    try:
        return float(estimate_root_depth(rays[None, :, :2], visible[None])[0])
    except ConditionError:  # no bone is seen yet
        return otherwise


def _usual_origin(photo: Photo) -> np.ndarray:
    """(3,) mm: in the middle of the image, as far away as people in pictures are."""
    if photo.picture is None and photo.guessed:
        return ORIGIN[0]
    middle = np.array([[photo.width / 2, photo.height / 2]])
    return photo.camera.rays(middle)[0] * photo.usual_depth
