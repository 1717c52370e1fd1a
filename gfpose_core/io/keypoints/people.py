"""People in frames, gathered from a file's entries in whatever order they come."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.keypoints.following import MOST_PEOPLE, by_size, follow

FARTHEST = 1e6
"""No keypoint of an image lies farther out, px; what does is taken for not seen."""

_GAPS = 4
"""Frames that are left out are put back as empty ones, up to so many for one that is there."""


class Person(NamedTuple):
    """One person in one frame.

    Attributes:
        frame: its number, or any key of the image.
        points: (K, 3) x, y, confidence; NaN confidence where the file has none.
        track: who it is, where the file tells.
    """

    frame: Hashable
    points: np.ndarray
    track: Hashable = None


@dataclass(frozen=True, eq=False)
class People:
    """
    Attributes:
        points: (I, K, 2), NaN where not seen.
        confidence: (I, K) in [0, 1].
        frames: (I,) int, rising, below ``length``.
        who: (I,) int, 0 the one who is seen most.
        notes: what was assumed.
    """

    points: np.ndarray
    confidence: np.ndarray
    frames: np.ndarray
    who: np.ndarray
    length: int
    notes: tuple[str, ...] = ()


def gather(people: Sequence[Person], empty: Sequence[Hashable] = ()) -> People:
    """Everyone, frame by frame; ``empty`` are frames that show nobody.

    Raises:
        FormatError: nobody at all, or people with different numbers of keypoints.
    """
    if not people:
        raise FormatError("nobody is in it: no frame has keypoints")
    counts = {len(person.points) for person in people}
    if len(counts) > 1:
        raise FormatError(
            f"some people have {min(counts)} keypoints, others {max(counts)}: all need the same"
        )
    notes: list[str] = []
    places, length = _places([person.frame for person in people], empty, notes)
    order = _first_of_each(places, np.argsort(places, kind="stable"), notes)
    rows = np.stack([people[i].points for i in order]).astype(np.float64)  # (I, K, 3)
    points, confidence = _seen(rows, notes)
    there = np.isfinite(points).any(axis=(1, 2))  # data sets list people of whom nothing is marked
    if not there.any():
        raise FormatError("nobody is in it: no keypoint is seen in any frame")
    points, confidence, order = points[there], confidence[there], order[there]
    who = _who(points, places[order], [people[i].track for i in order], notes)
    return People(points, confidence, places[order], who, length, tuple(notes))


def one_person(points: np.ndarray, confidence: np.ndarray | None = None) -> People:  # (T, K, 2), (T, K)
    """One person in every frame.

    Raises:
        FormatError: no numbers of these shapes, or nobody in any frame.
    """
    told = np.full(points.shape[:2], np.nan) if confidence is None else np.asarray(confidence)
    kinds = {points.dtype.kind, told.dtype.kind}
    if points.ndim != 3 or points.shape[2] != 2 or told.shape != points.shape[:2] or not kinds <= set("fiub"):
        raise FormatError(
            f"keypoints are {points.dtype} {points.shape}, confidence {told.dtype} {told.shape}"
        )
    notes: list[str] = []
    rows = np.concatenate([points, told[..., None]], axis=2, dtype=np.float64)
    seen, sure = _seen(rows, notes)
    if np.isnan(seen).all():
        raise FormatError("nobody is in it: no keypoint is seen in any frame")
    frames = np.arange(len(seen))
    return People(seen, sure, frames, np.zeros(len(seen), int), len(seen), tuple(notes))


def _places(frames: list[Any], empty: Sequence[Any], notes: list[str]) -> tuple[np.ndarray, int]:
    """Which of T frames each key means: by number where keys are numbers, else as they come."""
    keys = list(dict.fromkeys([*frames, *empty]))
    if all(isinstance(key, int | np.integer) for key in keys):
        low, high = min(keys), max(keys)
        if high - low < _GAPS * len(keys):
            if high - low + 1 > len(keys):
                notes.append(f"{high - low + 1 - len(keys):,} frames are left out between others")
            return np.array([int(frame - low) for frame in frames]), int(high - low + 1)
        keys = sorted(keys)
    place = {key: i for i, key in enumerate(keys)}
    return np.array([place[frame] for frame in frames]), len(keys)


def _first_of_each(places: np.ndarray, order: np.ndarray, notes: list[str]) -> np.ndarray:
    """``order`` without those who are too many in their frame."""
    frames = places[order]
    starts = np.flatnonzero(np.diff(frames, prepend=-1))
    rank = np.arange(len(frames)) - np.repeat(starts, np.diff([*starts, len(frames)]))
    if (rank >= MOST_PEOPLE).any():
        notes.append(f"of a frame, only the first {MOST_PEOPLE} people are looked at")
    return order[rank < MOST_PEOPLE]


def _seen(rows: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:  # (I, K, 2), (I, K)
    """Places, NaN where not seen, and confidence in [0, 1].

    COCO's flags 0, 1 (hidden, yet marked) and 2 (visible) are no confidence: a person was sure of both.
    """
    points, told = rows[..., :2].copy(), rows[..., 2]
    known = ~np.isnan(told)
    flags = known.any() and np.isin(told[known], (0, 1, 2)).all() and (told[known] == 2).any()
    far = (np.abs(points) > FARTHEST).any(axis=-1)
    if far.any():
        notes.append(f"{far.sum():,} keypoints lie far out of any image: taken for not seen")
    unsaid = ~known & (points == 0).all(axis=-1)
    if unsaid.any():
        notes.append(f"{unsaid.sum():,} keypoints at 0, 0 are taken for not seen")
    if not flags and known.any() and (most := told[known].max()) > 1.0:
        notes.append(f"confidence goes up to {most:.3g}: from 1 on it is certain")
    unseen = far | np.isnan(points).any(axis=-1) | unsaid | (known & ~(told > 0))
    points[unseen] = np.nan
    confidence = np.where(known & ~flags, np.clip(told, 0.0, 1.0), 1.0)
    return points, np.where(unseen, 0.0, confidence)


def _who(points: np.ndarray, frames: np.ndarray, tracks: list[Hashable], notes: list[str]) -> np.ndarray:
    """Numbers for people, whoever is seen most first."""
    several = len(np.unique(frames)) < len(frames)
    if not several:
        return np.zeros(len(frames), int)
    if all(track is not None for track in tracks):
        known = {track: i for i, track in enumerate(dict.fromkeys(tracks))}
        found = np.array([known[track] for track in tracks])
    else:
        found = follow(points, frames)
        if 2 * np.bincount(found).max() < len(np.unique(frames)):
            notes.append("nobody can be followed from frame to frame: people are in order of size in each")
            return by_size(points, frames)
        if len(np.unique(frames)) > 1:
            notes.append("people are followed from frame to frame by where they are")
    seen = np.bincount(found, np.isfinite(points).all(axis=-1).sum(axis=-1))
    rank = np.empty(len(seen), int)
    rank[np.argsort(-seen, kind="stable")] = np.arange(len(seen))
    return rank[found]
