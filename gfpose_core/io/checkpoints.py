"""Trained priors as files: ours (safetensors), and the released GFPose and ZeDO ones (torch pickles)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gfpose_core.errors import CheckpointError, FormatError
from gfpose_core.io.atomic import atomic_path
from gfpose_core.io.magic import sniff
from gfpose_core.io.released import pickle_refusal, read_released
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLP, ScoreMLPConfig
from gfpose_core.sde import SDES
from gfpose_core.skeleton import H36M17, Skeleton

FORMAT, VERSION = "gfpose-checkpoint", 1


@dataclass(frozen=True)
class Checkpoint:
    """A trained prior as it lies in a file.

    Attributes:
        kind: who wrote it: this library, GFPose's authors, or ZeDO's.
        config: the network, its SDE and its units.
        tensors: the weights used in sampling (the averaged ones), by ScoreMLP's names.
        facts: how it was trained, free.
        sha256: of tensors and config, whatever the file.
    """

    name: str
    kind: Literal["gfpose", "authors", "zedo"]
    config: DenoiserConfig
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]
    sha256: str
    skeleton: Skeleton = H36M17


def write_checkpoint(
    path: str | os.PathLike[str],
    config: DenoiserConfig,
    tensors: Mapping[str, Tensor],
    facts: Mapping[str, Any],
) -> str:
    """Write our file, whole or not at all; returns its content hash.

    ``tensors`` go by ScoreMLP's names, in any floating dtype; ``facts`` is whatever JSON holds.

    Raises:
        CheckpointError: tensors that are not those of ``config``.
        FormatError: a place that cannot be written to.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    _require_fit(config, tensors)
    described = _describe(config)
    digest = content_hash(described, tensors)
    about = {
        "format": FORMAT,
        "version": VERSION,
        "config": described,
        "skeleton": {"name": H36M17.name, "joints": H36M17.names, "parents": H36M17.parents},
        "facts": dict(facts),
        "sha256": digest,
    }
    with atomic_path(path) as part:
        # not save_file, whose files only their owner can read
        part.write_bytes(save(tensors, {FORMAT: json.dumps(about)}))
    return digest


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Open a checkpoint of ours, GFPose's or ZeDO's. No code in it is run.

    Raises:
        CheckpointError: whatever else the file is, in words.
    """
    path = Path(path)
    try:
        kind = sniff(path)
    except FormatError as error:
        raise CheckpointError(str(error)) from None
    try:
        if kind.name == "safetensors":
            return _read_ours(path)
        if kind.name == "torch":
            return _read_released(path)
        if kind.name == "pickle":
            raise pickle_refusal(path)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name} {error}") from error.__cause__
    raise CheckpointError(f"{path.name} is {kind.words}, no checkpoint{_ADVICE.get(kind.name, '')}")


_ADVICE = {
    "recording": ": open it in the viewer",
    "results": ": open it in the viewer",
    "poses": ": train on it with `gfpose train`",
    "npz": ": poses and keypoints are inputs, give them with --input",
}


def content_hash(described: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the config's JSON and every tensor's name, dtype, shape and bytes, in the names' order."""
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _read_ours(path: Path) -> Checkpoint:
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get(FORMAT, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a dict
    except Exception as error:  # the reader's errors have no common base
        raise CheckpointError(f"is a safetensors file that is cut short or damaged ({error})") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise CheckpointError("is a safetensors file of another program, no checkpoint of a pose prior")
    if about.get("version") != VERSION:
        raise CheckpointError(f"has format version {about.get('version')}; this gfpose reads {VERSION}")
    described = about.get("config", {})
    if content_hash(described, tensors) != about.get("sha256"):
        raise CheckpointError("is damaged: its content does not have the hash it was written with")
    try:
        config, facts = _config(described), dict(about["facts"])
        joints = tuple(about["skeleton"]["joints"])
    except Exception as error:
        raise CheckpointError(f"was written by another version of gfpose ({error!r})") from error
    _require_known(config.network)
    _require_known(config)
    if joints != H36M17.names:
        raise CheckpointError("is for another skeleton than the 17 joints of Human3.6M")
    _require_fit(config, tensors)
    return Checkpoint(path.stem, "gfpose", config, tensors, facts, about["sha256"])


def _read_released(path: Path) -> Checkpoint:
    released = read_released(path)
    _require_fit(released.config, released.tensors)
    digest = content_hash(_describe(released.config), released.tensors)
    return Checkpoint(path.stem, released.kind, released.config, released.tensors, released.facts, digest)


def _describe(config: DenoiserConfig) -> dict[str, Any]:
    return {**asdict(config), "sde": {"name": config.sde.name, **asdict(config.sde)}}


def _config(described: Mapping[str, Any]) -> DenoiserConfig:
    sde = dict(described["sde"])
    network = ScoreMLPConfig(**described["network"])
    return DenoiserConfig(**{**described, "network": network, "sde": SDES[sde.pop("name")](**sde)})


_NUMBERS = {int: (int,), float: (int, float), bool: (bool,)}


def _require_known(config: Any) -> None:
    """Refuse a name of something that this version does not have: it would be taken for something else; and
    what is no number, or true, where one should be."""
    for name, kind in get_type_hints(type(config)).items():
        if kind in _NUMBERS and type(getattr(config, name)) not in _NUMBERS[kind]:
            raise CheckpointError(f"describes a network whose {name} is {getattr(config, name)!r}")
        if get_origin(kind) is Literal and (chosen := getattr(config, name)) not in get_args(kind):
            raise CheckpointError(
                f"was written by another version of gfpose: its {name} is {chosen!r}; this one knows "
                f"{', '.join(get_args(kind))}"
            )


def _require_fit(config: DenoiserConfig, tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not, name by name and shape by shape, finite weights of the network."""
    try:
        if config.network.blocks > len(tensors):
            raise ValueError(f"{config.network.blocks} blocks in {len(tensors)} tensors")
        with torch.device("meta"):
            wanted = {name: tuple(t.shape) for name, t in ScoreMLP(config.network).state_dict().items()}
    except Exception as error:
        raise CheckpointError(f"describes a network that cannot be built ({error})") from error
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if odd := sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)):
        name = odd[0]
        raise CheckpointError(
            f"holds another network than a GFPose score network: {name} is {found.get(name, 'missing')}, "
            f"expected {wanted.get(name, 'no such tensor')} ({len(odd)} such in all)"
        )
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not tensor.isfinite().all():
            raise CheckpointError(f"holds weights that are not finite numbers ({name})")
