"""The score network as sampling runs it: the function of :class:`ScoreMLP`, arranged for speed.

- What depends on t alone is kept from call to call and run to run; what depends on the evidence alone is
  embedded once a run, as in the definition.
- Group norm subtracts the mean of every group of features and multiplies each by a gain. Weights and biases
  whose own means over each group are taken out beforehand, and which hold the gains, give features that need
  neither; a group's variance is then a weighted mean of squares.
- Activations are (features, samples), not (samples, features): the statistics of a group are then sums of
  contiguous rows, and, in the kernels that oneDNN picks for two samples or more in this layout, a sample's
  result does not depend on how many stand beside it.
- Samples are filled up to whole blocks of the products' kernels.
- Matrix products and activations are bfloat16 where the processor has such products.
"""

from __future__ import annotations

import copy
import threading
import weakref

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gfpose_core.networks.denoiser import Denoiser
from gfpose_core.networks.score_mlp import Evidence, ScoreMLP

BLOCK = 32
"""Samples: products with a multiple of it are up to a tenth faster than with fewer, from half of it on."""

LEAST_GAIN = 1e-6
"""A smaller gain of a group norm is taken for this one: variances are reckoned through its inverse."""

KEPT_TIMES, AT_ONCE = 1024, 64
"""Times whose projections are kept, those of the paper's 1,000 steps; 20 kB each for its network. Room is
made for so many at once: one by one they come to lie between activations, whose room is then too small for
the next ones."""

_adding = threading.Lock()

_in_use: weakref.WeakKeyDictionary[ScoreMLP, tuple[tuple, weakref.ref[FastScoreMLP]]]
_in_use = weakref.WeakKeyDictionary()
"""The fast form of each network, and the dtype and the weights that it was made of."""


def accelerated(denoiser: Denoiser, dtype: torch.dtype | None = None) -> Denoiser:
    """``denoiser`` with a :class:`FastScoreMLP` of its present weights, by default of the fastest dtype.

    There is one for all that have the same network, as long as its weights stay as they are.
    """
    network = denoiser.network
    if isinstance(network, FastScoreMLP):
        network = network.definition
    dtype = dtype or fastest_dtype(network.frequencies.device)
    weights = dtype, *((tensor.data_ptr(), _version(tensor)) for tensor in network.parameters())
    known, made = _in_use.get(network, (None, None))
    fast = made() if known == weights else None
    if fast is None:
        fast = FastScoreMLP(network, dtype)
        _in_use[network] = weights, weakref.ref(fast)
    return Denoiser(denoiser.config, fast)


def _version(tensor: Tensor) -> object:
    """Counts changes; equal to nothing where torch does not count them."""
    return object() if tensor.is_inference() else tensor._version


def fastest_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where ``device`` multiplies matrices of it in hardware, else float32."""
    if device.type == "cpu":
        native = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    else:
        native = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float32


class FastScoreMLP(nn.Module):
    """``definition`` as it is now, without gradients or dropout, at one time for all samples.

    It agrees with the definition to the rounding of ``dtype``.
    """

    def __init__(self, definition: ScoreMLP, dtype: torch.dtype) -> None:
        super().__init__()
        self.definition = definition
        self._times: dict[float, Tensor] = {}
        self._dtype = dtype
        groups, size = definition.config.groups, definition.config.hidden
        gains = torch.stack([norm.weight for norm in definition.norms()]).detach()
        gains = torch.where(gains < 0, -1, 1) * gains.abs().clamp(min=LEAST_GAIN)

        def joined(tensors: list[Tensor], gains: Tensor = gains) -> Tensor:
            """L of (H, ...) -> (L, H, ...), the groups' means out and the gains in."""
            grouped = torch.stack(tensors).detach().unflatten(1, (groups, -1))
            centred = (grouped - grouped.mean(2, keepdim=True)).flatten(1, 2)
            return centred * gains.view(*gains.shape, *(1 for _ in centred.shape[2:]))

        plain, timed = definition.linears(), definition.linears("_t")
        told = definition.linears("_cond") if definition.config.condition != "none" else []
        first, *others = (linear.weight for linear in plain)
        self._weights = [*joined([first], gains[:1]).to(dtype), *joined(others, gains[1:]).to(dtype)]
        self._time_weight = joined([linear.weight for linear in timed])
        together = zip(*(maps for maps in (plain, timed, told) if maps))
        self._bias = joined([sum(linear.bias for linear in maps) for maps in together])
        if definition.config.condition != "none":
            self.cond_embed = copy.deepcopy(definition.cond_embed)
        if definition.config.embeds_once:
            self.cond_embed.double()  # lest what is rounded to bfloat16 depend on how many poses there are
        self._told_weight = joined([linear.weight for linear in told]).to(dtype) if told else None
        self._shares = (groups / size / gains**2).view(len(gains), groups, 1, -1).to(dtype)
        self._offsets = torch.stack([norm.bias for norm in definition.norms()]).detach().to(dtype)
        self._offsets = self._offsets.view(len(gains), groups, -1, 1)
        self._eps = torch.full((1, 1, 1), definition.norms()[0].eps, dtype=dtype, device=gains.device)
        last = definition.post_dense
        self._last = last.bias.detach().to(dtype).view(-1, 1), last.weight.detach().to(dtype)

    def embed(self, values: Tensor, observed: Tensor) -> Evidence:
        """Evidence (..., 3J) with its projections as one (L, H, ...) tensor in place of the tuple."""
        if not self.definition.config.embeds_once:
            return Evidence(values, observed, None)
        return Evidence(values, observed, self._tell(torch.cat([values, observed], dim=-1)))

    def forward(self, x: Tensor, t: Tensor, evidence: Evidence) -> Tensor:
        """Raw output for states ``x`` (..., 3J) at the time ``t`` ()."""
        rows = x.shape[:-1]
        told = evidence.projections
        if self.definition.config.condition == "difference":
            told = self._tell((x - evidence.values) * evidence.observed)
        shifts = self._of_time(float(t)).view(len(self._weights), -1, *(1 for _ in rows))
        shifts = (shifts if told is None else shifts + told).to(self._dtype)
        if shifts[0, 0].numel() > 1:  # not the same for all samples
            shifts = shifts.expand(-1, -1, *rows)
        h, skip = _filled_up(x.flatten(0, -2).to(self._dtype).t()), None
        for index, (weight, shift) in enumerate(zip(self._weights, shifts.flatten(2))):
            h = torch.addmm(shift if shift.shape[1] == 1 else _filled_up(shift), weight, h)
            h = self._activate(h, self._shares[index], self._offsets[index])
            if index % 2 == 0:
                h = skip = h if skip is None else h.add_(skip)
        return torch.addmm(*self._last, h).t()[: rows.numel()].to(x.dtype).view(*rows, -1)

    def _activate(self, h: Tensor, shares: Tensor, offset: Tensor) -> Tensor:  # (H, B)
        """SiLU of the group norm, in place of ``h``. ``shares`` (G, 1, H / G) make a group's variance of its
        squared features; ``offset`` is (G, H / G, 1)."""
        grouped = h.view(len(shares), -1, h.shape[1])
        variance = torch.baddbmm(self._eps, shares, grouped.square())  # (G, 1, B)
        torch.addcmul(offset, grouped, variance.rsqrt_(), out=grouped)
        return F.silu(h, inplace=True)

    def _of_time(self, t: float) -> Tensor:  # -> (L, H)
        """Every layer's share of the time and all its biases."""
        if (known := self._times.get(t)) is not None:
            return known
        time = self.definition.embed_time(torch.tensor(t, device=self._bias.device))
        with _adding:
            if len(self._times) == KEPT_TIMES:
                self._times.clear()
            if (place := len(self._times) % AT_ONCE) == 0:
                self._room = torch.empty(AT_ONCE, *self._bias.shape, device=self._bias.device)
            self._room[place] = self._time_weight @ time + self._bias
            return self._times.setdefault(t, self._room[place])

    def _tell(self, shown: Tensor) -> Tensor:  # (..., C) -> (L, H, ...)
        """Every layer's share of the evidence, without biases."""
        rows = shown.shape[:-1]
        embedding = self.cond_embed(shown.to(self.cond_embed[0].weight.dtype)).flatten(0, -2)
        told = self._told_weight.flatten(0, 1) @ _filled_up(embedding.to(self._dtype).t())
        return told[:, : rows.numel()].view(*self._told_weight.shape[:2], *rows)


def _filled_up(columns: Tensor) -> Tensor:  # (H, B) -> (H, B or more)
    """Zeros behind ``columns`` up to whole blocks, and behind a single one: products with one column round
    otherwise than those with more."""
    count = columns.shape[1]
    more = 1 if count == 1 else -count % BLOCK if count >= BLOCK // 2 else 0
    return F.pad(columns, (0, more)) if more else columns
