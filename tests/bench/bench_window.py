"""How free the main thread stays. Run under a display: ``python -m tests.bench.bench_window``.

Measured on the real window with the shipped prior: rounds of the event loop while the worker samples, beside
those while the finished run is played, which draws as much and computes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QApplication

from app.documents.document import Document
from app.engine.backend import TorchBackend
from app.main_window import MainWindow
from app.settings import Settings
from tests.bench.desk import fresh_desk


def rounds_ms(app: QApplication, going: Callable[[], bool]) -> np.ndarray:
    """Milliseconds of each round of the event loop for as long as ``going`` says."""
    waits, last = [], time.perf_counter()
    while going():
        app.processEvents()
        time.sleep(0.001)
        now = time.perf_counter()
        waits.append(1e3 * (now - last))
        last = now
    return np.array(waits)


def main() -> None:
    started = time.perf_counter()
    with fresh_desk() as (app, _):
        measure(app, started)


def measure(app: QApplication, started: float) -> None:
    window = MainWindow(TorchBackend(), Settings(), Document(options={"dpm-solver": {"steps": 300}}))
    models = window.models
    window.show()
    window.start()
    shown = time.perf_counter() - started
    rounds_ms(app, lambda: not models.playback.live)
    print(f"window shown after {shown:.2f} s, first step after {time.perf_counter() - started:.2f} s")
    sampling = rounds_ms(app, lambda: models.sampling.busy)
    models.playback.play()
    playing = rounds_ms(app, lambda: models.playback.playing)
    for name, rounds in (("sampling", sampling), ("playing", playing)):
        usual, most = np.median(rounds), np.quantile(rounds, 0.95)
        print(f"{name}: median {usual:.0f} ms, 95 % below {most:.0f} ms, the longest {rounds.max():.0f} ms")
    print(f"ratio of the medians: {np.median(sampling) / np.median(playing):.2f}")
    window.close()


if __name__ == "__main__":
    main()
