"""How far a run is, how fast it goes, and when it will be done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Fed with the steps seen; not every one has to be."""

    clock: Callable[[], float] = time.perf_counter
    step: int = 0
    count: int = 0
    _first: tuple[float, int] | None = field(default=None, repr=False)
    _now: float = field(default=0.0, repr=False)

    def start(self) -> None:
        """A new run: nothing is known of it yet."""
        self.step = self.count = 0
        self._first = None

    def see(self, index: int, count: int) -> None:
        """State ``index`` of ``count`` has come; the first is the noise, before any step."""
        self.step, self.count, self._now = index, max(count - 1, 1), self.clock()
        self._first = self._first or (self._now, self.step)

    @property
    def seconds(self) -> float:
        """Since its first state."""
        return self._now - self._first[0] if self._first else 0.0

    @property
    def rate(self) -> float | None:
        """Steps a second."""
        return (self.step - self._first[1]) / self.seconds if self.seconds > 0 else None

    @property
    def eta(self) -> float | None:
        """Seconds left."""
        rate = self.rate
        return (self.count - self.step) / rate if rate else None

    def text(self) -> str:
        """As the status bar says it."""
        if not self.count:
            return ""
        words = [f"step {self.step}/{self.count}"]
        if self.rate:
            words += [f"{self.rate:.0f} steps/s", f"ETA {self.eta:.1f} s"]
        return " · ".join(words)
