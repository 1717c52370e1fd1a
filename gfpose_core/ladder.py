"""The ladder of qualities that viewer and command line share: names for a sampler with its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gfpose_core.registry import DEFAULT_PRIOR, DEFAULT_SAMPLER, OPTIMISERS, SAMPLERS, load


@dataclass(frozen=True)
class Quality:
    """A rung: what it is good for, the sampler, and those of its options that differ from their defaults."""

    about: str
    sampler: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def solver(self) -> Any:
        """The sampler itself."""
        return load({**SAMPLERS, **OPTIMISERS}, self.sampler)(**self.options)


LADDER: Mapping[str, Quality] = {
    "preview": Quality("the fewest network calls that still look right", DEFAULT_SAMPLER, {"steps": 6}),
    "standard": Quality("the reference's quality, but for what chance does", DEFAULT_SAMPLER),
    "reference": Quality("the paper's 1000 steps of Euler-Maruyama", "euler-maruyama"),
}
"""By ``gfpose bench quality`` on val, against the reference on every task: in 6 calls the spread is less than
9 % off and the best hypothesis less than 7 % (in 4 the spread is a quarter too small, and bodies break); in
20 the spread is less than 5 % off, as two seeds are."""

ZEDO_LADDER: Mapping[str, Quality] = {
    "preview": Quality(
        "as good as the reference, in a thirtieth of it",
        "zedo",
        {"steps": 30, "fit_steps": 30, "headings": 2, "pull": 50.0},
    ),
    "standard": Quality(
        "better than the reference, in a tenth of it",
        "zedo",
        {"steps": 100, "fit_steps": 50, "headings": 2, "pull": 50.0},
    ),
    "reference": Quality("the paper's 500 + 1000 iterations", "zedo"),
}

LADDERS: Mapping[str, Mapping[str, Quality]] = {DEFAULT_PRIOR: LADDER, "zedo": ZEDO_LADDER}
"""By family of priors; the rungs have the same names in all."""
