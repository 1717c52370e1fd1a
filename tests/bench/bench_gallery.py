"""How smoothly 1,000 hypotheses scroll and follow the playhead: ``python -m tests.bench.bench_gallery``.

Frames of the gallery's list, with its own thumbnails and, as the baseline in the same run, with a delegate
that draws nothing but the frame of each cell: the ratio holds on a noisy machine where the milliseconds do
not. Times are those of the main thread alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QApplication, QStyledItemDelegate

from app import theme
from app.document import Document
from app.engine.worker import Backend
from app.main_window import MainWindow
from app.panels.thumbnails import CELL
from app.scene.thumbnail import thumbnail
from app.settings import Settings
from app.theme import DARK
from tests.app.fakes import FakeBackend

COUNT, FRAMES, WHEEL = 1000, 40, 120


class Frames(QStyledItemDelegate):
    """A rectangle a cell."""

    def sizeHint(self, option, index) -> QSize:
        return CELL

    def paint(self, painter, option, index) -> None:
        painter.drawRect(option.rect.adjusted(3, 3, -3, -3))


def frames_ms(app: QApplication, view, step: Callable[[int], None]) -> np.ndarray:
    """Milliseconds of each frame: ``step`` and the paint it leads to."""
    times = []
    for frame in range(FRAMES):
        begun = time.thread_time()
        step(frame)
        view.viewport().repaint()
        times.append(1e3 * (time.thread_time() - begun))
        app.processEvents()
    return np.array(times)


def window_of(app: QApplication, backend: Backend) -> MainWindow:
    """A window that shows a finished run."""
    window = MainWindow(backend, Settings(), Document(hypotheses=COUNT, options={"dpm-solver": {"steps": 5}}))
    window.models.sampling.replay = False
    window.show()
    window.stage.hide()  # its drawing has a bench of its own
    window.start()
    while window.models.playback.recording is None or window.models.sampling.busy:
        app.processEvents()
    return window


def main() -> None:
    app = QApplication([])
    QCoreApplication.setApplicationName("gfpose-viewer-bench")
    theme.apply(app, "dark")
    window = window_of(app, FakeBackend())
    panel, playback = window.panels["gallery"], window.models.playback
    view, bar = panel.list, panel.list.verticalScrollBar()

    def scroll(frame: int) -> None:
        bar.setValue(frame * WHEEL % bar.maximum())

    def scrub(frame: int) -> None:
        playback.seek(playback.last * (frame % 60) / 60)

    own, plain = view.itemDelegate(), Frames(view)
    print(f"{COUNT} hypotheses, {'frame':>8} {'95 %':>9} {'baseline':>9} {'ratio':>6}")
    for name, step in (("scrolling", scroll), ("scrubbing", scrub)):
        medians = []
        for delegate in (own, plain):
            view.setItemDelegate(delegate)
            times = frames_ms(app, view, step)
            medians.append((np.median(times), np.quantile(times, 0.95)))
        (mine, slow), (least, _) = medians
        print(f"{name:>16} {mine:>8.2f} ms {slow:>6.2f} ms {least:>6.2f} ms {mine / least:>5.1f}x")
    view.setItemDelegate(own)

    poses, camera = window.models.gallery.results, window.stage.camera
    begun = time.thread_time()
    for pose in poses:
        thumbnail(pose, camera, QSize(74, 86), 1.0, DARK.scene)
    print(f"a thumbnail: {1e3 * (time.thread_time() - begun) / len(poses):.2f} ms")
    window.close()


if __name__ == "__main__":
    main()
