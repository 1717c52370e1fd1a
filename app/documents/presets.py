"""Task presets: evidence, its use, sampler and start time as GFPose has them (supplementary section 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.documents.document import POSTERIOR_MEAN, Document, Noise
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.registry import DEFAULT_PRIOR
from gfpose_core.skeleton import H36M17

_PARTS = H36M17.parts
_LEGS = _PARTS["left leg"] + _PARTS["right leg"]
_ARMS = _PARTS["left arm"] + _PARTS["right arm"]


@dataclass(frozen=True)
class Preset:
    """One task: what is known of each joint, and what a person is told about it.

    ``suits`` names the checkpoints that the paper uses for it, as the paper does.
    """

    key: str
    label: str
    tip: str
    suits: str
    known: int = FIXED_3D
    free: tuple[int, ...] = ()
    denoising: bool = False

    @property
    def short(self) -> str:
        """The label without the words that a chip's place says."""
        return self.label.removeprefix("Complete ").removesuffix(FROM_2D).capitalize()

    @property
    def levels(self) -> np.ndarray:  # (17,)
        levels = np.full(H36M17.n_joints, self.known)
        levels[list(self.free)] = FREE
        return levels

    def apply(self, document: Document, seen: np.ndarray | None) -> Document:
        """This task on a document, from noise; newly known joints are where ``seen`` (17, 3) mm has them.

        The evidence is used as the paper does. Sampler and start time are the paper's too where they were
        before; otherwise those that serve this task best: ``assets/gfpose-cmu.md`` has the figures.
        """
        after = document.as_denoising(seen) if self.denoising else document.with_levels(self.levels, seen)
        after = replace(after, evidence=None, guidance=1.0, start_time=None, branch=None)
        return as_in_the_paper(after) if is_as_in_the_paper(document) else after

    def matches(self, document: Document) -> bool:
        """Whether the document's evidence is this task's."""
        if self.denoising or document.denoising:
            return self.denoising and document.denoising
        return bool((document.levels == self.levels).all())


_COMPLETIONS = {
    "legs": _LEGS,
    "arms": _ARMS,
    "left side": _PARTS["left leg"] + _PARTS["left arm"],
    "right side": _PARTS["right leg"] + _PARTS["right arm"],
    "upper body": (7, 8, 9, 10, *_ARMS),
    "lower body": (0, *_LEGS),
}
FROM_2D = " from 2D"
"""Ends the key of a completion whose other joints are seen in 2D; without it they are fixed in 3D."""

_ANY = "HPJ-T00, U2D or U3D"
_LIFTERS = "HPJ-000 (or another HPJ-xyz from 2D), U2D or U3D"


def _complete(what: str, known: int) -> Preset:
    free = _COMPLETIONS[what]
    if known == FIXED_3D:
        suits, tip = "HPJ-020-3D or U3D; U2D and HPJ-T00 by imputation", "fix every other joint in 3D"
        return Preset(what, f"Complete {what}", f"Free the {what}, {tip}", suits, free=free)
    suits, tip = "HPJ-020, HPJ-001, U2D or U3D; HPJ-T00 by imputation", "every other joint is seen in 2D"
    return Preset(
        what + FROM_2D, f"Complete {what}{FROM_2D}", f"Free the {what}, {tip}", suits, SEEN_2D, free
    )


PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset("generate", "Generate", "No evidence: poses out of pure noise", _ANY, known=FREE),
        Preset(
            "lift",
            "Lift from 2D",
            "Every joint seen in 2D; the prior finds the depths",
            _LIFTERS,
            known=SEEN_2D,
        ),
        *(_complete(what, FIXED_3D) for what in _COMPLETIONS),
        Preset(
            "denoise",
            "Denoise",
            "Noise on every joint of the pose; the prior takes it off",
            _ANY,
            denoising=True,
        ),
        *(_complete(what, SEEN_2D) for what in _COMPLETIONS),
    )
}


def preset_of(document: Document) -> Preset | None:
    """The preset whose evidence the document has; None where a person made their own."""
    return next((preset for preset in PRESETS.values() if preset.matches(document)), None)


def paper_start(noise: Noise) -> float:
    """The start time T of main Table 7: 0.05 for the noises to N(0, 100) and U(25), 0.1 for larger ones.

    The paper's noise is in pixels of the image; those two are 41 and 30 mm here, the next larger 60 mm.
    """
    return 0.05 if noise.std_mm <= 50.0 else 0.1


def as_in_the_paper(document: Document) -> Document:
    """With Alg. 1 in 1000 steps, the evidence used as in supplementary section 5, and T of Table 7."""
    start = paper_start(document.noise) if document.denoising else None
    document = document.with_quality("reference", DEFAULT_PRIOR)
    return replace(document, evidence=None, guidance=1.0, start_time=start)


def is_as_in_the_paper(document: Document) -> bool:
    """Whether :func:`as_in_the_paper` changes nothing that shows."""
    told, paper = (
        (d.sampler, d.sampler_options, d.evidence, d.guidance, d.start_time)
        for d in (document, as_in_the_paper(document))
    )
    return told == paper


def as_serves_best(document: Document) -> Document:
    """With the samplers and the start time that the figures of the shipped prior speak for."""
    document = replace(document, evidence=None, guidance=1.0, start_time=None)
    if document.denoising:
        return replace(document, sampler=POSTERIOR_MEAN)
    return document.with_quality("standard", DEFAULT_PRIOR)
