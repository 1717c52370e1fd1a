"""What is kept of a set of hypotheses once it has been compared with the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gfpose_core import calibration, metrics


@dataclass(frozen=True)
class Scores:
    """Measures of N poses with S hypotheses each; millimetres unless said otherwise.

    Attributes:
        errors: (N, S) MPJPE of every hypothesis, roots aligned (protocol 1).
        aligned: (N, S) the same after a similarity, reflection allowed, as the authors' protocol 2.
        similar: (N, S) the same without reflection, as ZeDO's PA-MPJPE.
        normalised: (N, S) N-MPJPE: roots aligned, of the best size.
        whole: (N, len(WHOLE)) measures of the whole set, see :data:`WHOLE`.
        ranks: (N, J) share of hypotheses nearer to their centre than the truth, NaN for fixed joints.
    """

    errors: np.ndarray
    aligned: np.ndarray
    similar: np.ndarray
    normalised: np.ndarray
    whole: np.ndarray
    ranks: np.ndarray

    @classmethod
    def measure(cls, hypotheses: np.ndarray, truth: np.ndarray) -> Scores:
        """Of ``hypotheses`` (N, S, J, 3) against ``truth`` (N, J, 3)."""
        among = truth[:, None]
        return cls(
            errors=metrics.mpjpe(hypotheses, among),
            aligned=metrics.pa_mpjpe(hypotheses, among, reflection=True),
            similar=metrics.pa_mpjpe(hypotheses, among),
            normalised=metrics.n_mpjpe(hypotheses, among),
            whole=np.stack([measure(hypotheses, truth) for measure in WHOLE.values()], axis=-1),
            ranks=calibration.coverage_rank(hypotheses, truth),
        )

    @classmethod
    def join(cls, parts: Sequence[Scores]) -> Scores:
        """The poses of all ``parts``, one after the other."""
        return cls(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in NAMES})

    def __getitem__(self, poses: np.ndarray) -> Scores:  # (N,) bool, or a slice
        return Scores(**{name: vars(self)[name][poses] for name in NAMES})

    def __len__(self) -> int:
        return len(self.errors)

    def mean(self) -> float:
        """The error of the average hypothesis: what one sample alone (S = 1) comes to."""
        return float(self.errors.mean())

    def best(self, count: int) -> float:
        """minMPJPE of the first ``count`` hypotheses, protocol 1."""
        return self.best_of("errors", count)

    def best_aligned(self, count: int) -> float:
        """minMPJPE of the first ``count`` hypotheses, protocol 2."""
        return self.best_of("aligned", count)

    def best_of(self, error: str, count: int) -> float:
        """The least ``error``, one of the (N, S) above by name, of the first ``count`` hypotheses."""
        return float(getattr(self, error)[:, :count].min(1).mean())

    def of(self, name: str) -> float:
        """The mean over the poses of one of :data:`WHOLE`."""
        return float(self.whole[:, list(WHOLE).index(name)].mean())

    def calibration_error(self) -> float:
        """Mean gap, 0 to 1, between how often truth should lie and does lie within the quantiles."""
        return float(calibration.calibration_error(self.ranks, self.errors.shape[1]))


NAMES = ("errors", "aligned", "similar", "normalised", "whole", "ranks")


def _best_pck(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # -> (N,)
    return metrics.pck(hypotheses, truth[:, None]).max(1)


def _best_auc(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:  # -> (N,)
    return metrics.auc(hypotheses, truth[:, None]).max(1)


WHOLE: Mapping[str, object] = {
    "spread": lambda poses, truth: metrics.spread(poses),
    "energy": calibration.energy_score,
    "mean pose": lambda poses, truth: metrics.mpjpe(calibration.mean_pose(poses), truth),
    "medoid": lambda poses, truth: metrics.mpjpe(calibration.medoid(poses), truth),
    "bone variation": lambda poses, truth: calibration.bone_length_variation(poses),
    "implausible": lambda poses, truth: calibration.implausible_joints(poses).mean(1),
    "pck": _best_pck,
    "auc": _best_auc,
}
"""Measures of a whole set of hypotheses by name: pck, auc and implausible are shares, the others mm."""
