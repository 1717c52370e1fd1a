"""Any exception, said so that a person knows what to do."""

from __future__ import annotations

import re
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
        request.id, title, _advice(error, title), _details(error), in_run=isinstance(request, SampleRequest)
    )


def failed_to(what: str, error: BaseException) -> Failed:
    """The same of something that is told in words, as "open walk.bvh"."""
    title = f"Could not {what}"
    return Failed(0, title, _advice(error, title), _details(error))


def _details(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _advice(error: BaseException, title: str) -> str:
    message = str(error).strip()
    if isinstance(error, GfposeError):
        message = _of_it(message, title)
        return message if "." in message.partition(" ")[0] else capital(message)  # a name stays as it is
    if isinstance(error, MemoryError) or "out of memory" in message.lower():
        return "There was not enough memory: ask for fewer hypotheses, or choose the CPU."
    if isinstance(error, OSError):
        return f"{error.strerror or message}: check that the file or folder is there, and may be used."
    return "This should not have happened. Try again; the details help whoever looks into it."


def _of_it(message: str, title: str) -> str:
    """``message`` without the name or path of the file that ``title`` ends with, which is told there."""
    words = title.split(" ")
    for name in (" ".join(words[start:]) for start in range(1, len(words))):
        path = rf"(?P<folder>(?:/|\w:\\)(?:.*[/\\])?)?{re.escape(name)}"
        if found := re.match(rf"{path}(?P<sign>[:,]?) (?P<rest>.+)", message, re.DOTALL):
            return found["rest"] if found["sign"] else f"It {found['rest']}"
        if found := re.fullmatch(f"(?P<start>there is no file) {path}", message):
            return f"{found['start']} of this name" + (f" in {found['folder']}" if found["folder"] else "")
    return message
