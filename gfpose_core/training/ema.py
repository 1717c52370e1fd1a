"""Exponential moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class EMA:
    """Shadow weights with the authors' warm start: decay = min(decay, (1 + n) / (10 + n)) at update n."""

    def __init__(self, model: nn.Module, decay: float = 0.9999) -> None:
        self.decay = decay
        self.updates = 0
        self.shadow = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the shadow towards the model's present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        parameters = dict(model.named_parameters())
        torch._foreach_lerp_(list(self.shadow.values()), [parameters[n] for n in self.shadow], 1 - decay)

    def state(self) -> dict[str, int | dict[str, Tensor]]:
        return {"updates": self.updates, "shadow": self.shadow}

    def load(self, state: dict) -> None:
        self.updates = state["updates"]
        for name, tensor in state["shadow"].items():
            self.shadow[name].copy_(tensor)
