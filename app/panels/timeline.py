"""The timeline: the playhead over a run, from t = 1 (noise) to t = 0 (pose), or over its iterations."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.looks.elided import ElidedLabel
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.controls import show_icon, show_value
from app.panels.layer_chips import LayerChips
from app.panels.plot import DiffusionPlots
from app.panels.plot_choice import PlotChoice
from app.panels.scale import Scale, millimetres
from app.viewmodels.playback import SPEEDS

FINE = 100
"""Slider positions between two recorded moments."""

GUTTER = 62
"""px to the left of the slider, where the plot has its values."""

_SHOW = (("x(t) and clean", "both"), ("Clean estimate", "clean"), ("x(t)", "noisy"))
_SHOW_OPTIMISED = ("Pose and clean", "Clean estimate", "Pose")


class TimelinePanel(Panel):
    """Play, scrub, step and jump; all of it view state that is not undone."""

    key = "timeline"
    title = "Timeline"
    area = Qt.DockWidgetArea.BottomDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        playback = self._playback = models.playback
        self._buttons = {
            name: self._button(name, tip, slot)
            for name, tip, slot in (
                ("first", "To the noise (Home)", lambda: playback.seek(0)),
                ("back", "One step back (,)", lambda: playback.step(-1)),
                ("reverse", "Play backwards (Shift+Space)", lambda: self._play(-1)),
                ("play", "Play (Space)", lambda: self._play(1)),
                ("forward", "One step on (.)", lambda: playback.step(1)),
                ("last", "To the pose (End)", lambda: playback.seek(playback.last)),
                ("loop", "Loop (Ctrl+R)", lambda: playback.set_loop(not playback.loop)),
            )
        }
        self._buttons["loop"].setCheckable(True)
        self._speed = QComboBox()
        self._speed.setObjectName("timeline-speed")
        self._speed.setToolTip("Speed ([ and ])")
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        self._speed.activated.connect(lambda _: playback.set_speed(self._speed.currentData()))
        self._show = QComboBox()
        self._show.setObjectName("timeline-show")
        for text, value in _SHOW:
            self._show.addItem(text, value)
        self._show.activated.connect(lambda _: playback.set_show(self._show.currentData()))
        self._jump = QDoubleSpinBox()
        self._jump.setObjectName("timeline-jump")
        self._jump.setKeyboardTracking(False)
        self._jump.valueChanged.connect(self._jumped)
        self._pose = QSpinBox()
        self._pose.setObjectName("timeline-pose")
        self._pose.setMinimum(1)
        self._pose.setPrefix("pose ")
        self._pose.setToolTip("Which pose of the file is shown")
        self._pose.valueChanged.connect(lambda value: playback.choose_pose(value - 1))
        self._sigma = ElidedLabel()
        self._sigma.setObjectName("timeline-sigma")
        self._sigma.setMinimumWidth(90)  # in a narrow window the step gives way
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("timeline-slider")
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderPressed.connect(playback.pause)

        controls = QHBoxLayout()
        controls.setSpacing(4)
        for button in self._buttons.values():
            controls.addWidget(button)
        controls.addSpacing(6)
        controls.addWidget(self._speed)
        controls.addSpacing(14)
        controls.addWidget(self._jump)
        controls.addWidget(self._sigma, 1)
        shown = QHBoxLayout()
        shown.setSpacing(4)
        shown.addWidget(muted("Show"))
        shown.addWidget(self._show)
        shown.addSpacing(14)
        shown.addWidget(LayerChips(models.layers))
        self._plotted = PlotChoice(models)
        shown.addWidget(self._plotted)
        shown.addStretch(1)
        shown.addWidget(self._pose)
        self._scale = Scale(self._slider)
        self._plots = DiffusionPlots(models, self._scale, GUTTER)
        scrubbing = QGridLayout()
        scrubbing.setHorizontalSpacing(0)
        scrubbing.setVerticalSpacing(2)
        scrubbing.setColumnMinimumWidth(0, GUTTER)
        scrubbing.setColumnMinimumWidth(2, 48)
        scrubbing.setColumnStretch(1, 1)
        scrubbing.addWidget(self._plots, 0, 0, 1, 2)
        self._begin, self._axis = muted("", "timeline-begin"), muted("", "timeline-axis")
        scrubbing.addWidget(self._begin, 1, 0)
        scrubbing.addWidget(self._slider, 1, 1)
        scrubbing.addWidget(muted("pose"), 1, 2, Qt.AlignmentFlag.AlignRight)
        scrubbing.addWidget(self._axis, 2, 0, Qt.AlignmentFlag.AlignTop)
        scrubbing.addWidget(self._scale, 2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(scrubbing)
        layout.addLayout(controls)
        layout.addLayout(shown)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

        playback.moment_changed.connect(self._show_moment)
        playback.state_changed.connect(self._show_state)
        playback.recording_changed.connect(self._show_state)
        models.layers.changed.connect(self._show_plot)
        self._name_axis(False)
        self._show_plot()
        self._show_state()

    def _button(self, name: str, tip: str, slot) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"timeline-{name}")
        button.setProperty("compact", True)
        show_icon(button, name)
        button.setIconSize(QSize(18, 18))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(slot)
        return button

    def _play(self, direction: int) -> None:
        if self._playback.playing and self._playback.direction == direction:
            self._playback.pause()
        else:
            self._playback.play(direction)

    def _jumped(self, value: float) -> None:
        if self._optimised:
            self._playback.seek_iteration(round(value))
        else:
            self._playback.seek_time(value)

    def _name_axis(self, optimised: bool) -> None:
        """Say t and the noise level of a sampling run, iterations of an optimisation."""
        self._optimised = optimised
        self._begin.setText("start" if optimised else "noise")
        self._axis.setText("iteration" if optimised else "t · σ/α")
        self._slider.setAccessibleName("Iteration" if optimised else "Diffusion time")
        self._sigma.setToolTip(
            "The noise that a pose is taken to have when it is denoised, per coordinate"
            if optimised
            else "The noise level sigma/alpha: how far x(t) is from a pose, per coordinate"
        )
        for row, (text, _) in enumerate(_SHOW):
            self._show.setItemText(row, _SHOW_OPTIMISED[row] if optimised else text)
        self._show.setToolTip(
            "What is shown at an iteration: the pose that it begins with, the clean estimate, or both (V)"
            if optimised
            else "What is shown at a moment: the noisy state x(t), the clean estimate there, or both (V)"
        )
        jump = self._jump
        with QSignalBlocker(jump):
            jump.setPrefix("iteration " if optimised else "t = ")
            jump.setToolTip("Jump to an iteration" if optimised else "Jump to a time of the SDE")
            jump.setDecimals(0 if optimised else 3)
            jump.setSingleStep(1.0 if optimised else 0.05)
            jump.setRange(0.0, 1000.0 if optimised else 1.0)

    def _slid(self, value: int) -> None:
        self._playback.pause()
        self._playback.seek(value / FINE)

    def _show_plot(self) -> None:
        for widget in (self._plots, self._plotted):
            widget.setVisible("plots" in self.models.layers.on)

    def _enable_slider(self, on: bool) -> None:
        """The panel minds the keyboard for it meanwhile: Qt would hand it to the next control."""
        minded = self.window().focusWidget()
        if not on and minded is self._slider:
            self.setFocus()
        self._slider.setEnabled(on)
        if on and minded is self:
            self._slider.setFocus()

    def _show_state(self) -> None:
        playback = self._playback
        can = playback.last > 0
        for button in self._buttons.values():
            button.setEnabled(can)
        self._enable_slider(can)
        self._scale.show_run(playback.recording if can else None)
        self._jump.setEnabled(can)
        if not playback.live:
            with QSignalBlocker(self._slider):
                self._slider.setRange(0, max(playback.last, 1) * FINE)
                self._slider.setPageStep(FINE * max(1, playback.last // 10))
                self._slider.setSingleStep(FINE)
        going = {1: "play", -1: "reverse"}.get(playback.direction) if playback.playing else None
        for name in ("play", "reverse"):
            show_icon(self._buttons[name], "pause" if going == name else name)
        self._buttons["loop"].setChecked(playback.loop)
        self._speed.setCurrentIndex(self._speed.findData(playback.speed))
        self._show.setCurrentIndex(self._show.findData(playback.show))
        poses = len(playback.recording.poses) if playback.recording else 1
        self._pose.setVisible(poses > 1)
        if poses > 1:
            with QSignalBlocker(self._pose):
                self._pose.setMaximum(poses)
                self._pose.setValue(playback.pose + 1)
                self._pose.setSuffix(f" / {poses}")
        self._show_moment()
        run = "optimisation" if self._optimised else "diffusion"
        self._slider.setToolTip(f"Drag to scrub the {run}" if can else "One step: there is nothing to scrub")

    def _show_moment(self) -> None:
        playback, moment = self._playback, self._playback.moment
        if moment is None:
            self._sigma.setText("σ/α = –")
            return
        if moment.optimised != self._optimised:
            self._name_axis(moment.optimised)
        with QSignalBlocker(self._slider), QSignalBlocker(self._jump):
            if playback.live:
                self._slider.setMaximum(max(moment.count - 1, 1) * FINE)
            if moment.optimised:
                self._jump.setMaximum(moment.count - 1)
        at = moment.index if playback.live else playback.position
        if not (playback.live or playback.last):
            at = 1  # of one step there is the end alone
        show_value(self._slider, round(at * FINE))
        show_value(self._jump, moment.index if moment.optimised else moment.time)
        if moment.optimised:
            self._sigma.setText(f"of {moment.count - 1} · noise {millimetres(moment.noise_level)}")
            return
        step = f" · step {moment.index} / {moment.count - 1}" if moment.count > 1 else ""
        self._sigma.setText(f"σ/α = {millimetres(moment.noise_level)}{step}")
