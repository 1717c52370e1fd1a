"""What a set of hypotheses comes down to: its modes, one pose for each, and which poses say the same twice.

Hypotheses are (S, J, 3) mm; roots are put on each other first, as in :mod:`gfpose_core.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.calibration import mean_pose, mutual_mpjpe
from gfpose_core.metrics import procrustes

RESTARTS = 8
"""k-means ends in the nearest local optimum; so many starts are tried, and the best is kept."""

SAME_MM = 10.0
"""MPJPE below which two hypotheses are near-duplicates: what no viewer tells apart at a glance."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """A partition of S hypotheses into K clusters, the largest first.

    Attributes:
        of: (S,) int, the cluster of each hypothesis.
        medoids: (K,) int, of each cluster the hypothesis with the least mean MPJPE to the others.
        shares: (K,) share of the hypotheses, which is the cluster's probability under the prior.
    """

    of: np.ndarray
    medoids: np.ndarray
    shares: np.ndarray


def clusters(hypotheses: np.ndarray, count: int, turned_alike: bool = False) -> Clusters:
    """At most ``count`` clusters by k-means, as ProHMR quantises its samples (Kolotouros et al. 2021, 4.2).

    The same hypotheses give the same clusters. Fewer come back where fewer differ.

    Args:
        turned_alike: turn every pose onto the mean first (rigidly), so that the way it faces does not count.
    """
    from scipy.cluster.vq import kmeans2  # only now: it takes a second, and few sessions need it

    poses = (hypotheses - hypotheses[:, :1]).astype(np.float64)
    if turned_alike:
        poses = procrustes(poses, mean_pose(poses), scale=False)
    points = poses.reshape(len(poses), -1)
    count = min(count, len(np.unique(points.round(3), axis=0)))
    rng = np.random.default_rng(0)
    runs = [kmeans2(points, count, iter=30, minit="++", rng=rng) for _ in range(RESTARTS)]
    _, labels = min(runs, key=lambda run: float(((points - run[0][run[1]]) ** 2).sum()))
    return _ordered(labels, poses)


def near_duplicates(hypotheses: np.ndarray, below_mm: float = SAME_MM) -> np.ndarray:  # -> (S,) int
    """The hypothesis that each repeats: the first one, itself no repetition, that is nearer than ``below_mm``
    (MPJPE); its own index where there is none."""
    near = mutual_mpjpe(hypotheses) < below_mm
    repeats = np.arange(len(hypotheses))
    for i in range(len(hypotheses)):
        if repeats[i] == i:
            later = i + 1 + np.flatnonzero(near[i, i + 1 :])
            repeats[later[repeats[later] == later]] = i
    return repeats


def _ordered(labels: np.ndarray, poses: np.ndarray) -> Clusters:
    """Clusters by falling size, then by their first hypothesis."""
    found = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    found.sort(key=lambda members: (-len(members), members[0]))
    of = np.empty(len(labels), np.int64)
    for k, members in enumerate(found):
        of[members] = k
    medoids = [members[mutual_mpjpe(poses[members]).sum(0).argmin()] for members in found]
    return Clusters(of, np.array(medoids), np.array([len(members) for members in found]) / len(labels))
