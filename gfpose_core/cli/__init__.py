"""`gfpose`: sample, train, evaluate and inspect pose priors from the command line."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from gfpose_core import __version__
from gfpose_core.cli.base import TASKS, app
from gfpose_core.errors import GfposeError

MODULES = (
    "bench", "bench_quality", "convert", "detect", "evaluate", "generate", "sample", "sequences", "train",
    "zedo", "info",
)  # fmt: skip
"""Each adds its commands."""

LIGHT = ("convert", "info")
"""Commands that need no other's module: most of those bring torch, which takes seconds."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, 2 where what was asked cannot be done."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for module in arguments[:1] if {*arguments[:1]} & {*LIGHT} else MODULES:
        import_module(f"{__name__}.{module}")
    if arguments and arguments[0] in TASKS and _on_arrays(arguments):
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
