"""The option that says how the reverse SDE is solved. Its help is asked of the samplers, which bring torch:
only commands that sample import this."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

import typer

from gfpose_core.cli.base import SamplerName
from gfpose_core.registry import SAMPLERS, load


def _sampler_help() -> str:
    lines = []
    for name, place in SAMPLERS.items():
        steps = [f.default for f in fields(load({name: place}, name)) if f.name == "steps"]
        lines.append(name + (f" ({steps[0]} steps)" if steps else ""))
    return "How the reverse SDE is solved, with its steps by default: " + ", ".join(lines) + "."


SamplerOption = Annotated[SamplerName, typer.Option(help=_sampler_help())]
