"""Recipes: everything that decides what a training run learns, by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from gfpose_core.errors import TrainingError
from gfpose_core.masks import HPJ, U2D, U3D, JointMixture
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig
from gfpose_core.training.losses import TimeDraw
from gfpose_core.training.poses import BodyJitter, CameraDraw


@dataclass(frozen=True)
class Recipe:
    """One way to train.

    Attributes:
        learning_rate: Adam's, reached after ``warmup`` steps.
        cooldown: share of the run, at its end, over which the rate falls linearly to zero; the plateau
            before it is what lets a run be resumed for longer.
        clip: largest norm of the gradient.
        batch: noisy states a step, of batch / ``noises`` poses; ``sharing`` poses see the same times.

    Raises:
        TrainingError: a batch that cannot be shared out, or a rate that is not positive.
    """

    name: str
    model: DenoiserConfig = field(default_factory=DenoiserConfig)
    masks: HPJ | JointMixture = field(default_factory=JointMixture)
    times: TimeDraw = field(default_factory=TimeDraw)
    cameras: CameraDraw = field(default_factory=CameraDraw)
    jitter: BodyJitter = field(default_factory=BodyJitter)
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
        together = self.noises * self.sharing
        if self.batch < 1 or self.batch % together:
            raise TrainingError(f"the batch is {self.batch}; {self.name} needs a multiple of {together}")
        if not self.learning_rate > 0:
            raise TrainingError(f"the learning rate is {self.learning_rate:g}; it must be positive")

    def rate(self, step: int, steps: int) -> float:
        """The learning rate at ``step`` of ``steps``, counted from 0."""
        rising = min(1.0, (step + 1) / self.warmup)
        falling = min(1.0, (steps - step) / (steps * self.cooldown)) if self.cooldown else 1.0
        return self.learning_rate * rising * falling


def _paper(name: str, masks: HPJ) -> Recipe:
    """Supplementary sections 2-6: the plain network, the authors' condition, Adam at a constant 2e-4."""
    model = DenoiserConfig(ScoreMLPConfig(condition="difference"), form="plain")
    return Recipe(
        name, model, masks, TimeDraw(log_rho=None), learning_rate=2e-4, warmup=5000, cooldown=0.0,
        ema_decay=0.9999, batch=1000, noises=1, sharing=1, steps=200_000,
    )  # fmt: skip


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("default", DenoiserConfig(ScoreMLPConfig(dropout=0.0))),
        Recipe("u2d", masks=U2D),
        Recipe("u3d", masks=U3D),
        _paper("paper", U3D),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe called ``name``.

    Raises:
        TrainingError: no such recipe.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise TrainingError(f"no recipe {name!r}: choose one of {', '.join(RECIPES)}") from None
