"""What hypotheses can be sorted by: one number for each of them, and which end of it is the better one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gfpose_core.calibration import mean_pose, unusual_bones
from gfpose_core.camera import Camera
from gfpose_core.condition import SEEN_2D, Condition
from gfpose_core.errors import ConditionError
from gfpose_core.metrics import mpjpe, reprojection_error

DRAWN = "drawn"
LIKELIHOOD = "likelihood"


@dataclass(frozen=True, eq=False)
class Measured:
    """What a measure may look at.

    Attributes:
        poses: (n, 17, 3) mm, whose numbers are wanted; hypotheses of the run, or others beside them.
        results: (S, 17, 3) mm, the hypotheses of the run.
        reference: (17, 3) mm, what they are compared with; None where it is not known.
        condition: what the run was given, N = 1; None before there is a run.
        camera: the one whose pixels 2D evidence is in; None where there are no pixels.
    """

    poses: np.ndarray
    results: np.ndarray
    reference: np.ndarray | None = None
    condition: Condition | None = None
    camera: Camera | None = None

    @property
    def seen(self) -> bool:
        """Whether any joint was seen in 2D."""
        return self.condition is not None and bool((self.condition.levels == SEEN_2D).any())


@dataclass(frozen=True)
class Measure:
    """``of`` gives (n,); ``missing`` says why it cannot, None where it can. Small is good unless ``high``."""

    label: str
    short: str
    tip: str
    unit: Callable[[Measured], str]
    of: Callable[[Measured], np.ndarray]
    missing: Callable[[Measured], str | None] = lambda what: None
    high: bool = False
    digits: int = 0

    def say(self, value: float, what: Measured) -> str:
        """A value with its unit."""
        unit = self.unit(what)
        return f"{value:.{self.digits}f}{' ' if unit else ''}{unit}".replace("-", "−")


def _millimetres(what: Measured) -> str:
    return "mm"


def _to_evidence(what: Measured) -> np.ndarray:
    try:
        return reprojection_error(what.poses[None], what.condition, what.camera)[0]
    except ConditionError:  # one of them reaches behind the camera
        return np.full(len(what.poses), np.nan)


MEASURES: dict[str, Measure] = {
    "mean": Measure(
        "Distance to the mean",
        "mean",
        "MPJPE to the mean of all hypotheses",
        _millimetres,
        lambda what: mpjpe(what.poses, mean_pose(what.results)),
        lambda what: None if len(what.results) > 1 else "there is one hypothesis",
    ),
    "reference": Measure(
        "Distance to the reference",
        "reference",
        "MPJPE to the reference, the pose that the evidence was taken from (G shows it)",
        _millimetres,
        lambda what: mpjpe(what.poses, what.reference),
        lambda what: None if what.reference is not None else "there is no pose to compare with",
    ),
    "reprojection": Measure(
        "Reprojection error",
        "reprojection",
        "Mean distance of the joints seen in 2D to where they were seen:\n"
        "in pixels of the photo, without one in millimetres at the depth of the root",
        lambda what: "px" if what.camera is not None else "mm",
        _to_evidence,
        lambda what: None if what.seen else "no joint is seen in 2D",
        digits=1,
    ),
    LIKELIHOOD: Measure(
        "Log-likelihood",
        "log p",
        "Log-density under the prior, given the evidence: nats a free coordinate, per mm\n"
        "(probability-flow ODE, poses blurred by 4 mm); the higher, the likelier",
        lambda what: "",
        lambda what: np.full(len(what.poses), np.nan),  # the worker knows
        lambda what: None if what.condition is not None else "there is no run yet",
        high=True,
        digits=2,
    ),
    "bones": Measure(
        "Unusual bones",
        "bones",
        "Mean deviation of bone lengths from people's usual proportions, at the pose's own size",
        lambda what: "%",
        lambda what: unusual_bones(what.poses),
        digits=1,
    ),
}
