"""The clip that was loaded: which frame is the evidence, how it plays, what becomes of it in batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.commands import Replace
from app.documents.clips import ALL_TOLD, Figures, Result, limits_after, stage_frame, with_frame
from app.documents.document import Document
from app.documents.request import ClipDone, ClipTask
from app.documents.saved import SequenceResult
from app.engine.pictures import Picture
from app.engine.runner import Runner
from app.scene.frame import StageFrame
from app.session import Session
from app.viewmodels.asking import request_for_clip
from app.viewmodels.imaging import NO_FRAMES, Frames, Imaging
from app.viewmodels.notices import Notice, Notices
from gfpose_core.condition import FREE
from gfpose_core.errors import ConditionError
from gfpose_core.io.clip import Clip, KeypointClip, PoseClip
from gfpose_core.skeleton import H36M17

USUAL_FPS = 25.0
"""A clip without a frame rate is played at this one."""


@dataclass(frozen=True, eq=False)
class Held:
    """A clip that is worked on, where that stands, and the frames that the image offers of it."""

    clip: Clip | None = None
    path: Path | None = None
    corrections: str = ""
    result: Result | None = None
    figures: Figures | None = None
    limits: np.ndarray = field(default_factory=lambda: ALL_TOLD)
    position: float = 0.0
    frames: Frames = NO_FRAMES


class Clips(QObject):
    """View state but for the frame that is the evidence, which is an edit."""

    changed = Signal()  # the clip, what came of it, whether it is played or compared
    frame_changed = Signal()
    progressed = Signal(float)
    opened = Signal()
    closed = Signal()
    export_asked = Signal()

    def __init__(
        self,
        session: Session,
        runner: Runner,
        imaging: Imaging,
        notices: Notices,
        seen_pose: Callable[[], np.ndarray | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._imaging = session, runner, imaging
        self._notices, self._seen_pose = notices, seen_pose
        self.clip: Clip | None = None
        self.path: Path | None = None
        self.corrections = ""
        self.result: Result | None = None
        self.shared_noise = True
        self._figures: Figures | None = None
        self._limits = ALL_TOLD
        self._taken = 0
        self._position = 0.0
        self._compared = False
        self._asked: tuple[ClipTask, np.ndarray, int] | None = None
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=16)
        self._timer.timeout.connect(self._tick)
        session.changed.connect(self._on_edit)
        imaging.changed.connect(self._follow_image)
        runner.clip_done.connect(self._on_done)
        runner.clip_progressed.connect(self.progressed)
        runner.clip_changed.connect(lambda _: self.changed.emit())

    # -- the clip and its frames

    def open(self, clip: Clip, path: Path, corrections: str = "", picture: Picture | None = None) -> None:
        """Load the clip in the file at ``path``, as ``corrections`` had it read; its fullest frame becomes
        the evidence."""
        self._load(clip, path, corrections)
        self._position = float(self._figures.best)
        name = self.name
        if isinstance(clip, KeypointClip):
            self._imaging.show_clip(clip, name, picture, self.frame)
        else:
            self._imaging.guide(False)
            self._edit(f"Open {name}", "")
        self.changed.emit()
        self.opened.emit()

    def reopen(
        self, clip: Clip, path: Path, corrections: str, frame: int, made: SequenceResult | None = None
    ) -> None:
        """Load the clip of a session, whose document is the one there is by now, and what was ``made`` of it:
        unless the file has fewer frames by now."""
        self._load(clip, path, corrections)
        self._position = float(min(max(frame, 0), self.last))
        if made is not None and made.which[-1] <= self.last:
            self.result = Result.restored(clip, made)
        self._taken = self.frame
        if isinstance(clip, KeypointClip):
            self._imaging.offer_clip(clip, self.name, chosen=self.frame)
        self.changed.emit()
        self.opened.emit()

    def _load(self, clip: Clip, path: Path, corrections: str) -> None:
        self._halt()
        self.clip, self.path, self.corrections, self.result = clip, path, corrections, None
        self._compared, self._figures, self._limits = False, Figures.of(clip), ALL_TOLD

    def _halt(self) -> None:
        """The clip makes way: it is neither played nor worked on any more."""
        self.pause(choose=False)
        if self.busy:
            self.cancel()
            advice = "It was closed, or made way for another sequence; nothing came of it."
            self._notices.add(Notice("info", f"{self.name} is worked on no longer", advice))

    def why_not_close(self) -> str | None:
        """Why it cannot be closed now, in a clause; None where it can."""
        if self.clip is None:
            return "no sequence was imported"
        return "the sequence is worked on: stop that first" if self.busy else None

    def close(self) -> None:
        """Let go of the clip and of what came of it, as one undoable step. Evidence and poses stay."""
        if self.why_not_close() is None:
            self.pause()
            text = f"Close {self.name}"
            self._session.undo_stack.push(Replace(text, self.hold, self.held, Held()))

    @property
    def held(self) -> Held:
        """All of it, to be put back."""
        frames = self._imaging.offered if isinstance(self.clip, KeypointClip) else NO_FRAMES
        return Held(
            self.clip, self.path, self.corrections, self.result, self._figures, self._limits, self._position,
            frames,
        )  # fmt: skip

    def hold(self, held: Held) -> None:
        """Work on this clip from now on, or on none; the evidence stays as it is."""
        self._halt()
        keypoints = KeypointClip in map(type, (self.clip, held.clip))
        self.clip, self.path, self.corrections, self.result = (
            held.clip,
            held.path,
            held.corrections,
            held.result,
        )
        self._figures, self._limits, self._position = held.figures, held.limits, held.position
        self._taken, self._compared = self.frame, False
        if keypoints:
            self._imaging.put_frames(held.frames)
        self.changed.emit()
        (self.closed if held.clip is None else self.opened).emit()

    @property
    def name(self) -> str:
        """Of the file."""
        return self.path.name if self.path else ""

    @property
    def frame(self) -> int:
        return int(self._position)

    @property
    def last(self) -> int:
        return len(self._figures) - 1 if self._figures else 0

    @property
    def fps(self) -> float:
        """As it is played."""
        return (self.clip.fps if self.clip else None) or USUAL_FPS

    def choose(self, frame: int) -> None:
        """Make a frame the evidence; frames chosen one after the other undo as one. Joints that were freed
        stay free."""
        if self.clip is None:
            return
        self.pause(choose=False)
        self._position = float(min(max(frame, 0), self.last))
        self._take()

    def step(self, by: int) -> None:
        """Choose the frame so many on, or back."""
        self.choose(self.frame + by)

    def _take(self) -> None:
        if isinstance(self.clip, KeypointClip):
            self._imaging.choose_frame(self.frame)
        else:
            self._limits = self._limits_now()
            self._edit(f"{self.name}: frame {self.clip.frames[self.frame]}", "clip-frame")
        self.frame_changed.emit()

    def _limits_now(self) -> np.ndarray:  # (17,)
        """What a person has made of the frame that is the evidence, for those to come."""
        document, figures = self._session.document, self._figures
        frame = figures.frame_in(document, self._taken)
        if frame is None or document.denoising:
            return ALL_TOLD
        return limits_after(self._limits, document.levels, figures.levels[frame])

    def _edit(self, text: str, gesture: str) -> None:
        document, seen = self._session.document, self._seen_pose()
        try:
            after = with_frame(document, self._figures, self.frame, seen, self._limits)
        except ConditionError as error:
            self._notices.add(Notice("warning", f"{self.name}, frame {self.frame}", f"{error}."))
            return
        compared, self._taken = self._compared, self.frame
        self._session.apply(text, after, gesture)
        self.compare(compared)

    # -- playing

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def compared(self) -> bool:
        """Whether the stage shows the clip beside what came of it, instead of the evidence."""
        return self._compared

    def compare(self, on: bool) -> None:
        """Show the clip and what came of it side by side."""
        self._compared = on and self.result is not None
        self.changed.emit()

    def toggle(self) -> None:
        """Play on the stage, or pause: where it stops is the evidence."""
        self.pause() if self.playing else self.play()

    def play(self) -> None:
        if self.last:
            self._clock.start()
            self._timer.start()
            self.changed.emit()

    def pause(self, choose: bool = True) -> None:
        if self.playing:
            self._timer.stop()
            if choose:
                self._take()
            self.changed.emit()

    def stage_frame(self) -> StageFrame | None:
        """What the stage shows of the clip; None where it shows the evidence."""
        if self.clip is None or not (self.playing or self._compared):
            return None
        return stage_frame(self._figures, self.frame, self.result)

    def _tick(self) -> None:
        target = self._position + self._clock.restart() / 1000 * self.fps
        before = self.frame
        self._position = target % (self.last + 1)
        if self.frame != before:
            self.frame_changed.emit()

    # -- in batch

    @property
    def tasks(self) -> tuple[ClipTask, ...]:
        """What can be done with all its frames."""
        if isinstance(self.clip, KeypointClip):
            return ("lift",)
        if isinstance(self.clip, PoseClip):
            return ("complete", "denoise")
        return ()

    def refusal(self, task: ClipTask) -> str | None:
        """Why a task cannot be done now, in a clause; None where it can."""
        if self.clip is None:
            return "no sequence was imported"
        if self.busy:
            return "the sequence is worked on"
        if task not in self.tasks:
            return (
                "it is keypoints: lift them" if isinstance(self.clip, KeypointClip) else "it is in 3D already"
            )
        if task != "lift" and self._session.document.optimises:
            return "ZeDO only lifts: choose GFPose sampling as the method"
        if task == "denoise" and not self.clip.observed.all():
            return "joints are missing in it: complete it first"
        if task == "complete" and self.clip.observed.all() and not self.freed.any():
            return "no joint is missing in it: free those to be filled in, on the body map"
        return None

    @property
    def freed(self) -> np.ndarray:  # (17,) bool
        """Joints that frames have and a person has freed: they are filled in over the whole sequence."""
        document = self._session.document
        if not isinstance(self.clip, PoseClip) or document.task in ("generate", "denoise"):
            return np.zeros(H36M17.n_joints, bool)
        return limits_after(self._limits, document.levels, self._figures.levels[self.frame]) == FREE

    @property
    def busy(self) -> bool:
        return self._runner.working_on_clip

    def run(self, task: ClipTask, first: int = 0, last: int | None = None, step: int = 1) -> None:
        """Put every ``step``-th frame from ``first`` to ``last`` through the prior, with the sampler and the
        seed of the document, one hypothesis each. Joints that were freed are completed as if the file had
        none."""
        if self.clip is None or self.busy:
            return
        clip = self.clip.without(self.freed) if task == "complete" else self.clip
        self.pause()
        which = np.arange(first, (self.last if last is None else last) + 1, step)
        clip = clip[which]
        self._asked = task, which, int((~clip.told).sum())
        request = request_for_clip(self._session.document, task, clip, self.shared_noise)
        self._runner.go_through(request)

    def cancel(self) -> None:
        """Stop within one step; nothing comes of it."""
        self._runner.stop_clip()

    def _on_done(self, done: ClipDone) -> None:
        task, which, gaps = self._asked
        self.result = Result.of(task, done.clip, which)
        words = f"{len(which):,} frames {self.result.words} in {done.seconds:.1f} s"
        bridged = f" {gaps:,} frames told nothing: they are bridged from those around them." if gaps else ""
        self._notices.add(
            Notice("info", words, f"They play beside the clip; the clip itself is as it was.{bridged}")
        )
        self.compare(True)
        self.play()

    # -- what others do

    def _on_edit(self, before: Document, after: Document) -> None:
        if self.playing and not (before.pose is after.pose and before.levels is after.levels):
            self.pause(choose=False)  # the evidence is being edited, maybe since before it began to play
            taken = self._imaging.frame if isinstance(self.clip, KeypointClip) else self._taken
            self._position = float(taken)
            self.frame_changed.emit()
        if self._compared and not self.playing:
            self.compare(False)

    def _follow_image(self) -> None:
        if isinstance(self.clip, KeypointClip) and self._imaging.frame != self.frame and not self.playing:
            self._position = float(min(self._imaging.frame, self.last))
            self.frame_changed.emit()
