"""Damage files of every parser for a while, and see that each is read or refused within its bounds.

    python -m tests.bench.fuzz --minutes 10 [--only bvh,session] [--seed 0]

Every parser's good file is the seed. A child process reads the damaged ones, so that a crash or a loop is a
finding and not the end; what it may use of memory is limited. Findings are kept in --keep, in folders that
open as they were.

HDF5 of other programs (3dhp, poses, pose-data) has no checksums on its tables. Where libhdf5 itself loops or
ends in damage to them, that is printed like any finding, and is not ours to mend.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tests.bench.fuzz.child import child
from tests.bench.fuzz.damage import damaged
from tests.bench.fuzz.parsers import PARSERS

MOST_SECONDS = 20.0
FINE = ("read", "refused")


def fuzz(name: str, folder: Path, seconds: float, seed: int, keep: Path) -> Counter[str]:
    """Counts of outcomes; the first file of each that is not :data:`FINE` goes to ``keep``."""
    chance, counts, context, process, pipe = random.Random(seed), Counter(), get_context("spawn"), None, None
    opened = PARSERS[name].make(folder, np.random.default_rng(seed))
    target = PARSERS[name].target(opened)
    content, end = target.read_bytes(), None
    while end is None or time.monotonic() < end:
        if process is None:
            target.write_bytes(content)
            pipe, other = context.Pipe()
            process = context.Process(target=child, args=(other, name), daemon=True)
            process.start()
            other.close()
            pipe.send(opened)
            pipe.recv()
            end = end or time.monotonic() + seconds
        target.write_bytes(damaged(content, chance))
        outcome = "the process ended"
        try:
            pipe.send(opened)
            outcome = pipe.recv() if pipe.poll(MOST_SECONDS) else f"no answer in {MOST_SECONDS:g} s"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        if outcome.startswith(("no answer", "the process")):
            process.kill()
            process.join()
            process = None
        kind = re.sub(r"\d+", "#", outcome)[:60]
        if kind not in FINE and not counts[kind]:
            shutil.copytree(folder, keep / f"{name}-{seed}-{counts.total()}", dirs_exist_ok=True)
            print(f"  {name}-{seed}-{counts.total()}: {outcome}", flush=True)
        counts[kind] += 1
    if process is not None:
        pipe.send(None)
        process.join(5)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="for each parser")
    parser.add_argument("--only", default=",".join(PARSERS), help="parsers, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of what the damage does to arrays
    bad = 0
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            counts = fuzz(name, Path(folder), 60 * options.minutes, options.seed, options.keep)
        bad += counts.total() - counts["read"] - counts["refused"]
        told = (f"{count:,} {outcome}" for outcome, count in counts.items())
        print(f"{name}: {counts.total():,} files, " + ", ".join(told), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
