"""Joint layouts of 2D keypoints, and what of them each H36M-17 joint is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gfpose_core.io.mocap.names import match_names, plain
from gfpose_core.skeleton import H36M17


def _sides(*stems: str, first: str = "left") -> tuple[str, ...]:
    other = "right" if first == "left" else "left"
    return tuple(f"{side}_{stem}" for stem in stems for side in (first, other))


_LIMBS = _sides("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_COCO = ("nose", *_sides("eye", "ear"), *_LIMBS)
_LEGS = {
    side: tuple(f"{side[0].upper()}{joint}" for joint in ("Hip", "Knee", "Ankle"))
    for side in ("left", "right")
}
_TORSO_AND_ARMS = H36M17.names[7:]
_OPENPOSE_ARMS = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist",
    "left_shoulder", "left_elbow", "left_wrist",
)  # fmt: skip
_OPENPOSE_LEGS = ("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle")
_OPENPOSE_FACE = ("right_eye", "left_eye", "right_ear", "left_ear")

LEFT_LEG_FIRST = "H36M-17, left leg first"

LAYOUTS: dict[str, tuple[str, ...]] = {
    "COCO-17": _COCO,
    "H36M-17": H36M17.names,
    LEFT_LEG_FIRST: ("Hip", *_LEGS["left"], *_LEGS["right"], *_TORSO_AND_ARMS),
    "BODY_25": (
        *_OPENPOSE_ARMS, "mid_hip", *_OPENPOSE_LEGS, *_OPENPOSE_FACE, "left_big_toe", "left_small_toe",
        "left_heel", "right_big_toe", "right_small_toe", "right_heel",
    ),
    "OpenPose COCO-18": (*_OPENPOSE_ARMS, *_OPENPOSE_LEGS, *_OPENPOSE_FACE),
    "MediaPipe-33": (
        "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
        "right_eye_outer", *_sides("ear"), "mouth_left", "mouth_right", *_sides("shoulder", "elbow", "wrist"),
        *_sides("pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index"),
    ),
    "MPII-16": (
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax",
        "neck", "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow",
        "left_wrist",
    ),
    "Halpe-26": (
        *_COCO, "head", "neck", "hip", *_sides("big_toe", "small_toe", "heel"),
    ),
}  # fmt: skip
"""Names of the points, in the order that files have them. Halpe's neck and OpenPose's are the middle of the
shoulders, MPII's is the top of the neck."""

_BODY_FIRST = {23: "COCO-17", 133: "COCO-17", 136: "Halpe-26", 135: "BODY_25"}
"""Layouts that begin with one of these and go on with feet, face and hands."""

_TRUNK = {
    "Hip": ("hip", "midhip", "pelvis", "root", "hips"),
    "Spine": ("spine", "torso", "belly"),
    "Thorax": ("thorax", "midshoulder"),
    "Neck": ("neck", "neckbase", "neckupper", "upperneck", "necknose"),
    "Head": ("head", "headtop", "tophead"),
}
_FACE = ("nose", "leftear", "rightear")

HEAD_BEYOND = 1.25
"""How far Human3.6M's Head is from the Thorax, over how far the nose and ears are in the mean: 236 mm in its
average pose, to 190 mm by the proportions of a standing adult."""


_BROAD = 0.05
"""Hips and shoulders that are narrower, in sizes of the person, say nothing about left and right."""


@dataclass(frozen=True)
class Recipe:
    """How one H36M-17 joint comes about: a weighted sum of a file's points."""

    weights: dict[int, float]
    words: str

    @property
    def derived(self) -> bool:
        return len(self.weights) > 1


def layouts_of(n_points: int) -> tuple[str, ...]:
    """Layouts that files with so many points may have; which leg comes first is another question."""
    if n_points in _BODY_FIRST:
        return (_BODY_FIRST[n_points],)
    return tuple(k for k, names in LAYOUTS.items() if len(names) == n_points and k != LEFT_LEG_FIRST)


def recipes(names: Sequence[str]) -> dict[str, Recipe]:
    """For the H36M-17 joints that can be had, how they are made from the points called ``names``.

    Stand-ins are the middles of the hips and of the shoulders for Hip and Thorax, and the middle of these for
    Spine. Head is the mean of the nose and both ears, carried on from the Thorax by :data:`HEAD_BEYOND`; Neck
    is the middle of Thorax and Head, which on CMU's poses is 9 mm from the joint.
    """
    made = {joint: Recipe({i: 1.0}, names[i]) for joint, i in match_names(names).items() if joint[0] in "LR"}
    index = {plain(name): i for i, name in reversed(list(enumerate(names)))}
    trunk = dict(_TRUNK)
    if not any(name in index for name in trunk["Thorax"]):  # then what is called neck is its base
        trunk["Thorax"], trunk["Neck"] = ("neck",), trunk["Neck"][1:]
    for joint, choices in trunk.items():
        if place := next((name for name in choices if name in index), None):
            made[joint] = Recipe({index[place]: 1.0}, names[index[place]])
    _put_middles(made, ("Hip", "LHip", "RHip"), ("Thorax", "LShoulder", "RShoulder"))
    _put_middles(made, ("Spine", "Hip", "Thorax"))
    face = {name: Recipe({index[name]: 1.0}, name) for name in _FACE if name in index}
    if "Thorax" in made and len(face) == 3 and "Head" not in made:
        shares = {"Thorax": 1 - HEAD_BEYOND, **dict.fromkeys(_FACE, HEAD_BEYOND / 3)}
        made["Head"] = _mix(shares, made | face, "mean of nose and ears, away from Thorax")
    _put_middles(made, ("Neck", "Thorax", "Head"))
    return {joint: made[joint] for joint in H36M17.names if joint in made}


def _put_middles(made: dict[str, Recipe], *wanted: tuple[str, str, str]) -> None:
    for joint, *of in wanted:
        if joint not in made and made.keys() >= set(of):
            made[joint] = _mix(dict.fromkeys(of, 0.5), made, f"middle of {' and '.join(of)}")


def _mix(shares: dict[str, float], of: dict[str, Recipe], words: str) -> Recipe:
    weights: dict[int, float] = {}
    for name, share in shares.items():
        for point, weight in of[name].weights.items():
            weights[point] = weights.get(point, 0.0) + share * weight
    return Recipe(weights, words)


def mix(
    made: Mapping[str, Recipe], points: np.ndarray, confidence: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:  # (I, K, 2), (I, K) -> (I, 17, 2), (I, 17)
    """The joints of ``made``, NaN where one of their points is; as sure as the least sure of their points."""
    keypoints = np.full((len(points), H36M17.n_joints, 2), np.nan)
    sure = np.zeros(keypoints.shape[:2])
    for joint, recipe in made.items():
        at, weights = list(recipe.weights), np.array(list(recipe.weights.values()))
        j = H36M17.names.index(joint)
        keypoints[:, j] = np.einsum("ikc,k->ic", points[:, at], weights)
        sure[:, j] = confidence[:, at].min(axis=1)
    return keypoints, sure


def likeliest(layouts: Sequence[str], points: np.ndarray) -> str:  # (T, K, 2) px, NaN where not seen
    """Which of ``layouts`` gives a person the shortest bones."""
    return layouts[0] if len(layouts) == 1 else min(layouts, key=lambda layout: _bones(layout, points))


def _bones(layout: str, points: np.ndarray) -> float:
    """Their mean length, in the median frame."""
    keypoints, _ = mix(recipes(LAYOUTS[layout]), points, np.zeros(points.shape[:2]))
    parents, children = np.asarray(H36M17.bones).T
    lengths = np.linalg.norm(keypoints[:, children] - keypoints[:, parents], axis=-1)
    known = np.isfinite(lengths)
    means = np.where(known, lengths, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return float(np.median(means[known.any(axis=1)])) if known.any() else np.inf


def legs_exchanged(keypoints: np.ndarray) -> bool:  # (T, 17, 2) px, NaN where not seen
    """Whether hips and shoulders point opposite ways in most frames that show them from front or back."""
    across = keypoints[:, [4, 11]] - keypoints[:, [1, 14]]  # (T, 2, 2): right to left, of hips and shoulders
    broad = np.linalg.norm(across, axis=-1).min(axis=-1) > _BROAD * _height(keypoints)
    opposite = (across[broad, 0] * across[broad, 1]).sum(axis=-1) < 0
    return bool(broad.any() and opposite.mean() > 0.7)


def _height(keypoints: np.ndarray) -> np.ndarray:  # (T,) px
    known = np.isfinite(keypoints)
    high = np.where(known, keypoints, -np.inf).max(axis=1)
    low = np.where(known, keypoints, np.inf).min(axis=1)
    return (high - low).max(axis=-1)
