"""BVH as text, and changed clips back into the BVH that they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.spatial.transform import Rotation

from gfpose_core.io.clip import PoseClip, in_axes
from gfpose_core.io.mocap.motion import END, Motion, ancestors
from gfpose_core.io.mocap.resolve import Body, resolve


def format_bvh(motion: Motion) -> str:
    """The text of a BVH file; :func:`parse` gives the motion back to six decimals."""
    below: dict[int, list[int]] = {}
    for joint, parent in enumerate(motion.parents):
        below.setdefault(int(parent), []).append(joint)
    lines, depth, columns = ["HIERARCHY"], 0, []
    still_to_come = [*reversed(below[-1])]
    while still_to_come:
        joint = still_to_come.pop()
        if joint < 0:  # the end of one
            depth -= 1
            lines.append("\t" * depth + "}")
            continue
        indent, name = "\t" * depth, motion.names[joint]
        if motion.parents[joint] < 0:
            lines.append(f"{indent}ROOT {name}")
        else:
            lines.append(f"{indent}End Site" if name.endswith(END) else f"{indent}JOINT {name}")
        lines.append(f"{indent}{{")
        lines.append(f"{indent}\tOFFSET " + " ".join(f"{x:.6f}" for x in motion.offsets[joint]))
        if channels := motion.channels[joint]:
            lines.append(f"{indent}\tCHANNELS {len(channels)} {' '.join(channels)}")
            columns += range(motion.columns[joint], motion.columns[joint + 1])
        depth += 1
        still_to_come += [-1, *reversed(below.get(joint, []))]
    lines += ["MOTION", f"Frames: {len(motion.values)}", f"Frame Time: {motion.frame_time}"]
    lines += [" ".join(f"{x:.6f}" for x in row) for row in motion.values[:, columns].tolist()]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, eq=False)
class BVHSource:
    """A :class:`gfpose_core.io.clip.OwnForm`.

    Attributes:
        joints: H36M-17 joints by index into the motion's.
        placed: (3, 3), from the file's unit and axes to the clip's.
        axes: the clip's.
    """

    motion: Motion
    joints: Mapping[str, int]
    placed: np.ndarray
    axes: str
    corrected: tuple[str, ...] = ()
    suffix: ClassVar[str] = ".bvh"

    def write(self, clip: PoseClip, path: Path, target: Path) -> None:
        """The motion with the clip's poses, channels, unit and rate as they were."""
        motion = self.resolved(in_axes(clip, self.axes), clip.frames, clip.fps)
        path.write_text(format_bvh(motion), "utf-8", newline="\n")

    def resolved(self, poses: np.ndarray, frames: np.ndarray, fps: float | None) -> Motion:
        """The motion with ``poses`` (T, 17, 3) mm in place of ``frames`` (T,); NaN joints are left alone."""
        motion = replace(self.motion, values=self.motion.values[frames])
        if fps is not None and fps != motion.fps:
            motion = replace(motion, frame_time=f"{1 / fps:.9g}")
        rotations, places = zip(*map(motion.local, range(len(motion.names))))
        free = [len(_order(channels)) == 3 for channels in motion.channels]
        body = Body(motion.parents, rotations, places, free)
        found = resolve(body, self.joints, poses @ np.linalg.inv(self.placed).T)
        values = motion.values.copy()
        for joint, local in found.rotations.items():
            changed = np.abs(local - rotations[joint]).max(axis=(-2, -1)) > 1e-9
            spots = [i for i, channel in enumerate(motion.channels[joint]) if channel.endswith("rotation")]
            cells = np.ix_(changed, motion.columns[joint] + np.array(spots))
            order = _order(motion.channels[joint])
            if changed.any():
                angles = Rotation.from_matrix(local[changed]).as_euler(order, degrees=True)
                values[cells] = nearest_angles(angles, values[cells])
        root = ancestors(body.parents, next(iter(self.joints.values())))[-1]
        for i, channel in enumerate(motion.channels[root]):
            if channel.endswith("position"):
                values[:, motion.columns[root] + i] += found.shift[:, "XYZ".index(channel[0])]
        return replace(motion, values=values)


def _order(channels: tuple[str, ...]) -> str:
    """The axes that a joint turns about: "ZXY"."""
    return "".join(channel[0] for channel in channels if channel.endswith("rotation"))


def nearest_angles(angles: np.ndarray, like: np.ndarray) -> np.ndarray:  # (T, 3) x 2 -> (T, 3)
    """The same turns in three angles about different axes, in degrees, as near to ``like`` as they get."""
    other = np.stack([angles[:, 0] + 180, 180 - angles[:, 1], angles[:, 2] + 180], axis=-1)
    both = np.stack([angles, other])
    both -= 360 * np.round((both - like) / 360)
    better = np.abs(both[1] - like).sum(axis=-1) < np.abs(both[0] - like).sum(axis=-1)
    return np.where(better[:, None], both[1], both[0])
