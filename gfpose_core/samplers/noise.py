"""Noise that belongs to a seed, a pose and a hypothesis, whoever draws it and in what order."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

AHEAD = 2048
"""Philox blocks made at a time, at least a draw's: enough that NumPy's calls cost little."""

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


class KeyedNoise:
    """Standard normal draws for N poses x S hypotheses, (N, S, size) float32 each.

    Every four numbers are one Philox block whose key is the seed and whose counter is (where in the draw,
    which draw, hypothesis, pose): any split of poses and hypotheses draws the same numbers. ``shared`` noise
    is that of pose 0 for all.
    """

    def __init__(
        self,
        seed: int,
        first_pose: int,
        poses: int,
        hypotheses: int,
        size: int,
        device: torch.device,
        first_hypothesis: int = 0,
        first_draw: int = 0,
        shared: bool = False,
    ) -> None:
        blocks = -(-size // 4)
        self._seed = seed
        self._size = size
        self._device = device
        self._ahead = max(1, AHEAD // (poses * hypotheses * blocks))
        shape = (self._ahead, poses, hypotheses, blocks)
        place, hypothesis, draw, pose = np.broadcast_arrays(
            np.arange(blocks, dtype=np.uint64),
            np.arange(first_hypothesis, first_hypothesis + hypotheses, dtype=np.uint64)[:, None],
            np.arange(first_draw, first_draw + self._ahead, dtype=np.uint64)[:, None, None, None],
            (np.arange(first_pose, first_pose + poses, dtype=np.uint64) * (not shared))[:, None, None],
        )
        self._even = np.stack([place, hypothesis]).reshape(2, *shape)
        self._odd = np.stack([draw, pose]).reshape(2, *shape)
        self._drawn: list[Tensor] = []
        self._at_once = 1  # a solver that draws no noise needs the first draw alone

    def __call__(self) -> Tensor:
        """The next draw."""
        if not self._drawn:
            some = np.s_[:, : self._at_once]
            normal = normals(*philox(self._even[some], self._odd[some], self._seed))[..., : self._size]
            self._odd[0] += np.uint64(self._at_once)
            self._at_once = self._ahead
            self._drawn = list(torch.from_numpy(np.ascontiguousarray(normal)).to(self._device))
        return self._drawn.pop(0)


def philox(even: np.ndarray, odd: np.ndarray, key: int) -> tuple[np.ndarray, np.ndarray]:
    """Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") of many counters.

    ``even`` (2, ...) holds words 0 and 2 of the counters, ``odd`` words 1 and 3, ``key`` has 64 bits; the
    random words come back in the same way. 32-bit words lie in uint64, so that products fit.
    """
    column = (2,) + (1,) * (even.ndim - 1)
    multipliers = np.array(_MULTIPLIERS, np.uint64).reshape(column)
    for i in range(_ROUNDS):
        words = [((key >> 32 * half) + i * weyl) & 0xFFFFFFFF for half, weyl in enumerate(_WEYL)]
        product = (even * multipliers)[::-1]
        even = product >> _32
        even ^= odd
        even ^= np.array(words, np.uint64).reshape(column)
        odd = product & _LOW
    return even, odd


def normals(even: np.ndarray, odd: np.ndarray) -> np.ndarray:  # (2, ..., B) twice -> (..., 4 B) float32
    """Standard normal numbers from 32-bit words, two from two (Box and Muller 1958)."""
    scale = np.float32(2.0**-32)
    radius = np.sqrt(-2 * np.log((even.astype(np.float32) + np.float32(0.5)) * scale))
    angle = odd.astype(np.float32) * (scale * np.float32(2 * np.pi))
    return np.concatenate([*(radius * np.cos(angle)), *(radius * np.sin(angle))], axis=-1)
