"""The hypotheses of a run: their order, the one in focus, and those kept from earlier runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Signal

from gfpose_core.metrics import mpjpe
from gfpose_core.skeleton import H36M17

Order = Literal["drawn", "mean", "reference"]
ORDERS: dict[Order, str] = {
    "drawn": "As drawn",
    "mean": "Closest to the mean",
    "reference": "Closest to the reference",
}
_NONE = np.zeros((0, H36M17.n_joints, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Pinned:
    """A pose kept for comparison, (17, 3) mm, and the name it had."""

    pose: np.ndarray
    label: str


class Gallery(QObject):
    """Hypothesis ``s`` of the run is shown as ``poses[s]``; pinned poses follow behind them.

    ``rows`` is the order they are listed in, pinned ones first. While a run goes on, or the playhead moves,
    only the shown poses change; the order stays that of the results.
    """

    poses_changed = Signal()
    rows_changed = Signal()
    focus_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = _NONE
        self._results = _NONE
        self._reference: np.ndarray | None = None
        self._pinned: list[Pinned] = []
        self._names = (f"pin {k}" for k in count(1))
        self._order: Order = "drawn"
        self._rows: list[int] = []
        self._focus: int | Pinned = 0

    @property
    def order(self) -> Order:
        return self._order

    @property
    def rows(self) -> list[int]:
        """Indices into ``poses`` in the order they are listed."""
        return self._rows

    @property
    def poses(self) -> np.ndarray:
        """(S + pinned, 17, 3) mm, as shown now."""
        return (
            np.concatenate([self._shown, *(p.pose[None] for p in self._pinned)])
            if self._pinned
            else self._shown
        )

    @property
    def count(self) -> int:
        """How many hypotheses the run has, S."""
        return len(self._shown)

    @property
    def results(self) -> np.ndarray:
        """(S, 17, 3) mm, what the run ended with; while it goes on, what it has come to."""
        return self._results

    @property
    def focus(self) -> int | None:
        """The index into ``poses`` of the one drawn in full."""
        if isinstance(self._focus, Pinned):
            return self.count + self._pinned.index(self._focus)
        if self.count:
            return min(self._focus, self.count - 1)
        return 0 if self._pinned else None

    @property
    def focused_pose(self) -> np.ndarray | None:
        """(17, 3) mm, the result in focus."""
        focus = self.focus
        if focus is None:
            return None
        return self._results[focus] if focus < len(self._results) else self.poses[focus]

    def label(self, index: int) -> str:
        """The name of ``poses[index]``."""
        return f"{index + 1}" if index < self.count else self._pinned[index - self.count].label

    def is_pinned(self, index: int) -> bool:
        return index >= self.count

    def show(self, poses: np.ndarray, live: bool = False) -> None:
        """Show poses (S, 17, 3) mm of a moment; ``live`` ones are all there is of a run so far."""
        resized = len(poses) != self.count
        self._shown = poses
        if live or resized:
            self._results = poses
        if resized:
            self._list()
        self.poses_changed.emit()

    def set_results(self, poses: np.ndarray) -> None:
        """Take (S, 17, 3) mm as what a run has come to; they give the order."""
        self._results = self._shown = poses
        self._list()
        self.poses_changed.emit()

    @property
    def reference(self) -> np.ndarray | None:
        """(17, 3) mm, what results are compared with; None where it is not known."""
        return self._reference

    def set_reference(self, pose: np.ndarray | None) -> None:
        """The pose (17, 3) mm to compare with."""
        self._reference = pose
        if self._order == "reference":
            self._list()

    def sort(self, order: Order) -> None:
        self._order = order
        self._list()

    def set_focus(self, index: int) -> None:
        if 0 <= index < self.count + len(self._pinned) and index != self.focus:
            self._focus = self._pinned[index - self.count] if self.is_pinned(index) else index
            self.focus_changed.emit()

    def move_focus(self, by: int) -> None:
        """Focus the next or previous in the list."""
        if self._rows:
            row = self._rows.index(self.focus)
            self.set_focus(self._rows[(row + by) % len(self._rows)])

    def pin(self, index: int) -> None:
        """Keep a pose for comparison with later runs; a pinned one is let go."""
        if self.is_pinned(index):
            if self._pinned.pop(index - self.count) is self._focus:
                self._focus = max(self.count - 1, 0)
        else:
            taken = {pinned.label for pinned in self._pinned}  # those out of a session file are not counted
            name = next(name for name in self._names if name not in taken)
            self._pinned.append(Pinned(self._results[index].copy(), name))
        self._list()
        self.poses_changed.emit()

    @property
    def pinned(self) -> tuple[Pinned, ...]:
        """The poses kept for comparison."""
        return tuple(self._pinned)

    def set_pinned(self, pinned: tuple[Pinned, ...]) -> None:
        """Keep these, and no others."""
        if isinstance(self._focus, Pinned) and self._focus not in pinned:
            self._focus = 0
        self._pinned = list(pinned)
        self._list()
        self.poses_changed.emit()

    def distance(self, index: int) -> float | None:
        """MPJPE in mm of ``poses[index]`` to what the list is sorted by; None where they are as drawn."""
        target = self._target()
        return None if target is None or self.is_pinned(index) else float(mpjpe(self._results[index], target))

    def _target(self) -> np.ndarray | None:
        if self._order == "mean" and len(self._results):
            return self._results.mean(0)
        return self._reference if self._order == "reference" else None

    def _list(self) -> None:
        target = self._target()
        drawn = np.arange(self.count)
        if target is not None and len(self._results) == self.count:
            drawn = np.argsort(mpjpe(self._results, target[None]), kind="stable")
        self._rows = [*range(self.count, self.count + len(self._pinned)), *drawn.tolist()]
        self.rows_changed.emit()
