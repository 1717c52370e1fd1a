"""What a session file holds, as one frozen value. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.document import Document
from gfpose_core.trajectory import Recording, Trajectory


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

    def light(self, most_bytes: int) -> Saved:
        """The same without the states along the way, where they take more than ``most_bytes``."""
        if self.recording is None:
            return self
        states = self.recording.trajectory.states
        if 2 * states.nbytes <= most_bytes:
            return self
        none = Trajectory(np.zeros(0), np.zeros(0), states[:0], states[:0])
        return replace(self, recording=replace(self.recording, trajectory=none), position=0.0)
