"""The process that reads damaged files, led by what they reach in the readers, and may end of one."""

from __future__ import annotations

import os
import re
import resource
import shutil
import warnings
import zlib
from collections.abc import Callable, MutableSequence
from pathlib import Path
from random import Random

import atheris
import numpy as np

MOST_BYTES = 3 * 2**30
MOST_SECONDS = 20
FINE = ("read", "refused")


def note(finding: str, name: str, files: Path, keep: Path) -> None:
    """Tell of the first finding of its kind, and keep its folder."""
    kind = re.sub(r"\d+", "#", finding)[:60]
    kept = keep / f"{name}-{zlib.crc32(kind.encode()):08x}"
    if not kept.exists():
        shutil.copytree(files, kept)
        print(f"  {kept}: {finding[:300]}", flush=True)


def child(name: str, place: Path, seconds: int, seed: int, keep: Path, counts: MutableSequence[int]) -> None:
    """Count what is read, what refused, and findings; ``place`` has the files, libFuzzer's corpus and log."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    os.dup2(os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    warnings.simplefilter("ignore")  # of what the damage does to arrays
    with atheris.instrument_imports(include=["app", "gfpose_core"]):
        from tests.bench.fuzz.damage import damaged
        from tests.bench.fuzz.parsers import PARSERS

        opened = PARSERS[name].make(place / "files", np.random.default_rng(seed))
        read, target = PARSERS[name].read, PARSERS[name].target(opened)
        read(opened)  # which imports the rest
    good = target.read_bytes()
    (place / "corpus" / "good").write_bytes(good)

    def test(content: bytes) -> None:
        target.write_bytes(content)
        outcome = _outcome(read, opened)
        if outcome not in FINE:
            note(outcome, name, place / "files", keep)
        counts[(*FINE, outcome).index(outcome)] += 1

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.random() < 0.4:  # damage piles up, and what is read to its end gets rare
            content = good
        return atheris.Mutate(content, most) if chance.random() < 0.3 else damaged(content, chance)[:most]

    # memory is limited above: libFuzzer looks at it once a second. Decoders of pictures fill the log.
    fixed = ("-max_len=1000000", "-mutate_depth=2", "-rss_limit_mb=0", "-close_fd_mask=2")
    limits = (f"-max_total_time={seconds}", f"-timeout={MOST_SECONDS}", f"-seed={seed + 1}")
    flags = [*fixed, *limits, f"-artifact_prefix={place}/", str(place / "corpus")]
    atheris.Setup([name, *flags], test, custom_mutator=mutate)
    atheris.Fuzz()


def _outcome(read: Callable[[Path], object], opened: Path) -> str:
    from gfpose_core.errors import GfposeError

    try:
        read(opened)
    except GfposeError as error:
        said = str(error)
        if "into memory" in said or "Unable to allocate" in said:
            return f"out of memory: {said}"
        return "refused" if 0 < len(said) < 2000 else f"a message of {len(said)} letters"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "read"
