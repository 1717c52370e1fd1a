"""What a recorded run shows at a moment, between two, and up to one."""

from __future__ import annotations

import math

import numpy as np

from app.documents.request import Moment
from gfpose_core.priors.fitting import fit_iterations
from gfpose_core.registry import OPTIMISERS
from gfpose_core.trajectory import Recording

MAX_MOMENTS = 300
"""A trajectory keeps at most this many moments, evenly spread over the steps."""

TRAIL_MOMENTS = 48
"""A trail has so many pieces at most: more cannot be told apart."""


def moment_at(recording: Recording, position: float, pose: int = 0) -> Moment:
    """The moment at ``position`` (0 is the first recorded one), halfway states mixed of their neighbours."""
    trajectory = recording.trajectory
    last = len(trajectory) - 1
    position = min(max(position, 0.0), float(last))
    before = min(int(position), max(last - 1, 0))
    after = min(before + 1, last)
    share = position - before

    def mix(array: np.ndarray) -> np.ndarray:
        if share == 0.0 or before == after:
            return array[before]
        return (1 - share) * array[before] + share * array[after]

    steps = iterations(recording)
    return Moment(
        index=round(position) if steps is None else round(float(mix(steps))),
        count=last + 1 if steps is None else last_iteration(recording) + 1,
        time=float(mix(trajectory.times)),
        noise_level=float(mix(trajectory.noise_levels)),
        states=mix(trajectory.states[:, pose]).astype(np.float32),
        clean=mix(trajectory.clean[:, pose]).astype(np.float32),
        optimised=steps is not None,
    )


def position_beside(recording: Recording, moment: Moment | None, ended: bool) -> float:
    """Where in ``recording`` to be beside the ``moment`` of another run: at the same t, and at the end where
    that one has ``ended``. Sampling and an optimisation, which have no t in common, are at the same share."""
    last = len(recording.trajectory) - 1
    if ended or moment is None:
        return float(last)
    if moment.optimised != (recording.sampler in OPTIMISERS):
        return moment.index / max(moment.count - 1, 1) * last
    return float(np.interp(-moment.time, -recording.trajectory.times, np.arange(last + 1)))


def iterations(recording: Recording) -> np.ndarray | None:  # (T,)
    """Which iteration of an optimisation each of its moments is; None for a sampling run."""
    if recording.sampler not in OPTIMISERS:
        return None
    steps, moments = last_iteration(recording), len(recording.trajectory)
    finished = recording.status == "finished" and moments > 1
    stride = -(-steps // (moments - 1)) if finished else -(-(steps + 1) // MAX_MOMENTS)
    return np.minimum(np.arange(moments) * stride, steps)


def last_iteration(recording: Recording) -> int:
    """Of an optimisation, that of the initial pose counted too."""
    steps, fit_steps, turn_given = (recording.options.get(k, 0) for k in ("steps", "fit_steps", "turn_given"))
    return fit_iterations(recording.condition, fit_steps, turn_given) + steps


def trail(recording: Recording, position: float, pose: int, hypothesis: int, noisy: bool) -> np.ndarray:
    """Where the joints of one hypothesis have been up to ``position``: (K, 17, 3) mm, the oldest first.

    ``noisy`` follows x(t), else the clean estimate. The moments kept are the same wherever the playhead is,
    so that a trail grows and never shimmers.
    """
    trajectory = recording.trajectory
    path = (trajectory.states if noisy else trajectory.clean)[:, pose, hypothesis]
    stride = -(-len(path) // TRAIL_MOMENTS)
    now = moment_at(recording, position, pose)
    here = (now.states if noisy else now.clean)[hypothesis]
    return np.concatenate([path[: math.ceil(position) : stride], here[None]])
