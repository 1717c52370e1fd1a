"""How smoothly 1,000 hypotheses scroll and follow the playhead: ``python -m tests.bench.bench_gallery``.

Frames of the gallery's list as it is on the screen, with its own thumbnails and, as the baseline in the same
run, with a delegate that draws nothing but the frame of each cell: the ratio holds on a noisy machine where
the milliseconds do not. Times are those of the main thread alone; the cells painted are counted, and where
there are none nothing is printed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyledItemDelegate

from app.documents.document import Document
from app.engine.worker import Backend
from app.looks.theme import DARK
from app.main_window import MainWindow
from app.panels.thumbnails import CELL, Thumbnails
from app.scene.thumbnail import thumbnail
from app.settings import Settings
from tests.app.fakes import FakeBackend
from tests.bench.desk import fresh_desk

COUNT, FRAMES, WHEEL = 1000, 40, 120


class Counted(Thumbnails):
    """The thumbnails, counted."""

    painted = 0

    def paint(self, painter, option, index) -> None:
        self.painted += 1
        super().paint(painter, option, index)


class Frames(QStyledItemDelegate):
    """A rectangle a cell."""

    painted = 0

    def sizeHint(self, option, index) -> QSize:
        return CELL

    def paint(self, painter, option, index) -> None:
        self.painted += 1
        painter.drawRect(option.rect.adjusted(3, 3, -3, -3))


def frames_ms(app: QApplication, window, step: Callable[[int], None]) -> tuple[np.ndarray, float]:
    """Milliseconds of each frame, ``step`` and the paint of the list, and how many cells a frame paints."""
    view = window.panels["gallery"].list
    times, painted, delegate = [], [], view.itemDelegate()
    for frame in range(FRAMES):
        app.processEvents()
        begun = time.thread_time()
        step(frame)
        stepped = time.thread_time() - begun
        window.stage.canvas.repaint()  # or it would be painted with the list
        delegate.painted, begun = 0, time.thread_time()
        view.viewport().repaint()
        times.append(1e3 * (stepped + time.thread_time() - begun))
        painted.append(delegate.painted)
    if not all(painted):
        sys.exit("frames without a cell: the list is not on the screen")
    return np.array(times), float(np.mean(painted))


def window_of(app: QApplication, backend: Backend) -> MainWindow:
    """A window that shows a finished run."""
    window = MainWindow(backend, Settings(), Document(hypotheses=COUNT, options={"dpm-solver": {"steps": 5}}))
    window.models.sampling.replay = False
    window.show()
    if not QTest.qWaitForWindowExposed(window):
        sys.exit("the window is not on the screen: run it where there is one, or under xvfb-run")
    window.start()
    while window.models.playback.recording is None or window.models.sampling.busy:
        app.processEvents()
    return window


def main() -> None:
    os.environ.setdefault("GFPOSE_STAGE", "painter")  # what the stage costs, another bench tells
    with fresh_desk() as (app, _):
        measure(app)


def measure(app: QApplication) -> None:
    window = window_of(app, FakeBackend())
    panel, playback = window.panels["gallery"], window.models.playback
    view, bar = panel.list, panel.list.verticalScrollBar()

    def scroll(frame: int) -> None:
        bar.setValue(frame * WHEEL % bar.maximum())

    def scrub(frame: int) -> None:
        playback.seek(playback.last * (frame % 60) / 60)

    panel.parentWidget().raise_()  # the window opens with the docks as they were last
    app.processEvents()
    models = window.models
    own = Counted(models.gallery, models.ranking, lambda: window.stage.camera, view)
    plain = Frames(view)
    print(f"{COUNT} hypotheses, {'frame':>8} {'95 %':>9} {'baseline':>9} {'ratio':>6} {'cells':>6}")
    for name, step in (("scrolling", scroll), ("scrubbing", scrub)):
        medians = []
        for delegate in (own, plain):
            view.setItemDelegate(delegate)
            times, cells = frames_ms(app, window, step)
            medians.append((np.median(times), np.quantile(times, 0.95)))
        (mine, slow), (least, _) = medians
        ratio = f"{mine / least:>5.1f}x"
        print(f"{name:>16} {mine:>8.2f} ms {slow:>6.2f} ms {least:>6.2f} ms {ratio} {cells:>6.1f}")

    poses, camera = window.models.gallery.results, window.stage.camera
    begun = time.thread_time()
    for pose in poses:
        thumbnail(pose, camera, QSize(74, 88), 1.0, DARK.scene)
    print(f"a thumbnail: {1e3 * (time.thread_time() - begun) / len(poses):.2f} ms")
    window.close()


if __name__ == "__main__":
    main()
