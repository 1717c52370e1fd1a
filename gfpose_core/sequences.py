"""A clip through a prior: all its frames lifted, completed or denoised, each as a pose of its own.

Frames that tell nothing stay unobserved. With several hypotheses each frame takes its medoid, the one with
the least mean distance to the others. Noise of its own makes each frame jump to another pose that fits;
``shared_noise``, the same in all frames, keeps hypotheses coherent in time, and the medoid is one of them for
the whole clip. At most ``rows`` samples are made at a time; ``progress`` is told between their steps, and may
do other work there, or end this by raising.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gfpose_core.calibration import medoid
from gfpose_core.camera import Camera, from_camera_axes, to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.io.inputs import from_afar
from gfpose_core.pose import estimate_root_depth
from gfpose_core.priors.base import EvidenceUse, PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.sampling import ROWS, Progress, sample
from gfpose_core.skeleton import H36M17


def lift(
    prior: PosePrior,
    clip: KeypointClip,
    sampler: Sampler,
    seed: int = 0,
    hypotheses: int = 1,
    evidence: EvidenceUse | None = None,
    progress: Progress = lambda share: None,
    shared_noise: bool = False,
    rows: int = ROWS,
    guidance: float = 1.0,
) -> PoseClip:
    """Poses in the camera's axes and place, mm. Without depths they follow from human bone lengths.

    Raises:
        ConditionError: no frame shows two joined joints, or the prior cannot lift.
    """
    parents, children = np.asarray(H36M17.bones).T
    shown = (clip.visible[:, parents] & clip.visible[:, children]).any(axis=1)
    if not shown.any():
        raise ConditionError("no frame shows two joined joints: there is nothing to lift")
    some = clip[np.flatnonzero(shown)]
    camera = clip.camera
    camera = Camera(camera.K[shown], camera.size) if camera.K.ndim == 3 else camera
    depth = some.root_depth
    if depth is None:
        rays = camera.rays(np.where(some.visible[..., None], some.keypoints, 0.0))
        depth = estimate_root_depth(rays[..., :2], some.visible)
    condition = Condition.from_keypoints(some.keypoints, camera, depth, some.visible, some.confidence)
    poses = _medoids(
        prior, condition, sampler, seed, hypotheses, evidence, progress, shared_noise, rows, guidance
    )
    whole = np.full((len(clip), *poses.shape[1:]), np.nan)
    whole[shown] = poses + condition.origin[:, None]
    return PoseClip(whole, np.repeat(shown[:, None], H36M17.n_joints, axis=1), "camera", clip.fps)


def complete(
    prior: PosePrior,
    clip: PoseClip,
    sampler: Sampler,
    seed: int = 0,
    hypotheses: int = 1,
    evidence: EvidenceUse | None = None,
    progress: Progress = lambda share: None,
    shared_noise: bool = False,
    rows: int = ROWS,
    guidance: float = 1.0,
) -> PoseClip:
    """The clip with its unobserved joints filled in; those that are observed stay where they are.

    Raises:
        ConditionError: the prior cannot use this evidence.
    """
    shown = clip.observed.any(axis=1)
    observed = clip.observed[shown]
    known = np.where(observed[..., None], clip.poses[shown], 0.0)
    flags = np.repeat(observed[..., None], 3, axis=-1)
    levels = np.where(observed, FIXED_3D, FREE)
    condition, reference = from_afar(to_camera_axes(known, clip.axes), flags, levels)
    poses = _medoids(
        prior, condition, sampler, seed, hypotheses, evidence, progress, shared_noise, rows, guidance
    )
    placed = from_camera_axes(poses + reference[:, None], clip.axes)
    return _with_poses(clip, shown, np.where(flags, known, placed))


def denoise(
    prior: PosePrior,
    clip: PoseClip,
    sampler: Sampler,
    noise_mm: float,
    seed: int = 0,
    hypotheses: int = 1,
    progress: Progress = lambda share: None,
    shared_noise: bool = False,
    rows: int = ROWS,
) -> PoseClip:
    """The clip without noise of standard deviation ``noise_mm`` on every coordinate.

    Raises:
        ConditionError: joints are missing, or no noise is told.
    """
    if not clip.observed.all():
        raise ConditionError("joints are missing in it: complete the clip first, then denoise it")
    if not 0 < noise_mm < np.inf:
        raise ConditionError(f"noise of {noise_mm:g} mm: a positive number is needed")
    condition = Condition.denoise(to_camera_axes(clip.poses, clip.axes), prior.time_of_noise(noise_mm))
    poses = _medoids(prior, condition, sampler, seed, hypotheses, None, progress, shared_noise, rows)
    return _with_poses(clip, np.ones(len(clip), bool), from_camera_axes(poses, clip.axes))


def noise_of(clip: PoseClip) -> float:
    """An estimate of the noise in ``clip``: its standard deviation on every coordinate, mm.

    From second differences in time, whose variance is six times that of white noise; the median tells noise
    from the few frames of quick motion. Motion itself adds to it, less at a higher frame rate.

    Raises:
        ConditionError: fewer than five frames that follow each other.
    """
    differences = clip.poses[:-2] - 2 * clip.poses[1:-1] + clip.poses[2:]
    known = differences[np.isfinite(differences)]
    if len(clip) < 5 or not known.size:
        raise ConditionError("too few frames to estimate the noise from: say how much there is")
    return float(np.median(np.abs(known)) / 0.6745 / np.sqrt(6))


def _medoids(
    prior: PosePrior,
    condition: Condition,
    sampler: Sampler,
    seed: int,
    hypotheses: int,
    evidence: EvidenceUse | None,
    progress: Progress,
    shared_noise: bool,
    rows: int,
    guidance: float = 1.0,
) -> np.ndarray:  # -> (N, J, 3) mm float64
    drawn = sample(
        prior, condition, hypotheses, sampler, seed, evidence, rows, progress, shared_noise, guidance
    )
    if hypotheses == 1:
        return drawn[:, 0].astype(np.float64)
    if not shared_noise:
        return medoid(drawn).astype(np.float64)
    whole = medoid(drawn.swapaxes(0, 1).reshape(hypotheses, -1, 3))  # a hypothesis is a run of the clip
    return whole.reshape(len(drawn), -1, 3).astype(np.float64)


def _with_poses(clip: PoseClip, shown: np.ndarray, poses: np.ndarray) -> PoseClip:
    whole = np.full(clip.poses.shape, np.nan)
    whole[shown] = poses
    observed = np.repeat(shown[:, None], H36M17.n_joints, axis=1)
    return replace(clip, poses=whole, observed=observed, derived=None)
