"""Meshes from points: tubes for bones, small spheres for joints, for any number of them at once.

Every vertex of a tube is a fixed blend of the bone's two ends and two directions across it, so all tubes of
all hypotheses are one matrix product. Arrays are laid out (vertex of the template, bone): vertex ``k`` of
bone ``i`` is row ``k * n + i``. Triangles wind counter-clockwise seen from outside. Metres; no OpenGL.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Ring = tuple[float, float]
"""(place along the bone 0..1, radius as a share of the bone's)"""

PRISM: tuple[Ring, ...] = ((0.0, 0.9), (1.0, 0.55))
BONE: tuple[Ring, ...] = ((0.0, 0.62), (0.14, 0.92), (0.3, 1.0), (0.6, 0.82), (1.0, 0.6))
BEAM: tuple[Ring, ...] = ((0.0, 1.0), (0.5, 1.0), (1.0, 1.0))
THREAD: tuple[Ring, ...] = ((0.0, 1.0), (1.0, 1.0))
CONE: tuple[Ring, ...] = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))
ELLIPSOID: tuple[Ring, ...] = tuple(
    (float((1 - np.cos(a)) / 2), float(np.sin(a))) for a in np.linspace(0, np.pi, 17)
)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles: positions (V,3) and normals (V,3) float32, colours (V,4) uint8 RGBA, faces (F,3) uint32.

    Normals point outwards but are not of unit length: whoever shades them normalises.
    """

    positions: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    faces: np.ndarray


def tubes(
    starts: np.ndarray,  # (n,3) m
    ends: np.ndarray,  # (n,3) m
    radii: np.ndarray | float,  # (n,) m
    colours: np.ndarray,  # (n,4) uint8, or (rings,n,4)
    rings: tuple[Ring, ...] = BONE,
    sides: int = 12,
) -> Mesh:
    """A tube around each segment, its radius following ``rings``. A segment of length zero stands upright."""
    n = len(starts)
    template = _tube_template(rings, sides)
    radii = np.broadcast_to(np.asarray(radii, np.float32), (n,))[:, None]
    axis = np.subtract(ends, starts, dtype=np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", axis, axis))[:, None]
    axis = np.where(length > 1e-6, axis / np.maximum(length, 1e-6), np.float32([0, 0, 1]))

    basis = np.empty((5, n, 3), np.float32)  # start, end, two directions across, axis
    basis[0], basis[1] = starts, ends
    _directions_across(axis, basis[2], basis[3])
    basis[4] = axis * (radii / np.maximum(length, radii))  # leans the normals where the radius changes
    normals = template.normals @ basis[2:].reshape(3, -1)
    basis[2:4] *= radii
    positions = template.positions @ basis[:4].reshape(4, -1)
    return Mesh(
        positions.reshape(-1, 3),
        normals.reshape(-1, 3),
        _spread(colours, sides if colours.ndim == 3 else len(template.positions)),
        _tube_faces(len(rings), sides, n),
    )


def spheres(
    centres: np.ndarray,  # (n,3) m
    radii: np.ndarray | float,  # (n,) m
    colours: np.ndarray,  # (n,4) uint8
    level: int = 1,
) -> Mesh:
    """A sphere at each centre: an octahedron whose faces are split in four ``level`` times."""
    n = len(centres)
    unit, _ = _sphere_template(level)
    radii = np.broadcast_to(np.asarray(radii, np.float32), (n,))[:, None]
    normals = np.broadcast_to(unit[:, None], (len(unit), n, 3))
    positions = np.asarray(centres, np.float32) + normals * radii
    return Mesh(
        positions.reshape(-1, 3), normals.reshape(-1, 3), _spread(colours, len(unit)), _sphere_faces(level, n)
    )


def ellipsoids(
    centres: np.ndarray,  # (n,3) m
    axes: np.ndarray,  # (n,3,3) m, columns: half-axes at right angles, right-handed
    colours: np.ndarray,  # (n,4) uint8
    level: int = 3,
) -> Mesh:
    """An ellipsoid at each centre: a sphere stretched along its axes."""
    n = len(centres)
    unit, _ = _sphere_template(level)
    positions = centres + np.einsum("nij,kj->kni", axes, unit)
    squares = np.einsum("nij,nij->nj", axes, axes)[:, None]  # (n,1,3)
    normals = np.einsum("nij,kj->kni", axes / squares, unit)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return Mesh(
        positions.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        _spread(colours, len(unit)),
        _sphere_faces(level, n),
    )


def joined(*parts: Mesh) -> Mesh:
    """Several meshes as one."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
    return Mesh(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.faces + np.uint32(offset) for part, offset in zip(parts, offsets)]),
    )


EMPTY = Mesh(
    np.zeros((0, 3), np.float32),
    np.zeros((0, 3), np.float32),
    np.zeros((0, 4), np.uint8),
    np.zeros((0, 3), np.uint32),
)


def _directions_across(axis: np.ndarray, u: np.ndarray, v: np.ndarray) -> None:  # (n,3) each
    """Two unit directions across each unit axis, without a branch (Duff et al., JCGT 2017)."""
    x, y, z = axis.T
    sign = np.copysign(np.float32(1), z)
    a = -1 / (sign + z)
    b = x * y * a
    u[:, 0], u[:, 1], u[:, 2] = 1 + sign * x * x * a, sign * b, -sign * x
    v[:, 0], v[:, 1], v[:, 2] = b, sign + y * y * a, -y


def _spread(colours: np.ndarray, times: int) -> np.ndarray:  # (..., n, 4) → (V,4)
    """Each colour, ``times`` over, in the order of the vertices; moved as one 32-bit word a colour."""
    words = np.ascontiguousarray(colours, np.uint8).view(np.uint32)[..., 0]  # (n,) or (rings,n)
    shape = (*words.shape[:-1], times, words.shape[-1])
    return np.broadcast_to(words[..., None, :], shape).reshape(-1, 1).view(np.uint8)


@dataclass(frozen=True, eq=False)
class _Template:
    positions: np.ndarray  # (k,4) weights of start, end and the two directions across
    normals: np.ndarray  # (k,3) weights of the two directions across and the axis


@lru_cache(maxsize=64)
def _tube_template(rings: tuple[Ring, ...], sides: int) -> _Template:
    along, share = np.array(rings).T
    angle = 2 * np.pi * np.arange(sides) / sides
    t, r = np.repeat(along, sides), np.repeat(share, sides)
    c, s = np.tile(np.cos(angle), len(rings)), np.tile(np.sin(angle), len(rings))
    run, rise = _gradient(along), _gradient(share)
    norm = np.hypot(run, rise)
    flat, lean = np.repeat(run / norm, sides), np.repeat(rise / norm, sides)
    return _Template(
        np.stack([1 - t, t, r * c, r * s], 1).astype(np.float32),
        np.stack([flat * c, flat * s, -lean], 1).astype(np.float32),
    )


def _gradient(values: np.ndarray) -> np.ndarray:
    """Central differences that, unlike ``np.gradient``'s two-point ends, also serve rings of equal place."""
    padded = np.concatenate([2 * values[:1] - values[1:2], values, 2 * values[-1:] - values[-2:-1]])
    return (padded[2:] - padded[:-2]) / 2


@lru_cache(maxsize=64)
def _tube_faces(n_rings: int, sides: int, n: int) -> np.ndarray:
    ring, side = np.divmod(np.arange((n_rings - 1) * sides), sides)
    a, b = ring * sides + side, ring * sides + (side + 1) % sides
    quads = np.stack([a, b, b + sides, a, b + sides, a + sides], 1).reshape(-1, 3)
    return _instanced(quads, n)


@lru_cache(maxsize=8)
def _sphere_template(level: int) -> tuple[np.ndarray, np.ndarray]:
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    for _ in range(level):
        a, b, c = points[faces.T]
        corners = np.concatenate([a, b, c, a + b, b + c, c + a])
        corners /= np.linalg.norm(corners, axis=1, keepdims=True)
        points, index = np.unique(corners.round(9), axis=0, return_inverse=True)
        a, b, c, ab, bc, ca = index.reshape(6, -1)
        faces = np.stack([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca], 1).reshape(-1, 3)
    return points.astype(np.float32), faces


@lru_cache(maxsize=64)
def _sphere_faces(level: int, n: int) -> np.ndarray:
    return _instanced(_sphere_template(level)[1], n)


def _instanced(faces: np.ndarray, n: int) -> np.ndarray:  # (f,3) → (f·n,3)
    """The template's faces for each of n instances, whose vertices lie n rows apart."""
    every = (faces[:, None] * n + np.arange(n)[:, None]).reshape(-1, 3).astype(np.uint32)
    every.setflags(write=False)
    return every
