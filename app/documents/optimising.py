"""ZeDO beside GFPose's samplers: what the window calls them, and when ZeDO can be asked. No Qt."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from app.documents.document import Document
from gfpose_core.errors import ConditionError
from gfpose_core.priors.fitting import refusal

ZEDO = "zedo"

METHODS = {
    Document.sampler: ("GFPose sampling", "Draw hypotheses from the prior, given the evidence"),
    ZEDO: (
        "ZeDO optimisation",
        "Move typical poses onto the camera's rays, and denoise them under the prior, again and again",
    ),
}
"""What each family of priors is called, by the sampler that it is entered with."""


def sampler_title(name: str) -> str:
    """A sampler's name in a list of them."""
    return "ZeDO" if name == ZEDO else name


@lru_cache(maxsize=4)
def why_not_optimise(document: Document) -> str | None:
    """Why ZeDO cannot look for the poses of ``document``, in a sentence; None where it can.

    Kept for the last documents, since every panel asks for each edit.
    """
    try:
        return refusal(replace(document, branch=None).condition())
    except ConditionError as error:
        return str(error)
