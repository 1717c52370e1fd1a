"""Frames of a clip that tell nothing, bridged between those that do."""

from __future__ import annotations

import numpy as np

from gfpose_core.skeleton import H36M17


def bridge(
    points: np.ndarray, known: np.ndarray, told: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # (T, 17, C), (T, 17) bool, (T,) bool
    """``points`` and ``known`` with the frames that are not ``told`` filled from the nearest ones that are.

    A joint that both of these know lies between its two places, in proportion to time; before the first and
    after the last told frame it stays. Where they share no joint, the nearer one is held. What a frame knows
    itself is kept. In space (C = 3) bones keep their lengths while they turn.
    """
    times, shown = np.arange(len(told)), np.flatnonzero(told)
    before = shown[np.maximum(np.searchsorted(shown, times, side="right") - 1, 0)]
    after = shown[np.minimum(np.searchsorted(shown, times), len(shown) - 1)]
    nearer = np.where(times - before <= after - times, before, after)
    strangers = ~(known[before] & known[after]).any(axis=1)
    before, after = (np.where(strangers, nearer, frame) for frame in (before, after))
    share = ((times - before) / np.maximum(after - before, 1))[:, None]
    between = points[before] + share[..., None] * (points[after] - points[before])
    if points.shape[-1] == 3:
        _keep_lengths(between, points[before], points[after], share[:, 0])
    added = known[before] & known[after] & ~known & ~told[:, None]
    return np.where(added[..., None], between, points), known | added


def _keep_lengths(between: np.ndarray, start: np.ndarray, end: np.ndarray, share: np.ndarray) -> None:
    """Put the joints of ``between`` at their bones' lengths, those nearest the root first."""
    straight = between.copy()
    lengths = (1 - share[:, None]) * H36M17.bone_lengths(start) + share[:, None] * H36M17.bone_lengths(end)
    for length, (parent, child) in zip(lengths.T, H36M17.bones):
        bone = straight[:, child] - straight[:, parent]
        size = np.linalg.norm(bone, axis=-1)
        both = size > 1e-6  # not where an end is unknown
        bone[both] *= (length[both] / size[both])[:, None]
        between[both, child] = between[both, parent] + bone[both]
