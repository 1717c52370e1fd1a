"""What is on the stage, in the stage's own world: the one thing both renderers are given to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.scene.frame import EVIDENCE, FIXED_3D, FREE, SEEN_2D, TRUTH, J, StageFrame
from app.scene.world import to_world
from gfpose_core.skeleton import H36M17

PARENTS, CHILDREN = np.asarray(H36M17.bones).T
HEAD = H36M17.names.index("Head")
BONE_SIDES = tuple(H36M17.sides[child] for child in CHILDREN)
"""Side of the body of each bone: that of its far joint."""

ARROW = 0.35  # m, the longest score arrow
STRONG = 1.0  # 1/mm, the score that has it; over a run scores grow a thousandfold, arrows about fourfold
FAINT = 0.08  # share of the longest arrow; shorter ones are left out
RAY = 0.55  # m, to each side of a joint seen in 2D: its depth is what is not known

LIFT = np.where(np.isin(H36M17.names, ("Neck", "Head")), 0.1, 0.05).astype(np.float32)  # (17,) m

SHOWN_SPREAD = 2e-3  # m; joints that hypotheses agree on to this are known, and have no ellipsoid
THINNEST = 1e-3  # m, the least half-axis of an ellipsoid: hypotheses on a ray have no width to show

_NONE = np.zeros((0, J, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Markers:
    """Signs on joints, told apart by shape: hollow (free), half-filled (2D), solid (3D)."""

    joints: np.ndarray  # (m,) int
    positions: np.ndarray  # (m,3) m
    levels: np.ndarray  # (m,) 0..2
    selected: np.ndarray  # (m,) bool
    hovered: np.ndarray  # (m,) bool
    lift: np.ndarray  # (m,) m towards the eye, out of the joint's own ball


@dataclass(frozen=True, eq=False)
class Ellipsoids:
    """One standard deviation of the hypotheses around their mean, at each joint where they differ."""

    joints: np.ndarray  # (k,) int
    centres: np.ndarray  # (k,3) m
    axes: np.ndarray  # (k,3,3) m, columns: the half-axes, which are at right angles

    @classmethod
    def of(cls, poses: np.ndarray) -> Ellipsoids:  # (S,17,3) m
        """Of poses as they are, roots not moved onto each other; none where there are fewer than two."""
        if len(poses) < 2:
            return cls(np.zeros(0, int), np.zeros((0, 3), np.float32), np.zeros((0, 3, 3), np.float32))
        centres = poses.mean(0, dtype=np.float64)
        away = poses - centres
        covariance = np.einsum("sji,sjk->jik", away, away) / (len(poses) - 1)
        variances, directions = np.linalg.eigh(covariance)
        lengths = np.sqrt(np.maximum(variances, 0.0))
        joints = np.flatnonzero(lengths[:, -1] > SHOWN_SPREAD)
        axes = directions * np.maximum(lengths, THINNEST)[:, None]
        axes *= np.sign(np.linalg.det(axes))[:, None, None]  # not mirrored: triangles keep their outer side
        return cls(joints, centres[joints].astype(np.float32), axes[joints].astype(np.float32))


@dataclass(frozen=True, eq=False)
class Content:
    """Everything to draw, world axes, metres. ``figure`` is the pose in focus, ``ghosts`` are all poses.

    The figure is drawn in full, and so are those ``beside`` it; but where there are ``compared`` ones, it is
    among them, and each of them is drawn in a hue of its own.
    """

    ghosts: np.ndarray  # (S,17,3)
    figure: np.ndarray | None  # (17,3)
    noisy: np.ndarray  # (S,17,3)
    noisy_figure: np.ndarray | None  # (17,3)
    truth: np.ndarray | None  # (17,3)
    evidence: np.ndarray | None  # (17,3)
    levels: np.ndarray  # (17,) 0..2
    arrows: np.ndarray  # (k,2,3) tail and tip
    arrow_strength: np.ndarray  # (k,) 0..1
    trail: np.ndarray  # (K,17,3) the oldest first
    rays: np.ndarray  # (k,2,3)
    known_bones: np.ndarray  # (k,2,3) bones both of whose ends are fixed in 3D
    selected: frozenset[int]
    spread: Ellipsoids
    beside: np.ndarray  # (k,17,3)
    compared: np.ndarray  # (k,17,3)
    names: tuple[tuple[str, int | None], ...]  # over heads, each with its place among the compared
    heads: np.ndarray  # (len(names),3)
    sight: np.ndarray  # (k,2,3) from the camera to the foot of a joint's perpendicular on its ray
    feet: np.ndarray  # (k,2,3) from that joint to its foot
    hovered: int = -1

    @classmethod
    def of(cls, frame: StageFrame) -> Content:
        """The world content of a frame in camera millimetres."""
        poses = to_world(frame.poses)
        noisy = _NONE if frame.noisy is None else to_world(frame.noisy)
        evidence = None if frame.evidence is None else to_world(frame.evidence)
        figure, noisy_figure = _in_full(poses, frame.focus), _in_full(noisy, frame.focus)
        eye = None if frame.eye is None else to_world(frame.eye)
        moved = figure if noisy_figure is None else noisy_figure
        sight, feet = _sight(evidence, frame.levels, eye if frame.sight else None, moved)
        if len(feet):  # the depth of what is seen is that of the pose by now
            evidence = evidence.copy()
            evidence[frame.levels == SEEN_2D] = feet[:, 1]
        truth = None if frame.ground_truth is None else to_world(frame.ground_truth)
        arrows, strength = _arrows(frame.score, figure if noisy_figure is None else noisy_figure)
        return cls(
            ghosts=poses if len(poses) > 1 and not frame.compared else _NONE,
            figure=figure,
            noisy=noisy,
            noisy_figure=noisy_figure,
            truth=truth,
            evidence=evidence,
            levels=frame.levels,
            arrows=arrows,
            arrow_strength=strength,
            trail=_NONE if frame.trail is None else to_world(frame.trail),
            rays=_rays(evidence, frame.levels, eye),
            known_bones=_known_bones(None if frame.compared else evidence, frame.levels),
            selected=frame.selected,
            spread=Ellipsoids.of(_NONE if frame.spread is None else to_world(frame.spread)),
            beside=poses[[index for index in frame.beside if index != frame.focus]],
            compared=poses[list(frame.compared)],
            names=tuple(
                (name, frame.compared.index(who) if who in frame.compared else None)
                for who, name in frame.names
            ),
            heads=np.array(
                [_head(who, poses, truth, evidence, frame.levels) for who, _ in frame.names], np.float32
            ).reshape(-1, 3),
            sight=sight,
            feet=feet,
        )

    def in_full(self) -> list[np.ndarray]:  # of (17,3)
        """The poses that are drawn as figures with two sides."""
        if len(self.compared):
            return []
        return [*self.beside, *([] if self.figure is None else [self.figure])]

    def joint_positions(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each joint is shown: (17,3) m, and (17,) whether it is at all.

        Evidence sits where it was given; the rest on the figure.
        """
        at = np.zeros((J, 3), np.float32) if self.figure is None else self.figure.copy()
        shown = np.full(J, self.figure is not None)
        known = self.levels > FREE
        if self.evidence is not None:
            at[known] = self.evidence[known]
            shown = shown | known
        elif self.figure is None and len(self.ghosts):
            at[known] = self.ghosts[:, known].mean(0)
            shown = shown | known
        return at, shown

    def markers(self) -> Markers:
        """The signs to draw on the joints shown."""
        at, shown = self.joint_positions()
        joints = np.flatnonzero(shown)
        selected = np.isin(joints, list(self.selected))
        hovered = joints == self.hovered
        return Markers(joints, at[joints], self.levels[joints], selected, hovered, LIFT[joints])

    def body(self) -> np.ndarray:  # (n,17,3) m
        """The poses that stand on the floor: the figure, or all of them."""
        return self.ghosts if self.figure is None else self.figure[None]


def _in_full(poses: np.ndarray, focus: int | None) -> np.ndarray | None:  # (17,3) m
    """The pose in focus, or the only one."""
    if focus is None:
        return poses[0] if len(poses) == 1 else None
    return poses[focus] if focus < len(poses) else None


def _head(
    who: int | str,
    poses: np.ndarray,
    truth: np.ndarray | None,
    evidence: np.ndarray | None,
    levels: np.ndarray,
) -> np.ndarray:  # (3,) m
    """The head of one that is named; of evidence that has none its highest joint."""
    if who == EVIDENCE and levels[HEAD] == FREE:
        known = evidence[levels > FREE]
        return known[known[:, 2].argmax()]
    others = {TRUTH: truth, EVIDENCE: evidence}
    return (others[who] if who in others else poses[who])[HEAD]


def _arrows(score: np.ndarray | None, base: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Arrows (k,2,3) m from the joints of ``base`` and their strengths (k,), the fifth root of the score."""
    if score is None or base is None:
        return _NONE[:, :2], np.zeros(0, np.float32)
    along = to_world(score) * np.float32(1e3)  # 1/mm stays 1/mm
    size = np.linalg.norm(along, axis=1, keepdims=True)
    length = np.minimum(size / STRONG, 1.0) ** 0.2
    shown = length[:, 0] > FAINT
    tips = base + along / np.maximum(size, 1e-12) * length * np.float32(ARROW)
    return np.stack([base, tips], 1)[shown], length[shown, 0]


def _rays(evidence: np.ndarray | None, levels: np.ndarray, eye: np.ndarray | None) -> np.ndarray:  # (k,2,3) m
    """Along the line of sight from ``eye`` (3,) m; from far away where there is none."""
    if evidence is None:
        return _NONE[:, :2]
    seen = evidence[levels == SEEN_2D]
    sight = np.broadcast_to(np.float32([0, 1, 0]), seen.shape) if eye is None else seen - eye
    reach = RAY * sight / np.maximum(np.linalg.norm(sight, axis=1, keepdims=True), 1e-6)
    return np.stack([seen - reach, seen + reach], 1)


def _sight(
    evidence: np.ndarray | None, levels: np.ndarray, eye: np.ndarray | None, pose: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:  # (k,2,3) m each
    """From the camera to the foot of each seen joint of ``pose`` on its ray, and from the joint to its foot;
    without a pose, from the camera to where the joint is shown."""
    if evidence is None or eye is None:
        return _NONE[:, :2], _NONE[:, :2]
    seen = evidence[levels == SEEN_2D]
    starts = np.broadcast_to(eye, seen.shape)
    if pose is None:
        return np.stack([starts, seen], 1), _NONE[:, :2]
    along = (seen - eye) / np.maximum(np.linalg.norm(seen - eye, axis=1, keepdims=True), 1e-6)
    joints = pose[levels == SEEN_2D]
    feet = eye + ((joints - eye) * along).sum(1, keepdims=True) * along
    return np.stack([starts, feet], 1), np.stack([joints, feet], 1)


def _known_bones(evidence: np.ndarray | None, levels: np.ndarray) -> np.ndarray:  # (k,2,3) m
    if evidence is None:
        return _NONE[:, :2]
    known = (levels[PARENTS] == FIXED_3D) & (levels[CHILDREN] == FIXED_3D)
    return np.stack([evidence[PARENTS[known]], evidence[CHILDREN[known]]], 1)
