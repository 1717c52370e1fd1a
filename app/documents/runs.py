"""Runs to go back to and to compare: what is told of each, and a shelf of bounded memory. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.documents.document import Document
from app.documents.guiding import weight_of
from app.documents.optimising import sampler_title
from app.documents.request import Samplers, value_of
from gfpose_core.trajectory import Recording, Trajectory

MOST_BYTES = 512 * 2**20
"""Of all recordings on the shelf together."""


@dataclass(frozen=True, eq=False)
class Run:
    """One run of the list. Its recording may have left the shelf: the document makes it again.

    Attributes:
        number: its own, counted from 1; a branch names the run it comes from by it.
        document: what was asked.
        hypotheses: how many it has.
        levels: (first, last) sigma/alpha, mm: where it began and ended.
        seconds, calls: what it cost, network calls where they were counted.
        sha256: of the checkpoint.
        kept: stays until it is deleted; others make way for newer ones.
        again: whether its document makes it again: not so for a run out of a file.
    """

    number: int
    name: str
    document: Document
    hypotheses: int
    levels: tuple[float, float]
    seconds: float | None = None
    calls: int | None = None
    sha256: str = ""
    kept: bool = False
    again: bool = True

    @property
    def parent(self) -> int | None:
        """The number of the run it comes from."""
        return self.document.branch.run if self.document.branch else None


class Shelf:
    """Recordings by the number of their run. When they take too much, those asked for longest ago lose their
    states along the way first, then go."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._recordings: dict[int, Recording] = {}  # the one asked for longest ago first

    def put(self, number: int, recording: Recording) -> None:
        self._recordings[number] = recording
        self.get(number)
        self._make_room()

    def get(self, number: int) -> Recording | None:
        """The recording, if it is still there."""
        recording = self._recordings.pop(number, None)
        if recording is not None:
            self._recordings[number] = recording
        return recording

    def peek(self, number: int) -> Recording | None:
        """The same, without counting as asking for it."""
        return self._recordings.get(number)

    def drop(self, number: int) -> None:
        self._recordings.pop(number, None)

    def clear(self) -> None:
        self._recordings.clear()

    @property
    def nbytes(self) -> int:
        return sum(map(size, self._recordings.values()))

    def _make_room(self) -> None:
        """The newest stays as it is, whatever its size."""
        older = list(self._recordings)[:-1]
        for change in (lambda number: self._thin(number), self.drop):
            for number in older:
                if self.nbytes <= self._most:
                    return
                change(number)

    def _thin(self, number: int) -> None:
        self._recordings[number] = thin(self._recordings[number])


def size(recording: Recording) -> int:
    """Bytes that a recording takes."""
    trajectory = recording.trajectory
    return recording.poses.nbytes + trajectory.states.nbytes + trajectory.clean.nbytes


def thin(recording: Recording) -> Recording:
    """The same without the states along the way."""
    none = recording.trajectory.states[:0]
    return replace(recording, trajectory=Trajectory(np.zeros(0), np.zeros(0), none, none))


def is_whole(recording: Recording | None) -> bool:
    """Whether the states along the way are there."""
    return recording is not None and len(recording.trajectory) > 1


Kept = tuple[tuple[Run, Recording | None], ...]
"""Runs with their recordings, as far as those are there."""


def within(runs: Kept, most_bytes: int) -> Kept:
    """The same in at most ``most_bytes``: what does not fit loses the states along the way, or all. Runs that
    were kept come first, then newer ones."""
    left, fitting = most_bytes, {}
    for run, recording in sorted(runs, key=lambda pair: (pair[0].kept, pair[0].number), reverse=True):
        for form in (recording, recording and thin(recording)):
            if form is not None and size(form) <= left:
                left -= size(form)
                fitting[run.number] = form
                break
    return tuple((run, fitting.get(run.number)) for run, _ in runs)


def describe(run: Run, parent: Run | None, samplers: Samplers) -> str:
    """What sets a run apart, in a line: how it was made, or what is other than in the run it comes from."""
    document, branch = run.document, run.document.branch
    if branch is None:
        steps = value_of(samplers, document.sampler, document.sampler_options, "steps")
        unit, sampler = "iterations" if document.optimises else "steps", sampler_title(document.sampler)
        sampler = sampler if steps is None else f"{sampler}, {steps} {unit}"
        task = document.task if document.to_refine is None else "refine"
        weight = weight_of(document)
        guided = "" if weight == 1.0 else f", guidance {weight:g}"
        return f"{task}, {sampler}{guided}, {run.hypotheses}×"
    which = "all" if branch.hypothesis is None else f"no. {branch.hypothesis + 1}"
    words = [f"t = {branch.time:.2f}", which]
    return " · ".join([*words, *_changes(document, parent.document if parent else None)])


def _changes(document: Document, before: Document | None) -> list[str]:
    if before is None:
        return []
    changes = []
    if document.levels is not before.levels or document.pose is not before.pose:
        known = int((document.levels > 0).sum())
        changes.append(f"evidence: {known} joints" if known else "no evidence")
    if document.sampler != before.sampler:
        changes.append(sampler_title(document.sampler))
    elif document.sampler_options != before.sampler_options:
        changes.append("other options")
    if document.evidence != before.evidence:
        changes.append(f"evidence use: {document.evidence or 'as the paper'}")
    if weight_of(document) != weight_of(before):
        changes.append(f"guidance {weight_of(document):g}")
    return changes or ["new seed" if document.seed != before.seed else "nothing changed"]
