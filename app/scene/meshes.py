"""The stage's content as two meshes: one solid, one seen through."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.looks.theme import SceneColours
from app.scene import geometry
from app.scene.content import BONE_SIDES, CHILDREN, HEAD, PARENTS, Content
from app.scene.geometry import Mesh
from gfpose_core.skeleton import H36M17

# Thickness of the full figure by joint and by bone, m; a mannequin slim enough to see the joints of.
_JOINT_RADII = {"Hip": 43, "RHip": 40, "RKnee": 33, "RAnkle": 25, "Spine": 40, "Thorax": 38, "Neck": 27,
                "Head": 22, "RShoulder": 34, "RElbow": 27, "RWrist": 21}  # fmt: skip
_BONE_RADII = {"RHip": 40, "RKnee": 42, "RAnkle": 33, "Spine": 44, "Thorax": 46, "Neck": 31, "Head": 34,
               "RShoulder": 35, "RElbow": 33, "RWrist": 26}  # fmt: skip


def _by_joint(table: dict[str, int]) -> np.ndarray:  # (17,) m
    names = [name if name in table else "R" + name[1:] for name in H36M17.names]
    return np.float32([table.get(name, 0) for name in names]) * np.float32(1e-3)


JOINT_RADII = _by_joint(_JOINT_RADII)  # (17,) m
BONE_RADII = _by_joint(_BONE_RADII)[CHILDREN]  # (16,) m
HEAD_RADIUS = 0.078  # m
HEAD_BONE = int(np.argmax(CHILDREN == HEAD))
HEAD_REACH = 0.28  # share of its bone by which the head, an egg, reaches beyond both ends
_LIMBS = CHILDREN != HEAD

COMPARED_GIRTH = 0.5  # of a full figure: slim enough that one does not hide another
KNOWN_RADIUS = 0.012  # m, of a bone both of whose ends are fixed in 3D
TRAIL_RADIUS = 0.007  # m
GHOST_RADIUS = 0.006  # m, of a hypothesis among many
SOLID_GHOSTS = 12  # so few hypotheses are drawn solid; more are seen through


SIGHT_ALPHA = 0.35
"""Opacity of the lines from the camera."""

FOOT_RADIUS = 0.013
"""m, of the points on the rays that joints are moved to."""


def solids(content: Content, colours: SceneColours) -> Mesh:
    """The focused figure, the ground truth; and all hypotheses while they are few."""
    parts = []
    if drawn_solid(content):
        parts.append(skeletons(content.ghosts, rgba_by_bone(colours), ghost_radius(len(content.ghosts))))
    for pose in content.in_full():
        parts += _mannequin(pose, colours)
    for pose, hue in zip(content.compared, colours.hues):
        parts += _slim(pose, hue, COMPARED_GIRTH)
    if content.truth is not None:
        parts += _slim(content.truth, colours.truth, 0.36)
    if len(content.known_bones):
        starts, ends = content.known_bones[:, 0], content.known_bones[:, 1]
        white = np.tile(rgba(colours.evidence), (len(starts), 1))
        parts.append(geometry.tubes(starts, ends, KNOWN_RADIUS, white, geometry.BEAM, 12))
    return geometry.joined(*parts) if parts else geometry.EMPTY


def ghosts(content: Content, colours: SceneColours) -> Mesh:
    """All hypotheses as thin bones, noisy states as points, and the rays of joints seen in 2D."""
    parts = []
    if (count := len(content.ghosts)) and not drawn_solid(content):
        alpha = ghost_alpha(count) * behind_figure(content)
        parts.append(skeletons(content.ghosts, rgba_by_bone(colours, alpha), ghost_radius(count)))
    if len(content.noisy):
        parts += _noise(content, colours)
    if len(content.rays):
        parts.append(_rays(content.rays, colours))
    if len(content.sight):
        parts += _sight(content, colours)
    return geometry.joined(*parts) if parts else geometry.EMPTY


def over_figure(content: Content, colours: SceneColours) -> Mesh:
    """The score arrows, and the trails after them, as they are translucent."""
    parts = []
    if len(content.arrows):
        parts += _arrows(content, colours)
    if len(content.trail) > 1:
        parts += _trail(content.trail, colours)
    return geometry.joined(*parts) if parts else geometry.EMPTY


def spread(content: Content, colours: SceneColours) -> Mesh:
    """The ellipsoids, each in the colour of its side."""
    shown = content.spread
    if not len(shown.joints):
        return geometry.EMPTY
    return geometry.ellipsoids(shown.centres, shown.axes, rgba_by_joint(colours)[shown.joints])


def behind_figure(content: Content) -> float:
    """How much of their strength hypotheses keep behind the one in focus, and behind its trails."""
    if len(content.trail):
        return 0.25
    return 1.0 if content.figure is None else 0.6


def drawn_solid(content: Content) -> bool:
    """Whether the hypotheses hide what is behind them: while they are few and none is in focus."""
    return content.figure is None and 1 < len(content.ghosts) <= SOLID_GHOSTS


def ghost_alpha(count: int) -> float:
    """Opacity of one of ``count`` hypotheses: the more there are, the more each lets through."""
    return float(np.clip(2.6 / np.sqrt(count), 0.12, 0.6))


def noise_alpha(count: int) -> float:
    """Opacity of the points of one of ``count`` noisy states."""
    return float(np.clip(3.5 / np.sqrt(count), 0.3, 0.6))


def noisy_bones(count: int) -> tuple[float, float]:
    """Opacity and radius, m, of the bones of the noisy state in focus; one that is alone stands out."""
    return (0.95, 0.012) if count == 1 else (0.4, 0.006)


def ghost_radius(count: int) -> float:
    """Radius, m, of the bones of one of ``count`` hypotheses."""
    return GHOST_RADIUS * float(np.clip(6 / np.sqrt(count), 1.0, 3.0))


def skeletons(poses: np.ndarray, colours: np.ndarray, radius: float) -> Mesh:
    """Poses (S,17,3) m as bones alone, each coloured by (16,4); four sides when few, three when many."""
    count = len(poses)
    starts, ends = poses[:, PARENTS].reshape(-1, 3), poses[:, CHILDREN].reshape(-1, 3)
    few = count <= SOLID_GHOSTS
    rings, sides = (geometry.BONE, 8) if few else (geometry.PRISM, 4 if count <= 64 else 3)
    return geometry.tubes(starts, ends, radius, np.tile(colours, (count, 1)), rings, sides)


def _mannequin(pose: np.ndarray, colours: SceneColours) -> list[Mesh]:
    """The figure in focus: limbs, an egg for the head, and a ball in every joint."""
    bones, starts, ends = rgba_by_bone(colours), pose[PARENTS], pose[CHILDREN]
    neck, top = starts[~_LIMBS], ends[~_LIMBS]
    reach = (top - neck) * HEAD_REACH
    return [
        geometry.tubes(starts[_LIMBS], ends[_LIMBS], BONE_RADII[_LIMBS], bones[_LIMBS], geometry.BONE, 20),
        geometry.tubes(neck - reach, top + reach, HEAD_RADIUS, bones[~_LIMBS], geometry.ELLIPSOID, 32),
        geometry.spheres(pose, JOINT_RADII, rgba_by_joint(colours), 2),
    ]


def _slim(pose: np.ndarray, colour: str, girth: float) -> list[Mesh]:
    """A figure of one colour to compare another with: bones and small balls."""
    tint = np.tile(rgba(colour), (len(pose), 1))
    return [
        geometry.tubes(pose[PARENTS], pose[CHILDREN], BONE_RADII * girth, tint[1:], geometry.BONE, 12),
        geometry.spheres(pose, JOINT_RADII * girth, tint, 2),
    ]


def _noise(content: Content, colours: SceneColours) -> list[Mesh]:
    count = len(content.noisy)
    alpha = noise_alpha(count)
    points = content.noisy.reshape(-1, 3)
    tint = np.tile(rgba_by_joint(colours, alpha), (count, 1))
    parts = [geometry.spheres(points, 0.011 if count <= 16 else 0.008, tint, 1 if count <= 16 else 0)]
    if content.noisy_figure is not None:
        opacity, radius = noisy_bones(count)
        parts.append(skeletons(content.noisy_figure[None], rgba_by_bone(colours, opacity), radius))
    return parts


def _arrows(content: Content, colours: SceneColours) -> list[Mesh]:
    """A shaft and a head for each joint that is pulled."""
    tails, tips = content.arrows[:, 0], content.arrows[:, 1]
    low, high = rgba(colours.score_low).astype(float), rgba(colours.score_high).astype(float)
    colour = (low + content.arrow_strength[:, None] * (high - low)).round().astype(np.uint8)
    length = np.linalg.norm(tips - tails, axis=1, keepdims=True)
    necks = tips - (tips - tails) * np.minimum(0.06 / np.maximum(length, 1e-6), 0.5)
    return [
        geometry.tubes(tails, necks, 0.008, colour, geometry.BEAM, 10),
        geometry.tubes(necks, tips, 0.022, colour, geometry.CONE, 14),
    ]


def _trail(trail: np.ndarray, colours: SceneColours) -> list[Mesh]:
    """A thread behind each joint with a bead for every moment, from nothing to the colour of its side."""
    joints = rgba_by_joint(colours)
    fade = 255 * trail_fade(len(trail))
    knots = np.tile(joints, (len(trail), 1, 1))  # (K,17,4)
    knots[..., 3] = fade[:, None]
    ends = np.stack([knots[:-1], knots[1:]]).reshape(2, -1, 4)
    threads = trail[:-1].reshape(-1, 3), trail[1:].reshape(-1, 3)
    return [
        geometry.tubes(*threads, TRAIL_RADIUS, ends, geometry.THREAD, 5),
        geometry.spheres(trail[:-1].reshape(-1, 3), 1.8 * TRAIL_RADIUS, knots[:-1].reshape(-1, 4), 1),
    ]


def trail_fade(count: int) -> np.ndarray:  # (count,) 0..1
    """Opacity of a trail at its moments, the oldest first; never faint: the longest ways are gone early."""
    return np.linspace(0.3, 1, count)


def _rays(rays: np.ndarray, colours: SceneColours) -> Mesh:
    """Beams that fade out to both ends."""
    tint = np.tile(rgba(colours.ray), (3, len(rays), 1))
    tint[..., 3] = np.array([0, 110, 0])[:, None]
    return geometry.tubes(rays[:, 0], rays[:, 1], 0.0035, tint, geometry.BEAM, 6)


def _sight(content: Content, colours: SceneColours) -> list[Mesh]:
    """Threads from the camera, and where the joints are going on them."""
    thread = np.tile(rgba(colours.ray, SIGHT_ALPHA), (len(content.sight), 1))
    lines = [geometry.tubes(content.sight[:, 0], content.sight[:, 1], 0.0025, thread, geometry.BEAM, 5)]
    if len(content.feet):
        tint = np.tile(rgba(colours.evidence), (len(content.feet), 1))
        ends = content.feet[:, 0], content.feet[:, 1]
        lines += [
            geometry.tubes(*ends, 0.005, tint, geometry.BEAM, 6),
            geometry.spheres(ends[1], FOOT_RADIUS, tint, 1),
        ]
    return lines


@lru_cache(maxsize=256)
def rgba(colour: str, alpha: float = 1.0) -> np.ndarray:  # (4,) uint8
    """``#rrggbb`` and an opacity as bytes."""
    value = np.array([*bytes.fromhex(colour[1:]), round(255 * alpha)], np.uint8)
    value.setflags(write=False)
    return value


def rgba_by_bone(colours: SceneColours, alpha: float = 1.0) -> np.ndarray:  # (16,4) uint8
    return np.stack([rgba(colours.side(side), alpha) for side in BONE_SIDES])


def rgba_by_joint(colours: SceneColours, alpha: float = 1.0) -> np.ndarray:  # (17,4) uint8
    return np.stack([rgba(colours.side(side), alpha) for side in H36M17.sides])
