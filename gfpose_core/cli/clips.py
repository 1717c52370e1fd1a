"""What the commands on clips share: reading one, choosing frames, writing one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli.base import console
from gfpose_core.errors import ConditionError
from gfpose_core.io.atomic import place_for
from gfpose_core.registry import EXPORTERS, IMPORTERS

OF_IMAGES, OF_SPACE = ("layout", "width", "height"), ("units", "up", "facing", "left_handed")
"""Corrections that make sense for keypoints, and for poses in space, alone."""

ImporterName = Enum("ImporterName", {name: name for name in IMPORTERS}, type=str)
ExporterName = Enum("ExporterName", {name: name for name in EXPORTERS}, type=str)

FileArgument = Annotated[Path, typer.Argument(help="Any clip: gfpose info FILE.", metavar="FILE")]
OutOption = Annotated[
    Path, typer.Option(help="Where to write the clip; its suffix says the format.", metavar="FILE")
]
FromOption = Annotated[
    ImporterName | None,
    typer.Option("--from", help="Format of the file.", show_default="by its content", metavar="NAME"),
]
ToOption = Annotated[
    ExporterName | None,
    typer.Option(
        "--to", help=f"Format to write: {', '.join(EXPORTERS)}.", show_default="by suffix", metavar="NAME"
    ),
]
FramesOption = Annotated[
    str | None,
    typer.Option(help="START:STOP:STEP, from 0; every part may be left out.", show_default="all"),
]


def read(file, corrections, name, frames, needs=None):
    """The chosen frames of a clip; what was detected goes to the terminal.

    Raises:
        FormatError, ConditionError: no clip, or of another kind than ``needs``, or no such frames.
    """
    from gfpose_core.io.importing import read_clip

    imported = read_clip(file, corrections, name and name.value)
    tell(file, imported)
    if needs is not None and not isinstance(imported.clip, needs):
        raise ConditionError(f"{file.name} holds {_content(imported.clip)}, and {_content(needs)} are needed")
    return imported.clip[frames_of(frames, len(imported.clip))]


def tell(file, imported) -> None:
    """Say how a file was understood."""
    for line in imported.detected.lines():
        console.print(f"{file.name}: {line}", highlight=False, soft_wrap=True, markup=False)


def write(clip, out, name) -> None:
    """Write a clip, and say so."""
    from gfpose_core.export.base import assumed_fps, export_clip, own_form

    name = name and name.value
    own = own_form(clip, out, name)
    export_clip(clip, out, name)
    said = f"{out}: {len(clip)} frames"
    if own:
        said += f", in the skeleton it came in{_undone(own)}"
    elif fps := assumed_fps(clip, out, name):
        said += f", {fps:g} a second assumed: say --fps where it is another"
    console.print(said, highlight=False, soft_wrap=True, markup=False)


def require_fit(clip, out, name, changed=True) -> None:
    """Refuse, before any work, a target that poses made from ``clip`` cannot go to; and one that would be the
    file once more, as where nothing but corrections ``changed`` it.

    Raises:
        FormatError, ConditionError: says what to choose instead.
    """
    from gfpose_core.export import base

    name = name and name.value
    base.require_fit(clip, out, name)
    own = base.own_form(clip, out, name)
    if own and own.corrected and not changed:
        raise ConditionError(f"{out.name} would be the same as the file{_undone(own)}")


def _undone(own) -> str:
    """What of the corrections is not written in a file's own form, and where it is."""
    from gfpose_core.registry import load_all

    if not own.corrected:
        return ""
    flags = " ".join(f"--{name.replace('_', '-')}" for name in own.corrected)
    ours = next((name for name, form in load_all(EXPORTERS).items() if form.suffix == own.suffix), None)
    instead = f"add --to {ours}" if ours else "write .bvh"
    return f", where {flags} is how it is read and not how it is written: for the latter {instead}"


def require_place(out: Path, name: ExporterName | None) -> None:
    """Refuse what cannot be written to, before any work.

    Raises:
        FormatError: no such format, or no place for a file.
    """
    from gfpose_core.export.base import format_of

    place_for(out)
    if name is None:
        format_of(out)


def frames_of(text: str | None, count: int) -> slice:
    """The frames that START:STOP:STEP, or one number, means.

    Raises:
        ConditionError: no frames, or not of this form.
    """
    try:
        parts = [int(part) if part.strip() else None for part in (text or ":").split(":")]
        chosen = slice(*parts) if len(parts) > 1 else slice(parts[0], parts[0] + 1)
        found = len(range(count)[chosen])
    except (ValueError, TypeError):
        raise ConditionError(f"--frames {text}: write START:STOP:STEP, such as 10:200:2") from None
    if not found:
        raise ConditionError(f"--frames {text} leaves no frame: the clip has {count}, from 0")
    if (chosen.step or 1) < 0:
        raise ConditionError(f"--frames {text}: a step forward is needed")
    return chosen


def _content(clip) -> str:
    from gfpose_core.io.clip import KeypointClip

    kind = clip if isinstance(clip, type) else type(clip)
    return "keypoints" if kind is KeypointClip else "poses in space"
