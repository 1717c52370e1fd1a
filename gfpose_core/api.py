"""The library in a few verbs, as ``import gfpose_core as gp`` offers them.

``prior`` is one that :func:`load` gives, or any object that does what
:class:`gfpose_core.priors.base.PosePrior` says; by default the shipped one. ``sampler`` is a name of
``gfpose_core.registry.SAMPLERS``, a rung of the ladder ("preview", "standard", "reference"), or a sampler.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from gfpose_core.camera import from_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import Clip, KeypointClip, PoseClip
from gfpose_core.io.importing import Corrections, read_clip
from gfpose_core.ladder import LADDER
from gfpose_core.registry import DEFAULT_PRIOR, SAMPLERS
from gfpose_core.registry import load as load_from

if TYPE_CHECKING:
    from gfpose_core.priors.base import PosePrior
    from gfpose_core.samplers.base import Sampler

STANDING_MM = 1000.0
"""How high above the floor the root of a generated pose is put."""


def load(
    checkpoint: str | os.PathLike[str] | None = None, device: str = "cpu", prior: str = DEFAULT_PRIOR
) -> PosePrior:
    """The prior in a checkpoint, by default the shipped one; ``prior`` is a family of the table PRIORS.

    Raises:
        CheckpointError: the file is no checkpoint.
        GfposeError: the device, or the family, is not there.
    """
    from gfpose_core import catalog

    return catalog.load(checkpoint, device, prior)


def read(path: str | os.PathLike[str], **corrections: Any) -> Clip:
    """The clip in a file or folder of any format; ``corrections`` are fields of
    :class:`~gfpose_core.io.importing.Corrections`, such as ``units="inches"`` or ``person=1``.

    What was detected is told by ``open_source(path).interpret(Corrections()).detected.lines()``.

    Raises:
        FormatError: nothing that can be imported, a damaged file, or corrections that do not fit.
    """
    return read_clip(path, _corrections(corrections)).clip


def detect(photo: str | os.PathLike[str], model: str | os.PathLike[str], **corrections: Any) -> KeypointClip:
    """The keypoints of a person in a photo, by MediaPipe's Pose Landmarker: ``model`` is one of its
    ``pose_landmarker_*.task``. ``corrections`` as of :func:`read`; ``person=1`` is the second largest.

    Raises:
        GfposeError: the extra ``detect`` is not installed.
        FormatError: no photo, no model, nobody in it, or corrections that do not fit.
    """
    from gfpose_core.io.keypoints.detector import detect as find

    return find(photo, model, _corrections(corrections)).clip


def write(clip: Clip, path: str | os.PathLike[str], format: str | None = None) -> None:
    """Write a clip in the format of the path's suffix, a clip of BVH, AMC, glTF or C3D in its own skeleton;
    or in one of the table EXPORTERS, in ours.

    Raises:
        FormatError: no such format, one that cannot hold the clip, or a place that cannot be written to.
    """
    from gfpose_core.export.base import export_clip

    export_clip(clip, path, format)


def generate(
    count: int = 1, *, prior: PosePrior | None = None, sampler: str | Sampler = "standard", seed: int = 0
) -> PoseClip:
    """``count`` poses out of nothing, y up, each a frame of a clip, all at one place."""
    from gfpose_core.condition import Condition
    from gfpose_core.sampling import sample

    drawn = sample(prior or _shipped(), Condition.nothing(count), 1, _sampler(sampler), seed)[:, 0]
    poses = from_camera_axes(drawn.astype(np.float64), "y-up") + [0.0, STANDING_MM, 0.0]
    return PoseClip(poses, np.ones(poses.shape[:2], bool), "y-up")


def lift(
    clip: KeypointClip,
    *,
    prior: PosePrior | None = None,
    sampler: str | Sampler = "standard",
    seed: int = 0,
    **options: Any,
) -> PoseClip:
    """Poses in space for keypoints; ``options`` are those of :func:`gfpose_core.sequences.lift`.

    Raises:
        ConditionError: no frame shows two joined joints, or the prior cannot lift.
    """
    from gfpose_core import sequences

    _require(clip, KeypointClip, "keypoints in an image are lifted")
    return sequences.lift(prior or _shipped(), clip, _sampler(sampler), seed=seed, **options)


def complete(
    clip: PoseClip,
    *,
    prior: PosePrior | None = None,
    sampler: str | Sampler = "standard",
    seed: int = 0,
    **options: Any,
) -> PoseClip:
    """The clip with unobserved joints filled in; ``options`` as of :func:`gfpose_core.sequences.complete`.

    Raises:
        ConditionError: the prior cannot use this evidence.
    """
    from gfpose_core import sequences

    _require(clip, PoseClip, "poses in space are completed")
    return sequences.complete(prior or _shipped(), clip, _sampler(sampler), seed=seed, **options)


def denoise(
    clip: PoseClip,
    noise_mm: float,
    *,
    prior: PosePrior | None = None,
    sampler: str | Sampler = "posterior-mean",
    seed: int = 0,
    **options: Any,
) -> PoseClip:
    """The clip without noise of ``noise_mm`` on every coordinate, by default the mean of all clean poses.

    Raises:
        ConditionError: joints are missing, or ``noise_mm`` is no positive number.
    """
    from gfpose_core import sequences

    _require(clip, PoseClip, "poses in space are denoised")
    return sequences.denoise(prior or _shipped(), clip, _sampler(sampler), noise_mm, seed=seed, **options)


@cache
def _shipped() -> PosePrior:
    return load()


def _sampler(sampler: str | Sampler) -> Sampler:
    if not isinstance(sampler, str):
        return sampler
    return LADDER[sampler].solver() if sampler in LADDER else load_from(SAMPLERS, sampler)()


def _corrections(told: dict[str, Any]) -> Corrections:
    try:
        return Corrections(**told)
    except TypeError as error:
        raise FormatError(f"{error}; see gfpose_core.Corrections") from None


def _require(clip: Clip, kind: type, words: str) -> None:
    if not isinstance(clip, kind):
        raise FormatError(f"{words}, and this is a {type(clip).__name__}")
