"""The figures that tell two sets of hypotheses apart (numpy only)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.documents.document import Document
from app.documents.runs import Run
from gfpose_core.calibration import left_right_asymmetry
from gfpose_core.condition import FREE, SEEN_2D
from gfpose_core.metrics import mpjpe
from gfpose_core.skeleton import H36M17


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two: poses (S, 17, 3) mm, what was asked for them, and what they cost."""

    poses: np.ndarray
    document: Document | None = None
    run: Run | None = None


@dataclass(frozen=True)
class Figure:
    """A line of the table: one value for each, or one ``between`` them."""

    label: str
    a: str = ""
    b: str = ""
    between: str = ""
    tip: str = ""


def figures(a: Side, b: Side, focus: int, reference: np.ndarray | None) -> list[Figure]:
    """What differs, hypotheses matched by number; a single pose is matched with all."""
    return [*_apart(a, b, focus), *_errors(a, b, reference), *_cost(a, b), *_bones(a, b, reference)]


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:  # (S,17,3), (R,17,3) mm -> mm
    """MPJPE of each hypothesis of A to the one of B with its number; a single pose is matched with all."""
    count = None if 1 in (len(a), len(b)) else min(len(a), len(b))
    return mpjpe(a[:count], b[:count])


def evidence_error(poses: np.ndarray, document: Document) -> float | None:  # (S,17,3) mm -> mm
    """Mean distance of observed joints to where they were seen: to the place of a joint fixed in 3D, to the
    ray of one seen in 2D. None without evidence."""
    if document.denoising or not document.levels.any():
        return None
    places = document.pose + document.origin
    points = poses + document.origin
    rays = places / np.linalg.norm(places, axis=-1, keepdims=True)
    across = points - (points * rays).sum(-1, keepdims=True) * rays
    off = np.where((document.levels == SEEN_2D)[:, None], across, points - places)
    return float(np.linalg.norm(off[:, document.levels > FREE], axis=-1).mean())


def _apart(a: Side, b: Side, focus: int) -> list[Figure]:
    apart = distances(a.poses, b.poses)
    if not len(apart):
        return []
    found = []
    if focus < len(apart):
        tip = "MPJPE between the hypotheses of this number, root on root"
        found.append(Figure(f"A to B, no. {focus + 1}", between=_mm(apart[focus]), tip=tip))
    if len(apart) > 1:
        tip = "The same, mean over the hypotheses that both have"
        found.append(Figure(f"A to B, mean of {len(apart)}", between=_mm(apart.mean()), tip=tip))
    return found


def _errors(a: Side, b: Side, reference: np.ndarray | None) -> list[Figure]:
    found = []
    if reference is not None:
        pair = [_mm(mpjpe(side.poses, reference).mean()) for side in (a, b)]
        found.append(Figure("MPJPE", *pair, tip="To the reference pose, mean over hypotheses"))
    errors = [side.document and evidence_error(side.poses, side.document) for side in (a, b)]
    if any(error is not None for error in errors):
        tip = "Distance of observed joints to where they were seen, each run by its own evidence"
        found.append(Figure("Evidence error", *("–" if e is None else _mm(e, 1) for e in errors), tip=tip))
    return found


def _bones(a: Side, b: Side, reference: np.ndarray | None) -> list[Figure]:
    uneven = [_mm(left_right_asymmetry(side.poses).mean(), 1) for side in (a, b)]
    tip = "Left-right difference in length of bones that come in pairs, mean over hypotheses"
    found = [Figure("Asymmetry", *uneven, tip=tip)]
    if reference is not None:
        true = H36M17.bone_lengths(reference)
        off = [_mm(np.abs(H36M17.bone_lengths(side.poses) - true).mean(), 1) for side in (a, b)]
        found.append(Figure("Bone error", *off, tip="Difference in bone lengths to the reference pose, mean"))
    return found


def _cost(a: Side, b: Side) -> list[Figure]:
    found = []
    for label, name, form in (("Calls", "calls", "{:d}"), ("Seconds", "seconds", "{:.2f}")):
        tip = f"{label} of the whole run"
        values = [side.run and getattr(side.run, name) for side in (a, b)]
        if any(value is not None for value in values):
            told = ["–" if value is None else form.format(value) for value in values]
            found.append(Figure(label, *told, tip=tip))
    return found


def _mm(value: float, digits: int = 0) -> str:
    return f"{float(value):.{digits}f} mm"
