"""From a file, or nothing, to a loaded pose prior."""

from __future__ import annotations

import os
from weakref import WeakValueDictionary

import torch

from gfpose_core.assets import asset
from gfpose_core.errors import GfposeError
from gfpose_core.io.checkpoints import read_checkpoint
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.score_mlp import ScoreMLP
from gfpose_core.priors.base import PosePrior
from gfpose_core.registry import DEFAULT_PRIOR, PRIORS
from gfpose_core.registry import load as load_from

SHIPPED = "gfpose-cmu.safetensors"

_in_use: WeakValueDictionary[tuple[str, torch.device], ScoreMLP] = WeakValueDictionary()
"""Networks by their checkpoint's SHA-256 and device, as long as a prior has them."""


def load(
    path: str | os.PathLike[str] | None = None, device: str = "cpu", prior: str = DEFAULT_PRIOR
) -> PosePrior:
    """The checkpoint at ``path``, by default the shipped one, on ``device``, as a prior of a family. Those of
    one checkpoint share its network, which is not to be changed.

    Raises:
        CheckpointError: the file is no checkpoint; the message says what it is.
        GfposeError: the device, or the family, is not there.
    """
    target, family = usable_device(device), load_from(PRIORS, prior)
    checkpoint = read_checkpoint(path if path is not None else asset(SHIPPED))
    network = _in_use.get((checkpoint.sha256, target))
    denoiser = Denoiser(checkpoint.config, network).to(target)
    if network is None:
        tensors = {name: tensor.float() for name, tensor in checkpoint.tensors.items()}
        denoiser.network.load_state_dict(tensors)
        _in_use[checkpoint.sha256, target] = denoiser.network
    return family(denoiser, checkpoint.name, checkpoint.sha256, dict(checkpoint.facts), checkpoint.skeleton)


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
