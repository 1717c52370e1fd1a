"""From a file, or nothing, to a loaded pose prior."""

from __future__ import annotations

import os

import torch

from gfpose_core.assets import asset
from gfpose_core.errors import GfposeError
from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.priors.gfpose import GFPosePrior

SHIPPED = "gfpose-cmu.safetensors"


def load(path: str | os.PathLike[str] | None = None, device: str = "cpu") -> GFPosePrior:
    """The prior in the checkpoint at ``path``, by default the shipped one, on ``device``.

    Raises:
        CheckpointError: the file is no checkpoint; the message says what it is.
        GfposeError: the device is not there.
    """
    target = usable_device(device)
    checkpoint = read_checkpoint(path if path is not None else asset(SHIPPED))
    denoiser = Denoiser(checkpoint.config)
    denoiser.network.load_state_dict({name: tensor.float() for name, tensor in checkpoint.tensors.items()})
    return GFPosePrior(
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
