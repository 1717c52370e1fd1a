"""Changed clips back into the C3D that they were.

A point that is a joint gets the joint's new place. Any other is held by a joint, keeps its offset from there,
and turns with a bone: one that a joint was made from, with that joint and the bone above it (for hips, the
pelvis); the rest with the nearer end of the nearest bone. The pelvis turns with hips and trunk, every bone
further by the shortest arc. Joints that a frame does not show are passed over. What lies away from all bones,
and what belongs to another person, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.ndimage import distance_transform_edt

from gfpose_core.io.clip import PoseClip, in_axes
from gfpose_core.io.mocap.c3d_file import BLOCK, MOST_FRAMES, Markers, Parameter
from gfpose_core.io.mocap.rotations import frame, shortest_arc
from gfpose_core.skeleton import H36M17

UNCHANGED_MM = 1e-3
"""Joints and points that are moved by less stay where they are."""

_REACH_MM = 300.0  # from the nearest bone: what is farther away is no part of the body
_SOME = 200  # frames to find the nearest bone by
_PARENTS, _CHILDREN = np.asarray(H36M17.bones).T
_HIP, _RHIP, _LHIP, _THORAX = (H36M17.names.index(name) for name in ("Hip", "RHip", "LHip", "Thorax"))


@dataclass(frozen=True, eq=False)
class C3DSource:
    """A :class:`gfpose_core.io.clip.OwnForm`.

    Attributes:
        own: the points of the file that are this person's, K of them.
        points: (T, M, 3) where they are, then points made from them; NaN where not seen.
        makers: the points that one of the latter was made from.
        joints: H36M-17 joints by index into ``points``.
        placed: (3, 3), from the file's unit and axes to the clip's.
        axes: the clip's.
    """

    markers: Markers
    own: tuple[int, ...]
    points: np.ndarray
    makers: Mapping[int, tuple[int, ...]]
    joints: Mapping[str, int]
    placed: np.ndarray
    axes: str
    corrected: tuple[str, ...] = ()
    suffix: ClassVar[str] = ".c3d"

    def write(self, clip: PoseClip, path: Path, target: Path) -> None:
        """The file with points where the clip's poses have them; parameters and analogue channels stay."""
        given = np.full((len(clip), len(self.markers.labels), 3), np.nan)
        given[:, self.own] = self.moved(in_axes(clip, self.axes), clip.frames)
        path.write_bytes(rewritten(self.markers, given, clip.frames, clip.fps))

    def moved(self, poses: np.ndarray, frames: np.ndarray) -> np.ndarray:  # -> (T', K, 3)
        """Where points are to be with ``poses`` (T', 17, 3) mm in place of ``frames`` (T',); NaN for those
        that stay. A point that was not seen appears where the joint that holds it was not known, and is now.
        """
        small = UNCHANGED_MM / np.cbrt(np.abs(np.linalg.det(self.placed)))
        old, points = self._joints(), self.points[:, : len(self.own)]
        wanted, now = poses @ np.linalg.inv(self.placed).T, old[frames]
        stays = np.isnan(wanted) | (np.abs(wanted - now).max(axis=-1, keepdims=True) <= small)
        told = np.where(stays, now, wanted)
        appears = np.isnan(now[..., 0]) & np.isfinite(told[..., 0])  # (T', 17)
        turned, new = turns(now, told), told.copy()
        for parent, child in H36M17.bones:
            gone = np.isnan(told[:, child, 0])
            now[gone, child], new[gone, child] = now[gone, parent], new[gone, parent]
        found = np.full((len(frames), len(self.own), 3), np.nan)
        for k, (joint, bone) in self._holders(old, _REACH_MM * small / UNCHANGED_MM).items():
            found[:, k] = _carried(points[frames, k] - now[:, joint], turned[:, bone], new[:, joint])
            known, at = np.isfinite(points[:, k, 0] - old[:, joint, 0]), appears[:, joint]
            if known.any():
                like = _nearest(known)[frames[at]]
                turn = turns(old[like], told[at])[:, bone]
                found[at, k] = _carried(points[like, k] - old[like, joint], turn, new[at, joint])
        for name, k in self.joints.items():
            if k < len(self.own):
                found[:, k] = told[:, H36M17.names.index(name)]
        still = np.abs(found - points[frames]).max(axis=-1, keepdims=True) <= small
        return np.where(still, np.nan, found)

    def _joints(self) -> np.ndarray:  # (T, 17, 3)
        """Where the file has the joints; NaN where it does not."""
        found = np.full((len(self.points), H36M17.n_joints, 3), np.nan)
        for name, i in self.joints.items():
            found[:, H36M17.names.index(name)] = self.points[:, i]
        if "Hip" not in self.joints:
            found[:, _HIP] = (found[:, _LHIP] + found[:, _RHIP]) / 2
        return found

    def _holders(self, joints: np.ndarray, reach: float) -> dict[int, tuple[int, int]]:
        """By point, the joint that holds it, and the lower end of the bone that it turns with."""
        found = {}
        for name, i in self.joints.items():
            joint = H36M17.names.index(name)
            holder = _HIP if joint in (_LHIP, _RHIP) else joint
            found |= dict.fromkeys(self.makers.get(i, ()), (holder, holder))
        some = slice(None, None, max(1, len(joints) // _SOME))
        start = joints[some, _PARENTS]
        along = joints[some, _CHILDREN] - start
        squares = np.maximum((along**2).sum(axis=-1), 1e-30)
        for k in set(range(len(self.own))) - found.keys():
            away = self.points[some, k, None] - start  # (T, bones, 3)
            share = np.clip((away * along).sum(axis=-1) / squares, 0.0, 1.0)
            apart = _medians(np.linalg.norm(away - share[..., None] * along, axis=-1))
            bone = int(apart.argmin())
            if apart[bone] <= reach:
                ends = H36M17.bones[bone]
                found[k] = ends[int(_medians(share)[bone] > 0.5)], ends[1]
        return found


def turns(old: np.ndarray, new: np.ndarray) -> np.ndarray:  # (T, 17, 3) twice -> (T, 17, 3, 3)
    """How bones have turned in the world, by the joint at their lower end. One that is not known turns with
    what carries it."""
    hips = [pose[:, _LHIP] - pose[:, _RHIP] for pose in (old, new)]
    trunks = [pose[:, _THORAX] - pose[:, _HIP] for pose in (old, new)]
    pelvis = frame(hips[1], trunks[1]) @ frame(hips[0], trunks[0]).swapaxes(-1, -2)
    found = np.empty((*old.shape, 3))
    found[:, _HIP] = np.where(np.isfinite(pelvis), pelvis, shortest_arc(*hips))
    for parent, child in H36M17.bones:
        found[:, child] = above = found[:, parent]
        if child not in (_LHIP, _RHIP):
            bones = [pose[:, child] - pose[:, parent] for pose in (old, new)]
            found[:, child] = shortest_arc(np.einsum("tij,tj->ti", above, bones[0]), bones[1]) @ above
    return found


def _carried(offsets: np.ndarray, turns: np.ndarray, places: np.ndarray) -> np.ndarray:  # -> (T, 3)
    return places + np.einsum("tij,tj->ti", turns, offsets)


def _nearest(known: np.ndarray) -> np.ndarray:  # (T,) bool -> (T,) int
    """The nearest frame that is known."""
    return distance_transform_edt(~known, return_distances=False, return_indices=True)[0]


def _medians(values: np.ndarray) -> np.ndarray:  # (T, B) -> (B,)
    """Over the frames that have them; infinity where none has."""
    found, known = np.full(values.shape[1], np.inf), np.isfinite(values).any(axis=0)
    found[known] = np.nanmedian(values[:, known], axis=0)
    return found


def rewritten(markers: Markers, points: np.ndarray, frames: np.ndarray, fps: float | None) -> bytes:
    """The file with ``points`` (T', K, 3) in those ``frames`` (T',) of it; NaN leaves them as they are.

    Analogue samples go with their frames. Integers keep their scale if all places fit, else all are written
    in the smallest that does.
    """
    content, rows = bytearray(markers.content), markers.rows[frames].copy()
    told = rows[:, : 4 * len(markers.labels)].reshape(len(rows), -1, 4)
    given = np.isfinite(points).all(axis=-1)
    if markers.scale > 0:
        scale = max(markers.scale, np.abs(points[given]).max(initial=0.0) / 32767)
        if scale > markers.scale:
            told[..., :3] = np.rint(told[..., :3] * (markers.scale / scale))
            np.frombuffer(content, markers.order + "f4", 1, 12)[:] = scale
            _put(content, markers, "POINT:SCALE", scale)
        points = np.rint(points / scale)
    told[given, :3] = points[given]
    told[given, 3] = np.maximum(told[given, 3], 0)
    rows[:, : 4 * len(markers.labels)] = told.reshape(len(rows), -1)
    if not np.array_equal(frames, np.arange(markers.frames)):
        words = np.frombuffer(content, markers.order + "u2", 12)
        first = min(int(words[3]) + int(frames[0]), MOST_FRAMES + 1 - len(rows))
        last = first + len(rows) - 1
        words[3:5] = first, last
        counts = {"POINT:FRAMES": len(rows), "POINT:LONG_FRAMES": len(rows)}
        counts |= {"TRIAL:ACTUAL_START_FIELD": first, "TRIAL:ACTUAL_END_FIELD": last}
        for name, count in counts.items():
            _put(content, markers, name, count)
    if fps not in (None, markers.fps):
        np.frombuffer(content, markers.order + "f4", 1, 20)[:] = fps
        _put(content, markers, "POINT:RATE", fps)
        for rate in markers.said.get("ANALOG:RATE", Parameter()).of(content):
            _put(content, markers, "ANALOG:RATE", float(rate) * fps / markers.fps)
    body, start = rows.tobytes(), markers.start
    rest = content[start + len(body) :] if len(rows) == markers.frames else bytes(-len(body) % BLOCK)
    return bytes(content[:start]) + body + rest


def _put(content: bytearray, markers: Markers, name: str, value: float) -> None:
    """Set a parameter where the file has it; two integers are the lower and the upper half of one."""
    numbers = markers.said.get(name, Parameter()).of(content)
    if numbers.dtype.kind == "f":
        numbers[:1] = value
    else:
        halves = np.array([int(value) & 0xFFFF, int(value) >> 16], np.uint16).view(np.int16)
        numbers[:2] = halves[: len(numbers)]
