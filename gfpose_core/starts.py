"""The typical poses that ZeDO's optimiser starts from: centres of training poses, nested by number."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from gfpose_core.assets import asset
from gfpose_core.camera import to_camera_axes
from gfpose_core.errors import FormatError

SHIPPED = "zedo-starts.npz"
_LEFT_HIP, _RIGHT_HIP = 4, 1


def shipped_starts() -> np.ndarray:  # -> (K, 17, 3) mm
    """The starts beside the shipped checkpoint; see :func:`cluster`."""
    return read_starts(asset(SHIPPED))


def read_starts(path: str | os.PathLike[str]) -> np.ndarray:  # -> (K, 17, 3) mm
    """What :func:`write_starts` wrote.

    Raises:
        FormatError: another file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            starts = file["starts"].astype(np.float64)
    except Exception as error:  # zipfile, zlib, numpy
        raise FormatError(f"{Path(path).name} holds no starts for ZeDO ({error})") from error
    if starts.ndim != 3 or starts.shape[1:] != (17, 3) or not np.isfinite(starts).all():
        raise FormatError(f"{Path(path).name} holds starts {starts.shape}: (K, 17, 3) are needed")
    return starts


def cluster(positions: np.ndarray, count: int, seed: int = 0) -> np.ndarray:  # -> (count, 17, 3) mm
    """``count`` k-means centres of ``positions`` (N, 17, 3) mm, y up, all turned to face a level camera.

    They are nested: each next one lowers the mean distance of the poses to the nearest the most, so that
    the first S are good starts for S hypotheses whatever S is, and a hypothesis' start does not depend on
    how many others there are.
    """
    from scipy.cluster.vq import kmeans2

    poses = facing(positions).reshape(len(positions), -1).astype(np.float32)
    centres, _ = kmeans2(poses, count, minit="++", seed=np.random.default_rng(seed))
    squared = (poses**2).sum(1)[:, None] + (centres**2).sum(1) - 2 * poses @ centres.T
    apart = np.sqrt(np.maximum(squared, 0))
    nearest, order = np.full(len(poses), np.inf), []
    while len(order) < count:
        totals = np.minimum(apart, nearest[:, None]).sum(0)
        totals[order] = np.inf
        order.append(int(totals.argmin()))
        nearest = np.minimum(nearest, apart[:, order[-1]])
    return centres[order].reshape(count, -1, 3)


def facing(positions: np.ndarray) -> np.ndarray:  # (N, 17, 3) -> (N, 17, 3) mm
    """Root-relative poses in the axes of a level camera that they look into, from y-up ones."""
    poses = to_camera_axes((positions - positions[:, :1]).astype(np.float64), "y-up")
    across = poses[:, _LEFT_HIP] - poses[:, _RIGHT_HIP]
    angle = np.arctan2(across[:, 2], across[:, 0])
    sin, cos = np.sin(angle)[:, None], np.cos(angle)[:, None]
    x, y, z = np.moveaxis(poses, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)
