"""How live a drag is: completed poses a second. Run under a display: ``python -m tests.bench.bench_drag``.

Measured on the real window with the shipped prior: a wrist is dragged in a circle for some seconds, at 60
moves a second as a mouse makes them. The budget is 30 poses a second. Beside it stands, of the same run, what
a pose costs the main thread in processor time, and what the preview takes without a window.
"""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.document import Document
from app.engine.backend import TorchBackend
from app.main_window import MainWindow
from app.settings import Settings
from gfpose_core.ladder import LADDER
from gfpose_core.skeleton import H36M17
from tests.waiting import wait

SECONDS, WRIST = 4.0, H36M17.names.index("LWrist")


def idle(window: MainWindow) -> None:
    sampling = window.models.sampling
    wait(200)
    while sampling.busy or sampling.loading or sampling.waiting or window.models.playback.playing:
        wait(20)


def drag(window: MainWindow) -> tuple[float, float, float]:
    """Completed poses a second, ms from the first move to the first of them, main thread's ms for each."""
    stage, left = window.stage, Qt.MouseButton.LeftButton
    arrivals: list[float] = []
    window.models.runner.finished.connect(lambda _: arrivals.append(time.perf_counter()))
    start = stage.joint_screen_position(WRIST)

    def send(kind: QEvent.Type, at: QPointF, held: Qt.MouseButton) -> None:
        where = QPointF(stage.mapToGlobal(at.toPoint()))
        event = QMouseEvent(kind, at, where, left, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(stage, event)

    send(QEvent.Type.MouseButtonPress, start, left)
    began, busy = time.perf_counter(), time.thread_time()
    while (now := time.perf_counter()) < began + SECONDS:
        turn = 4 * (now - began)
        send(QEvent.Type.MouseMove, start + 60 * QPointF(np.sin(turn), 1 - np.cos(turn)), left)
        wait(max(0, round(1000 * (now + 1 / 60 - time.perf_counter()))))
    send(QEvent.Type.MouseButtonRelease, stage.joint_screen_position(WRIST), Qt.MouseButton.NoButton)
    busy = time.thread_time() - busy
    return len(arrivals) / SECONDS, 1000 * (arrivals[0] - began), 1000 * busy / len(arrivals)


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
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication([])
    theme.apply(app, "dark")
    window = MainWindow(TorchBackend(), Settings(), Document())
    window.models.sampling.replay = False
    window.show()
    window.start()
    idle(window)
    for task in ("legs", "lower body"):
        window.models.conditioning.apply_preset(task)
        idle(window)
        rate, first, busy = drag(window)
        alone = preview_ms(window)
        print(f"{task}: {rate:.0f} poses/s while dragging, the first after {first:.0f} ms")
        print(f"  main thread {busy:.0f} ms a pose, preview alone {alone:.0f} ms: ratio {busy / alone:.1f}")
        idle(window)
    window.close()


if __name__ == "__main__":
    main()
