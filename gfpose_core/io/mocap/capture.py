"""What captures have in common: named points through time, and how they become H36M-17 poses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.camera import AXES, from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import OwnForm, PoseClip
from gfpose_core.io.importing import MM, Corrections, Detected, Imported
from gfpose_core.io.mocap.motion import ancestors
from gfpose_core.io.mocap.names import make_of, match_names
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17

MOST_AWAY = 1e9
"""In any unit: numbers beyond are damage."""

SPINE_SHARE = 0.476
"""Where Human3.6M's Spine lies on the arc from the middle of the hips to the Thorax."""

_UNITS_MM = {**MM, "CMU units of 1/0.45 inch": 25.4 / 0.45}
UP_OF_AXES = {"y-up": "y", "z-up": "z", "camera": "-y"}
_AXES_OF_UP = {up: axes for axes, up in UP_OF_AXES.items()}
_SIGNED = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Capture:
    """Named points of a person through time, as a file has them.

    Attributes:
        label: of the format, "BVH".
        names: (K,) of the points.
        parents: (K,) int, -1 for a root; all -1 where the file has no tree.
        points: (T, K, 3) in the file's unit and axes.
        seen: (T, K) bool.
        fps: frames a second; None where the file does not tell.
        units, up: where the file states them: a key of MM, an axis.
        native: what makes the clip's ``source`` from the joints by index, the matrix (3, 3) from the file's
            unit and axes to the clip's, their name, and the corrections that it is ``corrected`` by.
        units_by: how ``units`` are known.
        joints: H36M-17 joints by index of their point, where names are not to be guessed.
        notes: what the reader had to assume.
    """

    label: str
    names: tuple[str, ...]
    parents: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    fps: float | None = None
    units: str = ""
    units_by: str = "as the file says"
    up: str = ""
    native: Callable[[dict[str, int], np.ndarray, str, tuple[str, ...]], OwnForm] | None = None
    joints: dict[str, int] | None = None
    derived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def interpret(self, corrections: Corrections) -> Imported:
        """The poses, with units, axes and joints found out or as corrected."""
        notes = list(self.notes)
        recipe = _Recipe.of(self, corrections)
        points, seen = recipe.apply(self)
        if not seen.any():
            raise FormatError(f"none of its points is a joint of H36M-17: {_some(self.names)}")
        if (np.abs(points[seen]) > MOST_AWAY).any():
            raise FormatError("it has places that are farther away than any person")
        units, scale = _units(self, points, seen, corrections, notes)
        up = corrections.up if corrections.up != "as detected" else self.up or _up(points, seen, notes)
        turn, axes = _turn(up, corrections.left_handed)
        poses = points @ (scale * turn).T
        facing = _facing(poses, seen, axes)  # in the clip's axes
        if corrections.facing != "as detected" and facing:
            wanted = _signed(turn @ _vector(corrections.facing))
            quarter = _quarter_turn(facing, wanted, axes)
            turn, poses, facing = quarter @ turn, poses @ quarter.T, corrections.facing
        elif facing:
            facing = _signed(turn.T @ _vector(facing))
        fps = corrections.fps or self.fps
        if fps is None:
            notes.append("the file tells no frame rate")
        if up not in _AXES_OF_UP:
            notes.append(f"turned from {up} up to y up")
        sides = _sides(poses, seen, axes)
        if sides == "look exchanged":
            notes.append("knees bend backward: left and right may be exchanged, or the axes left-handed")
        make = make_of(self.names)
        detected = Detected(
            format=f"{self.label}, {make}" if make else self.label,
            frames=len(poses),
            fps=fps,
            matched=recipe.words,
            derived=recipe.derived,
            names=self.names,
            units=units,
            mm_per_unit=scale,
            up=up,
            facing=facing,
            sides=sides,
            notes=tuple(notes),
        )
        derived = np.isin(H36M17.names, recipe.derived)
        source = self.native and self.native(recipe.points, scale * turn, axes, corrections.of_meaning)
        return Imported(detected, PoseClip(poses, seen, axes, fps, derived, source))


@dataclass(frozen=True, eq=False)
class People:
    """The persons of a capture file, of whom one is chosen: a :class:`~gfpose_core.io.importing.Source`."""

    captures: tuple[Capture, ...]

    def interpret(self, corrections: Corrections) -> Imported:
        """The chosen person's clip."""
        count = len(self.captures)
        if corrections.person >= count:
            raise FormatError(f"there is no person {corrections.person}: choose 0 to {count - 1}")
        imported = self.captures[corrections.person].interpret(corrections)
        return replace(imported, detected=replace(imported.detected, people=count))


@dataclass(frozen=True)
class _Recipe:
    """What of the capture each H36M-17 joint is made from."""

    points: dict[str, int]
    spine: tuple[int, ...]
    words: dict[str, str]
    derived: tuple[str, ...]

    @classmethod
    def of(cls, capture: Capture, corrections: Corrections) -> _Recipe:
        points = dict(match_names(capture.names) if capture.joints is None else capture.joints)
        for joint, name in corrections.mapping.items():
            points.pop(joint, None)
            if name:
                points[joint] = _index(capture.names, name)
        derived = [joint for joint in capture.derived if joint in points and joint not in corrections.mapping]
        if corrections.swap_sides:
            points = {_other_side(joint): i for joint, i in points.items()}
            derived = [_other_side(joint) for joint in derived]
        words = {joint: capture.names[i] for joint, i in points.items()}
        dropped = {joint for joint, name in corrections.mapping.items() if not name}
        spine: tuple[int, ...] = ()
        if "Hip" not in {*points, *dropped} and {"LHip", "RHip"} <= points.keys():
            words["Hip"] = f"middle of {words['LHip']} and {words['RHip']}"
            derived += ["Hip"] if {"LHip", "RHip"} & {*derived} else []
        if "Spine" not in {*points, *dropped} and {"LHip", "RHip", "Thorax"} <= points.keys():
            spine = _spine(capture.parents, points)
            if spine or (capture.parents >= 0).any():
                words["Spine"] = f"on the spine, {SPINE_SHARE:.1%} of the way from the hips to the neck"
                derived += ["Spine"] if {"LHip", "RHip", "Thorax"} & {*derived} else []
        if "Head" not in {*points, *dropped} and {"Thorax", "Neck"} <= points.keys():
            words["Head"] = f"{words['Thorax']} to {words['Neck']}, as far again"
            derived.append("Head")
        ordered = {joint: words[joint] for joint in H36M17.names if joint in words}
        return cls(points, spine, ordered, tuple(derived))

    def apply(self, capture: Capture) -> tuple[np.ndarray, np.ndarray]:  # (T, 17, 3), (T, 17) bool
        T = len(capture.points)
        made = np.full((T, H36M17.n_joints, 3), np.nan)
        at = {name: j for j, name in enumerate(H36M17.names)}
        for joint, i in self.points.items():
            made[:, at[joint]] = np.where(capture.seen[:, i, None], capture.points[:, i], np.nan)
        if "Hip" in self.words and "Hip" not in self.points:
            made[:, at["Hip"]] = (made[:, at["LHip"]] + made[:, at["RHip"]]) / 2
        if "Spine" in self.words and "Spine" not in self.points:
            along = np.where(capture.seen[..., None], capture.points, np.nan)[:, list(self.spine)]
            ends = made[:, [at["LHip"], at["RHip"]]].mean(axis=1), made[:, at["Thorax"]]
            made[:, at["Spine"]] = _on_arc(np.concatenate([ends[0][:, None], along, ends[1][:, None]], 1))
        if "Head" in self.words and "Head" not in self.points:
            made[:, at["Head"]] = 2 * made[:, at["Neck"]] - made[:, at["Thorax"]]
        return made, np.isfinite(made).all(axis=-1)


def _other_side(joint: str) -> str:
    return H36M17.names[H36M17.mirror[H36M17.names.index(joint)]]


def _index(names: tuple[str, ...], name: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise FormatError(f"there is no point {name!r}; the file has {_some(names)}") from None


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _spine(parents: np.ndarray, points: dict[str, int]) -> tuple[int, ...]:
    """The joints between what carries the hips and the base of the neck, from below."""
    above = {j for side in ("LHip", "RHip") for j in ancestors(parents, points[side])}
    chain = []
    for j in ancestors(parents, points["Thorax"])[1:]:
        if j in above:
            break
        chain.append(j)
    return tuple(reversed(chain))


def _on_arc(line: np.ndarray) -> np.ndarray:  # (T, P, 3) -> (T, 3)
    """The point at :data:`SPINE_SHARE` of each polyline's length."""
    steps = np.diff(line, axis=1)
    lengths = np.linalg.norm(steps, axis=-1)  # (T, P - 1)
    reached = np.cumsum(lengths, axis=1)
    left = SPINE_SHARE * reached[:, -1:] - (reached - lengths)
    share = np.clip(left / np.where(lengths > 0, lengths, 1.0), 0.0, 1.0)
    return line[:, 0] + (steps * share[..., None]).sum(axis=1)


def _units(
    capture: Capture, points: np.ndarray, seen: np.ndarray, corrections: Corrections, notes: list[str]
) -> tuple[str, float]:
    """The unit in words, and its millimetres."""
    if corrections.units != "as detected":
        return f"{corrections.units}, as told", MM[corrections.units]
    if capture.units:
        return f"{capture.units}, {capture.units_by}", _UNITS_MM[capture.units]
    size = _size(points, seen)
    if size is None:
        notes.append("no bone to tell the unit of length by: millimetres are assumed")
        return "millimetres (assumed)", 1.0
    name = min(_UNITS_MM, key=lambda unit: abs(np.log(size * _UNITS_MM[unit])))
    scale = _UNITS_MM[name]
    if 0.7 < size * scale < 1.4:
        return f"{name} (by the length of the bones)", scale
    notes.append("bones of human length in no usual unit: the person is scaled to Human3.6M's average size")
    return "a unit of its own (scaled by the length of the bones)", 1.0 / size


def _size(points: np.ndarray, seen: np.ndarray) -> float | None:
    """How long bones are, in the file's unit, over an average person's in mm."""
    parents, children = np.asarray(H36M17.bones).T
    some = slice(None, None, max(1, len(points) // 200))
    lengths = H36M17.bone_lengths(points[some])
    both = seen[some][:, parents] & seen[some][:, children]
    shown = both.any(axis=0)
    if not shown.any():
        return None
    medians = np.nanmedian(np.where(both, lengths, np.nan)[:, shown], axis=0)
    size = float(np.median(medians / HUMAN_BONES_MM[shown]))
    return size if 1e-9 < size < 1e9 else None


def _up(points: np.ndarray, seen: np.ndarray, notes: list[str]) -> str:
    """The axis along which heads are over feet, most of the time."""
    heights = []
    for low, high in ((0, 8), (2, 1), (3, 2), (5, 4), (6, 5), (0, 9)):
        both = seen[:, low] & seen[:, high]
        if both.any():
            heights.append(np.median((points[:, high] - points[:, low])[both], axis=0))
    if not heights:
        notes.append("no trunk and no leg to tell up by: y is assumed")
        return "y"
    trunk = np.sum(heights, axis=0)
    axis = int(np.abs(trunk).argmax())
    if np.abs(trunk[axis]) < 0.8 * np.linalg.norm(trunk):
        notes.append("it is not clear which axis is up")
    return _signed(trunk)


def _turn(up: str, left_handed: bool) -> tuple[np.ndarray, str]:  # (3, 3)
    """From the file's axes to those of the clip, and their name: the file's own wherever they have one."""
    turn = np.eye(3)
    if left_handed:
        turn[(0, 0) if up[-1] != "x" else (2, 2)] = -1
    if up in _AXES_OF_UP:
        return turn, _AXES_OF_UP[up]
    upward = _vector(up)
    right = _vector("z") if up[-1] == "x" else _vector("x")
    return np.stack([right, upward, np.cross(right, upward)]) @ turn, "y-up"


def _forward(poses: np.ndarray, seen: np.ndarray, axes: str) -> np.ndarray | None:
    """Where the person faces in the first frame that shows it, in y-up axes; a horizontal unit vector."""
    for left, right in ((4, 1), (11, 14)):
        both = seen[:, left] & seen[:, right]
        if both.any():
            first = int(both.argmax())
            across = _y_up(poses[first, left] - poses[first, right], axes)
            forward = np.cross(across, [0.0, 1.0, 0.0])
            length = np.linalg.norm(forward)
            return forward / length if length > 0 else None
    return None


def _facing(poses: np.ndarray, seen: np.ndarray, axes: str) -> str:
    forward = _forward(poses, seen, axes)
    return "" if forward is None else _signed(_from_y_up(forward, axes))


def _quarter_turn(found: str, wanted: str, axes: str) -> np.ndarray:  # (3, 3)
    """About the up axis, from facing ``found`` to facing ``wanted``."""
    upward = _from_y_up(np.array([0.0, 1.0, 0.0]), axes)
    start, end = _vector(found), _vector(wanted)
    if abs(end @ upward) > 0.5:
        raise FormatError(f"nobody faces {wanted} where that is up: choose a level axis")
    return (
        np.outer(end, start)
        + np.outer(np.cross(upward, end), np.cross(upward, start))
        + np.outer(upward, upward)
    )


def _sides(poses: np.ndarray, seen: np.ndarray, axes: str) -> str:
    """Knees bend forward: that tells left from right."""
    legs = seen[:, [1, 2, 3, 4, 5, 6]].all(axis=1) & seen[:, 8] & seen[:, 0]
    if not legs.any():
        return ""
    y_up = _y_up(poses[legs], axes)
    forward = np.cross(y_up[:, 8] - y_up[:, 0], y_up[:, 1] - y_up[:, 4])
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True) + 1e-9
    bend = y_up[:, [2, 5]] - (y_up[:, [1, 4]] + y_up[:, [3, 6]]) / 2
    ahead = np.einsum("nkj,nj->nk", bend, forward).mean()
    return "look exchanged" if ahead < -10 else "as named"


def _vector(axis: str) -> np.ndarray:
    return np.eye(3)[_SIGNED.index(axis[-1])] * (-1.0 if axis[0] == "-" else 1.0)


def _signed(vector: np.ndarray) -> str:
    axis = int(np.abs(vector).argmax())
    return ("-" if vector[axis] < 0 else "") + _SIGNED[axis]


def _y_up(points: np.ndarray, axes: str) -> np.ndarray:
    return from_camera_axes(to_camera_axes(points, axes), "y-up")


def _from_y_up(points: np.ndarray, axes: str) -> np.ndarray:
    return points @ AXES["y-up"].T @ AXES[axes]
