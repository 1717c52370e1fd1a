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

_QUICK = {"fit_steps": 30, "headings": 2, "refined": 20.0}

ZEDO_LADDER: Mapping[str, Quality] = {
    "preview": Quality("nearly the reference's quality", "zedo", {"steps": 30, "pull": 30.0, **_QUICK}),
    "standard": Quality(
        "the reference's quality in a tenth of its calls",
        "zedo",
        {"steps": 100, "pull": 20.0, **_QUICK},
    ),
    "reference": Quality("the paper's 500 + 1000 iterations", "zedo"),
}
"""Measured by ``gfpose evaluate zedo-steps --split val``. PA-MPJPE of one hypothesis, on 400 poses: 32.8,
30.4 and 31.8 mm; of the best of ten, on 100: 24.1 (standard) and 24.8. Poses given by a lifter or by GFPose
come out better from 20 mm, by PA-MPJPE and MPJPE, from true and noisy 2D, on 200: 25.4 to 24.2, 46.3 to 43.5;
27.8 to 25.6, 50.0 to 45.6. From the paper's 110 mm those from true 2D come out worse."""

LADDERS: Mapping[str, Mapping[str, Quality]] = {DEFAULT_PRIOR: LADDER, "zedo": ZEDO_LADDER}
"""By family of priors; the rungs have the same names in all."""
