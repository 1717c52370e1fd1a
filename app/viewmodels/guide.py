"""Which joint is to be placed next on an image. No Qt."""

from __future__ import annotations

import numpy as np

from app.looks.words import joint_title
from gfpose_core.condition import FREE
from gfpose_core.skeleton import H36M17

_NAMES = (
    "Head", "Neck", "Thorax", "LShoulder", "LElbow", "LWrist", "RShoulder", "RElbow", "RWrist", "Hip",
    "LHip", "LKnee", "LAnkle", "RHip", "RKnee", "RAnkle", "Spine",
)  # fmt: skip
ORDER = tuple(H36M17.names.index(name) for name in _NAMES)
"""From the head down, one side of the body after the other."""

_WHERE = {
    "Head": "top of the head",
    "Neck": "between chin and nose",
    "Thorax": "base of the neck, between the shoulders",
    "Hip": "middle of the pelvis, between the hips",
    "Spine": "middle of the back, between pelvis and neck",
}


def next_joint(levels: np.ndarray, skipped: frozenset[int]) -> int | None:
    """The first joint that is neither known nor skipped; ``levels`` (17,)."""
    return next((j for j in ORDER if levels[j] == FREE and j not in skipped), None)


def where(joint: int) -> str:
    """What a person is to look for."""
    side = H36M17.sides[joint]
    if side == "centre":
        return _WHERE[H36M17.names[joint]]
    other = "right" if side == "left" else "left"
    return f"the person's own {side}: {other} in the picture if they face you"


def progress(levels: np.ndarray) -> str:
    """How many of the joints are known."""
    return f"{int((levels > FREE).sum())} of {len(levels)}"


def now(joint: int) -> str:
    """What is asked for, in the words of the panel."""
    title = joint_title(joint)
    return f"Now: {title[:1].lower()}{title[1:]}"
