"""Who is who from frame to frame, where a file does not tell."""

from __future__ import annotations

import numpy as np

MOST_PEOPLE = 64
"""Of one frame; more are not followed."""

_MEMORY = 30
"""Frames after which someone who was not seen is someone else."""

_NEAR = 0.5
"""How far a person may have moved to be the same, in sizes of the person."""


def follow(points: np.ndarray, frames: np.ndarray) -> np.ndarray:  # (I, K, 2), (I,) rising -> (I,) int
    """A number for each of I people in frames: the same for the same person, nearest first.

    Args:
        points: NaN where not seen.
        frames: which frame each is in.
    """
    who = np.full(len(points), -1)
    sizes = _sizes(points)
    starts = np.flatnonzero(np.diff(frames, prepend=-1))
    known: dict[int, int] = {}  # person -> where last seen
    count = 0
    for first, end in zip(starts, [*starts[1:], len(frames)]):
        here = np.arange(first, end)
        known = {person: i for person, i in known.items() if frames[i] >= frames[first] - _MEMORY}
        for i, person in _nearest(points, sizes, here, known):
            who[i] = person
        for i in here[who[here] < 0]:
            who[i] = count
            count += 1
        known |= {int(who[i]): int(i) for i in here}
    return who


def _nearest(
    points: np.ndarray, sizes: np.ndarray, here: np.ndarray, known: dict[int, int]
) -> list[tuple[int, int]]:
    """(who here, which known person), each at most once, the closest pairs first."""
    if not known:
        return []
    people, last = list(known), list(known.values())
    apart = np.linalg.norm(points[here][:, None] - points[last][None], axis=-1)  # (A, B, K)
    both = np.isfinite(apart)
    mean = np.where(both, apart, 0.0).sum(axis=-1) / np.maximum(both.sum(axis=-1), 1)
    distance = np.where(both.any(axis=-1), mean / sizes[last], np.inf)  # (A, B)
    pairs, taken = [], set()
    for flat in np.argsort(distance, axis=None):
        a, b = divmod(int(flat), len(people))
        if distance[a, b] > _NEAR:
            break
        if ("here", a) not in taken and ("known", b) not in taken:
            taken |= {("here", a), ("known", b)}
            pairs.append((int(here[a]), people[b]))
    return pairs


def by_size(points: np.ndarray, frames: np.ndarray) -> np.ndarray:  # -> (I,) int
    """Everyone's rank by size among those in the same frame, 0 the largest."""
    order = np.lexsort((-_sizes(points), frames))
    starts = np.flatnonzero(np.diff(frames[order], prepend=-1))
    first = np.repeat(starts, np.diff([*starts, len(frames)]))
    ranks = np.empty(len(frames), int)
    ranks[order] = np.arange(len(frames)) - first
    return ranks


def _sizes(points: np.ndarray) -> np.ndarray:  # (I,) px, the diagonal of what is seen
    known = np.isfinite(points)
    extent = np.where(known, points, -np.inf).max(axis=1) - np.where(known, points, np.inf).min(axis=1)
    return np.maximum(np.linalg.norm(np.where(known.any(axis=1), extent, 0.0), axis=-1), 1e-6)
