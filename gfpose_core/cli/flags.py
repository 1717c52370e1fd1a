"""Command-line flags made from the fields of a frozen dataclass of options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

_MORE = {"joints": "--joint"}
"""Flags that are given once for each value have the singular name."""


def with_flags(
    options: type, parameter: str, leave_out: Collection[str] = ()
) -> Callable[[Callable], Callable]:
    """Give a command a flag for every field of ``options`` but those to ``leave_out``, in place of its
    keyword ``parameter``."""
    hints = get_type_hints(options)
    chosen = [field for field in fields(options) if field.name not in leave_out]
    declared = {field.name: _parameter(field, hints[field.name]) for field in chosen}

    def decorate(command: Callable) -> Callable:
        @wraps(command)
        def run(*args: Any, **given: Any) -> Any:
            given[parameter] = options(**{name: given.pop(name) for name in declared})
            return command(*args, **given)

        own = inspect.signature(command, eval_str=True).parameters
        parameters = [p for p in own.values() if p.name != parameter] + list(declared.values())
        run.__signature__ = inspect.Signature(parameters)  # typer asks for the signature, and for the hints
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        del run.__wrapped__
        return run

    return decorate


def _parameter(field: Field, hint: Any) -> inspect.Parameter:
    default = field.default if field.default is not MISSING else field.default_factory()
    meta = field.metadata
    names = [_MORE[field.name]] if field.name in _MORE else []
    said = typer.Option(
        *names,
        help=meta.get("help", "")[:1].upper() + meta.get("help", "")[1:] + ".",
        min=meta.get("min"),
        max=meta.get("max"),
        show_default=False,
    )
    if get_origin(hint) is tuple:
        hint, default = list[get_args(hint)[0]], list(default)
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[hint, said]
    )
