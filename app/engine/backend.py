"""The worker's hold on torch and the core. Everything heavy is imported here, on the worker thread."""

from __future__ import annotations

import dataclasses
import os
import typing
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

import numpy as np

from app.documents.document import ORIGIN
from app.documents.presets import PRESETS
from app.documents.request import OptionField, PriorInfo, Ready
from gfpose_core import registry
from gfpose_core.condition import Condition
from gfpose_core.errors import GfposeError
from gfpose_core.priors.fitting import refusal
from gfpose_core.skeleton import H36M17

DRIVERS = {**registry.SAMPLERS, **registry.OPTIMISERS}
_NOISE_MM = np.geomspace(0.05, 2000.0, 600)


class TorchBackend:
    """Loads checkpoints and makes samplers by name."""

    def ready(self) -> Ready:
        """The samplers with their options, and the devices torch sees."""
        import torch

        devices = ["cpu"]
        if torch.cuda.is_available():
            devices.append("cuda")
        if torch.backends.mps.is_available():
            devices.append("mps")
        return Ready({name: option_fields(self._sampler_class(name)) for name in DRIVERS}, tuple(devices))

    def load(self, checkpoint: str | None, device: str, family: str = registry.DEFAULT_PRIOR) -> Any:
        from gfpose_core import catalog

        return catalog.load(checkpoint, device, family)

    def describe(self, prior: Any, checkpoint: str | None, device: str) -> PriorInfo:
        """What the window needs to know of a prior."""
        conditions = _preset_conditions()
        refusals = {
            family: {key: reason for key, given in conditions if (reason := why_not(given))}
            for family, why_not in ((registry.DEFAULT_PRIOR, prior.refusal), ("zedo", refusal))
        }
        return PriorInfo(
            name=prior.name,
            checkpoint=checkpoint,
            device=device,
            sha256=prior.sha256,
            facts=dict(prior.facts),
            refusals=refusals,
            noise_mm=_NOISE_MM,
            noise_times=np.array([prior.time_of_noise(float(std)) for std in _NOISE_MM]),
        )

    def sampler(self, name: str, options: dict[str, Any]) -> Any:
        return self._sampler_class(name)(**options)

    def use_threads(self, animate: bool) -> None:
        """All cores, or all but one while the window draws what arrives."""
        import torch

        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(max(1, cores - animate))

    def likelihoods(
        self, prior: Any, condition: Condition, poses: np.ndarray, heard: Callable[[float], None]
    ) -> np.ndarray:  # (S, 17, 3) mm -> (S,)
        """Nats of log-density a free coordinate.

        Raises:
            GfposeError: this kind of prior has none, or none under this condition.
        """
        from gfpose_core.priors.base import HasLogProb

        if not isinstance(prior, HasLogProb):
            raise GfposeError("this kind of prior cannot say how likely a pose is: sort by something else")
        return prior.log_prob(condition, poses[None], heard).per_coordinate[0]

    def _sampler_class(self, name: str) -> type:
        return registry.load(DRIVERS, name)


def option_fields(options: type) -> tuple[OptionField, ...]:
    """The fields of a sampler's dataclass, with the help, unit and range its metadata carries."""
    hints = typing.get_type_hints(options)
    return tuple(
        _option(field, hints[field.name]) for field in dataclasses.fields(options) if field.init
    )  # fmt: skip


def _option(field: dataclasses.Field, hint: Any) -> OptionField:
    choices: tuple[Any, ...] = tuple(field.metadata.get("choices", ()))
    if get_origin(hint) is Literal:
        choices = get_args(hint)
    default = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    kind = (
        type(choices[0])
        if choices
        else next((t for t in (*get_args(hint), hint) if isinstance(t, type)), str)
    )
    meta = field.metadata
    return OptionField(
        name=field.name,
        kind=kind,
        default=default,
        help=meta.get("help", ""),
        label=meta.get("label", field.name.replace("_", " ").capitalize()),
        unit=meta.get("unit", ""),
        minimum=meta.get("min"),
        maximum=meta.get("max"),
        choices=choices,
    )


def _preset_conditions() -> list[tuple[str, Condition]]:
    """Every preset's evidence on a pose of no importance."""
    pose = np.random.default_rng(0).normal(0, 200, (1, H36M17.n_joints, 3)) + ORIGIN[:, None]
    conditions = []
    for key, preset in PRESETS.items():
        if preset.denoising:
            conditions.append((key, Condition.denoise(pose, 0.1)))
        elif preset.levels.any():
            conditions.append((key, Condition.from_camera(pose, preset.levels[None], ORIGIN)))
        else:
            conditions.append((key, Condition.nothing()))
    return conditions
