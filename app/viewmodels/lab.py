"""Runs the lab's two setups one after the other, then shows them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.commands import Replace
from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.lab import FIRST, Setup, Setups, refusal, shared
from app.documents.optimising import ZEDO, why_not_optimise
from app.documents.request import Failed, Finished, Moment, SampleRequest
from app.engine.runner import Runner
from app.session import Session
from app.viewmodels.asking import request_for, same_request, start_time
from app.viewmodels.compare import Compare
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.runs import Runs
from app.viewmodels.sampling import Sampling
from gfpose_core.errors import GfposeError


class Lab(QObject):
    """The two setups, which are edited and undone, and their runs on the one worker."""

    changed = Signal()
    progressed = Signal()
    open_asked = Signal(int)  # a checkpoint for A (0) or B (1)

    def __init__(
        self,
        session: Session,
        runner: Runner,
        sampling: Sampling,
        runs: Runs,
        compare: Compare,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._sampling = session, runner, sampling
        self._runs, self._compare, self._notices = runs, compare, notices
        self._setups: Setups = FIRST
        self._from_noise = False
        self._checkpoints: tuple[str, ...] = ()
        self._asked: list[Document] = []
        self._requests: list[SampleRequest] = []
        self._done: list[Finished] = []
        self._shown: list[Document] = []
        self._before = session.document
        self._share = 0.0
        self._count = 0
        session.changed.connect(self.changed)
        sampling.changed.connect(self.changed)
        compare.changed.connect(self._leave)

    @property
    def setups(self) -> Setups:
        return self._setups

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Those opened lately, to choose from beside the shipped one."""
        return self._checkpoints

    @property
    def from_noise(self) -> bool:
        """Whether both start from noise although a branch is shown."""
        return self._from_noise

    @property
    def document(self) -> Document:
        """What both are asked, apart from how."""
        return replace(self._own, branch=None) if self._from_noise else self._own

    @property
    def running(self) -> str:
        """Which of the two is under way, A or B; empty while none is."""
        return "AB"[len(self._done)] if self._asked else ""

    @property
    def share(self) -> float:
        """Of both runs together, how much is done."""
        return (len(self._done) + self._share) / 2 if self._asked else 0.0

    @property
    def words(self) -> str:
        """What the two share, or why they cannot run."""
        document = self.document
        return refusal(self._setups, document) or shared(self._setups, document, self._sampling.samplers)

    def set_checkpoints(self, paths: Sequence[str]) -> None:
        """Checkpoints to choose from."""
        self._checkpoints = tuple(paths)
        self.changed.emit()

    def edit(self, text: str, setups: Setups, gesture: str = "") -> None:
        """Choose other setups, as one undoable step."""
        if setups != self._setups:
            self._session.undo_stack.push(Replace(text, self.restore, self._setups, setups, gesture))

    def start_from_noise(self, noise: bool) -> None:
        """Start from noise, or from the states of the branch that is shown, as one undoable step."""
        if noise != self._from_noise:
            text = f"Start of the lab: {'noise' if noise else 'the branch'}"
            self._session.undo_stack.push(Replace(text, self._restore_start, self._from_noise, noise))

    def _restore_start(self, noise: bool) -> None:
        self._from_noise = noise
        self.changed.emit()

    def choose_checkpoint(self, which: int, own: bool, path: str | None = None) -> None:
        """The checkpoint of A (0) or B (1): the window's own, the one at ``path``, or the shipped one."""
        setups = list(self._setups)
        setups[which] = setups[which].with_checkpoint(own, path)
        name = "the window's" if own else Path(path).name if path else "shipped prior"
        self.edit(f"Checkpoint of {'AB'[which]}: {name}", tuple(setups))

    def restore(self, setups: Setups) -> None:
        """These from now on."""
        self._setups = setups
        self.changed.emit()

    def run(self) -> None:
        """Sample what the document asks both ways, with its seed."""
        document, prior = self.document, self._sampling.prior
        why_not = refusal(self._setups, document)
        if prior is None or why_not:
            self._notices.add(
                Notice("info", "The lab cannot run this", why_not or "Open a checkpoint first.")
            )
            return
        start, visible = start_time(document, prior), self._sampling.window_visible
        asked = [setup.asked_of(document, start) for setup in self._setups]
        try:
            self._requests = [request_for(of, prior, visible) for of in asked]
        except GfposeError as error:
            self._notices.error("This evidence cannot be sampled", str(error))
            return
        self._asked, self._done = asked, []
        self._next()

    def why_no_zedo(self) -> str | None:
        """Why ZeDO cannot be compared with what the document asks, in a clause; None where it can."""
        branched = "it goes on from no x(t)" if self.document.branch is not None else None
        return why_not_optimise(self._session.document) or branched

    def compare_with_zedo(self) -> None:
        """The document's sampler as A, ZeDO as B, from the same keypoints."""
        document = self._session.document
        own = Setup(document.sampler, document.sampler_options)
        sampled = FIRST[1] if document.sampler in (POSTERIOR_MEAN, ZEDO) else own
        zedo = Setup(ZEDO, document.with_sampler(ZEDO).sampler_options)
        self.edit("Compare with ZeDO", (sampled, zedo))
        self.run()

    def cancel(self) -> None:
        """Stop within one step; neither run is kept."""
        if self._asked:
            self._runner.cancel_trial()

    def _next(self) -> None:
        self._share = 0.0
        self._runner.trial(self._requests[len(self._done)], self._see, self._ended)
        self.changed.emit()

    def _see(self, moment: Moment) -> None:
        self._share = moment.index / max(moment.count - 1, 1)
        self.progressed.emit()

    def _ended(self, finished: Finished | Failed | None) -> None:
        letter = self.running
        if isinstance(finished, Failed):
            self._end()
            self._notices.error(f"{letter} stopped", finished.what_to_do, finished.details)
        elif finished is None or finished.recording.status != "finished":
            self._end()
        else:
            self._done.append(finished)
            if len(self._done) < len(self._asked):
                self._next()
            else:
                self._show()

    def _show(self) -> None:
        asked, done, before = self._asked, self._done, self._own
        self._end()
        self._count += 1
        a, b = (
            self._runs.add(
                document,
                finished.recording,
                f"Lab {self._count} {letter}",
                seconds=finished.seconds,
                calls=finished.calls,
                kept=True,
            )
            for letter, document, finished in zip("AB", asked, done, strict=True)
        )
        self._sampling.show_run(a)
        self._compare.choose(b.number)
        self._shown, self._before = asked, before

    @property
    def _own(self) -> Document:
        """The document with its own way of sampling, where it has that of a run of the lab."""
        document, before = self._session.document, self._before
        asked = next((a for a in self._shown if a.options is document.options), None)
        if asked is None or asked.sampler != document.sampler:
            return document
        if asked is document:
            return before
        return replace(
            document,
            sampler=before.sampler,
            options=before.options,
            checkpoint=before.checkpoint,
            start_time=before.start_time,
        )

    def _leave(self) -> None:
        """The comparison may be over: bring back what its runs had changed in the document."""
        if not self._compare.on and not same_request(self._session.document, self._own):
            self._session.apply("Leave the lab", self._own)

    def _end(self) -> None:
        self._asked, self._done, self._share = [], [], 0.0
        self.changed.emit()
