"""What crosses between the window and the threads: frozen values, no Qt, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.condition import Condition
from gfpose_core.io.clip import Clip, PoseClip
from gfpose_core.registry import draws_noise
from gfpose_core.trajectory import Recording


@dataclass(frozen=True, eq=False)
class SampleRequest:
    """Everything one sampling run needs. ``animate``: the window is drawing, leave it a core."""

    id: int
    condition: Condition
    hypotheses: int
    sampler: str
    options: Mapping[str, Any]
    evidence: str | None
    seed: int
    checkpoint: str | None
    device: str
    guidance: float = 1.0
    animate: bool = True
    camera: Camera | None = None  # for the recording


@dataclass(frozen=True, eq=False)
class TrialRequest(SampleRequest):
    """A run beside the document's own: neither supersedes the other."""


@dataclass(frozen=True)
class LoadRequest:
    """Open a checkpoint and say what it can do; None is the shipped one."""

    id: int
    checkpoint: str | None
    device: str


@dataclass(frozen=True, eq=False)
class LikelihoodRequest:
    """How likely the prior holds poses (S, 17, 3) mm to be, under the ``condition`` of one pose."""

    id: int
    checkpoint: str | None
    device: str
    condition: Condition
    poses: np.ndarray


ClipTask = Literal["lift", "complete", "denoise"]


@dataclass(frozen=True, eq=False)
class ClipRequest:
    """All frames of ``clip`` through the prior, each a pose of its own: :mod:`gfpose_core.sequences`."""

    id: int
    task: ClipTask
    clip: Clip
    hypotheses: int
    sampler: str
    options: Mapping[str, Any]
    evidence: str | None
    guidance: float
    noise_mm: float
    shared_noise: bool
    seed: int
    checkpoint: str | None
    device: str


Request = SampleRequest | LoadRequest | LikelihoodRequest | ClipRequest


@dataclass(frozen=True, eq=False)
class Moment:
    """One moment of a run of S hypotheses of one pose, as it is shown.

    Attributes:
        index, count: which step of how many.
        time: of the SDE, 1 (noise) to 0 (pose).
        noise_level: sigma/alpha, mm.
        states: (S, 17, 3) mm, x(t), scaled to be drawn.
        clean: (S, 17, 3) mm, the clean estimate E[x(0) | x(t)], relative to the root.
        optimised: the steps are iterations of an optimisation, the states the poses that one begins with.
    """

    index: int
    count: int
    time: float
    noise_level: float
    states: np.ndarray
    clean: np.ndarray
    optimised: bool = False


@dataclass(frozen=True)
class OptionField:
    """One option of a sampler, told without its class; ``kind`` is int, float, bool or str."""

    name: str
    kind: type
    default: Any
    help: str = ""
    label: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()


Samplers = Mapping[str, tuple[OptionField, ...]]


def option_of(samplers: Samplers, sampler: str, name: str) -> OptionField | None:
    """An option of a sampler; None where it has none of that name."""
    return next((option for option in samplers.get(sampler, ()) if option.name == name), None)


def value_of(samplers: Samplers, sampler: str, options: Mapping[str, Any], name: str) -> Any:
    """What an option is, as ``options`` say or by default; None where there is no such option."""
    option = option_of(samplers, sampler, name)
    return options.get(name, option.default if option else None)


def draws(samplers: Samplers, sampler: str, options: Mapping[str, Any]) -> bool:
    """Whether a sampler with these options draws noise on its way."""
    return draws_noise(sampler, value_of(samplers, sampler, options, "eta"))


@dataclass(frozen=True, eq=False)
class PriorInfo:
    """A loaded checkpoint, told without torch.

    Attributes:
        refusals: family of priors -> preset key -> why it cannot do that task with this checkpoint.
        noise_mm, noise_times: matching samples of sigma/alpha (rising) and the SDE time that has it.
    """

    name: str
    checkpoint: str | None
    device: str
    sha256: str
    facts: Mapping[str, object] = field(default_factory=dict)
    refusals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    noise_mm: np.ndarray = field(default_factory=lambda: np.array([0.1, 1000.0]))
    noise_times: np.ndarray = field(default_factory=lambda: np.array([1e-3, 1.0]))

    def time_of_noise(self, std_mm: float) -> float:
        """The SDE time whose sigma/alpha is ``std_mm``, within [1e-3, 1]."""
        log = np.interp(np.log(max(std_mm, 1e-9)), np.log(self.noise_mm), np.log(self.noise_times))
        return float(np.clip(np.exp(log), 1e-3, 1.0))


@dataclass(frozen=True)
class Ready:
    """The worker is up: the samplers it knows and the devices it can use."""

    samplers: Mapping[str, tuple[OptionField, ...]]
    devices: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A checkpoint was opened."""

    request: int
    prior: PriorInfo


@dataclass(frozen=True, eq=False)
class Finished:
    """A run ended, whole or cancelled, after ``steps`` that took ``seconds``; ``calls`` of the network where
    they are counted."""

    request: int
    recording: Recording
    seconds: float
    calls: int | None = None
    steps: int = 0


@dataclass(frozen=True, eq=False)
class Likelihoods:
    """Of the request's poses from ``first`` on: ``nats`` (n,) of log-density a free coordinate, per mm."""

    request: int
    first: int
    nats: np.ndarray
    last: bool


@dataclass(frozen=True, eq=False)
class ClipDone:
    """A whole clip went through the prior, ``seconds`` after it was asked for."""

    request: int
    clip: PoseClip
    seconds: float


@dataclass(frozen=True)
class Dropped:
    """A request was cancelled before it came to anything, or to its end."""

    request: int


@dataclass(frozen=True)
class Failed:
    """Something went wrong: what, what to do about it, and the details for whoever wants them.

    ``in_run`` says that it was a run, of which the next one that ends makes old news.
    """

    request: int
    title: str
    what_to_do: str
    details: str
    in_run: bool = False


Event = Ready | Loaded | Finished | Likelihoods | ClipDone | Dropped | Failed
