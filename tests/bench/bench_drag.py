"""How soon an edit is answered. Run under a display: ``python -m tests.bench.bench_drag``.

Measured on the real window with the shipped prior: a knee is clicked, until the first pose that answers is
drawn (budget 60 ms), and a wrist is dragged in a circle for some seconds, at 60 moves a second as a mouse
makes them (budget 30 completed poses a second). Beside it stands, of the same run, what a pose costs the main
thread in processor time, and what the preview takes without a window.
"""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.documents.document import Document
from app.engine.backend import TorchBackend
from app.main_window import MainWindow
from app.settings import Settings
from gfpose_core.ladder import LADDER
from gfpose_core.skeleton import H36M17
from tests.bench.desk import fresh_desk
from tests.waiting import wait

SECONDS, CLICKS = 4.0, 8
WRIST, KNEE = H36M17.names.index("LWrist"), H36M17.names.index("RKnee")
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def idle(window: MainWindow) -> None:
    sampling = window.models.sampling
    wait(200)
    while sampling.busy or sampling.loading or sampling.waiting or window.models.playback.playing:
        wait(20)


def send(stage: QWidget, kind: QEvent.Type, at: QPointF, held: Qt.MouseButton = LEFT) -> None:
    where = QPointF(stage.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(stage, QMouseEvent(kind, at, where, LEFT, held, NO_KEY))


class Paints(QObject):
    """Counts them."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__()
        self.count = 0
        canvas.installEventFilter(self)

    def forget(self) -> None:
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def click_ms(window: MainWindow) -> float:
    """From a click on a joint to the first pose that answers, drawn; the median."""
    stage, runner, times = window.stage, window.models.runner, []
    paints = Paints(stage.canvas)
    for _ in range(CLICKS):
        answered = QEventLoop()
        QTimer.singleShot(2000, answered.quit)
        runner.finished.connect(answered.quit)
        runner.finished.connect(paints.forget)
        at = stage.joint_screen_position(KNEE)
        send(stage, QEvent.Type.MouseButtonPress, at)
        clicked = time.perf_counter()
        send(stage, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.NoButton)
        answered.exec()
        while not paints.count:  # as a rule it has been painted by now
            QApplication.processEvents()
        times.append(1000 * (time.perf_counter() - clicked))
        runner.finished.disconnect(answered.quit)
        runner.finished.disconnect(paints.forget)
        idle(window)
    return float(np.median(times))


def drag(window: MainWindow) -> tuple[float, float]:
    """Completed poses a second, and the main thread's ms for each."""
    stage, start = window.stage, window.stage.joint_screen_position(WRIST)
    arrivals: list[object] = []
    window.models.runner.finished.connect(arrivals.append)
    send(stage, QEvent.Type.MouseButtonPress, start)
    began, busy = time.perf_counter(), time.thread_time()
    while (now := time.perf_counter()) < began + SECONDS:
        turn = 4 * (now - began)
        send(stage, QEvent.Type.MouseMove, start + 60 * QPointF(np.sin(turn), 1 - np.cos(turn)))
        wait(max(0, round(1000 * (now + 1 / 60 - time.perf_counter()))))
    busy, poses = time.thread_time() - busy, len(arrivals)
    send(stage, QEvent.Type.MouseButtonRelease, stage.joint_screen_position(WRIST), Qt.MouseButton.NoButton)
    return poses / SECONDS, 1000 * busy / poses


def preview_ms(window: MainWindow) -> float:
    """The preview alone, median of 20."""
    prior, solver = TorchBackend().load(None, "cpu"), LADDER["preview"].solver()
    condition, times = window.models.session.document.condition(), []
    for _ in range(20):
        before = time.perf_counter()
        list(prior.generate(condition, 1, solver, 0))
        times.append(1000 * (time.perf_counter() - before))
    return float(np.median(times))


def main() -> None:
    with fresh_desk():
        measure()


def measure() -> None:
    window = MainWindow(TorchBackend(), Settings(), Document())
    window.models.sampling.replay = False
    window.show()
    window.start()
    idle(window)
    for task in ("legs", "lower body"):
        window.models.conditioning.apply_preset(task)
        idle(window)
        first = click_ms(window)
        rate, busy = drag(window)
        alone = preview_ms(window)
        print(f"{task}: {rate:.0f} poses/s while dragging; a click is answered after {first:.0f} ms")
        print(f"  main thread {busy:.0f} ms a pose, preview alone {alone:.0f} ms: ratio {busy / alone:.1f}")
        idle(window)
    window.close()


if __name__ == "__main__":
    main()
