"""Diffusion-based priors over 3D human poses: learn them, sample them, measure them.

From Python, clips go from file to file in a few lines::

    import gfpose_core as gp

    keypoints = gp.read("keypoints.json")       # any format that can be imported
    poses = gp.lift(keypoints)                  # by the shipped prior
    gp.write(poses, "poses.bvh")                # any format that holds it

What is named here is imported when it is first asked for: ``import gfpose_core`` itself loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gfpose_core.api import complete as complete
    from gfpose_core.api import denoise as denoise
    from gfpose_core.api import detect as detect
    from gfpose_core.api import generate as generate
    from gfpose_core.api import lift as lift
    from gfpose_core.api import load as load
    from gfpose_core.api import read as read
    from gfpose_core.api import write as write
    from gfpose_core.errors import GfposeError as GfposeError
    from gfpose_core.io.clip import KeypointClip as KeypointClip
    from gfpose_core.io.clip import PoseClip as PoseClip
    from gfpose_core.io.importing import Corrections as Corrections
    from gfpose_core.io.importing import open_source as open_source

__version__ = "0.1.0"

_PLACES = {
    **dict.fromkeys(
        ("complete", "denoise", "detect", "generate", "lift", "load", "read", "write"), "gfpose_core.api"
    ),
    "GfposeError": "gfpose_core.errors",
    "KeypointClip": "gfpose_core.io.clip",
    "PoseClip": "gfpose_core.io.clip",
    "Corrections": "gfpose_core.io.importing",
    "open_source": "gfpose_core.io.importing",
}

__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'gfpose_core' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
