"""What is usual of human poses: how long bones are, and how far a person in an image must be."""

from __future__ import annotations

import numpy as np

from gfpose_core.errors import ConditionError
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
