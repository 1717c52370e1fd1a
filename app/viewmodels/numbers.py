"""The few figures that say how a run went."""

from __future__ import annotations

import numpy as np

from app.documents.document import Document
from gfpose_core.metrics import diversity, min_mpjpe, mpjpe

MOST = 64
"""Diversity compares every pair: of more hypotheses than this, the first are taken."""


def numbers(document: Document, results: np.ndarray) -> list[tuple[str, str]]:
    """(label, value) pairs for results (S, 17, 3) mm of the document."""
    if not len(results):
        return []
    figures = []
    if document.denoising:
        change = mpjpe(results.mean(0), document.pose)
        if document.noise.kind == "own":
            figures.append(("Joints moved by", _mm(change)))
        else:
            before = mpjpe(document.noisy_pose, document.pose)
            figures += [("MPJPE, noisy", _mm(before)), ("MPJPE, denoised", _mm(change))]
    elif document.levels.any():
        errors = mpjpe(results, document.pose[None])
        best = min_mpjpe(results, document.pose)
        figures += [("MPJPE, best", _mm(best)), ("MPJPE, mean", _mm(errors.mean()))]
    if len(results) > 1:
        figures.append(("Diversity", _mm(diversity(results[:MOST]))))
    return figures


def _mm(value: np.ndarray | float) -> str:
    return f"{float(value):.0f} mm"
