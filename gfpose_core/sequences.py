"""A clip through a prior: all its frames lifted, completed or denoised, each as a pose of its own.

Frames that tell nothing are bridged: their evidence lies between that of the frames around them
(:mod:`gfpose_core.gaps`), and a pose is made from it as from any. With several hypotheses each frame takes
its medoid, the one with the least mean distance to the others. ``shared_noise``, the same in all frames,
keeps hypotheses coherent in time, and the medoid is one of them for the whole clip; noise of its own makes
each frame jump to another pose that fits. At most ``rows`` samples are made at a time; ``progress`` is told
between their steps, and may do other work there, or end this by raising.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypedDict, Unpack

import numpy as np

from gfpose_core.calibration import medoid
from gfpose_core.camera import Camera, from_camera_axes, to_camera_axes
from gfpose_core.condition import FIXED_3D, FREE, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.gaps import bridge
from gfpose_core.io.clip import KeypointClip, PoseClip
from gfpose_core.io.inputs import from_afar
from gfpose_core.pose import estimate_root_depth
from gfpose_core.priors.base import EvidenceUse, PosePrior
from gfpose_core.samplers.base import Sampler
from gfpose_core.sampling import Progress, sample
from gfpose_core.skeleton import H36M17


class Drawing(TypedDict, total=False):
    """How poses are drawn, as told above; one hypothesis, and with shared noise, where nothing is said."""

    seed: int
    hypotheses: int
    shared_noise: bool
    progress: Progress
    rows: int


class Guided(Drawing, total=False):
    """And what is made of the evidence, as by :func:`gfpose_core.sampling.sample`."""

    evidence: EvidenceUse | None
    guidance: float


def lift(prior: PosePrior, clip: KeypointClip, sampler: Sampler, **how: Unpack[Guided]) -> PoseClip:
    """Poses in the camera's axes and place, mm, of every frame. Without depths they follow from human bone
    lengths.

    Raises:
        ConditionError: no frame shows two joined joints, or the prior cannot lift.
    """
    told = clip.told
    if not told.any():
        raise ConditionError("no frame shows two joined joints: there is nothing to lift")
    seen = np.concatenate([clip.keypoints, clip.confidence[..., None]], axis=-1)
    seen, visible = bridge(seen, clip.visible, told)
    camera = clip.camera
    depth = _depths(clip, camera, told) if clip.root_depth is None else clip.root_depth
    condition = Condition.from_keypoints(seen[..., :2], camera, depth, visible, seen[..., 2])
    poses = _medoids(prior, condition, sampler, **how)
    return PoseClip(
        poses + condition.origin[:, None], np.ones(told.shape + (H36M17.n_joints,)), "camera", clip.fps
    )


def complete(prior: PosePrior, clip: PoseClip, sampler: Sampler, **how: Unpack[Guided]) -> PoseClip:
    """The clip with its unobserved joints filled in; those that are observed stay where they are.

    Raises:
        ConditionError: the prior cannot use this evidence.
    """
    places, observed = bridge(clip.poses, clip.observed, clip.told)
    known = np.where(observed[..., None], places, 0.0)
    flags = np.repeat(observed[..., None], 3, axis=-1)
    levels = np.where(observed, FIXED_3D, FREE)
    condition, reference = from_afar(to_camera_axes(known, clip.axes), flags, levels)
    poses = _medoids(prior, condition, sampler, **how)
    placed = from_camera_axes(poses + reference[:, None], clip.axes)
    stand_ins = clip.derived & clip.observed.any(axis=0)
    return _with_poses(clip, np.where(flags, known, placed), stand_ins)


def denoise(
    prior: PosePrior, clip: PoseClip, sampler: Sampler, noise_mm: float, **how: Unpack[Drawing]
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
    poses = _medoids(prior, condition, sampler, evidence=None, guidance=1.0, **how)
    return _with_poses(clip, from_camera_axes(poses, clip.axes), None)


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
    seed: int = 0,
    hypotheses: int = 1,
    shared_noise: bool = True,
    **how: Any,
) -> np.ndarray:  # -> (N, J, 3) mm float64
    drawn = sample(prior, condition, hypotheses, sampler, seed, shared_noise=shared_noise, **how)
    if hypotheses == 1:
        return drawn[:, 0].astype(np.float64)
    if not shared_noise:
        return medoid(drawn).astype(np.float64)
    whole = medoid(drawn.swapaxes(0, 1).reshape(hypotheses, -1, 3))  # a hypothesis is a run of the clip
    return whole.reshape(len(drawn), -1, 3).astype(np.float64)


def _depths(clip: KeypointClip, camera: Camera, told: np.ndarray) -> np.ndarray:  # -> (T,) mm
    """By human bone lengths where a frame tells enough, in between elsewhere."""
    rays = camera.rays(np.where(clip.visible[..., None], clip.keypoints, 0.0))[..., :2]
    times = np.arange(len(clip))
    return np.interp(times, times[told], estimate_root_depth(rays[told], clip.visible[told]))


def _with_poses(clip: PoseClip, poses: np.ndarray, derived: np.ndarray | None) -> PoseClip:
    return replace(clip, poses=poses, observed=np.ones(clip.observed.shape, bool), derived=derived)
