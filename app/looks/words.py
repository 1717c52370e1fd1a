"""What a person reads in more than one place: what joints and their evidence are called."""

from __future__ import annotations

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

LEVEL_WORDS = {FREE: "free", SEEN_2D: "seen in 2D", FIXED_3D: "fixed in 3D"}


def joint_title(joint: int) -> str:
    """A joint's name as a person says it: ``RKnee`` → ``Right knee``."""
    name, side = H36M17.names[joint], H36M17.sides[joint]
    return name if side == "centre" else f"{side.capitalize()} {name[1:].lower()}"


def capital(words: str) -> str:
    """``words`` as a sentence begins; the rest as it is, names in it included."""
    return words[:1].upper() + words[1:]
