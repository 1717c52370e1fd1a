"""Any exception, said so that a person knows what to do."""

from __future__ import annotations

import traceback
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
    return Failed(
        request.id, title, _advice(error), _details(error), in_run=isinstance(request, SampleRequest)
    )


def failed_to(what: str, error: BaseException) -> Failed:
    """The same of something that is told in words, as "open walk.bvh"."""
    return Failed(0, f"Could not {what}", _advice(error, what), _details(error))


def _details(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _advice(error: BaseException, what: str = "") -> str:
    message = str(error).strip()
    if isinstance(error, GfposeError):
        first = message.partition(" ")[0]
        name_first = "." in first or first in what.split()  # it is written as it is
        return message if name_first else capital(message)
    if isinstance(error, MemoryError) or "out of memory" in message.lower():
        return "There was not enough memory: ask for fewer hypotheses, or choose the CPU."
    if isinstance(error, OSError):
        return f"{error.strerror or message}: check that the file or folder is there, and may be used."
    return "This should not have happened. Try again; the details help whoever looks into it."
