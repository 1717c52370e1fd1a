"""Evidence as a person edits it: joints, parts and tasks. Every edit is one undoable step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.presets import (
    PRESETS,
    Preset,
    as_in_the_paper,
    as_serves_best,
    is_as_in_the_paper,
    preset_of,
)
from app.looks.words import LEVEL_WORDS, capital, joint_title
from app.session import Session
from app.viewmodels.layers import LAYERS
from gfpose_core.bones import settle
from gfpose_core.condition import FIXED_3D
from gfpose_core.skeleton import H36M17


class Conditioning(QObject):
    """Edits of the evidence. ``seen_pose`` gives the (17, 3) mm pose a person is looking at, or None,
    ``results`` (S, 17, 3) mm all of the run. ``snaps``: a drag ends with bones of their own lengths.
    """

    selection_changed = Signal()
    snaps_changed = Signal()
    no_pose = Signal()

    def __init__(
        self,
        session: Session,
        seen_pose: Callable[[], np.ndarray | None],
        parent: QObject | None = None,
        results: Callable[[], np.ndarray] = lambda: np.zeros((0, H36M17.n_joints, 3)),
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._seen_pose = seen_pose
        self._results = results
        self._selection: frozenset[int] = frozenset()
        self.snaps = False

    @property
    def document(self) -> Document:
        return self._session.document

    @property
    def selection(self) -> frozenset[int]:
        return self._selection

    @property
    def preset(self) -> Preset | None:
        return preset_of(self.document)

    def select(self, joints: Iterable[int]) -> None:
        self._selection = frozenset(joints)
        self.selection_changed.emit()

    def toggle_selected(self, joint: int) -> None:
        self.select(self._selection ^ {joint})

    def apply_preset(self, key: str) -> None:
        """Set evidence, its use, sampler and start time of a task."""
        preset, document = PRESETS[key], self.document
        if preset.matches(document):
            return
        seen = self._seen_pose()
        if key != "generate" and document.pose is None and seen is None:
            self.no_pose.emit()
            return
        self._session.apply(preset.label, preset.apply(document, seen))

    @property
    def papers(self) -> bool:
        """Whether sampler, use of evidence and start time are the paper's."""
        return is_as_in_the_paper(self.document)

    def set_papers(self, on: bool) -> None:
        """Sample as the paper does, or in the way that serves best."""
        if on != self.papers:
            after = (as_in_the_paper if on else as_serves_best)(self.document)
            self._session.apply("Sample as in the paper" if on else "Sample as serves best", after)

    def cycle_joint(self, joint: int) -> None:
        """One joint: free, seen in 2D, fixed in 3D, free."""
        level = (int(self.document.known[joint]) + 1) % 3
        self.set_level([joint], level)

    def cycle_part(self, part: str) -> None:
        """A whole part. Where nothing is known yet it is taken away, and all other joints are fixed."""
        joints = list(H36M17.parts[part])
        levels = self.document.known
        if not levels.any():
            rest = [j for j in range(H36M17.n_joints) if j not in joints]
            self._set(rest, FIXED_3D, f"Free the {part}, fix the rest")
        elif len(set(levels[joints])) > 1:
            self.set_level(joints, FIXED_3D, part)
        else:
            self.set_level(joints, (int(levels[joints[0]]) + 1) % 3, part)

    def set_selected(self, level: int) -> None:
        """The selected joints to one level."""
        if self._selection:
            self.set_level(sorted(self._selection), level)

    def why_not_set(self) -> str | None:
        """Why there is nothing to set a level of; None where there is."""
        return None if self._selection else "no joint is selected: drag a box around some, or Ctrl-click them"

    def set_level(self, joints: Iterable[int], level: int, what: str = "") -> None:
        """Joints to one level, as one step named after ``what`` they are."""
        joints = list(joints)
        what = what or _named(joints)
        self._set(joints, level, f"{capital(what)}: {LEVEL_WORDS[level]}")

    def use_pose(self, pose: np.ndarray, text: str) -> None:
        """Make ``pose`` (17, 3) mm the evidence: whole where nothing is known yet, else at these levels."""
        levels = self.document.known if self.document.known.any() else np.full(H36M17.n_joints, FIXED_3D)
        self._session.apply(
            text, replace(self.document, pose=pose, levels=levels, bones=None, denoising=False)
        )

    def move_joints(self, joints: Sequence[int], to: np.ndarray, gesture: str = "") -> None:
        """Put known joints at ``to`` (k, 3) mm; the moves of one ``gesture`` undo as one."""
        self._session.apply(f"Move {_named(joints)}", self.document.with_moved(joints, to), gesture)

    def set_snaps(self, on: bool) -> None:
        """Put joints to where their bones reach after every drag, or only when asked."""
        if on != self.snaps:
            self.snaps = on
            self.snaps_changed.emit()

    def finish_drag(self, joints: Sequence[int], gesture: str) -> None:
        """A drag is over: put the joints to where their bones reach, if a person wants that."""
        if self.snaps:
            self._settle(joints, f"Move {_named(joints)}", gesture)

    def why_not_snap(self) -> str | None:
        """Why there is nothing to snap; None where there is."""
        return None if self._movable(self._selection or range(H36M17.n_joints)) else "no joint is fixed in 3D"

    def snap(self) -> None:
        """Put the selected fixed joints, or all, to the nearest places that their bones reach."""
        joints = self._movable(self._selection or range(H36M17.n_joints))
        if joints:
            self._settle(joints, f"Snap {_named(joints)} to the bones")

    def bones(self) -> np.ndarray:  # (16,) mm
        """The lengths that joints snap to: the pose's own, and where those are unknown the run's mean."""
        bones, results = self.document.bones, self._results()
        if bones.all() or not len(results):
            return bones
        return np.where(bones > 0, bones, H36M17.bone_lengths(results).mean(0))

    def _movable(self, joints: Iterable[int]) -> tuple[int, ...]:
        """Those fixed in 3D; never the root, which is the origin of all."""
        document = self.document
        known = not document.denoising and document.pose is not None
        return tuple(j for j in sorted(joints) if known and j > 0 and document.levels[j] == FIXED_3D)

    def _settle(self, joints: Sequence[int], text: str, gesture: str = "") -> None:
        document = self.document
        moved = np.isin(np.arange(H36M17.n_joints), joints)
        pose = settle(document.pose, moved, document.levels == FIXED_3D, self.bones())
        if np.abs(pose - document.pose).max() > 0.01:
            self._session.apply(text, document.with_moved(joints, pose[list(joints)]), gesture)

    def set_noise(self, text: str, gesture: str = "", **fields: Any) -> None:
        """Change the noise: ``std_mm``, ``kind`` or ``seed``."""
        self._session.edit(text, gesture, noise=replace(self.document.noise, **fields))

    def hint(self, overlaid: bool = False) -> str:
        """What a person may want to do next, in one line; ``overlaid`` is the layer of that name."""
        document = self.document
        if document.denoising:
            own = document.noise.kind == "own"
            noisy = "the pose as it came" if own else "the noisy pose"
            starts = document.sampler != POSTERIOR_MEAN
            if not overlaid:
                begins = f"The timeline begins with {noisy} · " if starts else ""
                return f"{begins}{LAYERS['overlaid'].key}: one over another, or side by side"
            where = ", where the timeline begins" if starts else ""
            return f"Solid: denoised · thin: {noisy}{where}{'' if own else ' · green: before the noise'}"
        if document.branch is not None:
            return f"Sampling goes on from x(t) at t = {document.branch.time:.2f} · a task starts from noise"
        if self._seen_pose() is None and document.pose is None:
            return "The first poses are on their way out of noise…"
        if not document.levels.any():
            return (
                "Shift-click a leg or an arm to take it away and see it completed · click a joint to fix it"
            )
        if document.task == "lift":
            return "Every joint is seen in 2D, its depth is the prior's guess · click a joint to fix it in 3D"
        if (document.levels == FIXED_3D).all():
            return "Every joint is known · Shift-click a part or pick a task to free some"
        return (
            "Click a joint: free → 2D → 3D · Shift-click: its part · drag the timeline to scrub the diffusion"
        )

    def _set(self, joints: list[int], level: int, text: str) -> None:
        document, seen = self.document, self._seen_pose()
        if document.pose is None and seen is None:
            self.no_pose.emit()
            return
        levels = self.document.known.copy()
        levels[joints] = level
        self._session.apply(text, document.with_levels(levels, seen))


def _named(joints: Sequence[int]) -> str:
    if len(joints) == 1:
        return joint_title(joints[0])
    part = next((name for name, of in H36M17.parts.items() if {*of} - {0} == {*joints} - {0}), None)
    return f"the {part}" if part else f"{len(joints)} joints"
