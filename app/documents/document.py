"""The document: all a person can edit, as one frozen value. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from app.documents.branch import Branch
from app.documents.photo import Photo, pixels
from gfpose_core.camera import VIRTUAL_DISTANCE_MM, Camera
from gfpose_core.condition import FIXED_3D, FREE, MOST_GUIDANCE, SEEN_2D, Condition, NoiseStart
from gfpose_core.ladder import LADDERS
from gfpose_core.registry import DEFAULT_PRIOR, family_of
from gfpose_core.skeleton import H36M17

Task = Literal["generate", "lift", "complete", "denoise"]
NoiseKind = Literal["gaussian", "uniform", "own"]
"""``own``: the pose is noisy as it is, and nothing is added."""

EVIDENCE = (None, "condition", "imputation", "both")
"""How evidence can steer the sampler; None is the paper's choice for the task."""

MOST_HYPOTHESES = 1000

NOTHING = np.full(H36M17.n_joints, FREE)
NOTHING.setflags(write=False)
"""The levels of joints of which nothing is known."""

UNKNOWN_BONES = np.zeros(len(H36M17.bones))
UNKNOWN_BONES.setflags(write=False)
"""The bones of a pose whose depths nobody measured."""

POSSIBLE_BONE_MM = (15.0, 800.0)
"""A bone shorter or longer than any body's was never measured: joints placed by hand, depths not known."""

ORIGIN = np.array([[0.0, 0.0, VIRTUAL_DISTANCE_MM]])
ORIGIN.setflags(write=False)
"""(1, 3) mm: where the root of a pose without a camera is put, in front of the virtual one."""


POSTERIOR_MEAN = "posterior-mean"
"""The sampler that draws nothing: one hypothesis is all it has."""


@dataclass(frozen=True)
class Noise:
    """Noise on every coordinate of every joint: its standard deviation in mm, shape and draw."""

    std_mm: float = 60.0
    kind: NoiseKind = "gaussian"
    seed: int = 0

    def draw(self, n_joints: int = H36M17.n_joints) -> np.ndarray:  # (J, 3) mm
        """What is added to the pose; uniform noise spans +-sqrt(3) times the standard deviation."""
        if self.kind == "own":
            return np.zeros((n_joints, 3))
        rng = np.random.default_rng(self.seed)
        if self.kind == "uniform":
            return rng.uniform(-1, 1, (n_joints, 3)) * np.sqrt(3) * self.std_mm
        return rng.standard_normal((n_joints, 3)) * self.std_mm


@dataclass(frozen=True, eq=False)
class Document:
    """What is asked of the prior. A result follows from it alone, bit for bit: a branch brings along the
    states that it goes on from.

    There is one truth about where a joint is: its place, ``pose + origin``. The stage shows that place,
    the image its projection; the evidence of a joint seen in 2D is the ray through it, whatever its depth.

    Attributes:
        pose: (17, 3) mm, camera axes, relative to ``origin``; the places of the known joints, and for the
            free ones the places they had, to compare with. None before there is a pose.
        levels: (17,) int, FREE, SEEN_2D or FIXED_3D.
        origin: (3,) mm, camera frame: where poses stand before the camera, by their roots.
        photo: the image and its camera; None where 2D evidence is what the virtual camera sees. It only says
            which pixels the rays of the evidence are: no result depends on it.
        confidence: (17,) in [0, 1], how sure a detector was of what it saw; None where there was none.
        bones: (16,) mm, the lengths the pose came with, which a joint that was moved can be put back to; 0
            where no body has such a bone. None takes them from the pose: give it with every new one.
        denoising: the pose with ``noise`` on it is the evidence, ``levels`` are not looked at.
        start_time: where on the SDE denoising starts; None matches it to the noise.
        options: sampler name -> its options that differ from the defaults.
        evidence: how evidence steers the sampler, one of EVIDENCE.
        guidance: the weight of the evidence that the network is told, where it is told any.
        seed_locked: sampling again draws the same noise again.
        to_refine: (K, 17, 3) mm, camera axes, wherever their roots are: what ZeDO starts its hypotheses from
            instead of typical poses. It goes by itself where poses are sampled.
        checkpoint: a path; None is the shipped one.
        branch: the run to go on from; None starts from noise. It goes by itself where the rest of the
            document no longer fits it.
    """

    pose: np.ndarray | None = None
    levels: np.ndarray = field(default_factory=lambda: np.full(H36M17.n_joints, FREE))
    origin: np.ndarray = field(default_factory=lambda: ORIGIN[0].copy())
    photo: Photo | None = None
    confidence: np.ndarray | None = None
    bones: np.ndarray | None = None
    denoising: bool = False
    noise: Noise = Noise()
    start_time: float | None = None
    hypotheses: int = 16
    sampler: str = "dpm-solver"
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    evidence: str | None = None
    guidance: float = 1.0
    seed: int = 0
    seed_locked: bool = False
    to_refine: np.ndarray | None = None
    checkpoint: str | None = None
    device: str = "cpu"
    branch: Branch | None = None

    def __post_init__(self) -> None:
        if self.pose is None and (self.denoising or np.any(self.levels)):
            raise ValueError("evidence needs a pose to take its places from")
        if not 0.0 <= self.guidance <= MOST_GUIDANCE:
            raise ValueError(f"guidance is {self.guidance:g}: 0 to {MOST_GUIDANCE:g} are possible")
        object.__setattr__(self, "levels", _frozen(self.levels, np.int64))
        object.__setattr__(self, "origin", _frozen(self.origin, np.float64))
        if self.origin.shape != (3,) or not np.isfinite(self.origin).all() or self.origin[2] <= 0:
            raise ValueError("poses must stand before the camera")
        if self.confidence is not None:
            object.__setattr__(self, "confidence", _frozen(self.confidence, np.float64))
            if self.confidence.shape != (H36M17.n_joints,) or not (abs(self.confidence - 0.5) <= 0.5).all():
                raise ValueError(f"confidence is a number in [0, 1] for each of {H36M17.n_joints} joints")
        if self.pose is None:
            object.__setattr__(self, "bones", None)
        else:
            object.__setattr__(self, "pose", _frozen(self.pose, np.float64))
            if self.pose.shape != (H36M17.n_joints, 3) or not np.isfinite(self.pose).all():
                raise ValueError(
                    f"a pose is ({H36M17.n_joints}, 3) finite millimetres; this is {self.pose.shape}"
                )
            object.__setattr__(
                self, "bones", _frozen(_bones(self.pose) if self.bones is None else self.bones, float)
            )
            if self.bones.shape != (len(H36M17.bones),):
                raise ValueError(f"there are {len(H36M17.bones)} bones; these are {self.bones.shape}")
        if self.to_refine is not None:
            object.__setattr__(self, "to_refine", _to_refine(self.to_refine) if self.optimises else None)
        mean = self.sampler == POSTERIOR_MEAN  # it goes on from nothing
        if self.branch is not None and (mean or not self.branch.fits(self)):
            object.__setattr__(self, "branch", None)

    @property
    def task(self) -> Task:
        """The task this evidence makes."""
        if self.denoising:
            return "denoise"
        if not self.levels.any():
            return "generate"
        return "lift" if (self.levels == SEEN_2D).all() else "complete"

    @property
    def known(self) -> np.ndarray:  # (17,)
        """The levels of the joints as evidence: of a pose that is denoised none is known."""
        return NOTHING if self.denoising else self.levels

    @property
    def camera(self) -> Camera | None:
        """The camera that has pixels; None while all there is is the virtual one."""
        return self.photo.camera if self.photo else None

    @property
    def keypoints(self) -> np.ndarray | None:
        """(17, 2) px: where the places of the joints are in the image, NaN for one behind the camera."""
        if self.photo is None or self.pose is None:
            return None
        return pixels(self.photo.camera, self.pose + self.origin)

    @property
    def sampler_options(self) -> Mapping[str, Any]:
        """Options of the chosen sampler that differ from its defaults."""
        return self.options.get(self.sampler, {})

    def with_option(self, name: str, value: Any) -> Document:
        """The chosen sampler's option ``name`` set to ``value``."""
        return replace(self, options={**self.options, self.sampler: {**self.sampler_options, name: value}})

    @property
    def family(self) -> str:
        """Of priors: that of GFPose, which samples, or that of ZeDO, which optimises."""
        return family_of(self.sampler)

    @property
    def optimises(self) -> bool:
        """Whether poses are looked for by optimisation instead of being sampled."""
        return self.family != DEFAULT_PRIOR

    def with_sampler(self, name: str) -> Document:
        """Another sampler; an optimiser nobody has set is that of the standard quality."""
        family = family_of(name)
        if family != DEFAULT_PRIOR and name not in self.options:
            return self.with_quality("standard", family)
        return replace(self, sampler=name)

    def with_quality(self, name: str, family: str | None = None) -> Document:
        """The sampler, and no other options of it, that the family's ladder of qualities has under
        ``name``."""
        quality = LADDERS[family or self.family][name]
        options = {**self.options, quality.sampler: quality.options}
        return replace(self, sampler=quality.sampler, options=options)

    def with_levels(self, levels: np.ndarray, seen: np.ndarray | None) -> Document:
        """Evidence at ``levels`` (17,). A joint that was free takes its place from ``seen`` (17, 3) mm, the
        pose a person is looking at; one that was known stays where it is."""
        mean = self.denoising and self.sampler == POSTERIOR_MEAN
        sampler = Document.sampler if mean else self.sampler
        pose, bones = self._merged(levels, seen)
        return replace(
            self,
            levels=levels,
            pose=pose,
            bones=bones,
            confidence=self._confidence_in(levels),
            denoising=False,
            sampler=sampler,
        )

    def as_denoising(self, seen: np.ndarray | None) -> Document:
        """The pose looked at, whole, to be denoised; the posterior mean is the best single estimate."""
        levels = np.full_like(self.levels, FIXED_3D)
        pose, bones = self._merged(levels, seen)
        return replace(self, levels=levels, pose=pose, bones=bones, denoising=True, sampler=POSTERIOR_MEAN)

    def _confidence_in(self, levels: np.ndarray) -> np.ndarray | None:
        """What a person says to be known is certain."""
        fresh = (self.levels == FREE) & (np.asarray(levels) > FREE)
        if self.confidence is None or not fresh.any():
            return self.confidence
        return np.where(fresh, 1.0, self.confidence)

    def with_moved(self, joints: Sequence[int], to: np.ndarray) -> Document:
        """Joints at other places (k, 3) mm; the bones keep the lengths to go back to."""
        pose = self.pose.copy()
        pose[list(joints)] = to
        return replace(self, pose=pose)

    def _merged(
        self, levels: np.ndarray, seen: np.ndarray | None
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Pose and bones once joints that were free have taken their places from ``seen``."""
        if seen is None or self.denoising:
            return self.pose, self.bones
        if self.pose is None or not self.levels.any():
            return (seen, None) if np.any(levels) else (self.pose, self.bones)
        fresh = (self.levels == FREE) & (np.asarray(levels) > FREE)
        parents, children = np.asarray(H36M17.bones).T
        bones = np.where(fresh[parents] | fresh[children], _bones(seen), self.bones)
        return np.where(fresh[:, None], seen, self.pose), bones

    @property
    def noisy_pose(self) -> np.ndarray | None:
        """(17, 3) mm: the pose with the noise on it, while denoising."""
        return self.pose + self.noise.draw() if self.denoising else None

    def condition(self, start_time: float = 1.0) -> Condition:
        """The evidence of one pose, N = 1; ``start_time`` is where denoising begins."""
        if self.branch is not None:
            return self.branch.condition_of(self)
        if self.denoising:
            return Condition.denoise(self.noisy_pose[None], start_time)
        if not self.levels.any():
            return Condition.nothing()
        origin = self.origin[None]
        condition = Condition.from_camera((self.pose + origin)[None], self.levels[None], origin)
        sure = None if self.confidence is None else self.confidence[None]
        start = None if self.to_refine is None else NoiseStart(self.to_refine[None])
        return replace(condition, confidence=sure, start=start)


def _frozen(array: np.ndarray, kind: type) -> np.ndarray:
    """A copy that cannot be written to, or ``array`` where it is one: what did not change stays the same."""
    owned = isinstance(array, np.ndarray) and array.base is None and not array.flags.writeable
    if owned and array.dtype == kind:
        return array
    copy = np.array(array, kind)
    copy.setflags(write=False)
    return copy


def _to_refine(poses: np.ndarray) -> np.ndarray:  # (K, 17, 3) mm
    poses = _frozen(poses, np.float64)
    if poses.shape != (len(poses), H36M17.n_joints, 3) or not len(poses) or not np.isfinite(poses).all():
        raise ValueError(
            f"poses to refine are (K, {H36M17.n_joints}, 3) finite millimetres; these are {poses.shape}"
        )
    return poses


def _bones(pose: np.ndarray) -> np.ndarray:  # (17, 3) mm -> (16,) mm
    lengths = H36M17.bone_lengths(np.asarray(pose, np.float64))
    low, high = POSSIBLE_BONE_MM
    return _frozen(np.where((lengths >= low) & (lengths <= high), lengths, 0.0), np.float64)
