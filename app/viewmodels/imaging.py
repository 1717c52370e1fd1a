"""Evidence on an image as a person edits it. Every edit is one undoable step, one drag too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.documents import image_edits as edits
from app.documents.clips import ALL_TOLD, limits_after, within_limits
from app.documents.document import Document
from app.documents.image_edits import Keypoints
from app.documents.photo import Photo, blank
from app.engine.pictures import Picture
from app.looks.words import joint_title
from app.session import Session
from app.viewmodels.guide import next_joint
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.pictures import Pictures
from gfpose_core.camera import Camera
from gfpose_core.condition import FREE, SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import KeypointClip


@dataclass(frozen=True, eq=False)
class Frames:
    """What there is to choose from, which was chosen last, and what a person had made of it."""

    every: tuple[Keypoints, ...] = ()
    source: str = ""
    chosen: int = 0
    limits: np.ndarray = field(default_factory=lambda: ALL_TOLD)


NO_FRAMES = Frames()


class Imaging(QObject):
    """The image of the document, the guide that asks for joint after joint, and the frames to choose from."""

    changed = Signal()  # the guide or the frames; edits are told by the session
    opened = Signal()  # there is something to be seen on an image
    open_asked = Signal()  # for a file to be chosen

    def __init__(
        self, session: Session, pictures: Pictures, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._notices = session, notices
        self.pictures = pictures
        self._guiding = False
        self._skipped: frozenset[int] = frozenset()
        self.put_frames(NO_FRAMES)

    @property
    def document(self) -> Document:
        return self._session.document

    # -- the image

    def show_picture(self, picture: Picture) -> None:
        """Put a picture under the evidence."""
        self.pictures.keep(picture)
        photo = Photo(Camera.guess(*picture.size), picture.path)
        self._show(edits.with_photo(self.document, photo), f"Open {Path(picture.path).name}")

    def show_canvas(self) -> None:
        """A blank canvas, with nothing on it, that asks for the joints."""
        self._show(edits.clear(edits.with_photo(self.document, blank())), "Blank canvas")

    def remove(self) -> None:
        """Take the image away; the evidence stays."""
        if self.document.photo is not None:
            self._session.apply("Remove the image", edits.without_photo(self.document))
            self.guide(False)

    def _show(self, after: Document, text: str) -> None:
        before = self.document
        self._session.apply(text, after)
        if before.known.any() and not after.known.any():
            advice = "Click joint after joint, as the panel Image asks. Ctrl+Z brings the evidence back."
            self._notices.add(Notice("info", "A new image starts without joints", advice))
        self.guide(not after.known.any())
        self.opened.emit()

    # -- keypoints from elsewhere

    def show_clip(
        self, clip: KeypointClip, name: str, picture: Picture | None = None, first: int = 0
    ) -> None:
        """Make keypoints the evidence: one frame of a clip, with the others to choose from."""
        self.offer_clip(clip, name, picture, first)
        self.guide(False)
        self.choose_frame(first, f"Open {name}")
        self.opened.emit()

    def offer_clip(
        self, clip: KeypointClip, name: str, picture: Picture | None = None, chosen: int = 0
    ) -> None:
        """Choose from the frames of a clip from now on; the evidence, the one ``chosen``, stays as it is."""
        frames = keypoints_of(clip)
        size = edits.reach(frames)
        if picture is not None:
            self.pictures.keep(picture)
            frames, size = [replace(frame, picture=picture.path) for frame in frames], picture.size
        told = [frame.size or frame.camera is not None for frame in frames]
        every = tuple(f if known else replace(f, size=size) for f, known in zip(frames, told))
        self.put_frames(Frames(every, name, chosen))

    def show_person(self, person: Keypoints, text: str) -> None:
        """Make the keypoints of somebody found in the picture the evidence; a joint of them is visible."""
        self.guide(False)
        self._session.apply(text, edits.with_keypoints(self.document, self._as_before(person)))

    @property
    def frames(self) -> tuple[Keypoints, ...]:
        """What there is to choose from; empty where the evidence came from no file."""
        return self._frames

    @property
    def frame(self) -> int:
        """Which of them was chosen last."""
        return self._frame

    @property
    def offered(self) -> Frames:
        """All of this, to be put back."""
        return Frames(self._frames, self._source, self._frame, self._limits)

    def put_frames(self, frames: Frames) -> None:
        """Choose from these from now on; the evidence stays as it is."""
        self._frames, self._source = frames.every, frames.source
        self._frame, self._limits = frames.chosen, frames.limits
        self.changed.emit()

    def choose_frame(self, index: int, text: str = "") -> None:
        """Make another of the frames the evidence. Joints that were hidden stay hidden."""
        frame = self._frames[index]
        if text:
            self._limits = ALL_TOLD
        else:
            self._limits = self._limits_now()
            levels = within_limits(_told(frame), self._limits)
            frame = self._as_before(replace(frame, visible=levels > FREE))
        try:
            after = edits.with_keypoints(self.document, frame)
        except ConditionError as error:
            self._notices.add(Notice("warning", f"{self._source}, {frame.name}: {error}"))
            return
        self._frame = index
        gesture = "" if text else "frame"
        self._session.apply(text or f"{self._source}: {frame.name}", after, gesture)
        self.changed.emit()

    def _limits_now(self) -> np.ndarray:  # (17,)
        """What a person has made of the frame shown, for those to come."""
        if self.document.photo is None:
            return ALL_TOLD
        return limits_after(self._limits, self.document.known, _told(self._frames[self._frame]))

    def _as_before(self, frame: Keypoints) -> Keypoints:
        """What a person put under the first of the frames, and told of its camera, holds for all."""
        photo = self.document.photo
        if photo is None:
            return frame
        if frame.picture is None and photo.picture is not None:
            frame = replace(frame, picture=photo.picture, size=photo.camera.size)
        if frame.camera is None and not photo.guessed:
            frame = replace(frame, camera=photo.camera)
        return frame

    # -- the guide

    @property
    def wanted(self) -> int | None:
        """The joint that a click on the image places."""
        if not self._guiding or self.document.photo is None or self.document.denoising:
            return None
        return next_joint(self.document.levels, self._skipped)

    def guide(self, on: bool) -> None:
        """Ask for one joint after the other, beginning again with those that were skipped."""
        self._guiding, self._skipped = on, frozenset()
        self.changed.emit()

    def skip(self) -> None:
        """The joint asked for is not to be seen."""
        if (joint := self.wanted) is not None:
            self._skipped |= {joint}
            self.changed.emit()

    def place_wanted(self, at: np.ndarray) -> None:
        """Put the joint asked for at a pixel (2,)."""
        if (joint := self.wanted) is not None:
            self.place([joint], np.asarray(at)[None])
            self.changed.emit()

    # -- edits

    def place(self, joints: Sequence[int], at: np.ndarray, gesture: str = "") -> None:
        """Put joints at pixels (k, 2); the moves of one ``gesture`` undo as one."""
        known = all(self.document.known[joint] > FREE for joint in joints)
        text = f"{'Move' if known or gesture else 'Place'} {_named(joints)}"
        self._session.apply(text, edits.place(self.document, joints, at), gesture)

    def hide(self, joints: Sequence[int]) -> None:
        """They are not to be seen: nothing is known of them."""
        levels = self.document.known.copy()
        joints = [joint for joint in joints if levels[joint] > FREE]
        if joints:
            levels[joints] = FREE
            self._skipped |= set(joints)
            self._session.apply(f"Hide {_named(joints)}", self.document.with_levels(levels, None))

    def swap_sides(self) -> None:
        """Left and right were mixed up."""
        self._edit_joints("Swap left and right", edits.swap_sides)

    def clear(self) -> None:
        """Take all joints off the image and begin anew."""
        self._edit_joints("Clear the joints", edits.clear)
        self.guide(self.document.photo is not None)

    def set_camera(self, camera: Camera, text: str, gesture: str = "", guessed: bool = False) -> None:
        """See the same pixels through other intrinsics, which a person told."""
        self._session.apply(text, edits.with_camera(self.document, camera, guessed), gesture)

    def guess_camera(self) -> None:
        """The intrinsics that are usual for this size."""
        photo = self.document.photo
        camera = blank().camera if photo.picture is None else Camera.guess(photo.width, photo.height)
        self.set_camera(camera, "Guess the camera", guessed=True)

    def set_depth(self, depth: float | None, gesture: str = "") -> None:
        """How far away the root is, mm; None takes it from human bone lengths."""
        text = "Depth from bone lengths" if depth is None else "Depth of the root"
        self._session.apply(text, edits.with_depth(self.document, depth), gesture)

    def _edit_joints(self, text: str, edit: Callable[[Document], Document]) -> None:
        if self.document.photo is not None and self.document.known.any():
            self._session.apply(text, edit(self.document))


def keypoints_of(clip: KeypointClip) -> list[Keypoints]:
    """A clip frame by frame."""
    told = not np.array_equal(clip.confidence, clip.visible)
    return [
        Keypoints(
            clip.keypoints[t],
            clip.visible[t],
            clip.confidence[t] if told else None,
            _camera(clip, t),
            clip.image_size,
            None if clip.root_depth is None else float(clip.root_depth[t]),
            name=f"frame {clip.frames[t]}",
        )
        for t in range(len(clip))
    ]


def _told(frame: Keypoints) -> np.ndarray:  # (17,)
    """What a frame says of each joint, as levels."""
    return np.where(np.asarray(frame.visible, bool), SEEN_2D, FREE)


def _camera(clip: KeypointClip, t: int) -> Camera | None:
    K = clip.camera_K
    return None if K is None else Camera(K[t] if K.ndim == 3 else K)


def _named(joints: Sequence[int]) -> str:
    if len(joints) > 1:
        return f"{len(joints)} joints"
    title = joint_title(joints[0])
    return title[:1].lower() + title[1:]
