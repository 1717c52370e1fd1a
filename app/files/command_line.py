"""A document as the `gfpose` line that makes the same poses, and the evidence file it needs. No Qt."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.documents.document import POSTERIOR_MEAN, Document
from app.documents.guiding import weight_of
from app.documents.optimising import why_not_optimise
from app.documents.photo import blank
from app.documents.request import PriorInfo
from app.viewmodels.asking import start_time
from gfpose_core.condition import FIXED_3D, FREE
from gfpose_core.errors import ConditionError
from gfpose_core.export.base import PoseExport, export
from gfpose_core.io.atomic import atomic_path
from gfpose_core.ladder import LADDERS
from gfpose_core.registry import DEFAULT_SAMPLER, OPTIMISERS, SAMPLERS


@dataclass(frozen=True, eq=False)
class Command:
    """``words`` of the line without its files, and the ``arrays`` of the npz it reads; none to generate.

    ``start`` are poses to refine, which go into a file of their own.
    """

    words: tuple[str, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    start: PoseExport | None = None

    def line(self, evidence: Path | None, out: Path) -> str:
        """To be given to a shell."""
        files = ["--input", str(evidence)] if evidence else []
        files += ["--start", str(start_beside(evidence))] if self.start is not None else []
        return shlex.join(["gfpose", *self.words, *files, "--out", str(out)])

    def write(self, evidence: Path) -> None:
        """The evidence, and the poses to refine beside it."""
        with atomic_path(evidence) as part, part.open("wb") as file:
            np.savez(file, **self.arrays)
        if self.start is not None:
            export(self.start, start_beside(evidence))


def start_beside(evidence: Path) -> Path:
    """Where the poses to refine are, by the file of the evidence."""
    return evidence.with_name(f"{evidence.stem.removesuffix('-evidence')}-start.npz")


def command_of(document: Document, prior: PriorInfo) -> Command:
    """What to run for the document's poses.

    Raises:
        ConditionError: something that the command line has no words for.
    """
    if document.branch is not None:
        raise ConditionError("this run goes on from the states of another, which no file holds")
    if document.sampler not in {**SAMPLERS, **OPTIMISERS}:
        raise ConditionError(f"the command line has no sampler {document.sampler}")
    if why_not := document.optimises and why_not_optimise(document):
        raise ConditionError(why_not)
    task = "lift" if document.optimises else document.task
    words = [task, *_sampling(document), "--seed", str(document.seed)]
    if document.checkpoint is not None:
        words += ["--checkpoint", document.checkpoint]
    if document.device != "cpu":
        words += ["--device", document.device]
    if document.denoising:
        words += ["--start-time", repr(start_time(document, prior))]
        return Command(tuple(words), {"poses_3d": document.noisy_pose[None]})
    if document.task == "generate":
        return Command((*words, "--count", "1"))
    if document.evidence is not None and not document.optimises:
        words += ["--evidence", document.evidence]
    if (weight := weight_of(document)) != 1.0:
        words += ["--guidance", repr(weight)]
    fixed = (document.levels == FIXED_3D).any()
    return Command(tuple(words), _places(document) if fixed else _keypoints(document), _start(document))


def _start(document: Document) -> PoseExport | None:
    if document.to_refine is None:
        return None
    poses = document.to_refine[None, : document.hypotheses].astype(np.float32)
    return PoseExport(poses, document.origin[None], "camera")


def _sampling(document: Document) -> list[str]:
    if document.sampler == POSTERIOR_MEAN:
        if document.denoising:
            return ["--estimate", "mean"]
        return ["--sampler", POSTERIOR_MEAN, "--hypotheses", "1"]
    words = ["--hypotheses", str(document.hypotheses)] if document.to_refine is None else []
    if document.optimises:
        words += ["--prior", document.family]
        rungs, told = LADDERS[document.family], dict(document.sampler_options)
        if (name := next((n for n, rung in rungs.items() if dict(rung.options) == told), None)) is not None:
            return [*words, "--quality", name]
        if not told.keys() >= rungs["standard"].options.keys():
            raise ConditionError("its options do not go out from the Standard quality: choose that first")
    elif document.sampler != DEFAULT_SAMPLER:
        words += ["--sampler", document.sampler]
    for name, value in document.sampler_options.items():
        if name == "steps":
            words += ["--steps", str(value)]
        else:
            words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words


def _keypoints(document: Document) -> dict[str, np.ndarray]:
    """Evidence that is all seen, in pixels: those of the image, or of a canvas before the virtual camera."""
    camera, points = document.camera or blank().camera, document.pose + document.origin
    visible = document.levels > FREE
    rays = points[:, :2] / points[:, 2:]
    axis = np.append(rays[0] if visible[0] else rays[visible].mean(axis=0), 1.0)
    seen = np.where(visible[:, None], camera.project(points), 0.0)
    if document.confidence is not None:
        seen = np.concatenate([seen, document.confidence[:, None]], axis=1)
    return {
        "keypoints_2d": seen[None],
        "visible": visible[None],
        "camera_K": camera.K,
        "image_size": np.array(camera.size),
        "root_depth": np.array([points[0] @ axis / (axis @ axis)]),  # how far along the axis the root is
    }


def _places(document: Document) -> dict[str, np.ndarray]:
    """Evidence that is fixed in part: places from the root, those that are only seen at its depth."""
    points = document.pose + document.origin
    root, seen = points[0], document.levels != FIXED_3D
    at_root = points * np.where(seen, root[2] / points[:, 2], 1.0)[:, None]
    return {
        "poses_3d": (at_root - root)[None],
        "observed": document.condition().observed,
        "camera_at": -root[None],
    }
