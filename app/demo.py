"""``--demo FOLDER``: a scripted tour of the real window that leaves pictures, a clip and exported files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import SIZE, MainWindow
from app.pictures.plan import Plan
from gfpose_core.skeleton import H36M17

PATIENCE_S = 120
TICK_MS = 50
LEFT_KNEE = H36M17.names.index("LKnee")

TURNTABLE = Plan(what="turntable", format="gif", width=400, height=400, fps=20)

Wait = Callable[[], bool] | float


class Demo(QObject):
    """Plays :meth:`tour`, which yields what to wait for: a number of seconds, or a condition."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window, self._folder = window, folder
        self._script: Iterator[Wait] = self.tour()
        self._waiting: Wait = 0.0
        self._waited = 0.0
        self._picture = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin; the application exits when the tour is over, with 1 where something went wrong."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._window.resize(*SIZE)
        self._window.start()
        self._timer.start()

    def tour(self) -> Iterator[Wait]:
        """Generate, take a leg away, watch it completed, turn around it, scrub, undo, export."""
        models, playback = self._window.models, self._window.models.playback
        yield from self._settled()
        self._save("generated")
        self._part("window", self._window)
        self._part("hypotheses", self._window.panels["gallery"])
        _click(self._window.stage, self._window.stage.joint_screen_position(LEFT_KNEE))
        yield 0.3
        yield from self._settled()
        self._save("leg-completed")
        self._part("evidence", self._window.panels["evidence"], self._window.stage)
        self._window.studio.make(self._folder / "turntable.gif", TURNTABLE)
        yield lambda: self._window.studio.job is None
        playback.seek(0.32 * playback.last)
        self._tidy()
        yield 0.5
        self._save("scrubbed")
        self._window.models.layers.set("plots", True)
        yield 1.0
        self._part("timeline", self._window.panels["timeline"])
        self._window.models.layers.set("plots", False)
        playback.seek(playback.last)
        for name in ("poses.npz", "poses.json"):
            self._window.files.export(self._folder / name, trajectory=False)
        self._window.files.export(self._folder / "trajectory.h5", trajectory=True)
        yield lambda: all(
            (self._folder / name).exists() for name in ("poses.npz", "poses.json", "trajectory.h5")
        )
        self._window.actions_["blank-canvas"].trigger()
        yield 0.3
        yield from self._settled()
        models.conditioning.apply_preset("lift")
        yield 0.5
        yield from self._settled()
        self._save("lifted")
        self._part("image", self._window.panels["image"])
        self._window.actions_["compare"].setChecked(True)
        yield 0.5
        self._part("compare", self._window.centralWidget())
        self._window.actions_["compare"].setChecked(False)
        self._window.actions_["remove-image"].trigger()
        models.conditioning.apply_preset("denoise")
        yield 0.3
        yield self._done
        self._tidy()
        yield 0.5
        self._save("denoised")
        self._part("denoise", self._window.centralWidget())
        while models.session.undo_stack.canUndo():
            models.session.undo_stack.undo()
        yield 0.3
        yield from self._settled()
        self._save("undone")

    def _settled(self) -> Iterator[Wait]:
        yield self._done
        yield lambda: not self._window.models.playback.playing
        self._tidy()
        yield 0.5  # thumbnails and smooth edges come last

    def _tidy(self) -> None:
        """Nothing is pointed at, and no notice is in the way."""
        self._window.stage.hover(-1)
        for notice in self._window.models.notices.shown:
            if notice.kind == "info":
                self._window.models.notices.dismiss(notice)

    def _done(self) -> bool:
        """The run shown is the document's."""
        sampling = self._window.models.sampling
        return not (sampling.busy or sampling.loading) and self._window.models.playback.recording is not None

    def _tick(self) -> None:
        self._waited += TICK_MS / 1000
        failed = [notice for notice in self._window.models.notices.shown if notice.kind == "error"]
        if failed or self._waited > PATIENCE_S:
            self._save("failed")
            for notice in failed:
                print(f"{notice.title}: {notice.what_to_do}\n{notice.details}", file=sys.stderr)
            if not failed:
                print(f"Nothing came for {PATIENCE_S} s after picture {self._picture - 1}", file=sys.stderr)
            self._finish(1)
        elif self._waited >= self._waiting if isinstance(self._waiting, float) else self._waiting():
            self._waited = 0.0
            try:
                self._waiting = next(self._script)
            except StopIteration:
                self._finish(0)

    def _save(self, name: str) -> None:
        self._picture += 1
        QApplication.processEvents()
        self._window.grab().save(str(self._folder / f"{self._picture}-{name}.png"))

    def _part(self, name: str, *widgets: QWidget) -> None:
        """A picture for the guide: the smallest part of the window that holds ``widgets``."""
        QApplication.processEvents()
        area = QRect()
        for widget in widgets:
            area = area.united(QRect(widget.mapTo(self._window, QPoint()), widget.size()))
        self._window.grab(area).save(str(self._folder / f"guide-{name}.png"))

    def _finish(self, code: int) -> None:
        self._timer.stop()
        self._window.close()
        QApplication.exit(code)


def _click(widget: QWidget, at: QPointF) -> None:
    """A Shift-click, as the mouse makes it."""
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    glob = QPointF(widget.mapToGlobal(at.toPoint()))
    for kind, buttons in (
        (QMouseEvent.Type.MouseButtonPress, left),
        (QMouseEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
    ):
        QApplication.sendEvent(widget, QMouseEvent(kind, at, glob, left, buttons, shift))
