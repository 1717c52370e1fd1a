"""`gfpose detect`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli import clips
from gfpose_core.cli.base import app
from gfpose_core.cli.flags import with_flags
from gfpose_core.io.importing import Corrections

_ELSEWHERE = (*clips.OF_SPACE, *clips.OF_IMAGES, "fps", "take")


@app.command()
@with_flags(Corrections, "corrections", _ELSEWHERE)
def detect(
    photo: Annotated[Path, typer.Argument(help="A picture of somebody.", metavar="PHOTO")],
    model: Annotated[
        Path, typer.Option(help="Of MediaPipe's Pose Landmarker: a pose_landmarker_*.task.", metavar="FILE")
    ],
    out: clips.OutOption,
    target: clips.ToOption = None,
    corrections: Corrections = Corrections(),  # noqa: B008, frozen
) -> None:
    """Find the joints of a person in a photo, to be lifted: the largest person, or --person.

    Needs the extra "detect", pip install "gfpose-viewer[detect]", and a model, which is not part of it.
    """
    clips.require_place(out, target)
    from gfpose_core.io.keypoints.detector import detect

    with _quiet():
        imported = detect(photo, model, corrections)
    clips.tell(photo, imported)
    clips.write(imported.clip, out, target)


@contextmanager
def _quiet() -> Iterator[None]:
    """MediaPipe writes sixty lines on its own affairs, past Python's streams: ours would be lost in them."""
    try:
        stderr = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
