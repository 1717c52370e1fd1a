"""What GFPose's own code leaves behind: ``results.npz``, trajectories and ``denoise.npz``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gfpose_core.condition import Condition
from gfpose_core.errors import FormatError
from gfpose_core.io.magic import sniff
from gfpose_core.io.npz import read_arrays
from gfpose_core.io.released import POSE_STD_MM
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.sde import SubVPSDE
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory

DATA_SCALE = 30.0
LAST_TIME = 1e-3


@dataclass(frozen=True)
class Results:
    """Samples of N people, as the authors store them.

    The file holds image space: x and y in pixels of a 1000 px image, z in pixels too, all times 2/1000.
    How many millimetres a pixel stands for depended on each person's bounding box, which is not stored.
    So every person is sized, by one factor for all three axes, to bones that add up to those of
    Human3.6M's average skeleton (its ground truth where the file has it, else its median hypothesis),
    and the perspective within the body is left as it is.

    Attributes:
        samples: (T, N, H, 17, 3), x(t) at T moments from t = 1 to 0.001; T = 1 holds results only.
        truth: (N, 17, 3) in the same space, if the file has it.
    """

    name: str
    samples: np.ndarray
    truth: np.ndarray | None

    @property
    def people(self) -> int:
        return self.samples.shape[1]

    def mm_per_unit(self, person: int) -> float:
        """The size of one unit of image space, in mm."""
        poses = self.samples[-1, person] if self.truth is None else self.truth[person]
        body = float(np.median(H36M17.bone_lengths(poses.astype(np.float64)).sum(-1)))
        if not 1e-3 < body < 1e3:
            raise FormatError(f"person {person} of {self.name} has bones of length {body:g}: no pose to draw")
        return HUMAN_BONES_MM.sum() / body

    def truth_mm(self, person: int) -> np.ndarray | None:
        """(17, 3) mm, camera axes, relative to the root."""
        if self.truth is None:
            return None
        return (self.truth[person] - self.truth[person, :1]) * self.mm_per_unit(person)

    def recording(self, person: int = 0) -> Recording:
        """One person's run: poses in camera axes, mm, relative to each one's root.

        Noisy states are scaled to be drawn as :class:`Trajectory` says, around the place of the final
        root. The file has no clean estimates: the states stand in for them.

        Raises:
            FormatError: no such person, or no human size to be found.
        """
        if not 0 <= person < self.people:
            raise FormatError(f"{self.name} has no person {person}: choose 0 to {self.people - 1}")
        scale = self.mm_per_unit(person)
        samples = self.samples[:, person].astype(np.float64)  # (T, H, 17, 3)
        root = samples[-1, :, :1]
        moments = len(samples)
        times = np.linspace(1.0, LAST_TIME, moments) if moments > 1 else np.array([LAST_TIME])
        alpha, sigma = (a.numpy()[:, None, None, None] for a in SubVPSDE().marginal(torch.from_numpy(times)))
        level = sigma / alpha / DATA_SCALE * scale  # mm
        drawn = (samples / alpha - root) / np.sqrt(1 + (level / POSE_STD_MM) ** 2) * scale
        states = drawn[:, None].astype(np.float32)
        return Recording(
            poses=((samples[-1] - root) * scale).astype(np.float32)[None],
            trajectory=Trajectory(times, level.ravel(), states, states),
            condition=Condition.nothing(1),
            seed=0,
            checkpoint=self.name,
            checkpoint_sha256="",
            sampler="as stored",
            options={"person": person, "mm_per_unit": scale, "steps": moments},
        )


def read_results(path: str | os.PathLike[str]) -> Results:
    """Open ``results.npz``, a trajectory or ``denoise.npz`` of the authors' code.

    Raises:
        FormatError: another file, one cut short, or one with pickled objects inside.
    """
    path = Path(path)
    kind = sniff(path)
    if kind.name != "results":
        raise FormatError(f"{path.name} is {kind.words}, no results of GFPose's code")
    name = "pred3d" if "pred3d" in kind.members else "sample3d"
    try:
        arrays = read_arrays(path, (name, "gt3d"))
    except FormatError as error:
        raise FormatError(
            f"{path.name} is cut short, damaged, or holds objects ({error})"
        ) from error.__cause__
    samples, truth = arrays[name], arrays.get("gt3d")
    if samples.ndim != 5 or samples.shape[-2:] != (17, 3) or not samples.size:
        raise FormatError(f"{path.name} has samples {samples.shape}; GFPose's are (T, N, H, 17, 3)")
    if truth is not None and truth.shape != (1, samples.shape[1], 1, 17, 3):
        raise FormatError(f"{path.name} has gt3d {truth.shape} beside samples {samples.shape}")
    for array in (samples, truth):
        if array is not None and not (np.issubdtype(array.dtype, np.floating) and np.isfinite(array).all()):
            raise FormatError(f"{path.name} holds values that are not finite numbers")
    return Results(path.name, samples, None if truth is None else truth[0, :, 0])
