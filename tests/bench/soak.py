"""A long soak: ``python -m tests.bench.soak [--actions 500] [--seed 0]``, under a display.

Random actions at the real window with the shipped prior. Afterwards nothing may have gone wrong, undoing
everything must bring the first document back, no thread may be left, and memory must not have grown by more
than 5 % over the actions. As many go before them as it takes to fill what the app keeps for a while: runs, up
to half a gigabyte of them, pictures, what is loaded when it is first needed.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import sys
import threading
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.engine.backend import TorchBackend
from app.logs import log
from app.settings import Settings
from tests.bench.desk import fresh_desk
from tests.monkey import Monkey, at_large, resident_mb, small_window

GROWTH = 0.05
HANG_S = 150


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--actions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--warm-up", type=int, default=600, help="actions before the first weighing; they count too"
    )
    parser.add_argument("--laps", type=int, default=5, help="how often to settle and weigh")
    options = parser.parse_args()
    log.addHandler(logging.NullHandler())  # banners about broken files are as they should be
    with fresh_desk() as (_, folder):
        files = folder / "files"
        files.mkdir()
        return soak(files, options.warm_up, options.actions, options.seed, options.laps)


def soak(folder: Path, warm_up: int, actions: int, seed: int, laps: int) -> int:
    threads = set(threading.enumerate())
    window = small_window(TorchBackend(), Settings())
    monkey = Monkey(window, folder, seed)
    weights, began = [], time.monotonic()
    with at_large(monkey):
        monkey.settle()
        for number in range(1, warm_up + actions + 1):
            faulthandler.dump_traceback_later(HANG_S, exit=True)  # a hang is told by where it hangs
            known = len(monkey.errors)
            monkey.act()
            weigh = number >= warm_up and (number - warm_up) % max(actions // laps, 1) == 0
            if weigh:
                monkey.settle()
            for error in monkey.errors[known:]:
                print(f"went wrong at action {number}: {error}", flush=True)
            if weigh:
                weights.append(resident_mb())
                took = time.monotonic() - began
                print(f"{number:>5} actions, {took:.0f} s, {weights[-1]:.0f} MB", flush=True)
        faulthandler.cancel_dump_traceback_later()
        window.close()
        QApplication.processEvents()
    left = [thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()]
    growth = weights[-1] / weights[0] - 1
    print(f"memory {growth:+.1%}, threads left {left}, {len(monkey.errors)} went wrong")
    return int(bool(monkey.errors or left or growth > GROWTH))


if __name__ == "__main__":
    sys.exit(main())
