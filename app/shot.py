"""What the stage shows of the session, apart from the moment: any moment of the run can be put into it.

The stage puts the playhead's moment into it, a clip all of them in turn, long after the window has moved on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.documents.document import Document
from app.documents.moments import moment_at, trail
from app.documents.reprojection import beside
from app.documents.request import Moment
from app.documents.score import ScoreSpace
from app.models import Models
from app.scene.frame import TRUTH, StageFrame
from app.viewmodels.playback import Show
from gfpose_core.trajectory import Recording

SAME_MM = 5.0
"""At a lower noise level x(t) is the pose itself, and is not drawn over it."""

APART_MM = np.float32([900, 0, 0])
"""From the clean pose to the noisy one, and on to the denoised."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A value, safe to hand to another thread. Positions are camera axes, mm.

    ``recording`` is the run to look back on, None where there is none or one is under way; ``pinned``
    (P,17,3), called ``pins``, follow behind its hypotheses, and ``focus`` counts through both.
    """

    recording: Recording | None
    pose: int
    show: Show
    layers: frozenset[str]
    pinned: np.ndarray  # (P,17,3)
    pins: tuple[str, ...]
    focus: int | None
    levels: np.ndarray  # (17,)
    evidence: np.ndarray | None  # (17,3)
    eye: np.ndarray  # (3,) where the evidence is seen from
    reference: np.ndarray | None  # (17,3)
    noisy_pose: np.ndarray | None  # (17,3) that is denoised, where it stands beside the others
    selected: frozenset[int]
    beside: tuple[int, ...]  # poses picked out beside the one in focus, pinned ones counted on
    compared: tuple[int, ...]

    @classmethod
    def of(cls, models: Models, show_reference: bool = False) -> Shot:
        """The session as it is now."""
        document, playback, gallery = models.session.document, models.playback, models.gallery
        return cls(
            recording=playback.recording if playback.last > 0 else None,
            pose=playback.pose,
            show=playback.show,
            layers=frozenset(models.layers.on),
            pinned=gallery.poses[gallery.count :],
            pins=tuple(pinned.label for pinned in gallery.pinned),
            focus=gallery.focus,
            levels=document.known,
            evidence=beside(document, gallery.focused_pose),
            eye=-document.origin,
            reference=document.pose if show_reference else _clean(document),
            noisy_pose=None if "overlaid" in models.layers.on else document.noisy_pose,
            selected=models.conditioning.selection,
            beside=tuple(gallery.selected),
            compared=tuple(gallery.compared) if "compare" in models.layers.on else (),
        )

    def of_other(self, models: Models) -> Shot:
        """The same, of what is compared with it; what was asked of that is of its own run."""
        compare, moment = models.compare, models.compare.moment
        document = compare.run.document if compare.run else models.session.document
        clean = _clean(document)
        count, focus = 0 if moment is None else len(moment.clean), self.focus
        if focus is not None and not focus < count:
            focus = 0 if count == 1 else None
        return replace(
            self,
            recording=compare.recording,
            pose=compare.pose,
            pinned=np.zeros((0, *self.pinned.shape[1:]), np.float32),
            pins=(),
            focus=focus,
            levels=document.known,
            evidence=document.pose,
            eye=-document.origin,
            reference=self.reference if clean is None else clean,
            noisy_pose=None if "overlaid" in self.layers else document.noisy_pose,
            selected=frozenset(),
        )

    @property
    def last(self) -> int:
        """The position of the last moment; 0 where there is only one."""
        return len(self.recording.trajectory) - 1 if self.recording else 0

    def at(self, position: float) -> StageFrame:
        """The frame of a position in the recording, which there must be."""
        return self.frame(moment_at(self.recording, position, self.pose), position)

    def frame(self, moment: Moment | None, position: float) -> StageFrame:
        """The frame of a moment."""
        noisy, poses = None, self.pinned
        if moment is not None:
            if self.show != "clean" and (moment.noise_level > SAME_MM or self.show == "noisy"):
                noisy = moment.states
            poses = poses[:0] if self.show == "noisy" else np.concatenate([moment.clean, self.pinned])
        count = max(len(poses), 0 if noisy is None else len(noisy))
        compared = tuple(index for index in self.compared if index < len(poses))
        sampled = max(len(poses) - len(self.pins), 0)
        named = compared or range(sampled, len(poses))
        frame = StageFrame(
            poses=poses,
            noisy=noisy,
            levels=self.levels,
            evidence=self.evidence,
            eye=self.eye,
            focus=self.focus if self.focus is not None and self.focus < count else None,
            selected=self.selected,
            ground_truth=self.reference,
            score=self._score(moment),
            trail=self._trail(moment, position),
            spread=self._spread(moment),
            beside=tuple(index for index in self.beside if index < len(poses)),
            compared=compared,
            names=tuple((i, str(i + 1) if i < sampled else self.pins[i - sampled]) for i in named),
            sight=moment is not None and moment.optimised,
        )
        return frame if self.noisy_pose is None or compared else self._side_by_side(frame, position > 0)

    def _side_by_side(self, frame: StageFrame, on_the_way: bool) -> StageFrame:
        """The clean pose, where it is known, the noisy one and what comes of it, from left to right. x(t)
        goes with what comes of it; where it begins it is the noisy pose itself, and is shown only alone."""
        clean = frame.ground_truth
        middle = 0 * APART_MM if clean is not None else -APART_MM / 2
        right = middle + APART_MM

        def moved(poses: np.ndarray | None) -> np.ndarray | None:
            return None if poses is None else poses + right

        count = len(frame.poses)
        focus = 0 if frame.focus is None and count == 1 else frame.focus
        sampled = range(count - len(self.pins))
        return replace(
            frame,
            poses=np.concatenate([moved(frame.poses), self.noisy_pose[None] + middle]),
            noisy=moved(frame.noisy) if on_the_way or not count else None,
            ground_truth=None if clean is None else clean - APART_MM,
            trail=moved(frame.trail),
            spread=moved(frame.spread),
            focus=focus,
            beside=(*frame.beside, count),
            names=(
                *(((TRUTH, "clean"),) if clean is not None else ()),
                (count, "noisy"),
                *((index, "denoised") for index in ([focus] if focus in sampled else sampled[:1])),
                *frame.names,
            ),
        )

    def _followed(self, layer: str, moment: Moment | None) -> int | None:
        """The hypothesis in focus, where the layer is on and there is a recorded run of it."""
        if layer not in self.layers or self.focus is None or moment is None:
            return None
        if self.recording is None or not len(self.recording.trajectory):  # of an old one poses are kept
            return None
        hypotheses = min(self.recording.hypotheses, len(moment.states))  # one may be newer
        return self.focus if self.focus < hypotheses else None

    def _score(self, moment: Moment | None) -> np.ndarray | None:  # (17,3) 1/mm
        which = self._followed("arrows", moment)
        if which is None:
            return None
        space = ScoreSpace.of(self.recording, self.pose)
        return space.score(moment.states[which], moment.clean[which], moment.noise_level)

    def _spread(self, moment: Moment | None) -> np.ndarray | None:  # (S,17,3) mm
        """The hypotheses themselves, whichever of their states are shown."""
        return moment.clean if "spread" in self.layers and moment is not None else None

    def _trail(self, moment: Moment | None, position: float) -> np.ndarray | None:  # (K,17,3) mm
        which = self._followed("trails", moment)
        if which is None:
            return None
        return trail(self.recording, position, self.pose, which, self.show == "noisy")


def _clean(document: Document) -> np.ndarray | None:  # (17,3) mm
    """The pose before its noise, of one that is denoised; None where nobody knows it."""
    return document.pose if document.denoising and document.noise.kind != "own" else None
