"""The few figures that say how a run went."""

from __future__ import annotations

import numpy as np

from app.documents.document import Document
from gfpose_core.metrics import diversity, min_mpjpe, mpjpe
from gfpose_core.trajectory import Recording

MOST = 64
"""Diversity compares every pair: of more hypotheses than this, the first are taken."""


def numbers(document: Document, results: np.ndarray) -> list[tuple[str, str]]:
    """(label, value) pairs for results (S, 17, 3) mm of the document."""
    if not len(results):
        return []
    figures = []
    if document.denoising:
        before, after = denoising(document, results)
        if before is None:
            figures.append(("Joints moved by", after))
        else:
            figures += [("MPJPE, noisy", before), ("MPJPE, denoised", after)]
    elif document.levels.any():
        errors = mpjpe(results, document.pose[None])
        best = min_mpjpe(results, document.pose)
        figures += [("MPJPE, best", _mm(best)), ("MPJPE, mean", _mm(errors.mean()))]
    if len(results) > 1:
        figures.append(("Diversity", _mm(diversity(results[:MOST]))))
    return figures


def denoising(document: Document, results: np.ndarray) -> tuple[str | None, str]:
    """MPJPE to the pose before the noise: of the noisy one, and of the mean of ``results`` (S,17,3) mm. Where
    nobody knows that pose, None and the MPJPE to the noisy one."""
    after = _mm(mpjpe(results.mean(0), document.pose))
    own = document.noise.kind == "own"
    return None if own else _mm(mpjpe(document.noisy_pose, document.pose)), after


def denoising_words(document: Document, recording: Recording | None, results: np.ndarray) -> str:
    """The same in a line; empty while ``recording``, whose poses ``results`` are, denoised nothing."""
    denoised = recording is not None and recording.condition.start is not None
    if not (document.denoising and denoised and len(results)):
        return ""
    before, after = denoising(document, results)
    return f"Joints moved by {after}" if before is None else f"MPJPE {before} noisy → {after} denoised"


def _mm(value: np.ndarray | float) -> str:
    return f"{float(value):.0f} mm"
