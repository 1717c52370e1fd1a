"""Damage files of every parser for a while, and see that each is read or refused within its bounds.

    pip install -e ".[fuzz]"
    python -m tests.bench.fuzz --minutes 10 [--only bvh,session] [--seed 0]

Every parser's good file is the seed, and libFuzzer (by atheris) goes on from what led to something new in
the readers. A child process reads, so that a crash or a loop is a finding and not the end; what it may use of
memory is limited. The first finding of each kind is kept in --keep, in a folder that opens as it was.

HDF5 of other programs (3dhp, poses, pose-data) has no checksums on its tables, and libhdf5 loops or crashes
in damage to them. A process of its own goes through each such file before it is opened, so that these too are
refused; it takes a quarter of a second, and few files are tried.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

try:
    from tests.bench.fuzz.child import MOST_SECONDS, child, note
except ImportError as error:
    sys.exit(f"{error}: pip install -e '.[fuzz]'")


def fuzz(name: str, place: Path, seconds: float, seed: int, keep: Path) -> tuple[int, ...]:
    """Counts of files read, files refused, findings, and edges reached in the readers."""
    for folder in ("files", "corpus"):
        (place / folder).mkdir()
    context, log = get_context("spawn"), place / "log"
    counts, end = context.Array("Q", 3, lock=False), time.monotonic() + seconds
    while (left := round(end - time.monotonic())) > 0:
        arguments = name, place, left, seed, keep, counts
        process = context.Process(target=child, args=arguments, daemon=True)
        process.start()
        process.join()
        if process.exitcode == 1:  # the harness itself is wrong
            sys.exit(log.read_text())
        if process.exitcode:
            slow = process.exitcode == 70  # libFuzzer's code
            finding = f"no answer in {MOST_SECONDS} s" if slow else "the process ended"
            note(finding, name, place / "files", keep)
            counts[2] += 1
    return *counts, max(map(int, re.findall(r" cov: (\d+)", log.read_text(errors="replace"))), default=0)


def main() -> int:
    from tests.bench.fuzz.parsers import PARSERS  # not for the child, which instruments what it imports

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="for each parser")
    parser.add_argument("--only", default=",".join(PARSERS), help="parsers, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    bad = 0
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory() as place:
            found = fuzz(name, Path(place), 60 * options.minutes, options.seed, options.keep)
        told = "{:,} read, {:,} refused, {:,} findings; {:,} edges reached".format(*found)
        print(f"{name}: {sum(found[:3]):,} files, {told}", flush=True)
        bad += found[2]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
