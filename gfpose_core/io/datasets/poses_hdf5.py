"""Training and test poses: the HDF5 layout of this project, with what can be wrong with such a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.hdf5 import get_array, open_hdf5, pose_splits
from gfpose_core.io.magic import sniff
from gfpose_core.pose import HUMAN_BONES_MM, UNITS_MM
from gfpose_core.skeleton import H36M17

_THIGH, _HUMAN_THIGH_MM = 1, (250.0, 650.0)


@dataclass(frozen=True)
class PoseSet:
    """One split of a pose file.

    Attributes:
        positions: (N, 17, 3) float32 mm, world, right-handed, y up.
        clip_index: (N,) int, which clip a pose is of; a clip's frames are consecutive.
        clip_names: names of the clips.
        facts: what the file says of itself: credit, frame rate, ...
    """

    positions: np.ndarray
    clip_index: np.ndarray
    clip_names: tuple[str, ...]
    facts: Mapping[str, Any]


def read_poses(path: str | os.PathLike[str], split: str = "train") -> PoseSet:
    """Read and check the poses of ``split``.

    Raises:
        FormatError: another kind of file, no such split, values that are not numbers, other joints or
            another order of them, another unit than millimetres, another axis up than y.
    """
    path = Path(path)
    kind = sniff(path)
    if kind.name != "poses":
        raise FormatError(
            f"{path.name} is {kind.words}; poses are HDF5 with a group a split, each with positions"
        )
    try:
        with open_hdf5(path) as file:
            facts = {name: _plain(value) for name, value in file.attrs.items()}
            splits = pose_splits(file)
            pose_set = _read(splits[split], facts) if split in splits else None
    except FormatError as error:
        raise FormatError(f"{path.name}, {split}: {error}") from None
    except Exception as error:  # a damaged file fails in h5py with almost any exception
        raise FormatError(f"{path.name} is cut short or damaged ({error})") from error
    if pose_set is None:
        raise FormatError(f"{path.name} has no split {split!r}: choose one of {', '.join(splits)}")
    return pose_set


def has_split(path: str | os.PathLike[str], split: str) -> bool:
    """Whether ``path`` is a pose file with poses under ``split``; what they are is not looked at."""
    if sniff(Path(path)).name != "poses":
        return False
    with open_hdf5(path) as file:
        return split in pose_splits(file)


def check_poses(positions: np.ndarray) -> None:
    """Refuse what are not (N, 17, 3) human poses in mm, H36M-17 order, y up.

    Raises:
        FormatError: says which of these it is.
    """
    if positions.ndim != 3 or positions.shape[1:] != (17, 3) or not len(positions):
        raise FormatError(f"positions are {positions.shape}; (N, 17, 3) in H36M-17 order are needed")
    finite = np.isfinite(positions).all(axis=(1, 2))
    if not finite.all():
        raise FormatError(f"{(~finite).sum()} poses have NaN or infinity, the first is {finite.argmin()}")
    some = positions[:: max(1, len(positions) // 5000)].astype(np.float64)
    _check_bones(np.median(H36M17.bone_lengths(some), axis=0))
    _check_upright(some)
    _check_sides(some)


def _check_bones(lengths: np.ndarray) -> None:  # (16,), medians
    ratios = lengths / HUMAN_BONES_MM
    size = np.median(ratios)
    if size == 0 or ratios.max() > 2.5 * size or ratios.min() < 0.3 * size:
        worst = int(np.abs(np.log(np.maximum(ratios, 1e-9) / max(size, 1e-9))).argmax())
        names = " to ".join(H36M17.names[j] for j in H36M17.bones[worst])
        raise FormatError(f"the bone {names} is not of human length: are the joints in H36M-17 order?")
    lowest, highest = _HUMAN_THIGH_MM
    thigh = lengths[_THIGH]
    if not lowest < thigh < highest:
        units = [name for name, mm in UNITS_MM.items() if lowest < thigh * mm < highest]
        guess = f": looks like {units[0]}" if units else ""
        raise FormatError(f"thighs are {thigh:.4g} long{guess}; millimetres are needed")


def _check_upright(positions: np.ndarray) -> None:
    """Most people stand or sit most of the time: Hip to Thorax tells which axis is up."""
    trunk = np.median(positions[:, 8] - positions[:, 0], axis=0)
    axis = int(np.abs(trunk).argmax())
    if np.abs(trunk[axis]) > 250 and (axis != 1 or trunk[1] < 0):
        raise FormatError(
            f"the {'xyz'[axis]} axis points {'up' if trunk[axis] > 0 else 'down'}; y must point up"
        )


def _check_sides(positions: np.ndarray) -> None:
    """Knees bend forward; where they bend backward, left and right are swapped, or the axes mirrored."""
    hip, right, knee, ankle = (positions[:, joint] for joint in (0, (1, 4), (2, 5), (3, 6)))
    forward = np.cross(positions[:, 8] - hip, right[:, 0] - right[:, 1])
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True) + 1e-9
    bend = np.einsum("nkj,nj->nk", knee - (right + ankle) / 2, forward)
    if bend.mean() < -10:
        raise FormatError(
            "knees bend backward: left and right joints are swapped, or the axes are left-handed"
        )


def _read(group: h5py.Group, facts: dict[str, Any]) -> PoseSet:
    if (names := facts.get("joint_names")) is not None and tuple(names) != H36M17.names:
        raise FormatError(f"its joints are {', '.join(names)}; H36M-17's are {', '.join(H36M17.names)}")
    for name, wanted in {"units": "mm", "up_axis": "y"}.items():
        if facts.get(name, wanted) != wanted:
            raise FormatError(f"its {name} is {facts[name]!r}; {wanted!r} is needed")
    positions = get_array(group, "positions").astype(np.float32)
    check_poses(positions)
    n = len(positions)
    clip_index = get_array(group, "clip_index") if "clip_index" in group else np.zeros(n, np.int64)
    clip_names = tuple(map(str, get_array(group, "clip_names") if "clip_names" in group else [""]))
    if clip_index.shape != (n,) or not 0 <= clip_index.min() <= clip_index.max() < len(clip_names):
        raise FormatError("clip_index does not give a clip of clip_names for every pose")
    return PoseSet(positions, clip_index, clip_names, facts)


def _plain(value: Any) -> Any:
    """Attributes as Python values that JSON can hold."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.generic) else value
