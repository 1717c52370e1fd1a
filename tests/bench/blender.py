"""Whether Blender's own importers take our files: upright, in scale, in time, every joint in its place.

    python3.11 -m venv /tmp/blender && /tmp/blender/bin/pip install "bpy==4.5.*"
    python -m tests.bench.blender /tmp/blender/bin/python walk.amc [--picture walk.png]

Blender is a package of its own Python; :mod:`tests.bench.in_blender` runs in it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.export.base import PoseExport, export_clip
from gfpose_core.export.rig import RIGS, Rigged, rigs
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import read_clip
from gfpose_core.skeleton import H36M17

FILES = {
    "bvh": ("walk.bvh", "h36m-17", 1.0),
    "bvh-mixamo": ("mixamo.bvh", "mixamo", 0.01),
    "gltf": ("walk.glb", "h36m-17", 1.0),
}
"""A file's name, its rig, and the scale to set in Blender's dialog: 1 is what stands there."""

MOST_MM = 0.01
"""How far from the joint of our rig one in Blender may be."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("python", type=Path, help="a Python with the package bpy")
    parser.add_argument("clip", type=Path, help="motion capture, such as a take of CMU's")
    parser.add_argument("--picture", type=Path, help="where Blender draws the middle frame to, PNG")
    options = parser.parse_args()
    clip = replace(read_clip(options.clip).clip, source=None)  # into our rigs, whatever it came from
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, rig, scale) in FILES.items():
            path, found = Path(folder) / file, Path(folder) / f"{name}.npz"
            export_clip(clip, path, name)
            command = [
                options.python,
                Path(__file__).with_name("in_blender.py"),
                path,
                found,
                scale,
                clip.fps,
            ]
            command += [options.picture] if options.picture and name == "gltf" else []
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
            good &= compare(name, rig, dict(np.load(found)), clip)
    return 0 if good else 1


def compare(name: str, rig: str, found: dict[str, np.ndarray], clip: PoseClip) -> bool:
    """Print how joints in Blender, (T, K, 3) m, compare with our rig and the clip; whether all is well."""
    joints, placed = {joint.name: joint for joint in RIGS[rig]}, found["heads"] * 1000
    ours = [H36M17.names.index(joints[bone].at) for bone in found["bones"]]
    (rigged,) = rigs(PoseExport.of_clip(clip), RIGS[rig])
    order = [rigged.names.index(bone) for bone in found["bones"]]
    head, left, right = (ours.index(H36M17.names.index(at)) for at in ("Head", "LAnkle", "RAnkle"))
    height = np.median(placed[:, head, 2] - np.minimum(placed[:, left, 2], placed[:, right, 2]))
    print(f"{name}: {len(placed)} of {len(clip)} frames at {found['fps']:g} of {clip.fps:g} a second")
    print(f"  {len(ours)} bones on {len(set(ours))} joints; the head {height:.0f} mm over the lower ankle")
    good = len(placed) == len(clip) and found["fps"] == clip.fps and 1200 < height < 1900
    places = from_camera_axes(to_camera_axes(clip.poses, clip.axes), "z-up")
    for words, wanted, most in (
        ("our rig", from_camera_axes(to_camera_axes(moved(rigged), "y-up"), "z-up")[:, order], MOST_MM),
        ("the clip, whose bones are not rigid", places[:, ours], np.inf),
    ):
        off = np.linalg.norm(placed - wanted, axis=-1)
        print(f"  at most {off.max():.4f} mm from {words}, {off.mean():.4f} in the mean")
        good &= bool(off.max() < most)
    return good


def moved(rigged: Rigged) -> np.ndarray:  # -> (T, K, 3) mm, y up
    """Where the joints of a rig are, one after the other."""
    at, turned = [rigged.root], [rigged.rotations[0]]
    for joint, parent in list(enumerate(rigged.parents))[1:]:
        at.append(at[parent] + turned[parent] @ rigged.offsets[joint])
        turned.append(turned[parent] @ rigged.rotations[joint])
    return np.stack(at, axis=1)


if __name__ == "__main__":
    sys.exit(main())
