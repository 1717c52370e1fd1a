"""What a file is, in a few lines for people: ``gfpose info FILE`` and the viewer's drop handling."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gfpose_core.errors import FormatError, GfposeError
from gfpose_core.io.hdf5 import open_hdf5, pose_splits
from gfpose_core.io.importing import importer_of, read_clip
from gfpose_core.io.magic import Kind, sniff
from gfpose_core.io.npz import read_header
from gfpose_core.io.recordings import load_recording
from gfpose_core.trajectory import Recording

if TYPE_CHECKING:
    from gfpose_core.io.checkpoints import Checkpoint

_WRITERS = {"gfpose": "this library", "authors": "GFPose's authors", "zedo": "ZeDO's authors"}


@dataclass(frozen=True)
class FileInfo:
    """``kind`` is one of checkpoint, recording, export, results, poses, npz, else what its first bytes say
    (picture, bvh, text, ...), ``refused`` by its own reader, or ``unknown``; ``lines`` describe it, the
    first one in short, or why it is refused."""

    kind: str
    lines: tuple[str, ...]


def identify(path: str | os.PathLike[str]) -> FileInfo:
    """Say what the file at ``path`` is; only its own reader opens it, and no code in it is run.

    Raises:
        FormatError: there is no such file, or it cannot be read.
    """
    path = Path(path)
    kind = sniff(path)
    try:
        if kind.name in ("safetensors", "torch", "pickle"):
            from gfpose_core.io.checkpoints import read_checkpoint  # torch, only where it is needed

            return FileInfo("checkpoint", _checkpoint(read_checkpoint(path)))
        if kind.name == "recording":
            return FileInfo("recording", _recording(load_recording(path)))
        if kind.name == "poses":
            return FileInfo(
                "poses", ("Poses to train on or test with (HDF5)", *_splits(path), *_report(path))
            )
        if kind.members:
            lines = _sentence(kind), *_arrays(path)
            large = kind.name == "results"  # they may hold a thousand states of every pose
            return FileInfo(kind.name, lines if large else lines + _report(path))
    except GfposeError as error:
        return FileInfo("refused", (str(error),))
    except Exception as error:  # zipfile, zlib, numpy, h5py
        return FileInfo("refused", (f"{path.name} is cut short or damaged ({error})",))
    return FileInfo(kind.name, (_sentence(kind), *_report(path)))


def _sentence(kind: Kind) -> str:
    return kind.words[0].upper() + kind.words[1:]


def _checkpoint(checkpoint: Checkpoint) -> tuple[str, ...]:
    config, network = checkpoint.config, checkpoint.config.network
    size = sum(tensor.numel() for tensor in checkpoint.tensors.values())
    takes = {
        "none": "no evidence",
        "difference": "evidence as x - c",
        "exact": "exact evidence",
        "soft": "evidence that may be wrong",
    }
    return (
        f"A checkpoint of a GFPose prior, written by {_WRITERS[checkpoint.kind]}",
        f"network: {network.blocks} blocks, {network.hidden} wide, {size / 1e6:.1f} M weights, "
        f"{config.form} form, takes {takes[network.condition]}",
        f"SDE: {config.sde.name}, beta {config.sde.beta_min:g} to {config.sde.beta_max:g}; "
        f"{config.units_per_mm:g} units a mm, {config.projection}",
        f"skeleton: {checkpoint.skeleton.name}",
        *_facts(checkpoint.facts),
        f"sha256: {checkpoint.sha256}",
    )


def _recording(recording: Recording) -> tuple[str, ...]:
    n, hypotheses = recording.poses.shape[:2]
    return (
        f"A recording of {n} poses x {hypotheses} hypotheses, {recording.status}",
        f"{len(recording.trajectory)} recorded moments, sampler {recording.sampler}, seed {recording.seed}",
        f"checkpoint: {recording.checkpoint} ({recording.checkpoint_sha256[:12]})",
        *_facts(recording.options),
    )


def _facts(facts: Mapping[str, Any]) -> list[str]:
    """One line each; of what is nested only the plain values."""
    lines = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{key} {v}" for key, v in value.items() if isinstance(v, str | int | float))
        lines.append(f"{name}: {value}")
    return lines


def _splits(path: Path) -> list[str]:
    with open_hdf5(path) as file:
        counts = {name: group["positions"].shape for name, group in pose_splits(file).items()}
        said = [
            f"{name}: {file.attrs[name]}"
            for name in ("units", "up_axis", "fps", "credit")
            if name in file.attrs
        ]
    return [f"{name}: {shape[0]:,} poses of {shape[1]} joints" for name, shape in counts.items()] + said


def _arrays(path: Path) -> list[str]:
    """Shapes and types out of the arrays' headers: trajectories can be large."""
    lines = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                shape, _, dtype = read_header(file)
            lines.append(
                f"{name.removesuffix('.npy')}: {' x '.join(map(str, shape)) or 'one value'}, {dtype}"
            )
    return lines


def _report(path: Path) -> tuple[str, ...]:
    """How the file would be imported, or why it cannot be; nothing where it is no clip."""
    try:
        importer_of(path)
    except FormatError:
        return ()
    try:
        return read_clip(path).detected.lines()
    except FormatError as error:
        return (f"it cannot be imported: {error}",)
