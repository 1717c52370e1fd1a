"""The training loop: steps that resume exactly, atomic checkpoints, a loss curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gfpose_core.condition import Condition
from gfpose_core.distributed import add_up, share, world_size
from gfpose_core.errors import TrainingError
from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.training.ema import EMA
from gfpose_core.training.losses import denoising_loss
from gfpose_core.training.poses import BodyJitter, PoseBatches, ViewBatches
from gfpose_core.training.recipes import Recipe
from gfpose_core.training.watch import Divergence


@dataclass(frozen=True)
class StepReport:
    """What one optimizer step did."""

    step: int  # 1 after the first
    steps: int  # of the whole run
    loss: float
    rate: float
    gradient_norm: float


class Trainer:
    """A recipe at work on poses (N, J, 3) mm, y up, before its cameras, or on poses as they were filmed.

    All randomness of step k is drawn from (seed, k), so a resumed run goes on exactly as if it had never
    stopped, with nothing but weights, averages and optimizer moments to store. ``initial`` weights, by
    ScoreMLP's names, take the place of random ones.

    Of several processes (:mod:`gfpose_core.distributed`) each draws the whole batch, works out its share of
    the groups, and takes the step of all: their weights stay equal, and are those of one process alone to
    rounding. Only the dropped-out units depend on how many there are, as each drops out its own.

    Raises:
        TrainingError: a network that cannot be built, or more processes than groups.
    """

    def __init__(
        self,
        recipe: Recipe,
        poses: np.ndarray | ViewBatches,
        steps: int,
        device: str = "cpu",
        initial: Mapping[str, Tensor] | None = None,
    ) -> None:
        if world_size() > recipe.groups:
            raise TrainingError(
                f"{world_size()} processes cannot share the {recipe.groups} groups of a batch: start fewer, "
                "or set a larger batch"
            )
        torch.manual_seed(recipe.seed)
        self.recipe, self.steps, self.device = recipe, steps, torch.device(device)
        try:
            self.denoiser = Denoiser(recipe.model)
        except (ValueError, RuntimeError) as error:
            raise TrainingError(f"the network of {recipe.name} cannot be built ({error})") from error
        if initial is not None:
            self.denoiser.network.load_state_dict(initial)
        self.denoiser.to(self.device)
        self.ema = EMA(self.denoiser, recipe.ema_decay)
        self.optimizer = torch.optim.Adam(self.denoiser.parameters(), lr=recipe.learning_rate)
        self.batches = poses if isinstance(poses, ViewBatches) else self._batches(poses, recipe.jitter)
        self.step = 0

    def advance(self) -> StepReport:
        """One step.

        Raises:
            Divergence: the loss or the gradient is no longer a number.
        """
        recipe = self.recipe
        loss = self._loss(self.batches, (recipe.seed, self.step))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        loss = loss.detach()
        add_up([loss, *(p.grad for p in self.denoiser.parameters() if p.grad is not None)])
        norm = float(torch.nn.utils.clip_grad_norm_(self.denoiser.parameters(), recipe.clip))
        if not math.isfinite(norm):
            raise Divergence(f"training diverged at step {self.step + 1}: the gradient is not a number")
        rate = recipe.rate(self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.ema.update(self.denoiser)
        self.step += 1
        return StepReport(self.step, self.steps, loss.item(), rate, norm)

    def next_loss(self, draws: int = 1) -> float:
        """The loss that the next step will begin with: how good the present weights are on poses anew.

        Of several ``draws``, those of the steps after it, the median.
        """
        keys = [(self.recipe.seed, self.step + later) for later in range(draws)]
        return float(np.median([self._measured(self.batches, [key]) for key in keys]))

    def validate(self, positions: np.ndarray, batches: int = 4) -> float:
        """The loss of the averaged weights on other poses; the same draws each time."""
        trained = {name: tensor.clone() for name, tensor in self.denoiser.state_dict().items()}
        self.denoiser.load_state_dict(self.ema.shadow, strict=False)
        self.denoiser.eval()
        held_out = self._batches(positions, BodyJitter(0.0, 0.0, mirror=False))
        mean = self._measured(held_out, [(2**32, k) for k in range(batches)])
        self.denoiser.load_state_dict(trained)
        self.denoiser.train()
        return mean

    def state(self) -> dict[str, Any]:
        """Everything :meth:`load` needs to go on exactly."""
        return {
            "step": self.step,
            "model": self.denoiser.state_dict(),
            "ema": self.ema.state(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state`."""
        self.denoiser.load_state_dict(state["model"])
        self.ema.load(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def _batches(self, positions: np.ndarray, jitter: BodyJitter) -> PoseBatches:
        recipe = self.recipe
        return PoseBatches(positions, recipe.masks, recipe.cameras, jitter, recipe.noise_px)

    @torch.no_grad()
    def _measured(self, batches: PoseBatches | ViewBatches, keys: list[tuple[int, int]]) -> float:
        """The mean loss over draws."""
        loss = torch.stack([self._loss(batches, key) for key in keys]).mean()
        add_up([loss])
        return loss.item()

    def _loss(self, batches: PoseBatches | ViewBatches, key: tuple[int, int]) -> Tensor:
        """This process's part of the loss on a draw; over the processes, the parts add up."""
        rng = np.random.default_rng(key)
        recipe = self.recipe
        tensors = self._tensors(*batches.draw(recipe.batch // recipe.noises, rng))
        torch.manual_seed(int(rng.integers(2**62)))
        with torch.autocast(self.device.type, torch.bfloat16):
            return denoising_loss(
                self.denoiser, recipe.times, *tensors, recipe.noises, recipe.sharing, share(recipe.groups)
            )

    def _tensors(self, clean: np.ndarray, condition: Condition) -> tuple[Tensor, Tensor, Tensor]:
        scale = self.recipe.model.units_per_mm
        arrays = clean * scale, condition.values * scale, condition.observed.astype(np.float32)
        poses, values, observed = (torch.from_numpy(array).flatten(1).to(self.device) for array in arrays)
        return poses, values, observed
