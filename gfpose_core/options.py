"""Fields of options: a frozen dataclass says itself what a form or a command line shows of it."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

from gfpose_core.errors import ConditionError


def option(default: Any, help: str, **metadata: Any) -> Any:
    """A dataclass field with what a form or a command line says of it (help, label, unit, min, max)."""
    return field(default=default, metadata={"help": help, **metadata})


def require_in_range(options: Any) -> None:
    """Refuse values beyond the ``min`` and ``max`` of the fields of ``options``.

    Raises:
        ConditionError: the first such value.
    """
    for of in fields(options):
        value, low, high = (getattr(options, of.name), *(of.metadata.get(end) for end in ("min", "max")))
        if None not in (low, high) and not low <= value <= high:
            raise ConditionError(f"{of.name} is {value:g}: give {low:g} to {high:g}")
