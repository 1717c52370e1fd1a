"""The session and its view models, wired once: what every panel is given."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from app.documents.document import Document
from app.engine.runner import Runner
from app.engine.worker import Backend
from app.session import Session
from app.viewmodels.branching import Branching
from app.viewmodels.clips import Clips
from app.viewmodels.compare import Compare
from app.viewmodels.conditioning import Conditioning
from app.viewmodels.detecting import Detecting
from app.viewmodels.gallery import Gallery
from app.viewmodels.imaging import Imaging
from app.viewmodels.lab import Lab
from app.viewmodels.layers import Layers
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.numbers import denoising_words
from app.viewmodels.pictures import Pictures
from app.viewmodels.playback import Playback
from app.viewmodels.plots import Plots
from app.viewmodels.ranking import Ranking
from app.viewmodels.refining import Refining
from app.viewmodels.runs import Runs
from app.viewmodels.sampling import Sampling


class Models(QObject):
    """One of each, for the life of a window."""

    def __init__(
        self, backend: Backend, document: Document | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.session = Session(document, self)
        self.runner = Runner(backend, self)
        self.playback = Playback(self)
        self.gallery = Gallery(self)
        self.notices = Notices(self)
        self.runs = Runs(self.session, self.playback, self)
        self.layers = Layers(self)
        self.plots = Plots(self.playback, self.gallery, self.session, self.layers, self)
        self.conditioning = Conditioning(self.session, self._seen_pose, self, lambda: self.gallery.results)
        self.imaging = Imaging(
            self.session, Pictures(self.runner, self.notices, self), self.notices, self
        )  # fmt: skip
        self.detecting = Detecting(self.session, self.runner, self.imaging, self.notices, self)
        self.sampling = Sampling(
            self.session, self.runner, self.playback, self.gallery, self.notices, self.runs, self
        )  # fmt: skip
        self.compare = Compare(
            self.session, self.playback, self.gallery, self.runs, self.notices, self
        )  # fmt: skip
        self.lab = Lab(
            self.session, self.runner, self.sampling, self.runs, self.compare, self.notices, self
        )  # fmt: skip
        self.clips = Clips(
            self.session, self.runner, self.imaging, self.notices, self._seen_pose, self
        )  # fmt: skip
        self.branching = Branching(
            self.session, self.sampling, self.playback, self.gallery, self.runs, self.notices, self
        )
        self.refining = Refining(self.session, self.sampling, self.playback, self.gallery, self)
        self.ranking = Ranking(
            self.gallery, self.playback, self.session, self.sampling, self.runner, self
        )  # fmt: skip
        self.playback.moment_changed.connect(self._show_moment)
        self.playback.recording_changed.connect(self._show_results)
        self.conditioning.no_pose.connect(self._say_no_pose)

    def close(self) -> None:
        """Stop everything that runs."""
        self.playback.pause()
        self.clips.pause(choose=False)
        self.runner.close()

    def denoising_words(self) -> str:
        """Of the pose that was denoised, how far off it was and is; empty while there is none."""
        results = self.gallery.results
        return denoising_words(self.session.document, self.playback.recording, results)

    def _seen_pose(self) -> np.ndarray | None:
        return self.gallery.focused_pose

    def _show_moment(self) -> None:
        self.gallery.show(self.playback.moment.clean, live=self.playback.live)

    def _show_results(self) -> None:
        self.gallery.set_results(self.playback.recording.poses[self.playback.pose])

    def _say_no_pose(self) -> None:
        advice = "Sample one first (Ctrl+Return), or drop a file with poses."
        self.notices.add(Notice("info", "There is no pose yet", advice))
