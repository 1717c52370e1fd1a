"""ASF and AMC, Acclaim's pair: a skeleton in one file, its motion in the other (CMU's captures)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.amc import CMU_FPS, parse_amc, points
from gfpose_core.io.mocap.amc_writer import AMCSource
from gfpose_core.io.mocap.asf import parse_asf, skeleton_of
from gfpose_core.io.mocap.capture import Capture, People
from gfpose_core.io.text import read_text

CMU_LENGTH = 0.45
"""Of CMU's files: one unit is 1/0.45 inch (:units length 0.45)."""

_FAR_ENDS = {
    "RHip": "rhipjoint", "RKnee": "rfemur", "RAnkle": "rtibia",
    "LHip": "lhipjoint", "LKnee": "lfemur", "LAnkle": "ltibia",
    "Thorax": "lowerneck", "Neck": "upperneck", "Head": "head",
    "LShoulder": "lclavicle", "LElbow": "lhumerus", "LWrist": "lwrist",
    "RShoulder": "rclavicle", "RElbow": "rhumerus", "RWrist": "rwrist",
}  # fmt: skip
"""The bone at whose far end a joint lies."""


def _open(path: Path) -> Source:
    if path.suffix.lower() == ".asf":
        raise FormatError("a skeleton without motion: open the .amc that lies beside it")
    beside = skeleton_of(path)
    try:
        text = read_text(beside)
        skeleton = parse_asf(text)
    except FormatError as error:
        raise FormatError(f"its skeleton {beside.name}: {error}") from error
    names = tuple(bone.name for bone in skeleton.bones)
    motion = parse_amc(read_text(path), skeleton)
    placed = points(skeleton, motion.values)
    rate = (
        ()
        if motion.fps
        else (f"AMC tells no frame rate: {CMU_FPS:g} frames a second, as CMU's, are assumed",)
    )
    capture = Capture(
        label="ASF/AMC",
        names=names,
        parents=np.array(skeleton.parents),
        points=placed,
        seen=np.ones(placed.shape[:2], bool),
        fps=motion.fps or CMU_FPS,
        units="CMU units of 1/0.45 inch" if skeleton.length == CMU_LENGTH else "",
        joints={j: names.index(bone) for j, bone in _FAR_ENDS.items() if bone in names},
        notes=(f"skeleton: {beside.name}", *motion.notes, *rate),
        native=partial(AMCSource, skeleton, motion, text),
    )
    return People((capture,))


AMC = Importer("ASF/AMC", (".amc", ".asf"), lambda path, kind: kind.name in ("amc", "asf"), _open)
