"""The score of a recorded run, worked out from its states and clean estimates (numpy only)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.camera import View
from gfpose_core.registry import OPTIMISERS
from gfpose_core.trajectory import Recording

POSE_STD_MM = 270.0
"""Standard deviation of a pose's coordinates that states are scaled by to be drawn: the denoiser's default,
and that of every published checkpoint. Another one changes the length of high-noise scores in proportion."""


@dataclass(frozen=True)
class ScoreSpace:
    """Where the SDE of one recorded pose runs, in camera axes.

    Attributes:
        view, origin: of the pose's condition, N = 1.
        perspective: the network sees the pose through a camera; else it lives in camera coordinates.
        scaled: states are those of the SDE, scaled to be drawn; else poses, as an optimisation has them.
    """

    view: View
    origin: np.ndarray
    perspective: bool = True
    scaled: bool = True

    @classmethod
    def of(cls, recording: Recording, pose: int = 0) -> ScoreSpace:
        """The space of the recording's ``pose``: a file does not say whether the network sees perspective,
        but near its end a run's states lie on its clean estimates in one of the two."""
        trajectory, condition = recording.trajectory, recording.condition
        if recording.sampler in OPTIMISERS:
            return cls(condition.view[[pose]], condition.origin[[pose]], perspective=False, scaled=False)
        spaces = [cls(condition.view[[pose]], condition.origin[[pose]], kind) for kind in (True, False)]
        few = slice(16)
        end = trajectory.states[-1, pose, few], trajectory.clean[-1, pose, few], trajectory.noise_levels[-1]
        return min(spaces, key=lambda space: float(np.abs(space.to_clean(*end)).mean()))

    def to_clean(self, states: np.ndarray, clean: np.ndarray, noise_level: np.ndarray) -> np.ndarray:
        """From x(t) / alpha to its clean estimate: (..., 17, 3) mm; ``noise_level`` (...) mm."""
        if not self.scaled:
            return clean - states
        level = np.asarray(noise_level, np.float64)[..., None, None]
        centre = self.view.centre - self.origin
        noisy = (states - centre[0]) * np.sqrt(1 + (level / POSE_STD_MM) ** 2)
        if not self.perspective:
            return clean - centre[0] - noisy
        seen = self.view.to_network((clean + self.origin[0])[None])[0]
        return seen @ self.view.rotation[0] - noisy

    def score(self, states: np.ndarray, clean: np.ndarray, noise_level: np.ndarray) -> np.ndarray:
        """d log p_t / d(x/alpha) by Tweedie's formula, (..., 17, 3) in 1/mm; zero where there is no noise."""
        level = np.asarray(noise_level, np.float64)[..., None, None]
        away = self.to_clean(states, clean, noise_level)
        return np.divide(away, level**2, out=np.zeros_like(away), where=level > 0)
