"""`gfpose bench`: what a prior costs on this machine, measured."""

from __future__ import annotations

import typer

from gfpose_core.cli.base import app

bench = typer.Typer(help="Measure speed and quality on this machine.")
app.add_typer(bench, name="bench")


@bench.command()
def speed() -> None:
    """Measure how fast a prior is sampled, and how much faster than the paper's algorithm taken literally."""
    raise NotImplementedError
