"""The status bar: device, checkpoint, and how far the run is."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QSize, QTimer
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from app.follower import Follower
from app.looks.elided import ElidedLabel
from app.looks.icons import icon
from app.looks.plain import plain_label
from app.looks.progress_line import ProgressLine
from app.looks.words import capital
from app.models import Models

SLOW_MS = 400
"""Work beside the sampling that takes longer is said to be under way, and from then on for how long."""


class StatusLine(QStatusBar):
    """Says what works on what, and lets it be stopped."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status-line")
        self.setSizeGripEnabled(False)
        self._models = models
        self._device = plain_label(name="status-device")
        self._checkpoint = ElidedLabel()
        self._checkpoint.setObjectName("status-checkpoint")
        self._words = plain_label(name="status-progress-text")
        self._words.setToolTip(
            "Of a long run of many hypotheses the timeline keeps evenly spread steps, so that memory lasts;\n"
            "the last step and the result are always whole."
        )
        self._bar = ProgressLine()
        self._bar.setObjectName("status-progress")
        self._bar.setFixedWidth(180)
        self._cancel = QToolButton()
        self._cancel.setObjectName("status-cancel")
        self._cancel.setIcon(icon("close"))
        self._cancel.setIconSize(QSize(12, 12))
        self._cancel.setAutoRaise(True)
        self._cancel.setToolTip("Cancel (Esc)")
        self._cancel.clicked.connect(models.sampling.cancel)
        for widget in (self._device, self._checkpoint):
            self.addWidget(widget)
        self._words.setContentsMargins(0, 0, 12, 0)
        for widget in (self._words, self._bar, self._cancel):
            self.addPermanentWidget(widget)
        Follower(self, models.session, self._refresh, models.session.changed, models.sampling.changed)
        models.sampling.progressed.connect(self._progress)
        self._calling = QElapsedTimer()
        self._slow = QTimer(self, interval=SLOW_MS, timeout=self._refresh)
        models.runner.call_changed.connect(self._follow_calls)
        self._refresh()

    def _refresh(self) -> None:
        sampling = self._models.sampling
        prior = sampling.prior
        self._device.setText(f"  {self._models.session.document.device}  ·")
        if prior is not None:
            self._checkpoint.setText(f"{prior.name} · {prior.sha256[:8]}")
        else:
            self._checkpoint.setText("opening the checkpoint…" if sampling.loading else "no checkpoint")
        self._cancel.setVisible(sampling.running)
        call = "" if sampling.running or sampling.loading else self._call()
        self._bar.setVisible(sampling.running or sampling.loading)
        waiting = sampling.loading or (sampling.running and not sampling.progress.count)
        if waiting:
            self._bar.show_share(None)
        if sampling.running or waiting:
            self._words.setText(sampling.progress.text() or ("loading…" if sampling.loading else "waiting…"))
        else:
            self._words.setText(call or self._summary())

    def _follow_calls(self) -> None:
        """Another is under way, or none."""
        self._calling.start()
        self._slow.start() if self._models.runner.call_under_way else self._slow.stop()
        self._refresh()

    def _call(self) -> str:
        """What else has been done for a while: "Open walk.bvh… 3 s"."""
        words = self._models.runner.call_under_way
        if not words or self._calling.elapsed() < SLOW_MS:
            return ""
        return f"{capital(words)}… {self._calling.elapsed() / 1000:.0f} s"

    def _progress(self) -> None:
        progress = self._models.sampling.progress
        self._bar.show_share(progress.step / progress.count)
        self._words.setText(progress.text())

    def _summary(self) -> str:
        recording, sampling, run = (
            self._models.playback.recording,
            self._models.sampling,
            self._models.runs.shown,
        )
        newest = recording is sampling.recording
        seconds = sampling.seconds if newest else run.seconds if run else None
        if recording is None or seconds is None:
            return ""
        noun = "hypothesis" if recording.hypotheses == 1 else "hypotheses"
        kept, steps = len(recording.trajectory), sampling.steps
        thinned = f" · {kept} of {steps:,} steps kept" if newest and kept < steps else ""
        return f"{recording.status} · {recording.hypotheses} {noun} in {seconds:.2f} s{thinned}"
