"""`gfpose info`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gfpose_core.cli.base import app


@app.command()
def info(file: Annotated[Path, typer.Argument(help="Any file.")]) -> None:
    """Say what a file is."""
    from gfpose_core.io.identify import identify

    for line in identify(file).lines:
        print(line)
