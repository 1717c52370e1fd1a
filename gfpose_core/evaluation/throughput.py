"""How many samples a second come out, against how many are made at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from gfpose_core.condition import Condition
from gfpose_core.evaluation.picture import grid
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.priors.base import PosePrior
from gfpose_core.samplers.base import Sampler

BATCHES = (1, 4, 16, 64, 256, 1024, 4096, 16384)

LEAST_S = 1.0
"""Each batch is made again until this many seconds are over."""


def throughput(prior: PosePrior, sampler: Sampler, report: Callable[[float], None]) -> Table:
    """Generated samples a second and seconds a batch, for each of :data:`BATCHES`."""
    rows = []
    for i, batch in enumerate(BATCHES):
        seconds = _seconds(prior, sampler, batch)
        rows.append(Row(str(batch), {"samples a second": batch / seconds, "ms": 1000 * seconds}))
        report((i + 1) / len(BATCHES))
    facts = {"checkpoint": prior.name, "checkpoint sha256": prior.sha256, "sampler": f"{sampler}"}
    return Table("throughput", "Throughput by samples at a time", "", rows, facts=facts)


def picture(table: Table) -> str:
    """The table's samples a second as SVG."""
    curve = [(float(row.label), row.figures["samples a second"]) for row in table.rows]
    return grid([[("samples a second", {"generate": curve})]], "samples at a time")


def _seconds(prior: PosePrior, sampler: Sampler, batch: int) -> float:
    """Of one batch, the first one left out."""
    runs, start = -1, 0.0
    while runs < 1 or time.perf_counter() - start < LEAST_S:
        if runs == 0:
            start = time.perf_counter()
        for step in prior.generate(Condition.nothing(), batch, sampler, seed=0):
            last = step
        last.clean  # noqa: B018, what a caller would wait for
        runs += 1
    return (time.perf_counter() - start) / runs
