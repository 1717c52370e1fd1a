"""The fully connected score network of GFPose's supplementary Fig. 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ScoreMLPConfig:
    """What fixes the network's shape.

    Attributes:
        condition: how evidence enters. ``"exact"``: values and observed flags through the condition path,
            once per run; x comes with its observed coordinates free of noise. ``"soft"``: the same, but x
            as it is, for evidence that may be wrong. ``"difference"``: the authors', (x - c) through the
            condition path at every call.
            ``"none"``: no condition layers (ZeDO's released files).
    """

    n_joints: int = 17
    hidden: int = 1024
    embed: int = 512
    blocks: int = 2
    groups: int = 32
    dropout: float = 0.25
    condition: Literal["exact", "soft", "difference", "none"] = "exact"

    @property
    def embeds_once(self) -> bool:
        """Whether evidence is worked out ahead of the run, and not at every call."""
        return self.condition in ("exact", "soft")


class Evidence(NamedTuple):
    """Evidence in the network's units, with whatever of it can be embedded ahead of the run.

    ``projections`` is for the network that made it: its evidence at each of its fully connected layers.
    """

    values: Tensor  # (..., 3J), zero where unobserved
    observed: Tensor  # (..., 3J), 0 or 1
    projections: Tensor | tuple[Tensor, ...] | None


class ScoreMLP(nn.Module):
    """x, t and the evidence are embedded and summed at every fully connected layer.

    Layers carry the names of the authors' released files, so that those load as they are.
    """

    def __init__(self, config: ScoreMLPConfig) -> None:
        super().__init__()
        self.config = config
        size, hidden, embed = 3 * config.n_joints, config.hidden, config.embed
        if hidden < 1 or embed < 2 or embed % 2:
            raise ValueError(f"hidden is {hidden}, embed {embed}: at least 1, and even, are needed")
        if config.groups < 1 or hidden % config.groups:
            raise ValueError(f"{config.groups} groups of {hidden} features: there are no such groups")
        self.layers = ["pre_"] + [f"b{b}_{i}" for b in range(1, config.blocks + 1) for i in (1, 2)]
        for layer in self.layers:
            dense, norm = _names(layer)
            setattr(self, dense, nn.Linear(size if layer == "pre_" else hidden, hidden))
            setattr(self, dense + "_t", nn.Linear(embed, hidden))
            if config.condition != "none":
                setattr(self, dense + "_cond", nn.Linear(hidden, hidden))
            setattr(self, norm, nn.GroupNorm(config.groups, hidden))
        self.shared_time_embed = nn.Sequential(nn.Linear(embed, embed), nn.SiLU())
        if config.condition != "none":
            shown = 2 * size if config.embeds_once else size
            self.cond_embed = nn.Sequential(nn.Linear(shown, hidden), nn.SiLU())
        self.post_dense = nn.Linear(hidden, size)
        falling = 10000.0 ** -np.linspace(0, 1, embed // 2)
        self.register_buffer("frequencies", torch.tensor(falling, dtype=torch.float32), persistent=False)

    def embed(self, values: Tensor, observed: Tensor) -> Evidence:
        """Evidence (..., 3J) ready for :meth:`forward`; what depends on nothing else is done here."""
        if not self.config.embeds_once:
            return Evidence(values, observed, None)
        embedding = self.cond_embed(torch.cat([values, observed], dim=-1))
        return Evidence(values, observed, self._project(embedding))

    def forward(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        """Raw output for states ``x`` (..., 3J) at times ``t``, broadcastable to (..., 1)."""
        time = self.embed_time(t).to(x.dtype)
        if self.config.condition == "difference":
            difference = (x - evidence.values) * evidence.observed
            projections = self._project(self.cond_embed(difference))
        else:
            projections = evidence.projections
        h, skip = x, None
        for index, (dense, dense_t, norm) in enumerate(zip(self.linears(), self.linears("_t"), self.norms())):
            h = dense(h) + dense_t(time)
            if projections is not None:
                h = h + projections[index]
            h = F.silu(norm(h.flatten(0, -2))).view(h.shape)
            h = F.dropout(h, self.config.dropout, self.training)
            if index % 2 == 0:  # a block begins after pre and ends with its second layer
                h = skip = h if skip is None else h + skip
        return self.post_dense(h)

    def embed_time(self, t: Tensor) -> Tensor:  # (..., 1) or () -> (..., E)
        """What every layer is told of the times ``t``."""
        label = 999.0 * t.to(torch.float32) * self.frequencies
        return self.shared_time_embed(torch.cat([label.sin(), label.cos()], dim=-1))

    def linears(self, of: Literal["", "_t", "_cond"] = "") -> list[nn.Linear]:
        """Every layer's linear map of the features, of the time or of the evidence."""
        return [getattr(self, _names(layer)[0] + of) for layer in self.layers]

    def norms(self) -> list[nn.GroupNorm]:
        """Every layer's group norm."""
        return [getattr(self, _names(layer)[1]) for layer in self.layers]

    def _project(self, embedding: Tensor) -> tuple[Tensor, ...]:
        return tuple(linear(embedding) for linear in self.linears("_cond"))


def _names(layer: str) -> tuple[str, str]:
    """The authors' names of a layer's linear map and its group norm."""
    if layer == "pre_":
        return "pre_dense", "pre_gnorm"
    block, i = layer.split("_")
    return f"{block}_dense{i}", f"{block}_gnorm{i}"
