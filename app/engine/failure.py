"""Any exception, said so that a person knows what to do."""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path

from app.documents.request import (
    ClipRequest,
    Failed,
    LikelihoodRequest,
    LoadRequest,
    Request,
    SampleRequest,
)
from app.looks.words import capital
from gfpose_core.errors import GfposeError


def failure(request: Request, error: BaseException) -> Failed:
    """What happened to ``request``, what to do, and the traceback."""
    if isinstance(request, LoadRequest):
        name = Path(request.checkpoint).name if request.checkpoint else "the shipped checkpoint"
        title = f"Could not open {name}"
    elif isinstance(request, LikelihoodRequest):
        title = "Could not work out how likely these poses are"
    elif isinstance(request, ClipRequest):
        title = f"Could not {request.task} the clip"
    else:
        title = "Sampling stopped"
    return replace(_failed(request.id, title, error), in_run=isinstance(request, SampleRequest))


def failed_to(what: str, error: BaseException) -> Failed:
    """The same of something that is told in words, as "open walk.bvh"."""
    return _failed(0, f"Could not {what}", error)


def _failed(request: int, title: str, error: BaseException) -> Failed:
    return Failed(request, title, _advice(error), "".join(traceback.format_exception(error)))


def _advice(error: BaseException) -> str:
    message = str(error).strip()
    if isinstance(error, GfposeError):
        file_first = "." in message.partition(" ")[0]
        return message if file_first else capital(message)
    if isinstance(error, MemoryError) or "out of memory" in message.lower():
        return "There was not enough memory: ask for fewer hypotheses, or choose the CPU."
    if isinstance(error, OSError):
        return f"{error.strerror or message}: check that the file or folder is there, and may be used."
    return "This should not have happened. Try again; the details help whoever looks into it."
