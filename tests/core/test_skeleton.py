"""The built-in skeleton agrees with the published joint order."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from gfpose_core.skeleton import H36M17
from tests.samples import people


def test_bones_are_those_of_human36m():
    chains = [(0, 1, 2, 3), (0, 4, 5, 6), (0, 7, 8, 9, 10), (8, 11, 12, 13), (8, 14, 15, 16)]
    assert set(H36M17.bones) == {pair for chain in chains for pair in pairwise(chain)}
    assert [child for _, child in H36M17.bones] == list(range(1, 17))


def test_parents_come_before_children():
    assert H36M17.parents[0] == -1
    assert all(parent < child for parent, child in H36M17.bones)


def test_the_mirror_is_an_involution_that_swaps_sides_and_keeps_bones():
    mirror = np.array(H36M17.mirror)
    assert (mirror[mirror] == np.arange(17)).all()
    swapped = {"left": "right", "right": "left", "centre": "centre"}
    assert [H36M17.sides[j] for j in mirror] == [swapped[side] for side in H36M17.sides]
    assert {(mirror[p], mirror[c]) for p, c in H36M17.bones} == set(H36M17.bones)
    assert [H36M17.sides.count(side) for side in ("left", "right", "centre")] == [6, 6, 5]


def test_parts_are_the_papers_and_cover_the_body_once():
    assert sorted(j for joints in H36M17.parts.values() for j in joints) == list(range(17))
    assert H36M17.parts["left arm"] == (11, 12, 13)
    assert [H36M17.part_of(j) for j in (0, 3, 6, 16)] == ["torso", "right leg", "left leg", "right arm"]
    with pytest.raises(TypeError):
        H36M17.parts["torso"] = ()


def test_bone_lengths_are_distances_of_any_batch(rng):
    poses = people(rng, 6).reshape(2, 3, 17, 3)
    lengths = H36M17.bone_lengths(poses)
    assert lengths.shape == (2, 3, 16)
    parent, child = H36M17.bones[4]
    assert lengths[1, 2, 4] == pytest.approx(np.linalg.norm(poses[1, 2, parent] - poses[1, 2, child]))


def test_a_skeleton_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        H36M17.name = "other"
    assert hash(H36M17) == hash(dataclasses.replace(H36M17))
