"""What the stage is asked to show, checked once so that nothing broken ever reaches a renderer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

J = H36M17.n_joints

TRUTH, EVIDENCE = "ground truth", "evidence"
"""Who can be named that is none of the poses."""


def _no_poses() -> np.ndarray:
    return np.zeros((0, J, 3), np.float32)


def _all_free() -> np.ndarray:
    return np.zeros(J, np.int8)


@dataclass(frozen=True, eq=False)
class StageFrame:
    """One moment of the stage, in camera axes (x right, y down, z away), root-relative millimetres.

    ``poses`` (S,17,3) are the clean hypotheses, ``noisy`` (S,17,3) the states x(t) behind them; ``focus``
    is the hypothesis drawn in full. ``levels`` (17,) says FREE, SEEN_2D or FIXED_3D of each joint and
    ``evidence`` (17,3) where the known ones are (rows of free joints are ignored and may be NaN).
    ``score`` (17,3) are arrows on the focused noisy (or clean) pose, 1/mm. ``trail`` (K,17,3) is where the
    focused pose has been, the oldest first. ``spread`` are the hypotheses whose scatter is shown at each
    joint. ``beside`` are indices of poses drawn in full beside the one in focus; ``compared`` of those that
    alone are drawn, each in a colour of its own. ``names`` are indices of poses, ``TRUTH`` or ``EVIDENCE``,
    and what is to stand over their heads. ``sight`` draws the rays all the way from ``eye`` (3,), and how
    far the joints in focus are from them. Raises ``ValueError`` for a wrong shape, a number that is not
    finite, or an index that is not there.
    """

    poses: np.ndarray = field(default_factory=_no_poses)  # (S,17,3) mm
    noisy: np.ndarray | None = None  # (S,17,3) mm
    levels: np.ndarray = field(default_factory=_all_free)  # (17,) 0..2
    evidence: np.ndarray | None = None  # (17,3) mm
    focus: int | None = None
    selected: frozenset[int] = frozenset()
    eye: np.ndarray | None = None  # (3,) mm
    score: np.ndarray | None = None  # (17,3) 1/mm
    trail: np.ndarray | None = None  # (K,17,3) mm
    ground_truth: np.ndarray | None = None  # (17,3) mm
    spread: np.ndarray | None = None  # (S,17,3) mm
    beside: tuple[int, ...] = ()
    compared: tuple[int, ...] = ()
    names: tuple[tuple[int | str, str], ...] = ()
    sight: bool = False

    def __post_init__(self) -> None:
        levels = np.asarray(self.levels)
        if levels.shape != (J,) or not np.isin(levels, (FREE, SEEN_2D, FIXED_3D)).all():
            raise ValueError(f"levels must be {J} values out of 0, 1, 2; got {levels!r}")
        keep = object.__setattr__
        keep(self, "levels", levels.astype(np.int8))
        keep(self, "selected", frozenset(self.selected))
        keep(self, "poses", _checked("poses", self.poses, (None, J, 3)))
        every, one = (None, J, 3), (J, 3)
        shapes = {"noisy": every, "trail": every, "spread": every, "score": one, "ground_truth": one}
        for name, shape in shapes.items():
            if (value := getattr(self, name)) is not None:
                keep(self, name, _checked(name, value, shape))
        if self.eye is not None:
            keep(self, "eye", _checked("eye", self.eye, (3,)))
        if self.evidence is not None:
            known = (levels > FREE)[:, None]
            keep(self, "evidence", _checked("evidence", np.where(known, self.evidence, 0.0), (J, 3)))
        count = max(len(self.poses), 0 if self.noisy is None else len(self.noisy))
        if self.focus is not None and not 0 <= self.focus < count:
            raise ValueError(f"focus is {self.focus}, but there are {count} poses")
        if not all(0 <= index < len(self.poses) for index in (*self.beside, *self.compared)):
            raise ValueError(f"{self.beside} and {self.compared} must be among {len(self.poses)} poses")
        there = {*range(len(self.poses))}
        there |= {TRUTH} if self.ground_truth is not None else set()
        there |= {EVIDENCE} if self.evidence is not None and levels.any() else set()
        if not all(who in there for who, _ in self.names):
            raise ValueError(f"{self.names} must name some of {len(self.poses)} poses, or others there are")
        if not all(0 <= joint < J for joint in self.selected):
            raise ValueError(f"selected joints must lie in 0..{J - 1}; got {sorted(self.selected)}")


def _checked(name: str, value: np.ndarray, shape: tuple[int | None, ...]) -> np.ndarray:
    array = np.asarray(value, dtype=np.float32)
    if array.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, array.shape)):
        raise ValueError(f"{name} must have shape {shape} (None: any), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    return array
