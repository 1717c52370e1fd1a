"""The viewer as its own process, for test_autosave: ``python -m tests.app.crash_child ROLE FOLDER``.

Everything is the real application but the prior. ``work`` edits, then drags a joint until it is killed, and
writes down what it did; ``stand`` edits and waits for a signal, behind an open dialog; ``restore`` clicks
Restore, writes down what came back, and quits.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QSpinBox, QToolButton

import app.main
from app.documents.document_json import to_json
from app.main_window import MainWindow
from tests.app.fakes import FakeBackend
from tests.waiting import wait

LEFT = Qt.MouseButton.LeftButton
HAND = 13


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        wait(20)


def settled(window):
    models = window.models
    wait_until(lambda: models.playback.recording is not None and not models.playback.playing)
    wait_until(lambda: not (models.sampling.busy or models.sampling.waiting or models.playback.playing))


def note(path: Path, told) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told))
    os.replace(part, path)


def state(window):
    models = window.models
    pins = [[pinned.label, pinned.pose.tolist()] for pinned in models.gallery.pinned]
    return {
        "document": to_json(models.session.document),
        "pins": pins,
        "recording": len(models.playback.recording.poses),
    }


def work(window, folder: Path) -> None:
    settled(window)
    QTest.mouseClick(window.findChild(object, "preset-legs"), LEFT)
    settled(window)
    window.findChild(QSpinBox, "hypotheses").setValue(7)
    QTest.mouseClick(window.findChild(QToolButton, "seed-lock"), LEFT)
    window.panels["gallery"].pin_focused()
    settled(window)
    note(folder / "edited.json", state(window))
    at = window.stage.joint_screen_position(HAND).toPoint()
    QTest.mousePress(window.stage, LEFT, Qt.KeyboardModifier.NoModifier, at)
    with (folder / "drag.txt").open("w") as log:
        for step in range(10**6):  # until it is killed
            angle = step / 15
            QTest.mouseMove(window.stage, at + QPoint(round(40 * np.cos(angle)), round(40 * np.sin(angle))))
            hand = window.models.session.document.pose[HAND].tolist()
            log.write(json.dumps([time.time(), hand]) + "\n")
            log.flush()
            wait(30)


def stand(window, folder: Path) -> None:
    settled(window)
    window.findChild(QSpinBox, "hypotheses").setValue(7)
    QTimer.singleShot(500, lambda: note(folder / "edited.json", state(window)))
    QFileDialog.getOpenFileName(window)


def restore(window, folder: Path) -> None:
    wait_until(lambda: window.findChild(QPushButton, "banner-restore") is not None)
    before = state(window) if window.models.playback.recording else None
    QTest.mouseClick(window.findChild(QPushButton, "banner-restore"), LEFT)
    stack = window.models.session.undo_stack
    wait_until(lambda: stack.undoText() == "Restore the last session")
    restored = state(window)
    window.keeper.save(folder / "restored.gfpose")
    wait_until(lambda: not window.keeper.modified)
    note(folder / "restored.json", {"before": before, "restored": restored})
    window.close()


def main(role: str, folder: Path) -> int:
    app.main.TorchBackend = FakeBackend

    def begin() -> None:
        try:
            window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
            {"work": work, "stand": stand, "restore": restore}[role](window, folder)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(3)

    arm = app.main.catch_all
    app.main.catch_all = lambda tell: (arm(tell), QTimer.singleShot(100, begin))
    return app.main.main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
