"""From a file, or nothing, to a loaded pose prior."""

from __future__ import annotations

import os

import torch

from gfpose_core.assets import asset
from gfpose_core.errors import GfposeError
from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.priors.base import PosePrior
from gfpose_core.registry import DEFAULT_PRIOR, PRIORS
from gfpose_core.registry import load as load_from

SHIPPED = "gfpose-cmu.safetensors"


def load(
    path: str | os.PathLike[str] | None = None, device: str = "cpu", prior: str = DEFAULT_PRIOR
) -> PosePrior:
    """The checkpoint at ``path``, by default the shipped one, on ``device``, as a prior of a family.

    Raises:
        CheckpointError: the file is no checkpoint; the message says what it is.
        GfposeError: the device, or the family, is not there.
    """
    target, family = usable_device(device), load_from(PRIORS, prior)
    checkpoint = read_checkpoint(path if path is not None else asset(SHIPPED))
    denoiser = Denoiser(checkpoint.config)
    denoiser.network.load_state_dict({name: tensor.float() for name, tensor in checkpoint.tensors.items()})
    return family(
        denoiser.to(target), checkpoint.name, checkpoint.sha256, dict(checkpoint.facts), checkpoint.skeleton
    )


def usable_device(device: str) -> torch.device:
    """``device`` as torch's, where it can be used.

    Raises:
        GfposeError: no such device here.
    """
    try:
        target = torch.device(device)
        torch.empty(1, device=target)
    except Exception as error:  # torch raises several kinds, some without a common base
        raise GfposeError(f"the device {device!r} cannot be used here: choose cpu ({error})") from error
    return target
