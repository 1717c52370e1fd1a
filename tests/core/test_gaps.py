"""Frames that tell nothing, filled from those around them."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.gaps import bridge
from gfpose_core.skeleton import H36M17
from tests.samples import people


def test_what_is_told_stays_and_what_is_between_lies_between(rng):
    points = rng.normal(size=(7, 17, 2))
    known = rng.random((7, 17)) < 0.7
    told = np.array([False, True, False, False, True, True, False])
    known[~told] = False
    known[2, 5] = True  # too little to tell anything, and yet kept
    found, seen = bridge(np.where(known[..., None], points, np.nan), known, told)
    np.testing.assert_array_equal(found[known], points[known])
    np.testing.assert_array_equal(seen[told], known[told])
    both = known[1] & known[4]
    np.testing.assert_array_equal(seen[3], both)
    np.testing.assert_allclose(found[3, both], (points[1, both] + 2 * points[4, both]) / 3)
    for gap, nearest in ((0, 1), (6, 5)):
        np.testing.assert_array_equal(found[gap, known[nearest]], points[nearest, known[nearest]])
    np.testing.assert_array_equal(np.isfinite(found).all(axis=-1), seen)


def test_frames_with_no_joint_in_common_hold_the_nearer_one(rng):
    points, known = rng.normal(size=(4, 17, 2)), np.zeros((4, 17), bool)
    known[0, :8], known[3, 8:] = True, True
    found, seen = bridge(points, known, known.any(axis=1))
    np.testing.assert_array_equal(found[1, :8], points[0, :8])
    np.testing.assert_array_equal(seen[2], known[3])


@pytest.mark.parametrize("hidden", [[], [0, 7], [5]])
def test_a_body_that_turns_in_the_gap_keeps_its_bones(rng, hidden):
    poses = people(rng, 1).repeat(9, axis=0)
    poses[8] = (poses[8] - poses[8, 0]) @ Rotation.from_euler("y", 120, degrees=True).as_matrix().T + 300
    known = np.ones((9, 17), bool)
    known[1:8] = False
    known[:, hidden] = False
    poses[~known] = np.nan
    found, seen = bridge(poses, known, known.any(axis=1))
    np.testing.assert_array_equal(seen, known[[0]].repeat(9, axis=0))
    lengths = H36M17.bone_lengths(found)
    np.testing.assert_allclose(lengths, lengths[:1].repeat(9, axis=0), rtol=1e-9)
