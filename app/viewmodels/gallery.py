"""The hypotheses of a run, those kept from earlier runs, the one in focus and those selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from PySide6.QtCore import QObject, Signal

from gfpose_core.skeleton import H36M17

MOST_COMPARED = 6
"""So many poses are told apart by colour at once."""

_NONE = np.zeros((0, H36M17.n_joints, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Pinned:
    """A pose kept for comparison, (17, 3) mm, and the name it had."""

    pose: np.ndarray
    label: str


class Gallery(QObject):
    """Hypothesis ``s`` of the run is shown as ``poses[s]``; pinned poses follow behind them.

    ``rows`` is the order they are listed in, pinned ones first; :class:`app.viewmodels.ranking.Ranking` sets
    it. While a run goes on, or the playhead moves, only the shown poses change.
    """

    poses_changed = Signal()
    results_changed = Signal()
    reference_changed = Signal()
    pins_changed = Signal()
    rows_changed = Signal()
    focus_changed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = _NONE
        self._results = _NONE
        self._reference: np.ndarray | None = None
        self._pinned: list[Pinned] = []
        self._names = (f"pin {k}" for k in count(1))
        self._drawn: Sequence[int] = ()
        self._focus: int | Pinned = 0
        self._selected: list[int | Pinned] = []

    @property
    def rows(self) -> list[int]:
        """Indices into ``poses`` in the order they are listed."""
        return [*range(self.count, self.count + len(self._pinned)), *self._drawn]

    def list_rows(self, drawn: Sequence[int]) -> None:
        """List these hypotheses of the run, in this order."""
        self._drawn = drawn
        self.rows_changed.emit()

    @property
    def poses(self) -> np.ndarray:
        """(S + pinned, 17, 3) mm, as shown now."""
        return (
            np.concatenate([self._shown, *(p.pose[None] for p in self._pinned)])
            if self._pinned
            else self._shown
        )

    def pose(self, index: int) -> np.ndarray:
        """``poses[index]``, (17, 3) mm, without putting them all together."""
        return self._shown[index] if index < self.count else self._pinned[index - self.count].pose

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
            return self._index(self._focus)
        if self.count:
            return min(self._focus, self.count - 1)
        return 0 if self._pinned else None

    @property
    def focused_pose(self) -> np.ndarray | None:
        """(17, 3) mm, the result in focus."""
        focus = self.focus
        if focus is None:
            return None
        return self._results[focus] if focus < len(self._results) else self.pose(focus)

    def label(self, index: int) -> str:
        """The name of ``poses[index]``."""
        return f"{index + 1}" if index < self.count else self._pinned[index - self.count].label

    def title(self, index: int) -> str:
        """The same, where a bare number could be anything."""
        return f"no. {self.label(index)}" if index < self.count else self.label(index)

    def is_pinned(self, index: int) -> bool:
        return index >= self.count

    def show(self, poses: np.ndarray, live: bool = False) -> None:
        """Show poses (S, 17, 3) mm of a moment; ``live`` ones are all there is of a run so far."""
        resized = len(poses) != self.count
        self._shown = poses
        if live or resized:
            self._results = poses
        if resized:
            self._restart(resized)
        self.poses_changed.emit()

    def set_results(self, poses: np.ndarray) -> None:
        """Take (S, 17, 3) mm as what a run has come to."""
        resized = len(poses) != self.count
        self._results = self._shown = poses
        self._restart(resized)
        self.poses_changed.emit()

    def _restart(self, resized: bool) -> None:
        """Other poses than those that were sorted and selected."""
        if resized:
            self.list_rows(range(self.count))
        self._select([key for key in self._selected if isinstance(key, Pinned)])
        self.results_changed.emit()

    @property
    def reference(self) -> np.ndarray | None:
        """(17, 3) mm, what results are compared with; None where it is not known."""
        return self._reference

    def set_reference(self, pose: np.ndarray | None) -> None:
        """The pose (17, 3) mm to compare with."""
        self._reference = pose
        self.reference_changed.emit()

    def set_focus(self, index: int) -> None:
        if 0 <= index < self.count + len(self._pinned) and index != self.focus:
            self._focus = self._key(index)
            self.focus_changed.emit()

    def move_focus(self, by: int) -> None:
        """Focus the next or previous in the list, its first where the focus is not listed."""
        rows = self.rows
        if rows:
            self.set_focus(rows[(rows.index(self.focus) + by) % len(rows) if self.focus in rows else 0])

    @property
    def selected(self) -> list[int]:
        """Indices into ``poses`` of those picked out beside the one in focus, in the order they were."""
        return [self._index(key) for key in self._selected]

    def toggle_selected(self, index: int) -> None:
        """Pick a pose out, or let it go; the one in focus is picked out with the first other one."""
        key, selected = self._key(index), list(self._selected)
        if not selected and index != self.focus:
            selected = [self._focus if isinstance(self._focus, Pinned) else self.focus]
        if key in selected:
            selected.remove(key)
        else:
            selected.append(key)
        self._select(selected)

    def clear_selection(self) -> None:
        self._select([])

    def _select(self, selected: list[int | Pinned]) -> None:
        if selected != self._selected:
            self._selected = selected
            self.selection_changed.emit()

    @property
    def compared(self) -> list[int]:
        """Indices of the poses a comparison is about: the selected, else the pinned, and the one in focus."""
        chosen = self.selected or [*range(self.count, self.count + len(self._pinned))]
        if self.focus is not None and self.focus not in chosen:
            chosen = [self.focus, *chosen]
        return chosen[:MOST_COMPARED]

    def _key(self, index: int) -> int | Pinned:
        """What a pose is known by while pins and hypotheses come and go."""
        return self._pinned[index - self.count] if self.is_pinned(index) else index

    def _index(self, key: int | Pinned) -> int:
        return self.count + self._pinned.index(key) if isinstance(key, Pinned) else key

    def pin(self, index: int) -> None:
        """Keep a pose for comparison with later runs, once; a pinned one is let go."""
        if self.is_pinned(index):
            gone = self._pinned[index - self.count]
            self._keep([pinned for pinned in self._pinned if pinned is not gone], max(self.count - 1, 0))
        elif not any(np.array_equal(pinned.pose, self._results[index]) for pinned in self._pinned):
            taken = {pinned.label for pinned in self._pinned}  # those out of a session file are not counted
            name = next(name for name in self._names if name not in taken)
            self._keep([*self._pinned, Pinned(self._results[index].copy(), name)])

    @property
    def pinned(self) -> tuple[Pinned, ...]:
        """The poses kept for comparison."""
        return tuple(self._pinned)

    def set_pinned(self, pinned: tuple[Pinned, ...]) -> None:
        """Keep these, and no others."""
        self._keep(list(pinned))

    def _keep(self, pinned: list[Pinned], else_focus: int = 0) -> None:
        if isinstance(self._focus, Pinned) and self._focus not in pinned:
            self._focus = else_focus
        selected = [key for key in self._selected if not isinstance(key, Pinned) or key in pinned]
        self._pinned = pinned
        self._select(selected)
        self.pins_changed.emit()
        self.rows_changed.emit()
        self.poses_changed.emit()
