"""A file that can be imported, before it is: how it was understood, and what a person corrected. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from app.engine.pictures import Picture
from gfpose_core.errors import FormatError
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.importing import Corrections, Imported, Source, open_source

PASSING = ("person", "take")
"""Corrections that belong to one file, and are not remembered for others of its kind."""


@dataclass(frozen=True, eq=False)
class Offer:
    """What there is to be imported.

    Attributes:
        found: the clip under ``corrections``, and how it was detected.
        key: of the kind of file, to remember corrections by.
        recalled: the corrections are those of an earlier file of its kind.
        picture: what the keypoints were seen in, where it came along.
    """

    path: Path
    source: Source
    found: Imported
    corrections: Corrections
    key: str
    recalled: bool = False
    picture: Picture | None = None

    @property
    def in_image(self) -> bool:
        return isinstance(self.found.clip, KeypointClip)

    def corrected(self, corrections: Corrections) -> Offer:
        """The same under other corrections.

        Raises:
            FormatError: they do not fit.
        """
        return replace(self, found=self.source.interpret(corrections), corrections=corrections)


def make_offer(path: Path, remembered: Mapping[str, str]) -> Offer:
    """Open ``path``, with the corrections that are ``remembered`` for its kind where they fit.

    Raises:
        FormatError: nothing that can be imported, or a damaged file.
    """
    source = open_source(path)
    try:
        first = source.interpret(Corrections())
    except FormatError as error:
        raise FormatError(f"{path.name}: {error}") from error.__cause__
    offer = Offer(path, source, first, Corrections(), first.detected.key)
    if offer.key in remembered:
        try:
            again = offer.corrected(from_text(remembered[offer.key]))
        except FormatError:
            return offer
        return replace(again, recalled=True)
    return offer


def to_text(corrections: Corrections, passing: bool = False) -> str:
    """What to remember of them, with those that belong to one file where that is wanted; empty where nothing
    was corrected."""
    usual = Corrections()
    told = {
        field.name: getattr(corrections, field.name)
        for field in fields(corrections)
        if (passing or field.name not in PASSING)
        and getattr(corrections, field.name) != getattr(usual, field.name)
    }
    return json.dumps(told) if told else ""


def from_text(text: str) -> Corrections:
    """Inverse of :func:`to_text`.

    Raises:
        FormatError: it is of another version, or was tampered with.
    """
    try:
        told: dict[str, Any] = json.loads(text or "{}")
        return Corrections(**told)
    except (ValueError, TypeError) as error:
        raise FormatError(f"corrections that are not understood ({error})") from error
