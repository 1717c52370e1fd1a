"""Branch here: from the playhead's moment on, another seed or other evidence."""

from __future__ import annotations

import random
from dataclasses import replace

from PySide6.QtCore import QObject

from app.documents.branch import Branch
from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.request import draws
from app.documents.runs import is_whole
from app.session import Session
from app.viewmodels.gallery import Gallery
from app.viewmodels.notices import Notice, Notices
from app.viewmodels.playback import Playback
from app.viewmodels.runs import Runs
from app.viewmodels.sampling import Sampling


class Branching(QObject):
    """Makes the document go on from the run shown; the result follows from the document as any other."""

    def __init__(
        self,
        session: Session,
        sampling: Sampling,
        playback: Playback,
        gallery: Gallery,
        runs: Runs,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._sampling, self._playback = session, sampling, playback
        self._gallery, self._runs, self._notices = gallery, runs, notices
        self._question: Notice | None = None
        session.changed.connect(lambda *_: notices.dismiss(self._question))  # it was about another document

    @property
    def refusal(self) -> str | None:
        """Why there is no going on from here, in a sentence; None where there is."""
        playback, document, run = self._playback, self._session.document, self._runs.shown
        if playback.recording is None or playback.live:
            return "Wait for the run to end."
        if playback.moment.optimised:
            return "An optimisation has no x(t) to go on from: choose GFPose sampling, and sample, to branch."
        if not is_whole(playback.recording):
            if document.sampler == POSTERIOR_MEAN:
                return "The posterior mean draws nothing: choose another sampler, and sample, to branch."
            return "This run holds no states along the way: sample it again (Ctrl+Return)."
        if run is None or not playback.recording.checkpoint_sha256:
            return "This run came out of a file of other code: sample here to have one to branch from."
        if self._sampling.prior is None or self._sampling.prior.sha256 != run.sha256:
            return "This run was made with another checkpoint: open that one to branch from it."
        if self.moment == playback.last:
            return "The run is over here: move the playhead back, towards the noise."
        if document.sampler == POSTERIOR_MEAN:
            return "The posterior mean draws nothing: choose another sampler to go on with."
        if document.optimises:
            return "ZeDO goes on from no x(t): choose GFPose sampling as the method to branch."
        if not self._branch(None).fits(document):
            return (
                "The states live where this run was sampled, and the evidence is elsewhere by now: "
                "sample first (Ctrl+Return), or undo."
            )
        return None

    @property
    def moment(self) -> int:
        """The recorded moment nearest to the playhead."""
        return round(self._playback.position)

    def branch(self, all_hypotheses: bool = False) -> None:
        """Sample on from x(t), a fan from the hypothesis in focus or every hypothesis from its own. One
        undoable step; where a new seed would change nothing, ask first."""
        if (refusal := self.refusal) is not None:
            self._notices.add(Notice("info", "There is no branching here", refusal))
            return
        focus = self._gallery.focus
        hypotheses = self._playback.recording.hypotheses
        one = None if all_hypotheses or hypotheses == 1 else focus
        if one is not None and one >= hypotheses:
            advice = "The focus is on a pinned pose: focus a hypothesis of the run (N), or branch them all."
            self._notices.add(Notice("info", "A pinned pose has no x(t)", advice))
            return
        if hypotheses == 1 and not all_hypotheses:
            one = 0
        branch, document = self._branch(one), self._session.document
        if self._draws(document) or branch.condition_of(document).resume.earlier is None:
            self._go(branch, document)
            return
        fresh = document.with_option("eta", 1.0)
        if not self._draws(fresh):
            fresh = replace(document, sampler=Document.sampler).with_option("eta", 1.0)
        advice = (
            f"{document.sampler} draws no noise on its way, so from x(t) every seed leads to the same pose."
        )
        self._notices.dismiss(self._question)
        self._question = Notice(
            "info",
            "Another seed changes nothing here",
            advice,
            choices=(
                ("Branch with fresh noise", lambda: self._go(branch, fresh)),
                ("Branch to change evidence", lambda: self._go(branch, document)),
            ),
        )
        self._notices.add(self._question)

    def leave(self) -> None:
        """Start from noise again."""
        if self._session.document.branch is not None:
            self._session.edit("Start from noise", branch=None)

    def _branch(self, hypothesis: int | None) -> Branch:
        playback, run = self._playback, self._runs.shown
        return Branch.of(playback.recording, run.document, self.moment, playback.pose, hypothesis, run.number)

    def _draws(self, document: Document) -> bool:
        """Whether the document's sampler draws noise on its way."""
        return draws(self._sampling.samplers, document.sampler, document.sampler_options)

    def _go(self, branch: Branch, document: Document) -> None:
        seed = document.seed if document.seed_locked else random.randrange(10**6)
        hypotheses = branch.most_hypotheses or document.hypotheses
        after = replace(document, branch=branch, seed=seed, hypotheses=hypotheses)
        self._runs.keep_quietly(branch.run)
        self._session.apply(f"Branch at t = {branch.time:.2f}", after)
        self._sampling.sample()
