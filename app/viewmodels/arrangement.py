"""How the hypotheses are listed: a value, kept from one start to the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from app.viewmodels.measures import DRAWN, MEASURES
from gfpose_core.modes import SAME_MM

MOST_CLUSTERS = 12
USUAL_CLUSTERS = 5


@dataclass(frozen=True)
class Arrangement:
    """View state.

    Attributes:
        order: DRAWN or a key of MEASURES.
        worst_first: turn the order round.
        grouped: list cluster by cluster.
        clusters: how many are asked for.
        turned_alike: the way a pose faces does not count in clusters.
        medoids_only: list one hypothesis of each cluster.
        folded: list no near-duplicates.
        same_mm: MPJPE below which two hypotheses are such.
    """

    order: str = DRAWN
    worst_first: bool = False
    grouped: bool = False
    clusters: int = USUAL_CLUSTERS
    turned_alike: bool = False
    medoids_only: bool = False
    folded: bool = False
    same_mm: float = SAME_MM

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> Arrangement:
        """What was kept; whatever of it cannot be used is as usual."""
        try:
            told = json.loads(text)
        except ValueError:
            return cls()
        usual = cls()
        for name, value in told.items() if isinstance(told, dict) else ():
            if _fits(name, value, getattr(usual, name, None)):
                usual = replace(usual, **{name: type(getattr(usual, name))(value)})
        return usual


def _fits(name: str, value: object, usual: object) -> bool:
    if name == "order":
        return value == DRAWN or value in MEASURES
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(usual, bool) and isinstance(value, bool)
    limits = {"clusters": (2, MOST_CLUSTERS), "same_mm": (1, 100)}.get(name)
    return limits is not None and isinstance(value, int | float) and limits[0] <= value <= limits[1]
