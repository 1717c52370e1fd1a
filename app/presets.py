"""Task presets: each names the evidence a task starts from, as GFPose does (supplementary section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.document import Document
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

_PARTS = H36M17.parts
_LEGS = _PARTS["left leg"] + _PARTS["right leg"]
_ARMS = _PARTS["left arm"] + _PARTS["right arm"]


@dataclass(frozen=True)
class Preset:
    """One task: what is known of each joint, and what a person is told about it."""

    key: str
    label: str
    tip: str
    known: int = FIXED_3D
    free: tuple[int, ...] = ()
    denoising: bool = False

    @property
    def short(self) -> str:
        """The label without the word that completions share."""
        return self.label.removeprefix("Complete ").capitalize() if self.free else self.label

    @property
    def levels(self) -> np.ndarray:  # (17,)
        levels = np.full(H36M17.n_joints, self.known)
        levels[list(self.free)] = FREE
        return levels

    def apply(self, document: Document, seen: np.ndarray | None) -> Document:
        """This task's evidence on a document; newly known joints are where ``seen`` (17, 3) mm has them."""
        if self.denoising:
            return document.as_denoising(seen)
        return document.with_levels(self.levels, seen)

    def matches(self, document: Document) -> bool:
        """Whether the document's evidence is this task's."""
        if self.denoising or document.denoising:
            return self.denoising and document.denoising
        return bool((document.levels == self.levels).all())


def _complete(key: str, what: str, free: tuple[int, ...]) -> Preset:
    return Preset(key, f"Complete {what}", f"Free the {what}, fix every other joint in 3D", free=free)


PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset("generate", "Generate", "No evidence: poses out of pure noise", known=FREE),
        Preset("lift", "Lift from 2D", "Every joint seen in 2D; the prior finds the depths", known=SEEN_2D),
        _complete("legs", "legs", _LEGS),
        _complete("arms", "arms", _ARMS),
        _complete("left side", "left side", _PARTS["left leg"] + _PARTS["left arm"]),
        _complete("right side", "right side", _PARTS["right leg"] + _PARTS["right arm"]),
        _complete("upper body", "upper body", (7, 8, 9, 10, *_ARMS)),
        _complete("lower body", "lower body", (0, *_LEGS)),
        Preset(
            "denoise", "Denoise", "Noise on every joint of the pose; the prior takes it off", denoising=True
        ),
    )
}


def preset_of(document: Document) -> Preset | None:
    """The preset whose evidence the document has; None where a person made their own."""
    return next((preset for preset in PRESETS.values() if preset.matches(document)), None)
