"""Which of a capture's joints are those of H36M-17, by the names that programs give them.

A limb joint's name is a stem with a side before or after it: ``lThigh`` (Poser, DAZ), ``LeftUpLeg``
(MotionBuilder, Mixamo), ``CC_Base_L_Thigh`` (Character Creator), ``UpperLeg_L``, ``Bip01 L Thigh`` (3ds Max),
``thigh.L`` (Blender). So names are compared without their prefix, case and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gfpose_core.skeleton import H36M17

_PREFIX = re.compile(r"^(ccbase|mixamorig\d*|bip\d+|valvebiped|def|rlbone|character\d*|actor\d*)")

_STEMS = {
    "Hip": ("upperleg", "upleg", "thigh", "thighbend", "femur", "hip"),
    "Knee": ("lowerleg", "lowleg", "leg", "shin", "calf", "tibia", "knee"),
    "Ankle": ("foot", "ankle"),
    "Shoulder": ("upperarm", "uparm", "arm", "shldr", "shldrbend", "humerus", "shoulder"),
    "Elbow": ("lowerarm", "lowarm", "forearm", "forearmbend", "elbow"),
    "Wrist": ("hand", "wrist"),
}
"""Of the stems that occur, the first counts: where there is a LeftArm, LeftShoulder is the collar."""

_TRUNK = {
    "Thorax": ("necktwist01", "necklower", "lowerneck", "neck01", "neck0", "neck", "neck1"),
    "Neck": ("head",),
    "Head": ("headtopend", "headtop", "headend", "headnub", "headsite", "headendsite", "headeffector"),
}

_MAKES = (
    ("Mixamo names", r"^mixamorig\d*:?"),
    ("Character Creator names", r"^CC_Base_"),
    ("3ds Max Biped names", r"^Bip\d+"),
    ("Poser and DAZ names", r"^[lr](Shldr|Thigh)"),
    ("MotionBuilder names", r"^(Left|Right)UpLeg$"),
    ("suffixed names", r"(?i)^(thigh|upper_?leg)[._ ]?[lr]$"),
    ("Biovision names", r"^(Left|Right)Knee$"),
)


def match_names(names: Sequence[str]) -> dict[str, int]:
    """For H36M-17 joints, the index in ``names`` of the joint that stands there.

    Hip, Spine and a Head without an end follow from the others: they are found in files of ours alone.
    """
    ours = {name.rpartition(":")[2]: i for i, name in enumerate(names)}
    if ours.keys() >= set(H36M17.names):
        return {name: ours[name] for name in H36M17.names}
    index = {plain(name): i for i, name in reversed(list(enumerate(names)))}
    found = {}
    for joint, stems in _STEMS.items():
        for letter, word in (("L", "left"), ("R", "right")):
            sided = (s for stem in stems for s in _sided(stem, letter.lower(), word))
            if place := next((s for s in sided if s in index), None):
                found[letter + joint] = index[place]
    for joint, stems in _TRUNK.items():
        if place := next((stem for stem in stems if stem in index), None):
            found[joint] = index[place]
    return found


def make_of(names: Sequence[str]) -> str:
    """What the style of ``names`` is called: "Mixamo names"; empty where it has no name."""
    return next((make for make, pattern in _MAKES if any(re.search(pattern, name) for name in names)), "")


def _sided(stem: str, letter: str, word: str) -> tuple[str, ...]:
    return word + stem, letter + stem, stem + letter, stem + word


def plain(name: str) -> str:
    """``name`` without prefix, case and punctuation."""
    bare = re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())
    return _PREFIX.sub("", bare) or bare
