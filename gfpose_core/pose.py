"""What is usual of human poses: how long bones are, and how far a person in an image must be."""

from __future__ import annotations

import numpy as np

from gfpose_core.errors import ConditionError, FormatError
from gfpose_core.skeleton import H36M17

_LENGTHS = {
    "RHip": 133, "RKnee": 443, "RAnkle": 454, "Spine": 233, "Thorax": 257, "Neck": 121, "Head": 115,
    "RShoulder": 151, "RElbow": 279, "RWrist": 252,
}  # fmt: skip
HUMAN_BONES_MM = np.array(
    [_LENGTHS[H36M17.names[j] if H36M17.sides[j] != "left" else H36M17.names[H36M17.mirror[j]]]
     for _, j in H36M17.bones],
    np.float64,
)  # fmt: skip
"""(16,) Human3.6M's average skeleton, in the order of ``H36M17.bones``."""

UNITS_MM = {"metres": 1000.0, "decimetres": 100.0, "centimetres": 10.0, "inches": 25.4}
"""Units that poses come in by mistake."""


def are_finite(*arrays: np.ndarray) -> bool:
    """Whether these are finite numbers all; arrays may lie in files that do not fit into memory."""
    return all(array.dtype.kind in "fiu" and _finite(array) for array in arrays)


def _finite(array: np.ndarray) -> bool:
    flat, block = array.reshape(-1), 2**22
    return all(np.isfinite(flat[i : i + block]).all() for i in range(0, flat.size, block))


def require_millimetres(poses: np.ndarray, known: np.ndarray) -> None:  # (N, J, 3), (N, J) bool
    """Refuse poses whose bones, where both ends are known, are far too short for millimetres.

    Raises:
        FormatError: it names the unit they seem to be in.
    """
    parents, children = np.asarray(H36M17.bones).T
    seen = known[:, parents] & known[:, children]
    if not seen.any():
        return
    size = float(np.median((H36M17.bone_lengths(poses) / HUMAN_BONES_MM)[seen]))
    if size < 0.2:
        units = [name for name, mm in UNITS_MM.items() if 0.4 < size * mm < 2.5]
        guess = f": they look like {units[0]}" if units else ""
        raise FormatError(f"bones are {size:.2g} times as long as people's{guess}; give millimetres")


def estimate_root_depth(rays: np.ndarray, visible: np.ndarray) -> np.ndarray:  # (N, J, 2), (N, J) -> (N,) mm
    """The depth at which the bones seen along ``rays`` (X/Z, Y/Z) would have human lengths.

    Every bone gives a depth it would have if it lay across the view; most are foreshortened and give
    too much, so the third smallest is taken: within 2 % (mean) on `val` poses of usual proportions.

    Raises:
        ConditionError: a pose that shows no bone.
    """
    parents, children = np.asarray(H36M17.bones).T
    seen = visible[:, parents] & visible[:, children]
    if not seen.any(axis=1).all():
        raise ConditionError("a pose shows no two joined joints: give root_depth, its distance is unknowable")
    length = np.linalg.norm(rays[:, children] - rays[:, parents], axis=-1)
    with np.errstate(divide="ignore"):
        depths = np.sort(np.where(seen, HUMAN_BONES_MM / length, np.inf), axis=1)
    third = np.minimum(2, seen.sum(axis=1) - 1)
    depth = np.take_along_axis(depths, third[:, None], axis=1)[:, 0]
    if not np.isfinite(depth).all():
        raise ConditionError("all joints of a pose lie on one pixel: these are no keypoints of a person")
    return depth
