"""Evidence as a person edits it: joints, parts and tasks. Every edit is one undoable step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.document import Document
from app.presets import PRESETS, Preset, preset_of
from app.session import Session
from app.words import LEVEL_WORDS, joint_title
from gfpose_core.condition import FIXED_3D
from gfpose_core.skeleton import H36M17

_DENOISING = (
    "Solid: denoised · thin: x(t), the noisy pose where the timeline begins · green: before the noise",
    "Solid: denoised · thin: x(t), the pose as it came where the timeline begins",
)


class Conditioning(QObject):
    """Edits of the evidence. ``seen_pose`` gives the (17, 3) mm pose a person is looking at, or None."""

    selection_changed = Signal()
    no_pose = Signal()

    def __init__(
        self, session: Session, seen_pose: Callable[[], np.ndarray | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._seen_pose = seen_pose
        self._selection: frozenset[int] = frozenset()

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
        """Set the evidence of a task."""
        preset, document = PRESETS[key], self.document
        if preset.matches(document):
            return
        seen = self._seen_pose()
        if key != "generate" and document.pose is None and seen is None:
            self.no_pose.emit()
            return
        self._session.apply(preset.label, preset.apply(document, seen))

    def cycle_joint(self, joint: int) -> None:
        """One joint: free, seen in 2D, fixed in 3D, free."""
        level = (int(self._levels[joint]) + 1) % 3
        self.set_level([joint], level)

    def cycle_part(self, part: str) -> None:
        """A whole part. Where nothing is known yet it is taken away, and all other joints are fixed."""
        joints = list(H36M17.parts[part])
        levels = self._levels
        if not levels.any():
            rest = [j for j in range(H36M17.n_joints) if j not in joints]
            self._set(rest, FIXED_3D, f"Free the {part}, fix the rest")
        elif len(set(levels[joints])) > 1:
            self.set_level(joints, FIXED_3D, part)
        else:
            self.set_level(joints, (int(levels[joints[0]]) + 1) % 3, part)

    def set_level(self, joints: Iterable[int], level: int, what: str = "") -> None:
        """Joints to one level, as one step named after ``what`` they are."""
        joints = list(joints)
        what = what or (joint_title(joints[0]) if len(joints) == 1 else f"{len(joints)} joints")
        self._set(joints, level, f"{what[:1].upper()}{what[1:]}: {LEVEL_WORDS[level]}")

    def use_pose(self, pose: np.ndarray, text: str) -> None:
        """Make ``pose`` (17, 3) mm the evidence: whole where nothing is known yet, else at these levels."""
        levels = self._levels if self._levels.any() else np.full(H36M17.n_joints, FIXED_3D)
        self._session.apply(text, replace(self.document, pose=pose, levels=levels, denoising=False))

    def move_joint(self, joint: int, to: np.ndarray, gesture: str) -> None:
        """Put a known joint at ``to`` (3,) mm; the moves of one ``gesture`` undo as one."""
        pose = self.document.pose.copy()
        pose[joint] = to
        self._session.apply(f"Move {joint_title(joint)}", replace(self.document, pose=pose), gesture)

    def set_noise(self, text: str, gesture: str = "", **fields: Any) -> None:
        """Change the noise: ``std_mm``, ``kind`` or ``seed``."""
        self._session.edit(text, gesture, noise=replace(self.document.noise, **fields))

    def hint(self) -> str:
        """What a person may want to do next, in one line."""
        document = self.document
        if document.denoising:
            return _DENOISING[document.noise.kind == "own"]
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

    @property
    def _levels(self) -> np.ndarray:
        document = self.document
        return np.full_like(document.levels, FIXED_3D) if document.denoising else document.levels

    def _set(self, joints: list[int], level: int, text: str) -> None:
        document, seen = self.document, self._seen_pose()
        if document.pose is None and seen is None:
            self.no_pose.emit()
            return
        levels = self._levels.copy()
        levels[joints] = level
        self._session.apply(text, document.with_levels(levels, seen))
