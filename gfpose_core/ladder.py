"""The ladder of qualities that viewer and command line share: names for a sampler with its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gfpose_core.registry import DEFAULT_SAMPLER, SAMPLERS, load


@dataclass(frozen=True)
class Quality:
    """A rung: what it is good for, the sampler, and those of its options that differ from their defaults."""

    about: str
    sampler: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def solver(self) -> Any:
        """The sampler itself."""
        return load(SAMPLERS, self.sampler)(**self.options)


LADDER: Mapping[str, Quality] = {
    "preview": Quality("the fewest network calls that still look right", DEFAULT_SAMPLER, {"steps": 6}),
    "standard": Quality("as good as the reference, within what chance leaves to see", DEFAULT_SAMPLER),
    "reference": Quality("the paper's Alg. 1: 1000 steps of Euler-Maruyama", "euler-maruyama"),
}
"""Chosen by ``gfpose bench quality`` on the split val, see assets/quality.md."""
