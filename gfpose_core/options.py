"""Fields of options: a frozen dataclass says itself what a form or a command line shows of it."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def option(default: Any, help: str, **metadata: Any) -> Any:
    """A dataclass field with what a form or a command line says of it (help, label, unit, min, max)."""
    return field(default=default, metadata={"help": help, **metadata})
