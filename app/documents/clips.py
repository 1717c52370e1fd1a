"""A clip as the stage shows it and the document takes it, frame by frame. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.documents.document import Document
from app.documents.request import ClipTask
from app.documents.saved import SequenceResult
from app.scene.frame import EVIDENCE, StageFrame
from gfpose_core.camera import to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import Clip, KeypointClip, PoseClip
from gfpose_core.pose import estimate_root_depth
from gfpose_core.skeleton import H36M17

ASIDE_MM = 550.0
"""To each side of the middle, where a clip and what became of it stand beside each other."""

SAME_MM = 1.0
"""As far as joints may be from a frame's that was put into the document: it is kept in single precision."""

ALL_TOLD = np.full(H36M17.n_joints, FIXED_3D)
"""Limits that leave every frame as its file tells it."""

_PARENTS, _CHILDREN = np.asarray(H36M17.bones).T


@dataclass(frozen=True, eq=False)
class Figures:
    """Every frame of a clip, in camera axes.

    Attributes:
        poses: (T, 17, 3) mm relative to the root, where that is unknown to the mean of what is known; 0 where
            nothing is known of a joint.
        levels: (T, 17), FREE where nothing is known, SEEN_2D of keypoints, FIXED_3D of poses.
    """

    poses: np.ndarray
    levels: np.ndarray

    @classmethod
    def of(cls, clip: Clip) -> Figures:
        """Keypoints stand on a plane before the camera, as far away as human bones say."""
        if isinstance(clip, PoseClip):
            known, points, level = clip.observed, to_camera_axes(clip.poses, clip.axes), FIXED_3D
        else:
            known, points, level = clip.visible, _flat(clip), SEEN_2D
        points = np.where(known[..., None], points, 0.0)
        mean = points.sum(axis=1) / np.maximum(known.sum(axis=1), 1)[:, None]
        middle = np.where(known[:, :1], points[:, 0], mean)
        poses = np.where(known[..., None], points - middle[:, None], 0.0)
        return cls(poses, np.where(known, level, FREE))

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def best(self) -> int:
        """The first frame that tells as much as any."""
        return int((self.levels > FREE).sum(axis=1).argmax())

    def frame_in(self, document: Document, likely: int) -> int | None:
        """The frame whose pose the document has, by most of its joints; the ``likely`` one is looked at
        first, None where it has a pose from elsewhere."""
        if document.pose is None:
            return None
        for some in (slice(likely, likely + 1), slice(None)):
            far = np.linalg.norm(self.poses[some] - document.pose, axis=-1)
            far = np.where(self.levels[some] > FREE, far, np.inf)
            near = (far < SAME_MM).sum(axis=1)
            best = int(near.argmax())
            if 2 * near[best] > np.isfinite(far[best]).sum():
                return best + (some.start or 0)
        return None


DONE_WORDS: dict[ClipTask, str] = {"lift": "lifted", "complete": "completed", "denoise": "denoised"}


@dataclass(frozen=True, eq=False)
class Result:
    """What came of a clip: ``clip`` holds frames ``which`` (n,) of it, rising."""

    task: ClipTask
    clip: PoseClip
    figures: Figures
    which: np.ndarray

    @classmethod
    def of(cls, task: ClipTask, clip: PoseClip, which: np.ndarray) -> Result:
        """What was made of the frames ``which``."""
        return cls(task, clip, Figures.of(clip), which)

    @classmethod
    def restored(cls, clip: Clip, made: SequenceResult) -> Result:
        """What a session kept of it, of a clip that was read anew."""
        observed, taken = np.isfinite(made.poses).all(axis=-1), clip[made.which]
        if isinstance(taken, KeypointClip):
            came = PoseClip(made.poses, observed, "camera", taken.fps)
        else:
            came = replace(taken, poses=made.poses, observed=observed, derived=None)
        return cls.of(made.task, came, made.which)

    @property
    def words(self) -> str:
        """What was done."""
        return DONE_WORDS[self.task]

    @property
    def saved(self) -> SequenceResult:
        """What a session keeps of it; the rest is in the clip's file."""
        return SequenceResult(self.task, self.clip.poses, self.which)

    def at(self, frame: int) -> np.ndarray | None:
        """(17, 3) mm, the pose for a frame of the clip; of frames between those that were taken the one
        before; None before the first, or where nothing was known."""
        i = int(np.searchsorted(self.which, frame, side="right")) - 1
        return self.figures.poses[i] if i >= 0 and self.figures.levels[i].all() else None


def limits_after(limits: np.ndarray, levels: np.ndarray, told: np.ndarray) -> np.ndarray:
    """(17,): how much of each joint a person wants to be taken from frames to come.

    Less than the frame shown had ``told`` (17,) is what a person has made of it, now at ``levels`` (17,); of
    joints that it lacks the ``limits`` (17,) of frames before hold.
    """
    if not levels.any():
        return ALL_TOLD
    return np.where(told == FREE, limits, np.where(levels < told, levels, FIXED_3D))


def within_limits(told: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """The levels that a frame gives: what it has ``told``, where a person wants to know of it."""
    levels = np.minimum(told, limits)
    return levels if levels.any() else told


def with_frame(
    document: Document, figures: Figures, frame: int, seen: np.ndarray | None, limits: np.ndarray = ALL_TOLD
) -> Document:
    """The pose of a frame as evidence, of each joint up to ``limits`` (17,): what it lacks is free, and shown
    where ``seen`` (17, 3) mm has it.

    Raises:
        ConditionError: the frame tells nothing.
    """
    told = figures.levels[frame]
    if not told.any():
        raise ConditionError("nothing is known of the pose in this frame: choose another")
    known, levels = told > FREE, within_limits(told, limits)
    pose = np.where(known[:, None], figures.poses[frame], 0.0 if seen is None else seen)
    lengths = np.linalg.norm(pose[_CHILDREN] - pose[_PARENTS], axis=-1)
    bones = np.where(known[_PARENTS] & known[_CHILDREN], lengths, 0.0)
    return replace(
        document, pose=pose, levels=levels, bones=bones, confidence=None, denoising=False, branch=None
    )


def stage_frame(figures: Figures, frame: int, result: Result | None) -> StageFrame:
    """A frame of the clip on the stage; what came of it stands beside it, and both are named."""
    pose, levels = figures.poses[frame], figures.levels[frame]
    known = bool(levels.any())
    if result is None or (came := result.at(frame)) is None:
        poses = pose[None] if (levels > FREE).all() else np.zeros((0, H36M17.n_joints, 3))
        return StageFrame(poses=poses, levels=levels, evidence=pose if known else None)
    aside = np.array([ASIDE_MM, 0.0, 0.0])
    return StageFrame(
        poses=came[None] + aside,
        levels=levels,
        evidence=pose - aside if known else None,
        names=(*(((EVIDENCE, "original"),) if known else ()), (0, result.words)),
    )


def _flat(clip: KeypointClip) -> np.ndarray:  # (T, 17, 3) mm
    rays = clip.camera.rays(np.where(clip.visible[..., None], clip.keypoints, 0.0))
    shown = (clip.visible[:, _PARENTS] & clip.visible[:, _CHILDREN]).any(axis=1)
    depth = 1000.0
    if shown.any():
        try:
            depth = float(np.median(estimate_root_depth(rays[shown, :, :2], clip.visible[shown])))
        except ConditionError:  # all on one pixel
            pass
    return rays * depth
