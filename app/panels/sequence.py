"""The sequence: choose a frame, play it, put all of it through the prior, export what came of it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)  # fmt: skip

from app.documents.request import ClipTask
from app.follower import Follower
from app.looks.elided import ElidedLabel
from app.looks.progress_line import ProgressLine
from app.menus.menu_entries import NOT_NOW
from app.menus.sequence_menu import TASKS
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.controls import show_icon, show_value
from app.panels.flow import FlowLayout


class SequencePanel(Panel):
    """Hidden until a sequence is imported."""

    key = "sequence"
    title = "Sequence"
    area = Qt.DockWidgetArea.BottomDockWidgetArea
    least = 40  # the slider with its buttons
    snug = True  # the stage would lack it

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        clips = self._clips = models.clips
        self._buttons = {
            name: self._button(name, tip, slot)
            for name, tip, slot in (
                ("back", "One frame back (Alt+,)", lambda: clips.step(-1)),
                ("play", "Play on the stage (Alt+P)", clips.toggle),
                ("forward", "One frame on (Alt+.)", lambda: clips.step(1)),
            )
        }
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("sequence-slider")
        self._slider.setAccessibleName("Frame of the sequence")
        self._slider.setToolTip("Drag to choose the frame that is the evidence")
        self._slider.valueChanged.connect(clips.choose)
        self._where = QLabel()
        self._where.setObjectName("sequence-where")
        self._where.setMinimumWidth(150)
        self._name = ElidedLabel()
        self._name.setObjectName("sequence-name")
        self._first, self._last = self._spin("sequence-first", "from"), self._spin("sequence-last", "to")
        self._step = self._spin("sequence-step", "every")
        self._step.setMinimum(1)
        self._first.setToolTip("The first frame to be worked on")
        self._last.setToolTip("The last frame to be worked on")
        self._step.setToolTip("Every how many frames one is worked on")
        self._steady = QPushButton("Steady")
        self._steady.setObjectName("sequence-steady")
        self._steady.setProperty("chip", True)
        self._steady.setCheckable(True)
        self._steady.setChecked(clips.shared_noise)
        self._steady.setToolTip("The same noise in all frames, so that poses follow each other smoothly")
        self._steady.clicked.connect(lambda on: setattr(clips, "shared_noise", on))
        self._tasks = {task: self._task(task) for task in TASKS}
        self._line = ProgressLine()
        self._line.setObjectName("sequence-progress")
        self._line.setFixedWidth(140)
        self._stop = self._button("stop", "Stop: nothing comes of it (Esc)", clips.cancel)
        self._beside = QPushButton("Beside")
        self._beside.setObjectName("sequence-beside")
        self._beside.setProperty("chip", True)
        self._beside.setCheckable(True)
        self._beside.clicked.connect(clips.compare)
        self._export = QPushButton("Export…")
        self._export.setObjectName("sequence-export")
        self._export.setToolTip("Write what came of it, or the sequence itself, to a file (Ctrl+Alt+E)")
        self._export.clicked.connect(clips.export_asked)
        self._close = self._button(
            "close", "Close it and what came of it; evidence and poses stay (Ctrl+Alt+W)", clips.close
        )

        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 6)
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(6)
        grid.setColumnStretch(3, 1)
        for column, button in enumerate(self._buttons.values()):
            grid.addWidget(button, 0, column)
        grid.addWidget(self._slider, 0, 3)
        grid.addWidget(self._where, 0, 4)
        grid.addWidget(self._close, 0, 5)
        work = FlowLayout()
        words = muted("Work on")
        for label in (self._name, words):
            label.setMinimumHeight(self._export.sizeHint().height())
        for widget in (
            self._name, words, self._first, self._last, self._step, self._steady,
            *self._tasks.values(), self._line, self._stop, self._beside, self._export,
        ):  # fmt: skip
            work.addWidget(widget)
        grid.addLayout(work, 1, 0, 1, 6)
        Follower(
            self, models.session, self._refresh,
            clips.changed, models.sampling.changed, models.session.changed,
        )  # fmt: skip
        clips.frame_changed.connect(self._show_frame)
        clips.opened.connect(self._reset)
        clips.progressed.connect(self._line.show_share)
        self._refresh()

    def _button(self, name: str, tip: str, slot) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"sequence-{name}")
        show_icon(button, name)
        button.setIconSize(QSize(18, 18))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _=False: slot())
        return button

    def _task(self, task: ClipTask) -> QPushButton:
        button = QPushButton(task.capitalize())
        button.setObjectName(f"sequence-{task}")
        button.clicked.connect(lambda: self.run(task))
        return button

    def run(self, task: ClipTask) -> None:
        """Put the frames that are chosen through the prior."""
        self._clips.run(task, self._first.value(), self._last.value(), self._step.value())

    def _spin(self, name: str, word: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setObjectName(name)
        spin.setPrefix(f"{word} ")
        spin.setKeyboardTracking(False)
        return spin

    def _reset(self) -> None:
        """All frames of a clip that was just loaded."""
        last = self._clips.last
        for spin in (self._first, self._last):
            spin.setRange(0, last)
        self._step.setRange(1, max(last, 1))
        self._first.setValue(0)
        self._last.setValue(last)
        self._step.setValue(1)

    def _refresh(self) -> None:
        clips, refusals = self._clips, self.models.sampling.refusals
        for button in (*self._buttons.values(), self._slider):
            button.setEnabled(clips.last > 0)
        show_icon(self._buttons["play"], "pause" if clips.playing else "play")
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, clips.last)
            self._slider.setPageStep(max(1, clips.last // 20))
        rate = (
            f"{clips.fps:g} a second" if clips.clip is not None and clips.clip.fps else "25 a second assumed"
        )
        self._name.setText(
            f"{clips.name} · {clips.last + 1:,} frames, {rate}" if clips.clip is not None else ""
        )
        for task, button in self._tasks.items():
            refusal = clips.refusal(task) or refusals.get(task)
            button.setVisible(task in clips.tasks and not clips.busy)
            button.setEnabled(refusal is None)
            noise = f", {self.models.session.document.noise.std_mm:g} mm" if task == "denoise" else ""
            button.setToolTip(TASKS[task][1] + noise + (NOT_NOW + refusal if refusal else ""))
        if not clips.busy:
            self._line.show_share(0.0)
        for widget in (self._line, self._stop):
            widget.setVisible(clips.busy)
        self._close.setEnabled(clips.why_not_close() is None)
        self._beside.setVisible(clips.result is not None)
        self._beside.setChecked(clips.compared)
        self._beside.setToolTip(
            "Show the sequence and, to its right, what came of it; else the evidence and its poses (Alt+B)"
        )
        self._show_frame()

    def _show_frame(self) -> None:
        clips = self._clips
        show_value(self._slider, clips.frame)
        seconds = clips.frame / clips.fps
        self._where.setText(f"frame {clips.frame} of {clips.last} · {seconds:.2f} s")
