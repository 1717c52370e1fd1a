"""All that `gfpose bench speed` measures, as a table, notes and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gfpose_core.bench import speed
from gfpose_core.bench.equality import BEST_OF, HYPOTHESES, POSES, WITHIN, Comparison, comparisons
from gfpose_core.io.datasets.benchmark import Benchmark
from gfpose_core.networks.inference import fastest_dtype
from gfpose_core.priors.gfpose import GFPosePrior

Progress = Callable[[float, str], None]


@dataclass
class Report:
    """Rows of one cell for each of ``counts`` hypotheses, notes, and figures by their names in the JSON."""

    counts: tuple[int, ...] = (1, 16, 200, 2000)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, float | None] = field(default_factory=dict)

    def row(self, name: str, cells: dict[int, str]) -> None:
        self.rows.append((name, [cells.get(count, "") for count in self.counts]))


def measure(
    prior: GFPosePrior, subjects: Benchmark | None, folder: Path, seed: int, progress: Progress
) -> Report:
    """Everything, in one run; without ``subjects`` equal quality is left out."""
    report = Report()
    dtype = str(fastest_dtype(prior.device)).removeprefix("torch.")
    progress(0.0, "previews")
    previews = {count: speed.preview(prior, count) for count in report.counts[:2]}
    report.row("first preview, ms", {count: f"{first:.1f}" for count, (first, _) in previews.items()})
    report.row("after an edit, ms", {count: f"{later:.1f}" for count, (_, later) in previews.items()})

    reference = speed.literal(prior)
    literal, fast, memory = {}, {}, {}
    for i, count in enumerate(report.counts):
        progress((i + 1) / 6, f"{speed.STEPS} steps, S = {count}")
        literal[count], fast[count] = speed.paces([reference, prior], count)
        memory[count] = speed.peak_memory_mb()
    report.row("literal, s", {c: f"{p.seconds:.2f} ({p.timed})" for c, p in literal.items()})
    report.row("same steps, s", {c: f"{p.seconds:.2f} ({p.timed})" for c, p in fast.items()})
    ratios = {count: literal[count].seconds / fast[count].seconds for count in report.counts}
    report.row("times faster", {count: f"{ratio:.1f} x" for count, ratio in ratios.items()})

    peak = speed.matmul_peak(prior.device)
    work = speed.STEPS * speed.useful_flops(prior.denoiser.config.network)
    shares = {count: count * work / fast[count].seconds / peak for count in report.counts}
    report.row("share of peak", {c: f"{share:.1%}" for c, share in shares.items()})
    if all(memory.values()):
        report.row("memory so far, MB", {count: f"{most:.0f}" for count, most in memory.items()})

    report.figures = {
        "same_steps_ratio_s200": ratios[200],
        "equal_quality_ratio_s200": None,
        "equal_quality_seconds_s200": None,
        "preview_ms_s1": previews[1][1],
        "preview_ms_s16": previews[16][1],
        "peak_share_s2000": shares[2000],
    }
    report.notes += [
        f"literal: {speed.STEPS} steps of Alg. 1 in float32, condition and time embedded for every sample at "
        f"every call. Seconds are scaled from as many steps as brackets say, in the fastest of "
        f"{speed.ROUNDS} rounds.",
        f"same steps: in {dtype}; after {speed.STEPS} steps from the same noise its joints lie "
        f"{speed.distance(prior):.2f} mm from the literal ones.",
        f"peak: {peak / 1e12:.2f} TFLOP/s, {dtype} products of large matrices; the share is that of the "
        f"network's products over the whole run.",
    ]
    if subjects is None:
        report.notes.append("equal quality: left out, it needs --data.")
    else:
        progress(5 / 6, "quality")
        tried = list(comparisons(prior, subjects, folder, seed, progress))
        _add_equality(report, prior, tried, literal[200].seconds)
    return report


def _add_equality(
    report: Report, prior: GFPosePrior, tried: list[Comparison], literal_seconds: float
) -> None:
    for found in tried:
        against = ", ".join(
            f"{name} {found.ratios[name] - 1:+.1%} ({low - 1:+.1%} to {high - 1:+.1%})"
            for name, (low, high) in found.intervals.items()
        )
        report.notes.append(f"{found.calls} calls against {speed.STEPS} steps: {against}")
    limits = ", ".join(f"{name} within {share:.0%}" for name, share in WITHIN.items())
    report.notes.append(
        f"equal quality: {limits}, lifting {POSES} poses of val, best of {BEST_OF} among S = {HYPOTHESES}, "
        f"the fast network on both sides; brackets hold 95 % of what redrawn poses (bootstrap) give."
    )
    if not tried[-1].equal:
        report.notes.append(f"equal quality: not reached with {tried[-1].calls} calls.")
        return
    seconds = float(speed.whole_runs(prior, 200, tried[-1].sampler).mean())
    report.row("equal quality, s", {200: f"{seconds:.3f}"})
    report.row("times faster", {200: f"{literal_seconds / seconds:.0f} x"})
    report.figures["equal_quality_ratio_s200"] = literal_seconds / seconds
    report.figures["equal_quality_seconds_s200"] = seconds
