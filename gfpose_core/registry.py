"""Names of what can be chosen, each with where it lives; nothing is imported before it is asked for.

Other packages add to a table by an entry point: in the group ``gfpose.importers``, for instance,
``trc = "mypackage.trc:TRC"``. What is built in keeps its name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from gfpose_core.errors import GfposeError


class Table(Mapping[str, str]):
    """Names and places ("module:attribute"): the built-in ones, then those of other packages."""

    def __init__(self, group: str, built_in: Mapping[str, str]) -> None:
        self.group = group
        self.built_in = dict(built_in)

    def __getitem__(self, name: str) -> str:
        return self.built_in.get(name) or self._others[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.built_in
        yield from (name for name in self._others if name not in self.built_in)

    def __len__(self) -> int:
        return len(self.built_in.keys() | self._others.keys())

    @cached_property
    def _others(self) -> dict[str, str]:
        return {point.name: point.value for point in entry_points(group=self.group)}


SAMPLERS = Table(
    "gfpose.samplers",
    {
        "dpm-solver": "gfpose_core.samplers.dpm_solver:DPMSolver",
        "unipc": "gfpose_core.samplers.unipc:UniPC",
        "exponential-euler": "gfpose_core.samplers.exponential:ExponentialEuler",
        "probability-flow": "gfpose_core.samplers.probability_flow:ProbabilityFlow",
        "euler-maruyama": "gfpose_core.samplers.euler_maruyama:EulerMaruyama",
        "predictor-corrector": "gfpose_core.samplers.predictor_corrector:PredictorCorrector",
        "alg1": "gfpose_core.samplers.euler_maruyama:Algorithm1",
        "posterior-mean": "gfpose_core.samplers.posterior_mean:PosteriorMean",
    },
)
DEFAULT_SAMPLER = "dpm-solver"

WITHOUT_NOISE = ("probability-flow", "posterior-mean")
"""Samplers that draw nothing after their start; those with an ``eta`` draw nothing where it is 0."""

OPTIMISERS = Table("gfpose.optimisers", {"zedo": "gfpose_core.priors.optimisation:Optimisation"})

PRIORS = Table(
    "gfpose.priors",
    {
        "gfpose": "gfpose_core.priors.gfpose:GFPosePrior",
        "zedo": "gfpose_core.priors.zedo:ZeDOPrior",
    },
)
"""Families, each a class that is made from (denoiser, name, sha256, facts, skeleton) of a checkpoint."""
DEFAULT_PRIOR = "gfpose"

IMPORTERS = Table(
    "gfpose.importers",
    {
        "bvh": "gfpose_core.io.mocap.bvh:BVH",
        "amc": "gfpose_core.io.mocap.asf_amc:AMC",
        "gltf": "gfpose_core.io.mocap.gltf:GLTF",
        "npz": "gfpose_core.io.clips.arrays:NPZ",
        "clip": "gfpose_core.io.clips.containers:CLIPS",
        "poses-csv": "gfpose_core.io.clips.table:CSV",
        "exported": "gfpose_core.export.clips:EXPORTED",
        "recording": "gfpose_core.io.clips.takes:RECORDING",
        "results": "gfpose_core.io.clips.takes:RESULTS",
        "pose-data": "gfpose_core.io.clips.takes:POSES",
        "videopose3d": "gfpose_core.io.clips.takes:VIDEOPOSE3D",
        "human36m": "gfpose_core.io.clips.takes:H36M",
        "mpi-inf-3dhp": "gfpose_core.io.clips.takes:MPI_INF_3DHP",
        "c3d": "gfpose_core.io.mocap.c3d:C3D",
        "openpose": "gfpose_core.io.keypoints.openpose:OPENPOSE",
        "mmpose": "gfpose_core.io.keypoints.mmpose:MMPOSE",
        "mediapipe": "gfpose_core.io.keypoints.mediapipe:MEDIAPIPE",
        "coco": "gfpose_core.io.keypoints.coco:COCO",
        "videopose3d-2d": "gfpose_core.io.keypoints.archives:VIDEOPOSE3D",
        "zedo": "gfpose_core.io.keypoints.archives:ZEDO",
        "csv": "gfpose_core.io.keypoints.table:TABLE",
    },
)
"""Values are :class:`gfpose_core.io.importing.Importer`; where two claim a file, the first one reads it."""

EXPORTERS = Table(
    "gfpose.exporters",
    {
        "npz": "gfpose_core.export.npz:NPZ",
        "json": "gfpose_core.export.json:JSON",
        "hdf5": "gfpose_core.export.hdf5:HDF5",
        "csv": "gfpose_core.export.csv:CSV",
        "bvh": "gfpose_core.export.bvh:BVH",
        "bvh-mixamo": "gfpose_core.export.bvh:MIXAMO",
        "gltf": "gfpose_core.export.gltf:GLTF",
        "c3d": "gfpose_core.export.c3d:C3D",
    },
)


def drivers(prior: str) -> Table:
    """What draws from a prior of the family ``prior``: one of them is the ``sampler`` of its ``generate``."""
    return OPTIMISERS if prior == "zedo" else SAMPLERS


def family_of(driver: str) -> str:
    """The family of priors that the sampler or optimiser ``driver`` draws from."""
    return "zedo" if driver in OPTIMISERS else DEFAULT_PRIOR


def load(table: Mapping[str, str], name: str) -> Any:
    """The object that ``table`` lists under ``name``.

    Raises:
        GfposeError: no such name (the message lists those there are), or it cannot be imported.
    """
    try:
        place = table[name]
    except KeyError:
        raise GfposeError(f"there is no {name!r}; choose one of {', '.join(table)}") from None
    module, _, attribute = place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as error:  # another package's code may fail with anything
        raise GfposeError(f"{name!r} cannot be loaded from {place} ({error})") from error


def load_all(table: Table) -> dict[str, Any]:
    """All objects of a table by name; what another package lists and cannot be loaded is left out, with a
    warning."""
    found = {}
    for name in table:
        try:
            found[name] = load(table, name)
        except GfposeError as error:
            if name in table.built_in:
                raise
            warnings.warn(str(error), RuntimeWarning, stacklevel=2)
    return found


def draws_noise(sampler: str, eta: float | None) -> bool:
    """Whether a sampler draws noise on its way, so that another seed leads elsewhere from the same x(t)."""
    return sampler not in WITHOUT_NOISE and eta != 0.0
