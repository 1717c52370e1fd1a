"""Names of what can be chosen, each with where it lives; nothing is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from gfpose_core.errors import GfposeError

SAMPLERS: dict[str, str] = {
    "dpm-solver": "gfpose_core.samplers.dpm_solver:DPMSolver",
    "unipc": "gfpose_core.samplers.unipc:UniPC",
    "exponential-euler": "gfpose_core.samplers.exponential:ExponentialEuler",
    "probability-flow": "gfpose_core.samplers.probability_flow:ProbabilityFlow",
    "euler-maruyama": "gfpose_core.samplers.euler_maruyama:EulerMaruyama",
    "predictor-corrector": "gfpose_core.samplers.predictor_corrector:PredictorCorrector",
    "alg1": "gfpose_core.samplers.euler_maruyama:Algorithm1",
    "posterior-mean": "gfpose_core.samplers.posterior_mean:PosteriorMean",
}
DEFAULT_SAMPLER = "dpm-solver"

EXPORTERS: dict[str, str] = {
    "npz": "gfpose_core.export.npz:NPZ",
    "json": "gfpose_core.export.json:JSON",
    "hdf5": "gfpose_core.export.hdf5:HDF5",
}


def load(table: Mapping[str, str], name: str) -> Any:
    """The object that ``table`` lists under ``name``.

    Raises:
        GfposeError: no such name; the message lists those there are.
    """
    try:
        module, attribute = table[name].split(":")
    except KeyError:
        raise GfposeError(f"there is no {name!r}; choose one of {', '.join(table)}") from None
    return getattr(import_module(module), attribute)
