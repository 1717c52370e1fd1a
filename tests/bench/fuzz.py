"""Damage files of every importer for a while, and see that each is read or refused within its bounds.

    python -m tests.bench.fuzz --minutes 10 [--only bvh,amc] [--seed 0]

Every format's good file is the seed. A child process reads the damaged ones, so that a crash or a loop is a
finding and not the end; what it may use of memory is limited. Findings are kept in --keep.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

MOST_SECONDS, MOST_BYTES = 20.0, 3 * 2**30
_WORDS = (b"0", b"-1", b"1e308", b"nan", b"inf", b"99999999999", b"{", b"}", b"[", b'"', b",", b"\0", b"\xff")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A few of: bytes flipped, cut, doubled, moved, or replaced by what readers trip over."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        if not found:
            break
        at, long = chance.randrange(len(found)), chance.choice((1, 2, 4, 16, 64))
        kind = chance.randrange(6)
        if kind == 0:
            found[at] = chance.randrange(256)
        elif kind == 1:
            del found[at : at + long]
        elif kind == 2:
            found[at:at] = found[at : at + long] * chance.choice((1, 1, 2, 1000))
        elif kind == 3:
            found[at : at + long] = chance.choice(_WORDS)
        elif kind == 4:
            del found[at:]
        else:
            other = chance.randrange(len(found))
            found[at : at + long] = found[other : other + long]
    return bytes(found)


def child(pipe: Connection, name: str) -> None:
    """Read what comes, and answer "read", "refused" or what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    from gfpose_core.errors import FormatError
    from gfpose_core.io.identify import identify
    from gfpose_core.io.importing import Corrections, open_source

    open_source(pipe.recv(), name)
    pipe.send("ready")
    while (path := pipe.recv()) is not None:
        try:
            identify(path)
            found = open_source(path, name).interpret(Corrections())
            places = getattr(found.clip, "poses", getattr(found.clip, "keypoints", None))
            known = getattr(found.clip, "observed", getattr(found.clip, "visible", None))
            pipe.send("read" if np.isfinite(places[known]).all() else "places that are not finite")
        except FormatError as error:
            pipe.send("refused" if 0 < len(str(error)) < 2000 else f"a message of {len(str(error))} letters")
        except BaseException as error:
            pipe.send(f"{type(error).__name__}: {error}"[:300])


def fuzz(name: str, seed_file: Path, seconds: float, seed: int, keep: Path) -> dict[str, int]:
    """Counts of outcomes; files that led to another outcome than "read" and "refused" go to ``keep``."""
    chance, counts = random.Random(seed), {"read": 0, "refused": 0}
    content, target = seed_file.read_bytes(), seed_file.with_name("damaged" + seed_file.suffix)
    context, process, pipe = get_context("spawn"), None, None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is None:
            pipe, other = context.Pipe()
            process = context.Process(target=child, args=(other, name), daemon=True)
            process.start()
            other.close()
            pipe.send(seed_file)
            pipe.recv()
        target.write_bytes(damaged(content, chance))
        outcome = "the process ended"
        try:
            pipe.send(target)
            if pipe.poll(MOST_SECONDS):
                outcome = pipe.recv()
            else:
                outcome = f"no answer in {MOST_SECONDS:g} s"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        if outcome.startswith(("no answer", "the process")):
            process.kill()
            process.join()
            process = None
        if outcome not in ("read", "refused"):
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}-{sum(counts.values())}{target.suffix}").write_bytes(target.read_bytes())
        counts[outcome] = counts.get(outcome, 0) + 1
    if process is not None:
        pipe.send(None)
        process.join(5)
    return counts


def main() -> int:
    from tests.contracts.test_importers import SAMPLES

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="for each format")
    parser.add_argument("--only", default=",".join(SAMPLES), help="formats, separated by commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    bad = 0
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            sample = SAMPLES[name](Path(folder), np.random.default_rng(options.seed))
            if sample.is_dir():
                sample = sorted(sample.iterdir())[0]
            counts = fuzz(name, sample, 60 * options.minutes, options.seed, options.keep)
        bad += sum(counts.values()) - counts["read"] - counts["refused"]
        print(f"{name}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
