"""Two side by side: A is what is shown, B a run of the list or a pinned pose, at the same t."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.documents.moments import moment_at, position_beside
from app.documents.request import Moment
from app.documents.runs import Run
from app.session import Session
from app.viewmodels.comparison import Figure, Side, figures
from app.viewmodels.gallery import Gallery, Pinned
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.playback import Playback
from app.viewmodels.runs import Runs
from gfpose_core.registry import OPTIMISERS
from gfpose_core.trajectory import Recording

Other = int | Pinned
"""The number of a run, or a pose kept by hand."""


class Compare(QObject):
    """View state, not undone: whether two are shown, and which is the other one."""

    changed = Signal()

    def __init__(
        self,
        session: Session,
        playback: Playback,
        gallery: Gallery,
        runs: Runs,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._playback, self._gallery = session, playback, gallery
        self._runs, self._notices = runs, notices
        self._on = False
        self._other: Other | None = None
        runs.changed.connect(self._follow)
        gallery.rows_changed.connect(self._follow)

    @property
    def on(self) -> bool:
        return self._on

    @property
    def other(self) -> Other | None:
        """What B is."""
        return self._other

    @property
    def choices(self) -> list[tuple[str, Other]]:
        """What can be A or B, by name."""
        runs = [(run.name, run.number) for run, _ in self._runs.in_tree()]
        return [*runs, *((f"{pinned.label}, pinned", pinned) for pinned in self._gallery.pinned)]

    @property
    def shown(self) -> Other | None:
        """What A is: the pinned pose in focus, or the run that is played."""
        focus, count = self._gallery.focus, self._gallery.count
        if focus is not None and focus >= count:
            return self._gallery.pinned[focus - count]
        return self._runs.shown.number if self._runs.shown else None

    def set_on(self, on: bool) -> None:
        """Show two, or one again. The other is the run that the shown one branched from, if nothing was
        chosen, or the newest of the others."""
        if on and (self._other is None or self._other == self.shown):
            self._other = self._likely()
            if self._other is None:
                advice = "Branch, sample again or pin a pose (P), then compare."
                self._notices.add(Notice("info", "There is only one run yet", advice))
                on = False
        self._on = on
        self._keep()
        self.changed.emit()

    def choose(self, other: Other) -> None:
        """Make this B, and show both."""
        self._other, self._on = other, True
        self._keep()
        self.changed.emit()

    @property
    def run(self) -> Run | None:
        """The run that B is, if it is one."""
        return self._runs.find(self._other) if isinstance(self._other, int) else None

    @property
    def recording(self) -> Recording | None:
        """Of the run that B is, as far as it is still there."""
        return self._runs.shelf.peek(self._other) if isinstance(self._other, int) else None

    @property
    def pose(self) -> int:
        """Which of the N poses of B's recording is compared."""
        recording = self.recording
        return 0 if recording is None else min(self._playback.pose, len(recording.poses) - 1)

    @property
    def position(self) -> float:
        """Where B's playhead is."""
        recording, playback = self.recording, self._playback
        if recording is None or not len(recording.trajectory):
            return 0.0
        ended = not playback.live and playback.position >= playback.last
        return position_beside(recording, playback.moment, ended)

    @property
    def same_axis(self) -> bool:
        """Whether A and B are both samples, or both optimisations."""
        recording, moment = self.recording, self._playback.moment
        return None in (recording, moment) or moment.optimised == (recording.sampler in OPTIMISERS)

    @property
    def moment(self) -> Moment | None:
        """B at the moment of A; None where it has nothing left to show."""
        if isinstance(self._other, Pinned):
            return _still(self._other.pose[None])
        recording = self.recording
        if recording is None:
            return None
        if not len(recording.trajectory):
            return _still(recording.poses[self.pose])
        return moment_at(recording, self.position, self.pose)

    @property
    def figures(self) -> list[Figure]:
        """What can be told of the two at this moment."""
        a, b = self._playback.moment, self.moment
        if a is None or b is None:
            return []
        focus, count = self._gallery.focus, self._gallery.count
        poses = a.clean
        if focus is not None and focus >= count:
            poses, focus = self._gallery.pinned[focus - count].pose[None], 0
        run = self._runs.shown
        left = Side(poses, self._session.document, run)
        right = Side(b.clean, self.run.document if self.run else None, self.run)
        return figures(left, right, focus or 0, self._gallery.reference)

    def _likely(self) -> Other | None:
        shown = self._runs.shown
        others = [run for run in self._runs.listed if shown is None or run.number != shown.number]
        if shown is not None and self._runs.find(shown.parent) is not None:
            return shown.parent
        if others:
            return others[-1].number
        return next(iter(self._gallery.pinned), None)

    def _keep(self) -> None:
        if self._on and isinstance(self._other, int):
            self._runs.keep_quietly(self._other)

    def _follow(self) -> None:
        """What B was may be gone."""
        gone = isinstance(self._other, int) and self.run is None
        unpinned = isinstance(self._other, Pinned) and self._other not in self._gallery.pinned
        if gone or unpinned:
            self._other, self._on = None, False
        if gone or unpinned or self._on:
            self.changed.emit()


def _still(poses: np.ndarray) -> Moment:  # (S,17,3)
    return Moment(0, 1, 0.0, 0.0, poses, poses)
