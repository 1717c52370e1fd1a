"""Documents as plain values for JSON, and back, field by field from their type hints. No Qt."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from app.documents.document import MOST_HYPOTHESES, Document
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import GfposeError
from gfpose_core.skeleton import H36M17


def parse(text: str | bytes) -> Any:
    """What JSON says, in finite numbers.

    Raises:
        ValueError: no JSON, or NaN, infinity or a number that is larger than any float.
    """
    return json.loads(text, parse_float=_finite, parse_constant=_finite)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"it says {text[:20]}, which is no finite number")
    return number


def to_json(value: Any) -> Any:
    """``value``, a document or a part of one, in dicts, lists, numbers and texts."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: to_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    return value


def from_json(told: Any) -> Document:
    """Inverse of :func:`to_json`; a field that is not told has its default.

    Raises:
        ValueError: no document, or one with fields that are not known here.
    """
    document = read_as(Document, told)
    if document.levels.shape != (H36M17.n_joints,) or set(document.levels) - {FREE, SEEN_2D, FIXED_3D}:
        raise ValueError(f"its levels are not those of {H36M17.n_joints} joints")
    if not 1 <= document.hypotheses <= MOST_HYPOTHESES or not 0 <= document.seed < 2**63:
        raise ValueError(f"it asks for {document.hypotheses} hypotheses from seed {document.seed}")
    return document


def read_as(kind: type, told: Any) -> Any:
    """Inverse of :func:`to_json` for any dataclass; a field that is not told has its default.

    Raises:
        ValueError: not of this kind, or with fields that are not known here.
    """
    hints = get_type_hints(kind)
    if not isinstance(told, dict):
        raise ValueError(f"{told!r} is no {kind.__name__}")
    if unknown := told.keys() - hints.keys():
        raise ValueError(f"it says {', '.join(sorted(unknown))}, which is not known here: update the viewer")
    values = {name: _value(hints[name], value) for name, value in told.items()}
    try:
        return kind(**values)
    except (GfposeError, TypeError) as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _value(hint: Any, value: Any) -> Any:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        if is_dataclass(kind):
            return read_as(kind, value)
        if kind is np.ndarray and isinstance(value, list):
            return np.array(value)
        if get_origin(kind) is tuple and isinstance(value, list):
            return tuple(value)
        if _fits(kind, value):
            return value
    raise ValueError(f"{value!r} stands where {hint} should")


def _fits(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool)
    plain = get_origin(kind) or kind
    return isinstance(plain, type) and isinstance(value, plain)
