"""Makes pictures and clips while the window stays in use: one after the other, on a thread of their own.

None of the threads there are will do. A clip takes up to minutes: neither a save, nor a file that is opened,
nor live sampling must wait so long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.documents.request import Failed
from app.engine.errands import Errands
from app.looks.theme import theme_of
from app.models import Models
from app.pictures.plan import Plan
from app.pictures.subject import Subject
from app.pictures.writing import Progress, write
from app.scene.stage import Stage
from app.stage_view import StageView
from app.viewmodels.notices import Notice

LOOK_MS = 100


@dataclass(eq=False)
class Job:
    """A picture or clip on its way."""

    path: Path
    progress: Progress
    cancelled: bool = False


class Studio(QObject):
    """What is made, how far it is, and the words when it is done."""

    changed = Signal()
    view_changed = Signal()  # the stage is looked at from elsewhere

    def __init__(
        self,
        models: Models,
        stage: Stage,
        view: StageView,
        screen: Callable[[int], QImage],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._models, self._stage, self._view, self._screen = models, stage, view, screen
        self._writer = Errands(self, "picturing")
        stage.view_changed.connect(self.view_changed)
        self._jobs: list[Job] = []
        self._timer = QTimer(self, interval=LOOK_MS, timeout=self.changed.emit)

    @property
    def job(self) -> Job | None:
        """The one being made."""
        return self._jobs[0] if self._jobs else None

    def take(self, plan: Plan) -> tuple[Plan, Subject]:
        """What such pictures are taken of now; as large as the screen shows it, where that is wanted."""
        scheme, screen = theme_of(self._stage.palette()).scheme, None
        if plan.what == "view":  # OpenGL is for the window's thread alone
            screen = self._screen(plan.scale)
            plan = replace(plan, width=screen.width(), height=screen.height())
        return plan, Subject.of(self._models, self._stage, self._view, scheme, screen)

    def refusal(self, plan: Plan, subject: Subject) -> str | None:
        """Why there is nothing such a plan could show; None if there is."""
        if plan.what == "denoising" and not subject.shot.last:
            if subject.cells:
                return (
                    "These poses came in one step: to show the way there, take a sampler with more of them."
                )
            return "There is no run to be shown yet: sample first (Ctrl+Return)."
        if plan.what == "sheet" and not subject.cells:
            return "There are no hypotheses yet: sample first (Ctrl+Return)."
        return None

    def make(self, path: Path, plan: Plan) -> None:
        """Make a file of the session as it is now."""
        plan, subject = self.take(plan.fitted())
        if (reason := self.refusal(plan, subject)) is not None:
            self._models.notices.error(f"Could not make {path.name}", reason)
            return
        job = Job(path, Progress(plan.frames))
        self._jobs.append(job)
        self._timer.start()
        self._writer.do(
            f"make {path.name}",
            lambda: write(path, plan, subject, job.progress),
            lambda failed: self._done(job, failed),
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the one being made, after its frame."""
        if self._jobs:
            self._stop(self._jobs[0])

    def close(self) -> None:
        """Stop everything, and leave no thread."""
        for job in self._jobs:
            self._stop(job)
        self._writer.close()

    def _stop(self, job: Job) -> None:
        job.cancelled = True
        job.progress.cancel()

    def _done(self, job: Job, failed: Failed | None) -> None:
        self._jobs.remove(job)
        if not self._jobs:
            self._timer.stop()
        notices, name = self._models.notices, job.path.name
        if failed is None:
            notices.add(Notice("info", f"Wrote {name}", f"in {job.path.parent}"))
        elif job.cancelled:
            notices.add(Notice("info", f"Stopped {name}", "Nothing was written."))
        else:
            notices.error(failed.title, failed.what_to_do, failed.details)
        self.changed.emit()
