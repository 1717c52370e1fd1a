"""Whole pictures of the figure against one made pixel by pixel: a ray for each, through limbs made of balls.

The slow way knows no meshes, polygons, depth buffers or sorting: of what a ray meets it takes the nearest.

Tolerances: outlines may be ``EDGE`` px elsewhere, as edges are smooth and QPainter tapers limbs more simply;
signs of joints hide what is under them; of all other pixels a share of ``MISSED`` may be of another side.
"""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.looks.theme import DARK
from app.scene.content import CHILDREN, PARENTS
from app.scene.frame import StageFrame
from app.scene.geometry import BONE
from app.scene.meshes import BONE_RADII, HEAD_BONE, HEAD_RADIUS, HEAD_REACH, JOINT_RADII
from gfpose_core.skeleton import H36M17
from tests.app.conftest import STAGE
from tests.app.fakes import STANDING
from tests.app.test_stage_contract import VIEWS, picture, place

EDGE, SIGN, MISSED = 3, 8, 2e-4
SIDES = ("left", "right", "centre")
STEPS = np.linspace(0, 1, 80)

CROSSED = STANDING.copy()
CROSSED[2:4] += [[150, -20, -90], [290, 0, -160]]  # the right leg before the left one
CROSSED[12:14] += [[-30, -60, -60], [-330, -330, -250]]  # the left arm across the chest
CROSSED[15:17] += [[10, -80, 120], [250, -250, 260]]  # the right arm behind the back


def balls(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # (B,3) m, (B,) m, (B,) of SIDES
    """What the figure is made of, in the axes of the camera that took the pose."""
    places, radii, sides = [pose], [JOINT_RADII], [[SIDES.index(side) for side in H36M17.sides]]
    along, shares = np.array(BONE).T
    for bone, (near, far) in enumerate(zip(pose[PARENTS], pose[CHILDREN])):
        radius = BONE_RADII[bone] * np.interp(STEPS, along, shares)
        if bone == HEAD_BONE:
            reach = (far - near) * HEAD_REACH
            near, far = near - reach, far + reach
            radius = HEAD_RADIUS * np.sqrt(1 - (2 * STEPS - 1) ** 2)
        places.append(near + STEPS[:, None] * (far - near))
        radii.append(radius)
        sides.append([SIDES.index(H36M17.sides[CHILDREN[bone]])] * len(STEPS))
    return np.concatenate(places), np.concatenate(radii), np.concatenate(sides)


def seen_along_rays(pose: np.ndarray, view: str) -> np.ndarray:  # (h,w) of SIDES, -1 where there is nothing
    """The side of what is nearest on the ray of each pixel."""
    azimuth, elevation = np.radians(VIEWS[view])
    centres, radii, sides = balls(pose / 1e3)
    x, away, up = (centres[:, [0, 2, 1]] * [1, 1, -1] + [0, 0, 0.1]).T
    x, away = x * np.cos(azimuth) + away * np.sin(azimuth), away * np.cos(azimuth) - x * np.sin(azimuth)
    up, away = (
        up * np.cos(elevation) + away * np.sin(elevation),
        away * np.cos(elevation) - up * np.sin(elevation),
    )
    width, height = STAGE
    focal = min(STAGE) / 2 / np.tan(np.radians(28) / 2)
    rows, columns = np.mgrid[:height, :width] + 0.5
    rays = np.stack([(columns - width / 2) / focal, np.ones_like(rows), (height / 2 - rows) / focal], -1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    nearest, seen = np.full((height, width), np.inf), np.full((height, width), -1)
    for centre, radius, side in zip(np.stack([x, away + 4.6, up], 1), radii, sides):
        column, row = np.array([width, height]) / 2 + focal / centre[1] * centre[[0, 2]] * [1, -1]
        reach = 2 * radius * focal / centre[1] + 2  # no ray farther from it meets the ball
        here = np.s_[
            max(int(row - reach), 0) : int(row + reach), max(int(column - reach), 0) : int(column + reach)
        ]
        foot = rays[here] @ centre
        depth = foot - np.sqrt(np.clip(radius**2 - (centre @ centre - foot**2), 0, None))
        met = (centre @ centre - foot**2 < radius**2) & (depth < nearest[here])
        nearest[here][met], seen[here][met] = depth[met], side
    return seen


def seen_on_stage(pixels: np.ndarray) -> np.ndarray:  # (h,w) 0 left, 1 right, -1 neither
    """The side whose hue a pixel has."""
    top, low = pixels.max(-1), pixels.min(-1)
    hues = np.zeros(top.shape)
    for i in range(3):  # the colour wheel, sixth by sixth
        here = (pixels.argmax(-1) == i) & (top > low)
        turned = (pixels[..., (i + 1) % 3] - pixels[..., (i + 2) % 3])[here] / (top - low)[here]
        hues[here] = (60 * (2 * i + turned)) % 360
    found = np.full(top.shape, -1)
    for side in (0, 1):
        wanted = QColor(DARK.scene.side(SIDES[side])).hsvHue()
        away = np.abs((hues - wanted + 180) % 360 - 180)
        found[(away < 20) & (top - low > 0.3 * top) & (top > 60)] = side
    return found


def widened(mask: np.ndarray, by: int) -> np.ndarray:
    found = mask.copy()
    for axis in (0, 1):
        found = np.any([np.roll(found, step, axis) for step in range(-by, by + 1)], axis=0)
    return found


@pytest.mark.parametrize("view", ["front", "three-quarter", "left", "back"])
@pytest.mark.parametrize("pose", [STANDING, CROSSED], ids=["standing", "crossed"])
def test_every_pixel_shows_the_limb_that_is_nearest(stage, pose, view):
    stage.set_view(view)
    stage.show_frame(StageFrame(pose[None], focus=0))
    reference = seen_along_rays(pose, view)
    edges = np.zeros(reference.shape, bool)
    for axis in (0, 1):
        edges |= reference != np.roll(reference, 1, axis)
    unsure = widened(edges, EDGE)
    for joint in pose:
        column, row = place(joint, view).round().astype(int)
        unsure[row - SIGN : row + SIGN + 1, column - SIGN : column + SIGN + 1] = True
    expected, found = np.where(reference > 1, -1, reference), seen_on_stage(picture(stage))
    assert (expected[~unsure] >= 0).sum() > 500
    assert (expected != found)[~unsure].mean() < MISSED
