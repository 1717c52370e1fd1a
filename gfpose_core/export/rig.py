"""Poses as a skeleton that moves by rotations, as animation programs want them.

The rest pose is a T: y up, facing +z, left on +x, with the clip's median bone lengths. Seventeen joints leave
the twist of limbs open; the rule here: every joint turns by the shortest arc from its bone's direction at
rest, seen from its parent, to its direction in the pose. The root follows the line of the hips and tilts with
the trunk. Bones keep their median lengths: poses whose bones change come back as near as rigid bones allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.export.base import PoseExport
from gfpose_core.io.mocap.motion import END, Motion
from gfpose_core.io.mocap.rotations import frame, shortest_arc
from gfpose_core.skeleton import H36M17

ANKLES_MM = 60.0
"""How high the lowest ankle is put where the world of the poses has no floor, as in our training data."""

_UP, _DOWN, _LEFT, _RIGHT, _AHEAD = np.array(
    [[0.0, 1, 0], [0.0, -1, 0], [1.0, 0, 0], [-1.0, 0, 0], [0.0, 0, 1]]
)
_AT_REST = {
    "RHip": _RIGHT, "RKnee": _DOWN, "RAnkle": _DOWN, "LHip": _LEFT, "LKnee": _DOWN, "LAnkle": _DOWN,
    "Spine": _UP, "Thorax": _UP, "Neck": _UP, "Head": _UP,
    "LShoulder": _LEFT, "LElbow": _LEFT, "LWrist": _LEFT,
    "RShoulder": _RIGHT, "RElbow": _RIGHT, "RWrist": _RIGHT,
}  # fmt: skip
_TIPS = {"Ankle": 120.0 * _AHEAD, "Head": 30.0 * _UP}  # mm: feet and crown; then hands
_TIPS |= {"LWrist": 80.0 * _LEFT, "RWrist": 80.0 * _RIGHT}


@dataclass(frozen=True)
class Joint:
    """A joint of a rig: where it sits, and the H36M-17 joint its bone points at, if it does."""

    name: str
    parent: str
    at: str
    aims: str = ""


def _h36m() -> tuple[Joint, ...]:
    joints = [Joint("Hip", "", "Hip")]
    joints += [Joint("SpineBase", "Hip", "Hip", "Spine"), Joint("Spine", "SpineBase", "Spine", "Thorax")]
    joints += [Joint("Thorax", "Spine", "Thorax"), Joint("NeckBase", "Thorax", "Thorax", "Neck")]
    joints += [Joint("Neck", "NeckBase", "Neck", "Head"), Joint("Head", "Neck", "Head")]
    for s in "LR":
        joints += [Joint(f"{s}Pelvis", "Hip", "Hip", f"{s}Hip")]
        joints += [Joint(f"{s}Hip", f"{s}Pelvis", f"{s}Hip", f"{s}Knee")]
        joints += [Joint(f"{s}Knee", f"{s}Hip", f"{s}Knee", f"{s}Ankle")]
        joints += [Joint(f"{s}Ankle", f"{s}Knee", f"{s}Ankle")]
        joints += [Joint(f"{s}Collar", "Thorax", "Thorax", f"{s}Shoulder")]
        joints += [Joint(f"{s}Shoulder", f"{s}Collar", f"{s}Shoulder", f"{s}Elbow")]
        joints += [Joint(f"{s}Elbow", f"{s}Shoulder", f"{s}Elbow", f"{s}Wrist")]
        joints += [Joint(f"{s}Wrist", f"{s}Elbow", f"{s}Wrist")]
    return tuple(joints)


def _mixamo() -> tuple[Joint, ...]:
    joints = [Joint("Hips", "", "Hip"), Joint("Spine", "Hips", "Hip", "Spine")]
    joints += [Joint("Spine1", "Spine", "Spine", "Thorax"), Joint("Spine2", "Spine1", "Thorax")]
    joints += [Joint("Neck", "Spine2", "Thorax", "Neck"), Joint("Head", "Neck", "Neck", "Head")]
    joints += [Joint("HeadTop_End", "Head", "Head")]
    for side in ("Left", "Right"):
        s = side[0]
        joints += [Joint(f"{side}UpLeg", "Hips", f"{s}Hip", f"{s}Knee")]
        joints += [Joint(f"{side}Leg", f"{side}UpLeg", f"{s}Knee", f"{s}Ankle")]
        joints += [Joint(f"{side}Foot", f"{side}Leg", f"{s}Ankle")]
        joints += [Joint(f"{side}Shoulder", "Spine2", "Thorax", f"{s}Shoulder")]
        joints += [Joint(f"{side}Arm", f"{side}Shoulder", f"{s}Shoulder", f"{s}Elbow")]
        joints += [Joint(f"{side}ForeArm", f"{side}Arm", f"{s}Elbow", f"{s}Wrist")]
        joints += [Joint(f"{side}Hand", f"{side}ForeArm", f"{s}Wrist")]
    prefix = "mixamorig:"
    return tuple(Joint(prefix + j.name, j.parent and prefix + j.parent, j.at, j.aims) for j in joints)


RIGS = {"h36m-17": _h36m(), "mixamo": _mixamo()}
"""Our own names, with helpers without length so that every bone has a joint of its own; and Mixamo's."""


@dataclass(frozen=True, eq=False)
class Rigged:
    """A skeleton at rest and how it moves.

    Attributes:
        names, parents: (K,), each parent before its children.
        offsets: (K, 3) mm from the parent, at rest.
        tips: (K, 3) mm, where a joint without children ends; zero for the others.
        rotations: (K, T, 3, 3) in the parent's axes.
        root: (T, 3) mm, y up.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    tips: np.ndarray
    rotations: np.ndarray
    root: np.ndarray

    def motion(self, unit_mm: float, fps: float) -> Motion:
        """As BVH has it: the root's place, and angles about Z, X and Y of every joint."""
        names, parents, offsets, channels, columns = [], [], [], [], []
        place: dict[int, int] = {}
        for joint, name in enumerate(self.names):
            place[joint] = len(names)
            names.append(name)
            parents.append(place[self.parents[joint]] if joint else -1)
            offsets.append(self.offsets[joint] / unit_mm)
            angles = Rotation.from_matrix(self.rotations[joint]).as_euler("ZXY", degrees=True)
            columns.append(np.unwrap(angles, period=360.0, axis=0))
            channels.append(("Zrotation", "Xrotation", "Yrotation"))
            if self.tips[joint].any():
                names.append(name + END)
                parents.append(place[joint])
                offsets.append(self.tips[joint] / unit_mm)
                channels.append(())
        channels[0] = ("Xposition", "Yposition", "Zposition", *channels[0])
        values = np.concatenate([self.root / unit_mm, *columns], axis=1)
        return Motion(
            tuple(names), np.array(parents), np.array(offsets), tuple(channels), values, f"{1 / fps:.9g}"
        )


def world_mm(poses: PoseExport) -> np.ndarray:  # -> (N, S, 17, 3) mm float64
    """Poses in a y-up world. What was seen by a camera is put on the floor, its first hip over the middle."""
    placed = poses.poses.astype(np.float64) + poses.origin[:, None, None]
    placed = from_camera_axes(to_camera_axes(placed, poses.axes), "y-up")
    if poses.axes == "camera":
        ankles = placed[:, :, [H36M17.names.index(name) for name in ("RAnkle", "LAnkle")], 1]
        hip = placed[0, 0, 0]
        placed = placed - [hip[0], ankles.min() - ANKLES_MM, hip[2]]
    return placed


def rig(poses: np.ndarray, joints: tuple[Joint, ...], prefix: str = "") -> Rigged:
    """Fit a rig to ``poses`` (T, 17, 3) mm, y up."""
    at = {name: j for j, name in enumerate(H36M17.names)}
    lengths = np.median(H36M17.bone_lengths(poses), axis=0)
    rest = {"Hip": np.zeros(3)}
    for (parent, child), length in zip(H36M17.bones, lengths):
        name = H36M17.names[child]
        rest[name] = rest[H36M17.names[parent]] + length * _AT_REST[name]
    index = {joint.name: i for i, joint in enumerate(joints)}
    parents = tuple(index.get(joint.parent, -1) for joint in joints)
    offsets = np.array(
        [rest[j.at] - rest[joints[p].at] if p >= 0 else rest[j.at] for j, p in zip(joints, parents)]
    )
    leaves = set(range(len(joints))) - set(parents)
    tips = np.array([_tip(joint.at) if i in leaves else np.zeros(3) for i, joint in enumerate(joints)])
    middle = (poses[:, at["LHip"]] + poses[:, at["RHip"]]) / 2
    turned = [frame(poses[:, at["LHip"]] - poses[:, at["RHip"]], poses[:, at["Thorax"]] - middle)]
    local = [turned[0]]
    for joint, parent in zip(joints[1:], parents[1:]):
        turn = np.broadcast_to(np.eye(3), turned[0].shape)
        if joint.aims:
            wanted = poses[:, at[joint.aims]] - poses[:, at[joint.at]]
            seen = np.einsum("tji,tj->ti", turned[parent], wanted)  # from the parent
            turn = shortest_arc(np.broadcast_to(_AT_REST[joint.aims], seen.shape), seen)
        local.append(turn)
        turned.append(turned[parent] @ turn)
    names = tuple(prefix + joint.name for joint in joints)
    return Rigged(names, parents, offsets, tips, np.stack(local), poses[:, at["Hip"]])


def rigs(poses: PoseExport, joints: tuple[Joint, ...]) -> list[Rigged]:
    """A rig for each hypothesis; the names of all but the first have a prefix, "h2:" and so on."""
    placed = world_mm(poses)
    return [rig(placed[:, s], joints, f"h{s + 1}:" if s else "") for s in range(placed.shape[1])]


def _tip(joint: str) -> np.ndarray:
    return _TIPS.get(joint, _TIPS.get(joint[1:], np.zeros(3)))
