"""How far denoised poses move into a file's own skeleton, and where they end.

python -m tests.bench.own_skeleton walk.bvh walk.amc [--noise-mm 25] [--frames 120]
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import gfpose_core as gp


def main() -> None:
    """A line a file: mean distances of joints, mm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--noise-mm", type=float, default=25.0)
    parser.add_argument("--frames", type=int, default=120)
    told = parser.parse_args()
    for path in told.files:
        true = gp.read(path)[: told.frames]
        noise = np.random.default_rng(0).normal(0, told.noise_mm, true.poses.shape)
        noisy = replace(true, poses=true.poses + noise)
        clean = gp.denoise(noisy, told.noise_mm)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / path.name
            gp.write(clean, target)
            own = gp.read(target)
        print(
            f"{path.name}: noisy {apart(noisy, true):.1f}, denoised {apart(clean, true):.1f}, in its own "
            f"skeleton {apart(own, true):.1f} from the truth; {apart(own, clean):.1f} from the denoised"
        )


def apart(one: gp.PoseClip, other: gp.PoseClip) -> float:
    """The mean distance of joints, mm."""
    return float(np.linalg.norm(one.poses - other.poses, axis=-1).mean())


if __name__ == "__main__":
    main()
