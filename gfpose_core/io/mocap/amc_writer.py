"""AMC as text, and changed clips back into the skeleton and the motion that they were.

Knees turn about one axis there and wrists about two, so that no bone can be aimed on its own: the angles are
those that bring all joints nearest to where they are to be (:mod:`gfpose_core.io.mocap.fit`). A bone is
turned where all joints next below it have moved, or the one it hangs from has, in the frames where one has;
all other numbers stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.clip import PoseClip, in_axes
from gfpose_core.io.mocap.amc import AMCMotion, points, walk
from gfpose_core.io.mocap.asf import Bone, Skeleton, extrinsic, skeleton_of
from gfpose_core.io.mocap.fit import fit
from gfpose_core.io.mocap.motion import ancestors
from gfpose_core.io.text import read_text
from gfpose_core.skeleton import H36M17

UNCHANGED = 1e-4
"""In lengths of the longest bone: a joint that is moved by less stays where it is."""

_AT_ONCE = 256  # frames, to bound memory


def format_amc(motion: AMCMotion) -> str:
    """The text of an AMC file."""
    lines = list(motion.head)
    rows = {name: values.tolist() for name, values in motion.written().items()}
    for t, number in enumerate(motion.numbers):
        lines.append(number)
        lines += [f"{name} {' '.join(f'{x:.9g}' for x in values[t])}" for name, values in rows.items()]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, eq=False)
class AMCSource:
    """A :class:`gfpose_core.io.clip.OwnForm`.

    Attributes:
        skeleton_file: the ASF; it is copied beside what is written where it does not lie there.
        joints: H36M-17 joints by the bone at whose far end they lie.
        placed: (3, 3), from the file's unit and axes to the clip's.
        axes: the clip's.
    """

    skeleton: Skeleton
    motion: AMCMotion
    skeleton_file: str
    joints: Mapping[str, int]
    placed: np.ndarray
    axes: str
    corrected: tuple[str, ...] = ()
    suffix: ClassVar[str] = ".amc"

    def write(self, clip: PoseClip, path: Path, target: Path) -> None:
        """The motion with the clip's poses, and its skeleton beside it.

        Raises:
            FormatError: ``target`` would be taken for the motion of another skeleton that lies there.
        """
        beside = self._skeleton_for(target)
        path.write_text(format_amc(self.resolved(in_axes(clip, self.axes), clip.frames, clip.fps)), "utf-8")
        if beside is not None:
            with atomic_path(beside) as part:
                part.write_text(self.skeleton_file, "utf-8")

    def resolved(self, poses: np.ndarray, frames: np.ndarray, fps: float | None) -> AMCMotion:
        """The motion with ``poses`` (T, 17, 3) mm in place of ``frames`` (T,); NaN joints are left alone."""
        motion = self.motion.at(frames, fps)
        names = list(self.joints)
        ends = np.array([self.joints[name] for name in names])
        wanted = poses[:, [H36M17.names.index(name) for name in names]] @ np.linalg.inv(self.placed).T
        apart = np.linalg.norm(wanted - points(self.skeleton, motion.values)[:, ends], axis=-1)
        longest = max(float(np.linalg.norm(bone.vector)) for bone in self.skeleton.bones)
        moved = np.isfinite(apart) & (apart > UNCHANGED * longest)
        changed = moved.any(axis=1)
        if not changed.any():
            return motion
        values = {name: array.copy() for name, array in motion.values.items()}
        for at in np.array_split(np.flatnonzero(changed), -(-changed.sum() // _AT_ONCE)):
            ways = _Ways(self.skeleton, {name: v[at] for name, v in values.items()}, ends, moved.any(axis=0))
            if ways.ways:
                for name, found in ways.with_values(fit(ways.model, ways.start, wanted[at])).items():
                    values[name][at] = found
        return replace(motion, values=values)

    def _skeleton_for(self, target: Path) -> Path | None:
        """Where the skeleton has to be written so that ``target`` finds it; None where it lies there."""
        try:
            found = skeleton_of(target)
        except FormatError:
            found = target.with_suffix(".asf")
        if not found.exists():
            return found
        if read_text(found) != self.skeleton_file:
            raise FormatError(
                f"{found.name}, which lies there, is another skeleton than its own: choose another folder"
            )
        return None


class _Ways:
    """The ways in which the points ``ends`` (P,) can be moved: angles of bones, in radians, and the root's
    place.
    """

    def __init__(
        self, skeleton: Skeleton, values: Mapping[str, np.ndarray], ends: np.ndarray, moved: np.ndarray
    ) -> None:
        self.skeleton, self.values, self.ends = skeleton, values, ends
        above = [ancestors(skeleton.parents, end) for end in ends]
        point = {int(end): p for p, end in enumerate(ends)}

        def turns(i: int) -> bool:
            ways = [reversed(way[: way.index(i) + 1]) for way in above if i in way]
            below = [next(point[j] for j in way if j in point) for way in ways]
            hung = [point[j] for j in ancestors(skeleton.parents, i)[1:] if j in point][:1]
            return moved[below].all() or moved[hung].any()

        self.carried = np.array([[i in way for way in above] for i in range(len(skeleton.bones))])
        self.ways = [
            (i, column, way)
            for i, bone in enumerate(skeleton.bones)
            if bone.name in values and self.carried[i].any() and turns(i)
            for column, way in enumerate(bone.freedom)
            if way[0] == "r" or (way[0] == "t" and skeleton.parents[i] < 0)
        ]

    @property
    def start(self) -> np.ndarray:  # (T, D)
        """Their values."""
        told = [(self.values[self.skeleton.bones[i].name][:, column], way) for i, column, way in self.ways]
        return np.stack([np.deg2rad(v) if way[0] == "r" else v for v, way in told], axis=-1)

    def with_values(self, found: np.ndarray) -> dict[str, np.ndarray]:  # (T, D)
        """The values of all bones with ``found`` in place."""
        values = {name: array.copy() for name, array in self.values.items()}
        for d, (i, column, way) in enumerate(self.ways):
            new = np.rad2deg(found[:, d]) if way[0] == "r" else found[:, d]
            values[self.skeleton.bones[i].name][:, column] = new
        return values

    def model(self, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # (T, P, 3), (T, P, 3, D)
        """Where the points are, and how they move with each value: an angle turns them about the bone's near
        end."""
        values = self.with_values(found)
        points, turned = walk(self.skeleton, values)
        reached = points[:, self.ends]
        slopes = np.zeros((*reached.shape, len(self.ways)))
        for d, (i, _, way) in enumerate(self.ways):
            bone, parent, moves = self.skeleton.bones[i], self.skeleton.parents[i], self.carried[i]
            if way[0] == "t":
                slopes[:, moves, "xyz".index(way[1]), d] = 1.0
                continue
            axis = bone.axes @ _axis(bone, values[bone.name], way[1])[..., None]
            axis = (turned[parent] @ axis if parent >= 0 else axis)[..., 0]
            near = points[:, parent] if parent >= 0 else points[:, i]
            slopes[..., d][:, moves] = np.cross(axis[:, None], reached[:, moves] - near[:, None])
        return reached, slopes


def _axis(bone: Bone, values: np.ndarray, letter: str) -> np.ndarray:  # (T, F) degrees -> (T, 3)
    """The axis of a bone's own that an angle turns about: those applied after it turn it along."""
    after = bone.order[bone.order.index(letter) + 1 :]
    angles = dict(zip(bone.freedom, values.T))
    told = np.array([angles.get("r" + other, np.zeros(len(values))) for other in after])
    return extrinsic(after, told.reshape(len(after), len(values)).T)[..., "xyz".index(letter)]
