"""A clip: one person through time, in space or in the image, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from gfpose_core.camera import AXES, Camera, from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.skeleton import H36M17

J = H36M17.n_joints


@runtime_checkable
class OwnForm(Protocol):
    """What writes a clip back into its file's own format: its skeleton and all that no joint of it shows.

    Attributes:
        suffix: of that format.
        corrected: the corrections it was read with that tell how the file is meant. They are undone on the
            way back: the file stays in its own unit, axes and names.
    """

    suffix: ClassVar[str]
    corrected: tuple[str, ...]

    def write(self, clip: PoseClip, path: Path, target: Path) -> None:
        """Write to ``path`` what is to become ``target``.

        Raises:
            FormatError: it cannot be written there.
        """
        ...


@dataclass(frozen=True, eq=False)
class PoseClip:
    """Poses in the file's own world.

    Attributes:
        poses: (T, 17, 3) mm float64, NaN where unobserved.
        observed: (T, 17) bool; a joint that is not is missing or was not seen in that frame.
        axes: a name of :data:`gfpose_core.camera.AXES`.
        fps: frames a second; None where unknown.
        derived: (17,) bool, stand-ins made from other joints.
        source: what writes the clip back in the file's own format, where that can be.
        frames: (T,) int, the source's frames that these are.

    Raises:
        FormatError: shapes that disagree, or observed joints that are not finite.
    """

    poses: np.ndarray
    observed: np.ndarray
    axes: str = "y-up"
    fps: float | None = None
    derived: np.ndarray | None = None
    source: OwnForm | None = None
    frames: np.ndarray | None = None

    def __post_init__(self) -> None:
        _settle(self, "poses", "observed", 3)
        if self.axes not in AXES:
            raise FormatError(f"unknown axes {self.axes!r}: use one of {', '.join(AXES)}")

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """The names of the ``derived`` joints."""
        return _names(self.derived)

    @property
    def told(self) -> np.ndarray:  # (T,) bool
        """The frames that tell anything of the pose."""
        return self.observed.any(axis=1)

    def __getitem__(self, index: slice | np.ndarray) -> PoseClip:
        return replace(
            self,
            poses=self.poses[index],
            observed=self.observed[index],
            fps=_rate(self.fps, index),
            frames=self.frames[index],
        )

    def without(self, joints: np.ndarray) -> PoseClip:
        """The clip with ``joints``, (17,) or (T, 17) bool, taken as unobserved.

        Raises:
            FormatError: nothing of the clip is left.
        """
        observed = self.observed & ~joints
        return replace(self, poses=np.where(observed[..., None], self.poses, np.nan), observed=observed)


@dataclass(frozen=True, eq=False)
class KeypointClip:
    """Keypoints in the image.

    Attributes:
        keypoints: (T, 17, 2) px float64, NaN where not visible.
        visible: (T, 17) bool.
        confidence: (T, 17) in [0, 1], 0 where not visible.
        image_size: (width, height) px; None where unknown.
        camera_K: (3, 3) or (T, 3, 3) px; None where unknown.
        root_depth: (T,) mm along the camera's axis; None where unknown.
        fps, derived, source, frames: as of :class:`PoseClip`.

    Raises:
        FormatError: shapes that disagree, or visible keypoints that are not finite.
    """

    keypoints: np.ndarray
    visible: np.ndarray
    confidence: np.ndarray | None = None
    image_size: tuple[float, float] | None = None
    camera_K: np.ndarray | None = None
    fps: float | None = None
    derived: np.ndarray | None = None
    source: OwnForm | None = None
    frames: np.ndarray | None = None
    root_depth: np.ndarray | None = None

    def __post_init__(self) -> None:
        _settle(self, "keypoints", "visible", 2)
        depth = self.root_depth
        if depth is not None and (depth.shape != self.visible.shape[:1] or not (depth > 0).all()):
            raise FormatError(f"root_depth is {depth.shape}; {self.visible.shape[:1]} positive mm are needed")
        confidence = self.visible * 1.0 if self.confidence is None else self.confidence
        if confidence.shape != self.visible.shape:
            raise FormatError(f"confidence is {confidence.shape}; {self.visible.shape} is needed")
        confidence = np.clip(np.where(self.visible, confidence, 0.0), 0.0, 1.0)
        object.__setattr__(self, "confidence", confidence)

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """The names of the ``derived`` joints."""
        return _names(self.derived)

    @property
    def told(self) -> np.ndarray:  # (T,) bool
        """The frames that tell enough of the pose to be lifted: two joined joints."""
        parents, children = np.asarray(H36M17.bones).T
        return (self.visible[:, parents] & self.visible[:, children]).any(axis=1)

    @property
    def camera(self) -> Camera:
        """As told, else a usual camera for the image, else for one as large as the keypoints reach."""
        if self.camera_K is not None:
            return Camera(self.camera_K, self.image_size)
        reach = np.ceil(np.maximum(self.keypoints[self.visible].max(axis=0), 1.0))
        return Camera.guess(*(self.image_size or reach.tolist()))

    def __getitem__(self, index: slice | np.ndarray) -> KeypointClip:
        K = self.camera_K
        return replace(
            self,
            keypoints=self.keypoints[index],
            visible=self.visible[index],
            confidence=self.confidence[index],
            camera_K=K[index] if K is not None and K.ndim == 3 else K,
            root_depth=None if self.root_depth is None else self.root_depth[index],
            fps=_rate(self.fps, index),
            frames=self.frames[index],
        )


Clip = PoseClip | KeypointClip


def in_axes(clip: PoseClip, axes: str) -> np.ndarray:  # -> (T, 17, 3) mm
    """The clip's poses in other axes."""
    return from_camera_axes(to_camera_axes(clip.poses, clip.axes), axes)


def _settle(clip: Clip, points: str, known: str, axes: int) -> None:
    """Bring a clip's arrays into their declared form; refuse those that have none."""
    place = np.asarray(getattr(clip, points), np.float64)
    seen = np.asarray(getattr(clip, known), bool)
    if place.ndim != 3 or place.shape[1:] != (J, axes) or seen.shape != place.shape[:2] or not len(place):
        raise FormatError(f"{points} are {place.shape}, {known} {seen.shape}: (T, 17, {axes}) and (T, 17)")
    if not np.isfinite(place[seen]).all():
        raise FormatError(f"{points} has {known} joints that are not finite numbers")
    if not seen.any():
        raise FormatError(f"no joint is {known} in any frame")
    derived = np.zeros(J, bool) if clip.derived is None else np.asarray(clip.derived, bool)
    frames = np.arange(len(place)) if clip.frames is None else np.asarray(clip.frames)
    if derived.shape != (J,) or frames.shape != (len(place),):
        raise FormatError(f"derived is {derived.shape}, frames {frames.shape}: (17,) and (T,) are needed")
    if clip.fps is not None and not 0 < clip.fps < np.inf:
        raise FormatError(f"{clip.fps:g} frames a second: a positive number is needed")
    settled = {points: np.where(seen[..., None], place, np.nan), known: seen}
    for name, array in {**settled, "derived": derived, "frames": frames}.items():
        array.setflags(write=False)
        object.__setattr__(clip, name, array)


def _names(joints: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, flag in zip(H36M17.names, joints) if flag)


def _rate(fps: float | None, index: slice | np.ndarray) -> float | None:
    """Every n-th frame has an n-th of the rate."""
    step = abs(index.step or 1) if isinstance(index, slice) else 1
    return None if fps is None else fps / step
