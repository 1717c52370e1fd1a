"""Single fields of a recipe, or of any dataclass, by dotted names: ``learning_rate``, ``masks.part``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from gfpose_core.errors import TrainingError

T = TypeVar("T")


def with_settings(recipe: T, settings: Iterable[str]) -> T:
    """``recipe``, or another dataclass, with its scalar fields as ``settings`` ("NAME=VALUE") say; the last
    one on a field counts.

    Raises:
        TrainingError: no such field, a value that is not of its type, or fields that do not go together.
    """
    kinds = {name: kind for name, kind, _ in values_of(recipe) if _is_scalar(kind)}
    changes = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or name not in kinds:
            raise TrainingError(f"{setting!r} sets nothing: write NAME=VALUE, NAME one of {', '.join(kinds)}")
        changes[name] = _value(name, kinds[name], text)
    return _replaced(recipe, changes)


def values_of(part: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Dotted name, type and value of every field of a dataclass and of the dataclasses in it."""
    kinds = get_type_hints(type(part))
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            yield from values_of(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, kinds[field.name], value


def _is_scalar(kind: Any) -> bool:
    return kind in (bool, int, float, str) or get_origin(kind) is Literal


def _value(name: str, kind: Any, text: str) -> Any:
    choices = ["true", "false"] if kind is bool else get_args(kind)
    try:
        if choices:
            chosen = choices[choices.index(text)]
            return chosen == "true" if kind is bool else chosen
        return kind(text)
    except ValueError:
        wanted = f"one of {', '.join(choices)}" if choices else _WORDS[kind]
        raise TrainingError(f"{name} is {wanted}, not {text!r}") from None


_WORDS = {int: "a whole number", float: "a number"}


def _replaced(part: Any, changes: dict[str, Any], prefix: str = "") -> Any:
    """``part`` with all changes at once, so that only their outcome must go together."""
    values = {}
    for field in fields(part):
        name, value = prefix + field.name, getattr(part, field.name)
        values[field.name] = (
            _replaced(value, changes, f"{name}.") if is_dataclass(value) else changes.get(name, value)
        )
    return replace(part, **values)
