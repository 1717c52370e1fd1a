"""Tables as files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict

from gfpose_core.evaluation.protocols import Protocol, Row
from gfpose_core.io.atomic import atomic_path
from gfpose_core.priors.base import PosePrior


def write_json(
    path: str | os.PathLike[str], table: str, rows: Sequence[Row], protocol: Protocol, prior: PosePrior
) -> None:
    """The figures with what made them, in mm."""
    content = {
        "table": table,
        "checkpoint": prior.name,
        "checkpoint_sha256": prior.sha256,
        "poses": len(protocol.poses),
        "hypotheses": protocol.hypotheses,
        "sampler": {"name": type(protocol.sampler).__name__, **asdict(protocol.sampler)},
        "seed": protocol.seed,
        "rows": [asdict(row) for row in rows],
    }
    with atomic_path(path) as part:
        part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
