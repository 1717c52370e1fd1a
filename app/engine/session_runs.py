"""The list of runs in a session file: what is told in its JSON, and the states that branches go on from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import h5py

from app.documents.branch import Branch
from app.documents.document import Document
from app.documents.document_json import from_json, parse, read_as, to_json
from app.documents.lab import Setup, Setups
from app.documents.runs import Run
from gfpose_core.io.hdf5 import get_text, put_texts
from gfpose_core.io.recordings import read_condition, write_condition
from gfpose_core.registry import SAMPLERS, load

_TOLD = {
    "number": int,
    "name": str,
    "hypotheses": int,
    "seconds": float | int | None,
    "calls": int | None,
    "sha256": str,
    "kept": bool,
    "again": bool,
}
"""What is told of a run beside its document and its levels."""


def tell_document(document: Document, branches: Sequence[Branch]) -> dict[str, Any]:
    """``document`` for JSON, its branch as a place in ``branches``."""
    told = to_json(replace(document, branch=None))
    at = next((i for i, branch in enumerate(branches) if branch is document.branch), None)
    return {**told, "branch": at}


def read_document(told: dict[str, Any], branches: Sequence[Branch]) -> Document:
    """Inverse of :func:`tell_document`.

    Raises:
        ValueError, IndexError: no document, or a branch that is not there.
    """
    at = told.get("branch")
    document = from_json({**told, "branch": None})
    for sampler, options in document.options.items():
        _require_options(sampler, options)
    return document if at is None else replace(document, branch=branches[at])


def tell_run(run: Run, branches: Sequence[Branch]) -> dict[str, Any]:
    """``run`` for JSON."""
    told = {name: getattr(run, name) for name in _TOLD}
    return {**told, "levels": list(run.levels), "document": tell_document(run.document, branches)}


def read_run(told: dict[str, Any], branches: Sequence[Branch]) -> Run:
    """Inverse of :func:`tell_run`.

    Raises:
        ValueError, KeyError: parts that are missing, or of another kind.
    """
    values = {name: told[name] for name in _TOLD}
    for name, kind in _TOLD.items():
        if not isinstance(values[name], kind):
            raise ValueError(f"{name} of a run is {values[name]!r}")
    first, last = (float(level) for level in told["levels"])
    return Run(**values, levels=(first, last), document=read_document(told["document"], branches))


def read_setups(told: Any) -> Setups:
    """The lab's two setups.

    Raises:
        ValueError: not two, or none of the kind.
    """
    a, b = (read_as(Setup, setup) for setup in told)
    for setup in (a, b):
        _require_options(setup.sampler, setup.options)
    return a, b


def _require_options(sampler: str, options: Any) -> None:
    """Refuse what no form could show; options that the sampler no longer has are let be.

    Raises:
        ValueError: no options, or values of another kind.
    """
    if not isinstance(options, dict):
        raise ValueError(f"the options of {sampler} are {options!r}")
    known = fields(load(SAMPLERS, sampler)) if sampler in SAMPLERS else ()
    for name, default in {field.name: field.default for field in known}.items():
        value = options.get(name, default)
        kinds = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, kinds) or (isinstance(value, int) and abs(value) >= 2**31):
            raise ValueError(f"{name} of {sampler} is {value!r}")


def write_branches(group: h5py.Group, branches: Sequence[Branch]) -> None:
    """Every branch by its place, arrays in the format of recordings."""
    for at, branch in enumerate(branches):
        part = group.create_group(str(at))
        told = {f.name: to_json(getattr(branch, f.name)) for f in fields(branch) if f.name != "condition"}
        put_texts(part, told=json.dumps(told))
        write_condition(part, branch.condition)


def read_branches(group: h5py.Group) -> list[Branch]:
    """Inverse of :func:`write_branches`.

    Raises:
        KeyError, ValueError, TypeError: parts that are missing, or do not belong together.
    """
    branches = []
    for at in range(len(group)):
        part = group[str(at)]
        branch = Branch(**parse(get_text(part, "told")), condition=read_condition(part))
        if branch.condition.resume is None or len(branch.condition) != 1:
            raise ValueError("a branch holds no states to go on from")
        branches.append(branch)
    return branches
