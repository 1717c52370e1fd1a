"""Recipes: everything that decides what a training run learns, by name."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from gfpose_core.errors import TrainingError
from gfpose_core.masks import HPJ, U2D, U3D, JointMixture
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.skeleton import H36M17
from gfpose_core.training.losses import TimeDraw
from gfpose_core.training.poses import BodyJitter, CameraDraw


@dataclass(frozen=True)
class Recipe:
    """One way to train.

    Attributes:
        noise_px: noise on joints seen in 2D, see :class:`PoseBatches`; a model that is to expect it needs
            ``model.network.condition`` to be ``soft``.
        learning_rate: Adam's, reached after ``warmup`` steps.
        cooldown: share of the run, at its end, over which the rate falls linearly to zero; the plateau
            before it is what lets a run be resumed for longer.
        clip: largest norm of the gradient.
        batch: noisy states a step, of batch / ``noises`` poses; ``sharing`` poses see the same times.

    Raises:
        TrainingError: a batch that cannot be shared out, or numbers that mean nothing.
    """

    name: str
    model: DenoiserConfig = field(default_factory=DenoiserConfig)
    masks: HPJ | JointMixture = field(default_factory=JointMixture)
    times: TimeDraw = field(default_factory=TimeDraw)
    cameras: CameraDraw = field(default_factory=CameraDraw)
    jitter: BodyJitter = field(default_factory=BodyJitter)
    noise_px: float = 0.0
    learning_rate: float = 4e-4
    warmup: int = 1000
    cooldown: float = 0.125
    ema_decay: float = 0.9995
    clip: float = 1.0
    batch: int = 1024
    noises: int = 4
    sharing: int = 32
    steps: int = 24_000
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.batch, self.noises, self.sharing) < 1:
            raise TrainingError("batch, noises and sharing must be at least 1")
        together = self.noises * self.sharing
        if self.batch % together:
            raise TrainingError(f"the batch is {self.batch}; {self.name} needs a multiple of {together}")
        model = self.model
        for name, value in {
            "learning_rate": self.learning_rate, "clip": self.clip,
            "model.units_per_mm": model.units_per_mm, "model.sigma_data": model.sigma_data,
        }.items():  # fmt: skip
            if not value > 0:
                raise TrainingError(f"{name} is {value:g}; it must be positive")
        for name, value, least, most in (
            ("seed", self.seed, 0, math.inf), ("warmup", self.warmup, 0, math.inf),
            ("noise_px", self.noise_px, 0, math.inf), ("cooldown", self.cooldown, 0, 1),
            ("ema_decay", self.ema_decay, 0, 1),
        ):  # fmt: skip
            if not least <= value <= most:
                raise TrainingError(f"{name} is {value:g}; it must lie in {least} to {most}")
        if model.network.n_joints != H36M17.n_joints:
            raise TrainingError(f"model.network.n_joints must be {H36M17.n_joints}, as the poses have")

    @property
    def groups(self) -> int:
        """Groups of poses a step that see the same times; processes share them out."""
        return self.batch // (self.noises * self.sharing)

    def rate(self, step: int, steps: int) -> float:
        """The learning rate at ``step`` of ``steps``, counted from 0."""
        rising = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        falling = min(1.0, (steps - step) / (steps * self.cooldown)) if self.cooldown else 1.0
        return self.learning_rate * rising * falling


def recipe(name: str) -> Recipe:
    """The recipe called ``name``, as :data:`NAMES` says.

    Raises:
        TrainingError: no such recipe.
    """
    if name in RECIPES:
        return RECIPES[name]
    masks = name.removeprefix("paper-")
    unified = {"u2d": U2D, "u3d": U3D}
    if masks not in unified and not masks.startswith("hpj-"):
        raise TrainingError(
            f"there is no recipe {name!r}: choose {', '.join(RECIPES)}, u2d, u3d or a mask such as hpj-020 "
            "or hpj-020-3d, or paper- before one of the last three (gfpose recipes explains them)"
        )
    form = _ours if masks == name else _paper
    return form(name, unified.get(masks) or HPJ.parse(masks))


NAMES = """\
default: our mixture of all tasks, every one of them common
u2d, u3d: the unified masks of the paper, from 2D alone and with 3D in one of ten
hpj-020, hpj-T00, hpj-020-3d ...: the masks of one task; each digit is the chance, in tenths (T: always), that
    the whole body, a part, a joint is hidden; -2d (the same as neither) or -3d is the evidence shown
lifter: the deterministic counterpart, one 3D pose for a whole 2D pose
paper: the paper's U3D in its own network and settings
paper-u2d, paper-u3d, paper-hpj-020 ...: these masks in them"""
"""What a recipe may be called."""


def _ours(name: str, masks: HPJ | JointMixture, **changes: Any) -> Recipe:
    return Recipe(name, DenoiserConfig(ScoreMLPConfig(dropout=0.0)), masks, **changes)


def _paper(name: str, masks: HPJ) -> Recipe:
    """Supplementary sections 2-6: the plain network, the authors' condition, Adam at a constant 2e-4."""
    model = DenoiserConfig(ScoreMLPConfig(condition="difference"), form="plain")
    return Recipe(
        name, model, masks, TimeDraw(log_rho=None), learning_rate=2e-4, warmup=5000, cooldown=0.0,
        ema_decay=0.9999, batch=1000, noises=1, sharing=1, steps=200_000,
    )  # fmt: skip


def _lifter() -> Recipe:
    """The deterministic counterpart of GFPose's Table 4 ("D"): the same backbone, one pose a 2D pose.

    At t = 1 alone, the state is noise and the clean estimate is the mean of all poses with that evidence;
    the loss on it is the squared error of the pose, but for 1 part in 354 of noise. One call of the
    posterior-mean sampler is the answer; in a trial on CMU poses, the noise in the state it is given moved
    the coordinates by 1.6 mm and cost 0.2 mm of 43.
    """
    return _ours("lifter", HPJ.parse("HPJ-000"), times=TimeDraw(eps=1.0, log_rho=None), noises=1)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (_ours("default", JointMixture()), _lifter(), _paper("paper", U3D))
}
