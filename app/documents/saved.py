"""What a session file holds, as one frozen value. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from app.documents.document import Document
from app.documents.lab import FIRST, Setups
from app.documents.request import ClipTask
from app.documents.runs import Kept, thin, within
from app.scene.view import OrbitCamera
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording


@dataclass(frozen=True, eq=False)
class SequenceResult:
    """What came of frames ``which`` (n,) of a sequence, rising: ``poses`` (n, 17, 3) mm in its world, NaN
    where nothing was known."""

    task: ClipTask
    poses: np.ndarray
    which: np.ndarray

    def __post_init__(self) -> None:
        if self.task not in get_args(ClipTask) or self.poses.shape != (len(self.which), H36M17.n_joints, 3):
            raise ValueError("what came of its sequence does not belong together")
        if len(self.which) == 0 or self.which[0] < 0 or (np.diff(self.which) <= 0).any():
            raise ValueError("what came of its sequence is of no frames")


@dataclass(frozen=True, eq=False)
class Saved:
    """Everything a person would lose, undo history aside.

    Attributes:
        recording: the run shown, finished or cancelled; None before there is one.
        unfinished: a newer run was under way or about to start, so the recording is not the document's.
        reference: (17, 3) mm, the pose results are compared with.
        pins: names and poses (17, 3) mm of what was kept for comparison.
        focus: index of the hypothesis in focus, pins counted behind those of the run.
        pose, position: which of the recording's poses was shown, and where the playhead stood.
        checkpoint_sha256: of the checkpoint the document names; empty before it was loaded.
        runs: the list of runs, each with its recording where that is there and not the one shown.
        shown: number of the run whose recording is shown.
        picture: the file of the image behind the evidence, where it is small enough to be kept here.
        lab: the two setups of the sampler lab.
        sequence: the file of the sequence that was worked on; empty where there was none.
        sequence_read: how it was corrected on import, as :func:`app.engine.offer.to_text` tells it.
        sequence_frame: which of its frames was shown.
        sequence_result: what came of it in batch, if anything has.
        camera: through which the stage was seen; None where that was not told.
        path: of an autosave, the session file that was being worked on; empty where there was none.
    """

    document: Document
    recording: Recording | None = None
    unfinished: bool = False
    reference: np.ndarray | None = None
    pins: tuple[tuple[str, np.ndarray], ...] = ()
    focus: int | None = None
    pose: int = 0
    position: float = 0.0
    checkpoint_sha256: str = ""
    path: str = ""
    runs: Kept = ()
    shown: int | None = None
    lab: Setups = FIRST
    picture: bytes | None = None
    sequence: str = ""
    sequence_read: str = ""
    sequence_frame: int = 0
    sequence_result: SequenceResult | None = None
    camera: OrbitCamera | None = None

    @property
    def runs_with_shown(self) -> Kept:
        """The runs, the one shown with its recording."""
        return tuple(
            (run, self.recording if run.number == self.shown else recording) for run, recording in self.runs
        )

    def light(self, most_bytes: int) -> Saved:
        """The same without the states along the way, where they take more than ``most_bytes``."""
        runs = within(self.runs, most_bytes)
        fits = all(new is old for (_, new), (_, old) in zip(runs, self.runs, strict=True))
        lighter = self if fits else replace(self, runs=runs)
        if self.recording is None or 2 * self.recording.trajectory.states.nbytes <= most_bytes:
            return lighter
        return replace(lighter, recording=thin(self.recording), position=0.0)
