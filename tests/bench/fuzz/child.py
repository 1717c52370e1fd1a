"""The process that reads damaged files, and may end of it."""

from __future__ import annotations

import os
import resource
import warnings
from multiprocessing.connection import Connection

MOST_BYTES = 3 * 2**30


def child(pipe: Connection, name: str) -> None:
    """Read what comes, and answer "read", "refused" or what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where decoders of pictures complain
    from gfpose_core.errors import GfposeError
    from tests.bench.fuzz.parsers import PARSERS

    read = PARSERS[name].read
    read(pipe.recv())
    pipe.send("ready")
    while (path := pipe.recv()) is not None:
        try:
            read(path)
            outcome = "read"
        except GfposeError as error:
            said = str(error)
            outcome = "refused" if 0 < len(said) < 2000 else f"a message of {len(said)} letters"
            if "into memory" in said or "Unable to allocate" in said:
                outcome = f"out of memory: {said}"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"
        pipe.send(outcome[:300])
