"""Joints put back to where their bones reach: bone lengths as limits on the distances of joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfpose_core.skeleton import H36M17, Skeleton

WEIGHTS = 10.0 ** np.arange(5)
"""Of the limits, against the wish to stay: each stage starts where the one before came to rest."""

ROUNDS = 60
STILL = 1e-7  # mm; a smaller step is none


@dataclass(frozen=True)
class Reach:
    """How far two joints may be apart, mm: a bone is a sphere, a chain of bones a shell."""

    a: int
    b: int
    low: float
    high: float


def reaches(known: np.ndarray, lengths: np.ndarray, skeleton: Skeleton = H36M17) -> list[Reach]:
    """The limits between joints of ``known`` (J,) bool with nothing but unknown joints between them.

    ``lengths`` (J - 1,) mm are those of ``skeleton.bones``. Two bones l and m that meet in an unknown joint
    keep their far ends between |l - m| and l + m apart. Where three ways meet in an unknown joint, each two
    of them are limited, which is necessary and not always enough.
    """
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(skeleton.n_joints)]
    for (parent, child), length in zip(skeleton.bones, lengths):
        neighbours[parent].append((child, float(length)))
        neighbours[child].append((parent, float(length)))
    found = []

    def walk(start: int, at: int, came: int, total: float, longest: float) -> None:
        for joint, length in neighbours[at]:
            if joint == came:
                continue
            far, most = total + length, max(longest, length)
            if not known[joint]:
                walk(start, joint, at, far, most)
            elif start < joint:
                found.append(Reach(start, joint, max(0.0, 2 * most - far), far))

    for start in np.flatnonzero(known).tolist():
        walk(start, start, -1, 0.0, 0.0)
    return found


def settle(
    pose: np.ndarray,
    moved: np.ndarray,
    known: np.ndarray,
    lengths: np.ndarray,
    skeleton: Skeleton = H36M17,
) -> np.ndarray:
    """``pose`` (J, 3) mm with the joints ``moved`` (J,) bool at the nearest places that their bones allow.

    Minimises the squared way of the moved joints under :func:`reaches`, by Levenberg-Marquardt on the way
    and the excess over the limits, which weighs more and more. Where no place is allowed, the squared excess
    is the least possible. All other joints stay; of those only ``known`` (J,) bool ones limit anything.
    """
    moved = np.asarray(moved, bool) & known
    limits = [r for r in reaches(known, lengths, skeleton) if moved[r.a] or moved[r.b]]
    if not limits:
        return pose.copy()
    a, b = np.array([(r.a, r.b) for r in limits]).T
    low, high = np.array([(r.low, r.high) for r in limits]).T
    rows = np.arange(len(limits))

    def excess(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # (k,) mm, and its slopes (k, m, 3)
        apart = at[a] - at[b]
        distance = np.linalg.norm(apart, axis=1)
        apart[distance < 1e-9] = (0.0, 1.0, 0.0)  # any direction leads out of a centre
        towards = apart / np.linalg.norm(apart, axis=1, keepdims=True)
        over = distance - np.clip(distance, low, high)
        slopes = np.zeros((len(limits), skeleton.n_joints, 3))
        slopes[rows, a] += towards
        slopes[rows, b] -= towards
        slopes[over == 0.0] = 0.0
        return over, slopes[:, moved]

    # off the places where two ways are equally near: there it would stay between them
    at = pose + np.where(moved[:, None], np.random.default_rng(0).normal(0, 0.1, pose.shape), 0.0)
    wish = pose[moved]
    over, slopes = excess(at)
    for weight in WEIGHTS:
        damping, cost = 1e-3, _cost(at[moved] - wish, over, weight)
        for _ in range(ROUNDS):
            jacobian = weight * slopes.reshape(len(limits), -1)
            gradient = (at[moved] - wish).ravel() + weight * jacobian.T @ over
            normal = np.eye(len(gradient)) * (1 + damping) + jacobian.T @ jacobian
            step = np.linalg.solve(normal, -gradient)
            there = at.copy()
            there[moved] += step.reshape(-1, 3)
            over_there, slopes_there = excess(there)
            cost_there = _cost(there[moved] - wish, over_there, weight)
            if cost_there <= cost:
                at, over, slopes, cost = there, over_there, slopes_there, cost_there
                damping = max(damping / 10, 1e-12)
            else:
                damping *= 10
            if np.abs(step).max() < STILL:
                break
    return at


def _cost(way: np.ndarray, over: np.ndarray, weight: float) -> float:
    return float((way**2).sum() + (weight * over) ** 2 @ np.ones(len(over)))
