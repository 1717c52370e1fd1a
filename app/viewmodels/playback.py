"""The playhead over a recorded run, and the run itself while it is under way."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.documents.moments import iterations, moment_at
from app.documents.request import Moment
from gfpose_core.trajectory import Recording

Show = Literal["clean", "noisy", "both"]
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
WHOLE_S = 2.5
"""A whole run, played at speed 1, takes this many seconds."""


class Playback(QObject):
    """View state: which moment is shown, which of its poses, and how it is played. Nothing here is undone."""

    moment_changed = Signal()
    recording_changed = Signal()
    state_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recording: Recording | None = None
        self._moment: Moment | None = None
        self._pose = 0
        self._position = 0.0
        self._live = False
        self._direction = 1
        self._speed = 1.0
        self._loop = False
        self._show: Show = "both"
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(16)
        self._timer.timeout.connect(self._tick)

    recording = property(lambda self: self._recording)
    moment = property(lambda self: self._moment)
    pose = property(lambda self: self._pose)
    position = property(lambda self: self._position)
    live = property(lambda self: self._live, doc="Whether a run is under way and shown as it goes.")
    direction = property(lambda self: self._direction, doc="1 from noise to pose, -1 back.")
    speed = property(lambda self: self._speed)
    loop = property(lambda self: self._loop)
    show = property(lambda self: self._show)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def last(self) -> int:
        """The position of the last moment; 0 where there is nothing to scrub."""
        return max(len(self._recording.trajectory) - 1, 0) if self._recording and not self._live else 0

    def show_live(self, moment: Moment) -> None:
        """Show the newest step of a run under way."""
        self.pause()
        began = not self._live
        self._live, self._pose, self._moment = True, 0, moment
        if began:
            self.state_changed.emit()
        self.moment_changed.emit()

    def open(self, recording: Recording, replay: bool = False) -> None:
        """Show a recording at its end, or play it from its beginning."""
        self.pause()
        self._recording, self._live, self._pose, self._direction = recording, False, 0, 1
        self.recording_changed.emit()
        self.seek(self.last)
        if replay:
            self.play()
        self.state_changed.emit()

    def leave_live(self) -> None:
        """A run ended with nothing to show: back to the recording before it."""
        self._live = False
        if self._recording is not None:
            self.seek(self._position)
        self.state_changed.emit()

    def choose_pose(self, pose: int) -> None:
        """Show another of the recording's N poses."""
        if self._recording and 0 <= pose < len(self._recording.poses):
            self._pose = pose
            self.recording_changed.emit()
            self.seek(self._position)

    def seek(self, position: float) -> None:
        """Move the playhead, to a moment or between two."""
        if self._recording is None or self._live:
            return
        self._position = min(max(float(position), 0.0), float(self.last))
        if len(self._recording.trajectory):
            self._moment = moment_at(self._recording, self._position, self._pose)
        else:
            poses = self._recording.poses[self._pose]
            self._moment = Moment(0, 1, 0.0, 0.0, poses, poses)
        self.moment_changed.emit()

    def seek_time(self, time: float) -> None:
        """Jump to the recorded moment closest to an SDE time."""
        if self.last:
            self.pause()
            self.seek(self._recording.trajectory.nearest(time))

    def seek_iteration(self, iteration: int) -> None:
        """Jump to the recorded moment closest to an iteration of an optimisation."""
        if self.last:
            self.pause()
            self.seek(int(abs(iterations(self._recording) - iteration).argmin()))

    def step(self, by: int) -> None:
        """Go ``by`` recorded moments on, or back."""
        self.pause()
        self.seek(round(self._position) + by)

    def play(self, direction: int = 1) -> None:
        """Play from noise to pose (1) or back (-1); from the far end where there is nothing left to play."""
        if not self.last:
            return
        self._direction = direction
        end, beginning = (self.last, 0) if direction > 0 else (0, self.last)
        if self._position == end:
            self.seek(beginning)
        self._clock.start()
        self._timer.start()
        self.state_changed.emit()

    def pause(self) -> None:
        if self.playing:
            self._timer.stop()
            self.state_changed.emit()

    def toggle(self) -> None:
        """Play or pause."""
        self.pause() if self.playing else self.play(self._direction)

    def set_speed(self, speed: float) -> None:
        self._speed = min(max(speed, SPEEDS[0]), SPEEDS[-1])
        self.state_changed.emit()

    def set_loop(self, loop: bool) -> None:
        self._loop = loop
        self.state_changed.emit()

    def set_show(self, show: Show) -> None:
        """Show x(t), the clean estimate, or both."""
        self._show = show
        self.state_changed.emit()
        if self._moment is not None:
            self.moment_changed.emit()

    def _tick(self) -> None:
        elapsed = self._clock.restart() / 1000
        target = self._position + self._direction * elapsed * self._speed * self.last / WHOLE_S
        if 0 <= target <= self.last:
            self.seek(target)
        elif self._loop:
            self.seek(target % self.last)
        else:
            self.seek(target)
            self.pause()
