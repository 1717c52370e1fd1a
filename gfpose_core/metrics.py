"""How far poses are from the truth and from each other; millimetres in, millimetres out.

Every metric takes poses (..., J, 3) and puts their roots on each other first (protocol 1), but for
:func:`pa_mpjpe`, which aligns them wholly (protocol 2). Leading axes broadcast. Hypotheses are
(..., S, J, 3). All joints count, the root's zero included, as is usual on Human3.6M.
"""

from __future__ import annotations

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.condition import SEEN_2D, Condition

PCK_THRESHOLD_MM = 150.0
AUC_THRESHOLDS_MM = np.arange(0.0, 150.0 + 1.0, 5.0)


def mpjpe(poses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # (..., J, 3) x 2 -> (...)
    """Mean per-joint position error, root on root (protocol 1)."""
    return _joint_errors(poses, truth).mean(-1)


def pa_mpjpe(
    poses: np.ndarray, truth: np.ndarray, *, scale: bool = True, reflection: bool = False
) -> np.ndarray:  # (..., J, 3) x 2 -> (...)
    """Mean per-joint position error after :func:`procrustes` (protocol 2)."""
    aligned = procrustes(poses, truth, scale=scale, reflection=reflection)
    return np.linalg.norm(aligned - truth, axis=-1).mean(-1)


def n_mpjpe(poses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # (..., J, 3) x 2 -> (...)
    """MPJPE of poses of the best size: root on root, and one factor by least squares (Rhodin et al. 2018)."""
    poses, truth = _rooted(np.asarray(poses, np.float64)), _rooted(np.asarray(truth, np.float64))
    size = (poses**2).sum((-1, -2))
    fit = np.divide((poses * truth).sum((-1, -2)), size, out=np.ones_like(size), where=size > 0)
    return np.linalg.norm(fit[..., None, None] * poses - truth, axis=-1).mean(-1)


def procrustes(
    poses: np.ndarray, truth: np.ndarray, *, scale: bool = True, reflection: bool = False
) -> np.ndarray:  # (..., J, 3) x 2 -> (..., J, 3)
    """``poses`` moved onto ``truth`` by the least-squares similarity (Umeyama 1991).

    Args:
        scale: fit the size too; without it the motion is rigid.
        reflection: allow mirroring where it fits better, as GFPose's released evaluation does.
    """
    poses, truth = np.broadcast_arrays(np.asarray(poses, np.float64), np.asarray(truth, np.float64))
    centre = truth.mean(-2, keepdims=True)
    source, target = poses - poses.mean(-2, keepdims=True), truth - centre
    U, singular, Vt = np.linalg.svd(source.swapaxes(-1, -2) @ target)
    signs = np.ones_like(singular)
    if not reflection:
        signs[..., 2] = np.where(np.linalg.det(U @ Vt) < 0, -1.0, 1.0)
    aligned = source @ ((U * signs[..., None, :]) @ Vt)
    if scale:
        size = (source**2).sum((-1, -2))
        fit = np.divide((singular * signs).sum(-1), size, out=np.ones_like(size), where=size > 0)
        aligned = aligned * fit[..., None, None]
    return aligned + centre


def min_mpjpe(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # -> (...)
    """The error of the best of S hypotheses (..., S, J, 3) against ``truth`` (..., J, 3)."""
    return mpjpe(hypotheses, truth[..., None, :, :]).min(-1)


def pck(
    poses: np.ndarray, truth: np.ndarray, threshold: float = PCK_THRESHOLD_MM
) -> np.ndarray:  # (..., J, 3) x 2 -> (...)
    """Share of joints, 0 to 1, whose error is below ``threshold`` mm."""
    return (_joint_errors(poses, truth) < threshold).mean(-1)


def auc(poses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # (..., J, 3) x 2 -> (...)
    """Mean of :func:`pck` over the thresholds 0, 5, ..., 150 mm."""
    return (_joint_errors(poses, truth)[..., None] < AUC_THRESHOLDS_MM).mean((-1, -2))


def diversity(hypotheses: np.ndarray) -> np.ndarray:  # (..., S, J, 3) -> (...)
    """Mean MPJPE between two different hypotheses; 0 for one alone."""
    count = hypotheses.shape[-3]
    total = np.zeros(hypotheses.shape[:-3])
    for i in range(1, count):
        total += mpjpe(hypotheses[..., :i, :, :], hypotheses[..., i : i + 1, :, :]).sum(-1)
    return total / max(count * (count - 1) / 2, 1)


def spread(hypotheses: np.ndarray) -> np.ndarray:  # (..., S, J, 3) -> (...)
    """Mean over joints of the norm of the per-coordinate standard deviation over hypotheses."""
    return np.linalg.norm(_rooted(hypotheses).std(-3), axis=-1).mean(-1)


def reprojection_error(
    poses: np.ndarray, condition: Condition, camera: Camera | None = None
) -> np.ndarray:  # (N, S, J, 3) mm -> (N, S)
    """Mean distance of the joints seen in 2D to where they were seen; NaN where none was.

    ``poses`` are relative to the condition's origin. In pixels of ``camera``, or without one in millimetres
    at the depth of the centre. Roots are not moved: where a pose stands is part of what is seen.

    Raises:
        ConditionError: a joint at or behind the camera.
    """
    points = poses + condition.origin[:, None, None]
    seen = (condition.levels == SEEN_2D)[:, None]  # (N, 1, J)
    if camera is None:
        here, there = condition.view.to_network(points)[..., :2], condition.values[:, None, :, :2]
    else:
        shape = (len(poses), -1, 3)
        here = camera.project(points.reshape(shape)).reshape(*points.shape[:-1], 2)
        there = camera.project(condition.view.to_camera(condition.values.astype(np.float64)))[:, None]
    error = np.where(seen, np.linalg.norm(here - there, axis=-1), 0.0).sum(-1)
    count = seen.sum(-1)
    return np.divide(error, count, out=np.full_like(error, np.nan), where=count > 0)


def _joint_errors(poses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # -> (..., J)
    return np.linalg.norm(_rooted(poses) - _rooted(truth), axis=-1)


def _rooted(poses: np.ndarray) -> np.ndarray:
    return poses - poses[..., :1, :]
