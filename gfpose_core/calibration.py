"""How good a set of hypotheses is as a distribution, not only by its best one; millimetres throughout.

The error of the best of S hypotheses (:func:`gfpose_core.metrics.min_mpjpe`) is not least where they
are spread as the truth is. :func:`energy_score` and :func:`calibration_error` are, in expectation.
:func:`implausible_joints` and the bone measures need no truth.

Hypotheses are (..., S, J, 3), truth and poses (..., J, 3); roots are put on each other first, as in
:mod:`gfpose_core.metrics`. Every measure but :func:`calibration_error` looks at one pose at a time, so
that averages over any groups of poses may be taken afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gfpose_core.metrics import mpjpe
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17

FIXED_MM = 0.1
"""A joint whose hypotheses differ by less in every coordinate is known, not sampled."""

QUANTILES = np.linspace(0.0, 1.0, 21)
"""Levels at which :func:`calibration_error` compares coverage."""

_BONE_RATIOS = (0.7, 1.3)
_ANGLES_DEG = {
    "RHip": (60, 120), "RKnee": (30, 160), "RAnkle": (10, 180), "Thorax": (120, 180), "Neck": (110, 180),
    "Head": (140, 180), "RShoulder": (60, 110), "RElbow": (50, 180), "RWrist": (10, 180),
}  # fmt: skip
_SHIN_FORWARD = 0.2
_SPINE = H36M17.names.index("Spine")
_BENDS = tuple(
    (joint, parent, H36M17.parents[parent] if parent else _SPINE)
    for parent, joint in H36M17.bones
    if joint != _SPINE
)
"""(joint, parent, other): the angle at ``parent`` between them; ``other`` is what comes before it."""
_LEGS = tuple([H36M17.names.index(side + name) for side in "RL"] for name in ("Hip", "Knee", "Ankle"))
_ANGLE_LIMITS = np.array(
    [_ANGLES_DEG[H36M17.names[H36M17.mirror[j] if H36M17.sides[j] == "left" else j]] for j, _, _ in _BENDS],
    np.float64,
)


def energy_score(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # (..., S, J, 3), (..., J, 3)
    """E‖X − y‖ − ½ E‖X − X'‖ of every joint, its mean over joints (...), mm; lower is better.

    The energy score is proper (Gneiting & Raftery 2007, "Strictly proper scoring rules, prediction, and
    estimation", eq. 22): in expectation no distribution of a joint scores better than the true one. The
    second mean is over pairs of different hypotheses and so is unbiased, whatever S. One hypothesis
    scores its MPJPE.
    """

    def score(hypotheses: np.ndarray, truth: np.ndarray) -> float:
        count = len(hypotheses)
        apart = mutual_mpjpe(hypotheses).sum() / max(count * (count - 1), 1)
        return mpjpe(hypotheses, truth).mean() - apart / 2

    return _pose_by_pose(score, hypotheses, truth)


def coverage_rank(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # -> (..., J)
    """Share of hypotheses that lie closer to the centre than the truth, 0 to 1, of every joint.

    After Pierzchlewicz et al. 2022, "Multi-hypothesis 3D human pose estimation metrics favor miscalibrated
    distributions" (arXiv 2210.11179). The centre is the coordinate-wise median, as in their code, but of
    the hypotheses and the truth together: around the hypotheses' own median a truth of the same
    distribution lies too far out on average. With the truth counted, all S + 1 points are alike, and if
    they are independent draws of one continuous distribution, the rank is 0, 1/S, ..., 1 with equal
    probability. A hypothesis exactly as far as the truth counts half. The median depends a little on the
    axes of the coordinates; what ranks a calibrated set gets does not.

    Joints that do not vary (:data:`FIXED_MM`), such as the root and those given in 3D, are NaN.
    """

    def ranks(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:
        points = np.concatenate([truth[None], hypotheses]).astype(np.float64)
        points -= points[:, :1]
        away = np.linalg.norm(points - np.median(points, axis=0), axis=-1)
        closer = (away[1:] < away[0]).mean(0) + (away[1:] == away[0]).mean(0) / 2
        return np.where(np.ptp(points[1:], axis=0).max(-1) < FIXED_MM, np.nan, closer)

    return _pose_by_pose(ranks, hypotheses, truth)


def calibration_error(ranks: np.ndarray, n_hypotheses: int) -> float:  # (..., J) -> 0 to 0.5
    """Mean |share of poses whose truth is within a quantile − that quantile| (:data:`QUANTILES`).

    The share is over all poses given, for each joint by itself; the error is the mean over the joints
    that have a rank, NaN where none has. S hypotheses divide [0, 1] into S + 1 equal steps, and the
    truth is taken to lie anywhere in its own (Czado, Gneiting & Held 2009, "Predictive model assessment
    for count data"): the expected share of calibrated hypotheses is then the quantile itself, for every
    S. Chance still leaves about 0.3 / √N over N independent poses; far too narrow a set gives 0.45.

    Args:
        ranks: from :func:`coverage_rank`; all poses that are to be judged together.
        n_hypotheses: S, as many as the ranks were taken among.
    """
    ranks = ranks.reshape(-1, ranks.shape[-1])
    ranks = ranks[:, ~np.isnan(ranks).all(0)]
    if ranks.size == 0:
        return float("nan")
    steps = QUANTILES[:, None, None] * (n_hypotheses + 1)
    coverage = np.nanmean(np.clip(steps - ranks * n_hypotheses, 0.0, 1.0), axis=1)  # (21, J)
    return float(np.abs(coverage - QUANTILES[:, None]).mean())


def mean_pose(hypotheses: np.ndarray) -> np.ndarray:  # (..., S, J, 3) -> (..., J, 3)
    """The mean of the hypotheses: least squared error, but shorter bones than the hypotheses have."""
    return hypotheses.mean(-3, dtype=np.float64)


def medoid(hypotheses: np.ndarray) -> np.ndarray:  # (..., S, J, 3) -> (..., J, 3)
    """The hypothesis with the least mean MPJPE to the others, the first of equals: a pose of the set."""
    return _pose_by_pose(lambda poses: poses[mutual_mpjpe(poses).sum(0).argmin()], hypotheses)


def bone_length_variation(hypotheses: np.ndarray) -> np.ndarray:  # (..., S, 17, 3) -> (...) mm
    """Standard deviation of each bone's length over the hypotheses, its mean over bones."""
    return H36M17.bone_lengths(hypotheses).std(-2, dtype=np.float64).mean(-1)


def left_right_asymmetry(poses: np.ndarray) -> np.ndarray:  # (..., 17, 3) -> (...) mm
    """Mean |left − right| length over the bones that come in pairs."""
    lengths = H36M17.bone_lengths(poses)
    children = [child for _, child in H36M17.bones]
    left = [bone for bone, child in enumerate(children) if H36M17.sides[child] == "left"]
    right = [children.index(H36M17.mirror[children[bone]]) for bone in left]
    return np.abs(lengths[..., left] - lengths[..., right]).mean(-1)


def unusual_bones(poses: np.ndarray) -> np.ndarray:  # (..., 17, 3) -> (...) per cent
    """Mean deviation of the bones' lengths from ``HUMAN_BONES_MM`` at the pose's own size, the median ratio:
    people differ in size far more than in proportions."""
    ratios = H36M17.bone_lengths(poses) / HUMAN_BONES_MM
    size = np.maximum(np.median(ratios, axis=-1, keepdims=True), np.finfo(np.float32).tiny)
    return 100 * np.abs(ratios / size - 1).mean(-1)


def implausible_joints(poses: np.ndarray) -> np.ndarray:  # (..., 17, 3) -> (...), 0 to 1
    """Share of joints that are where no human's are, seen from the joints before them.

    A joint is implausible when its bone is not 0.7 to 1.3 times as long as ``HUMAN_BONES_MM`` at the
    pose's own scale (the median over bones), or when the bone makes an angle with the one before that
    people do not make (a heel through the thigh, a neck folded onto the chest, a shoulder beside the
    head), or when a shin points to the front of its thigh: a knee bent the wrong way. The front is across
    the hips and the thigh; a thigh along the hips has none. Twist cannot be seen in joint positions.

    The ratios are a choice. The angles, and how far a shin goes forward, are the range that all but 1 in
    2000 training poses keep at either end (CMU motion capture in these joints, 52,668 poses; left and
    right together), rounded outwards to the next 10° and 0.1. Of their joints 0.02 % are implausible.
    """
    parents, children = np.asarray(H36M17.bones).T
    bones = poses[..., children, :] - poses[..., parents, :]
    lengths = np.linalg.norm(bones, axis=-1)
    scale = np.median(lengths / HUMAN_BONES_MM, axis=-1, keepdims=True)
    low, high = (ratio * scale * HUMAN_BONES_MM for ratio in _BONE_RATIOS)
    wrong = np.zeros(poses.shape[:-1], bool)
    wrong[..., children] = ~((lengths > low) & (lengths < high))

    joint, vertex, other = np.asarray(_BENDS).T
    cosine = (_direction(poses, vertex, joint) * _direction(poses, vertex, other)).sum(-1)
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    wrong[..., joint] |= ~((angle >= _ANGLE_LIMITS[:, 0]) & (angle <= _ANGLE_LIMITS[:, 1]))

    hips, knees, ankles = _LEGS
    across = _direction(poses, hips[:1], hips[1:])  # to the left
    front = np.cross(across, -_direction(poses, hips, knees))
    forward = (front * _direction(poses, knees, ankles)).sum(-1)
    wrong[..., ankles] |= ~(forward <= _SHIN_FORWARD)
    return wrong.mean(-1)


def _direction(poses: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:  # -> (..., K, 3) unit
    step = poses[..., end, :] - poses[..., start, :]
    return step / np.maximum(np.linalg.norm(step, axis=-1, keepdims=True), np.finfo(np.float32).tiny)


def mutual_mpjpe(hypotheses: np.ndarray) -> np.ndarray:  # (S, J, 3) -> (S, S)
    """MPJPE between any two hypotheses, joint by joint to stay in the cache."""
    rooted = (hypotheses - hypotheses[:, :1]).astype(np.float64)
    total = np.zeros((len(rooted), len(rooted)))
    for points in rooted.swapaxes(0, 1):  # (S, 3)
        squares = (points**2).sum(1)
        apart = points @ (-2 * points.T)
        apart += squares
        apart += squares[:, None]
        total += np.sqrt(np.maximum(apart, 0.0, out=apart), out=apart)
    np.fill_diagonal(total, 0.0)
    return total / rooted.shape[1]


def _pose_by_pose(measure: Callable, hypotheses: np.ndarray, *truth: np.ndarray) -> np.ndarray:
    """``measure`` of every pose's hypotheses (S, J, 3), and truth (J, 3): memory for one pose at a time."""
    leading, each = hypotheses.shape[:-3], hypotheses.shape[-3:]
    sets = hypotheses.reshape(-1, *each)
    truths = (np.broadcast_to(t, (*leading, *each[1:])).reshape(-1, *each[1:]) for t in truth)
    values = np.array([measure(*pose) for pose in zip(sets, *truths)])
    return values.reshape((*leading, *values.shape[1:]))
