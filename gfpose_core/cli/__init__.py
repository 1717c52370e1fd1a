"""`gfpose`: sample, train, evaluate and inspect pose priors from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from gfpose_core import __version__
from gfpose_core.cli import (  # noqa: F401, each adds its command
    bench,
    bench_quality,
    convert,
    detect,
    evaluate,
    generate,
    sample,
    sequences,
    train,
    zedo,
)
from gfpose_core.cli.base import app
from gfpose_core.errors import GfposeError


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, 2 where what was asked cannot be done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in sample.TASKS and _on_arrays(arguments):
        arguments = ["sample", *arguments[1:], "--task", arguments[0]]  # the last --task counts
    try:
        return app(arguments, prog_name="gfpose", standalone_mode=False) or 0
    except (GfposeError, OSError) as error:
        message = str(error)
    except Abort:
        message = "cancelled"
    except TyperException as error:
        message = error.format_message()
    print(f"gfpose: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _on_arrays(arguments: list[str]) -> bool:
    """Whether a task is to be done on independent poses: no clip, but --input, or nothing, is given."""
    if {"-h", "--help"} & set(arguments):
        return False
    return arguments[0] == "generate" or any(a.split("=")[0] == "--input" for a in arguments)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"gfpose {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def info(file: Annotated[Path, typer.Argument(help="Any file.")]) -> None:
    """Say what a file is."""
    from gfpose_core.io.identify import identify

    for line in identify(file).lines:
        print(line)
