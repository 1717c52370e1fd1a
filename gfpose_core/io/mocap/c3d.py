"""C3D: markers in a laboratory, and of some programs the joint centres worked out from them.

Read here, not by ezc3d: on 120 damaged files it ended the process twice and did not return from two others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.c3d_file import DERIVED, OURS, Markers, Parameter, parse
from gfpose_core.io.mocap.c3d_writer import C3DSource
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.mocap.names import match_names
from gfpose_core.io.text import read_bytes
from gfpose_core.skeleton import H36M17

_CENTRES = {
    "Hip": ("FEP", "HJC"), "Knee": ("FEO", "KJC"), "Ankle": ("TIO", "AJC"),
    "Shoulder": ("CLO", "SJC"), "Elbow": ("HUO", "EJC"), "Wrist": ("RAO", "WJC"),
}  # fmt: skip
"""Joint centres: the ends of Plug-in Gait's segments (LFEP, RTIO, ...), and joints by their initials."""

_MARKERS = {
    "Knee": (("KNE", "KNM"), ("KNE",)), "Ankle": (("ANK", "MED"), ("ANK",)),
    "Shoulder": (("SHO",),), "Elbow": (("ELB", "ELM"), ("ELB",)), "Wrist": (("WRA", "WRB"),),
}  # fmt: skip
"""Markers on the skin whose middle stands in for a joint, the better choice first."""


def _open(path: Path) -> Source:
    markers = parse(read_bytes(path))
    subjects: dict[str, list[int]] = {}
    for i, label in enumerate(markers.labels):
        subjects.setdefault(label.rpartition(":")[0], []).append(i)
    people = [capture for own in subjects.values() if (capture := _capture(markers, own)).joints]
    return People(tuple(people) if len(people) > 1 else (_capture(markers, range(len(markers.labels))),))


def _capture(markers: Markers, own: Sequence[int]) -> Capture:
    """The person whose points are those at ``own`` of the file."""
    names = tuple(markers.labels[i].rpartition(":")[2] for i in own)  # "subject:LKNE"
    made = _Made(names, markers.points[:, own])
    joints = match_names(names)
    told = markers.said.get(f"{OURS}:{DERIVED}", Parameter()).lines
    derived = [name for name in H36M17.names if name in told]
    on_skin = []
    for side in "LR":
        for joint, centres in _CENTRES.items():
            exact = next((side + c for c in centres if side + c in made.index), None)
            stand_in = exact is None and made.joint(side, joint)
            if exact or stand_in:
                joints[side + joint] = made.index[exact or stand_in]
                on_skin += [side + joint] if stand_in else []
    if "Thorax" not in joints and (neck := made.middle("C7", "CLAV")):
        joints["Thorax"] = made.index[neck]
        on_skin.append("Thorax")
    points = np.stack(made.points, axis=1)
    return Capture(
        label="C3D",
        names=tuple(made.names),
        parents=np.full(len(made.names), -1),
        points=points,
        seen=np.isfinite(points).all(axis=-1),
        fps=markers.fps,
        units=markers.units,
        joints=joints,
        derived=(*derived, *on_skin),
        native=partial(C3DSource, markers, tuple(own), points, made.makers),
        notes=("markers lie on the skin: joints made from them are centimetres off",) if on_skin else (),
    )


class _Made:
    """Points of the file, and middles of them as they are needed."""

    def __init__(self, names: tuple[str, ...], points: np.ndarray) -> None:
        self.names, self.points = list(names), list(np.moveaxis(points, 1, 0))
        self.makers: dict[int, tuple[int, ...]] = {}
        self.index = {name.upper(): i for i, name in reversed(list(enumerate(names)))}

    def middle(self, *names: str) -> str:
        """The name of the point between those called ``names``; empty where one is missing."""
        if not all(name in self.index for name in names):
            return ""
        if len(names) == 1:
            return names[0]
        mean = sum(self.points[self.index[name]] for name in names) / len(names)
        return self._add(f"MIDDLE OF {' AND '.join(names)}", mean, names)

    def joint(self, side: str, joint: str) -> str:
        """A stand-in for a limb's joint."""
        if joint == "Hip":
            return self._hip(side)
        choices = ([side + marker for marker in markers] for markers in _MARKERS[joint])
        return next((name for names in choices if (name := self.middle(*names))), "")

    def _hip(self, side: str) -> str:
        """From the four markers of the pelvis: 36 % of the distance between the front two aside, 19 % behind
        and 30 % below their middle (Bell, Pedersen and Brand 1990)."""
        corners = ("LASI", "RASI", "LPSI", "RPSI")
        if not all(name in self.index for name in corners):
            return ""
        left, right, *back = (self.points[self.index[name]] for name in corners)
        front, behind = (left + right) / 2, sum(back) / 2
        across = left - right
        width = np.linalg.norm(across, axis=-1, keepdims=True)
        x = across / width
        ahead = front - behind
        y = ahead - (ahead * x).sum(axis=-1, keepdims=True) * x
        y /= np.linalg.norm(y, axis=-1, keepdims=True)
        z = np.cross(x, -y)  # left x back = up
        sign = 1.0 if side == "L" else -1.0
        place = front + width * (0.36 * sign * x - 0.19 * y - 0.30 * z)
        return self._add(f"{side} HIP OF THE PELVIS", place, corners)

    def _add(self, name: str, points: np.ndarray, makers: tuple[str, ...]) -> str:
        self.index[name] = len(self.names)
        self.makers[len(self.names)] = tuple(self.index[maker] for maker in makers)
        self.names.append(name.lower())
        self.points.append(points)
        return name


C3D = Importer("C3D", (".c3d",), lambda path, kind: kind.name == "c3d", _open)
