"""Settling joints, against closed forms: sphere, shell, circle, the line between two centres."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from gfpose_core.bones import reaches, settle
from gfpose_core.skeleton import H36M17
from tests.app.fakes import STANDING

POSE = STANDING.astype(float)
LENGTHS = H36M17.bone_lengths(POSE)
ELBOW, WRIST, SHOULDER = (H36M17.names.index(name) for name in ("LElbow", "LWrist", "LShoulder"))
ALL = np.ones(17, bool)
places = arrays(float, 3, elements=st.floats(-900, 900, width=32))


def only(*joints):
    flags = np.zeros(17, bool)
    flags[list(joints)] = True
    return flags


def placed(joint, at):
    pose = POSE.copy()
    pose[joint] = at
    return pose


def length(joint):
    return LENGTHS[[child for _, child in H36M17.bones].index(joint)]


def test_a_bone_is_a_sphere_and_a_chain_of_free_joints_a_shell():
    known = ALL & ~only(ELBOW)
    upper, fore = length(ELBOW), length(WRIST)
    arm = next(r for r in reaches(known, LENGTHS) if {r.a, r.b} == {SHOULDER, WRIST})
    assert (arm.low, arm.high) == (pytest.approx(abs(upper - fore)), pytest.approx(upper + fore))
    others = [r for r in reaches(known, LENGTHS) if r != arm]
    assert len(others) == 14
    assert all(r.low == pytest.approx(r.high) for r in others)


@given(places)
def test_one_fixed_neighbour_the_nearest_place_on_its_sphere(at):
    away = at - POSE[ELBOW]
    assume(np.linalg.norm(away) > 1)
    got = settle(placed(WRIST, at), only(WRIST), ALL, LENGTHS)
    expected = POSE[ELBOW] + away / np.linalg.norm(away) * length(WRIST)
    np.testing.assert_allclose(got[WRIST], expected, atol=1e-3)
    np.testing.assert_array_equal(np.delete(got, WRIST, 0), np.delete(POSE, WRIST, 0))


def test_in_the_very_centre_of_the_sphere_any_direction_will_do():
    got = settle(placed(WRIST, POSE[ELBOW]), only(WRIST), ALL, LENGTHS)
    assert np.linalg.norm(got[WRIST] - POSE[ELBOW]) == pytest.approx(length(WRIST), abs=1e-3)


@given(places)
def test_behind_a_free_joint_the_nearest_place_of_the_shell(at):
    away = at - POSE[SHOULDER]
    distance = np.linalg.norm(away)
    assume(distance > 1)
    low, high = abs(length(ELBOW) - length(WRIST)), length(ELBOW) + length(WRIST)
    got = settle(placed(WRIST, at), only(WRIST), ALL & ~only(ELBOW), LENGTHS)
    expected = POSE[SHOULDER] + away / distance * np.clip(distance, low, high)
    np.testing.assert_allclose(got[WRIST], expected, atol=1e-3)


def circle(a, b, near, far, at):
    """The place nearest ``at`` that is ``near`` from ``a`` and ``far`` from ``b``."""
    apart = np.linalg.norm(b - a)
    axis = (b - a) / apart
    along = (near**2 - far**2 + apart**2) / (2 * apart)
    middle, radius = a + along * axis, np.sqrt(near**2 - along**2)
    out = at - a - ((at - a) @ axis) * axis
    return middle + radius * out / np.linalg.norm(out)


@given(places)
def test_two_fixed_neighbours_the_nearest_place_on_their_circle(at):
    a, b = POSE[SHOULDER], POSE[WRIST]
    axis = (b - a) / np.linalg.norm(b - a)
    out = at - a - ((at - a) @ axis) * axis
    assume(np.linalg.norm(out) > 5)
    got = settle(placed(ELBOW, at), only(ELBOW), ALL, LENGTHS)
    np.testing.assert_allclose(got[ELBOW], circle(a, b, length(ELBOW), length(WRIST), at), atol=1e-2)


@given(st.floats(-2, 3))
def test_on_the_line_between_them_any_place_of_the_circle(share):
    a, b = POSE[SHOULDER], POSE[WRIST]
    got = settle(placed(ELBOW, a + share * (b - a)), only(ELBOW), ALL, LENGTHS)
    assert np.linalg.norm(got[ELBOW] - a) == pytest.approx(length(ELBOW), abs=1e-2)
    assert np.linalg.norm(got[ELBOW] - b) == pytest.approx(length(WRIST), abs=1e-2)


@given(places)
def test_neighbours_too_far_apart_leave_the_least_squared_excess(at):
    pose = placed(ELBOW, at)
    pose[WRIST] = pose[SHOULDER] + (0, 900, 0)
    got = settle(pose, only(ELBOW), ALL, LENGTHS)
    share = (900 - length(ELBOW) - length(WRIST)) / 2  # each bone is longer by half of what is missing
    expected = pose[SHOULDER] + (0, length(ELBOW) + share, 0)
    np.testing.assert_allclose(got[ELBOW], expected, atol=0.5)


@settings(max_examples=30)
@given(arrays(float, (3, 3), elements=st.floats(-120, 120, width=32)))
def test_a_whole_limb_gets_its_lengths_as_near_as_a_general_solver_finds(moves):
    arm = list(H36M17.parts["left arm"])
    pose = POSE.copy()
    pose[arm] += moves
    got = settle(pose, only(*arm), ALL, LENGTHS)
    np.testing.assert_allclose(H36M17.bone_lengths(got), LENGTHS, atol=1e-2)

    def lengths(x):
        other = pose.copy()
        other[arm] = x.reshape(3, 3)
        return H36M17.bone_lengths(other) - LENGTHS

    found = minimize(
        lambda x: ((x.reshape(3, 3) - pose[arm]) ** 2).sum(), POSE[arm].ravel(), method="SLSQP",
        constraints={"type": "eq", "fun": lengths}, options={"maxiter": 300},
    )  # fmt: skip
    assert ((got - pose) ** 2).sum() <= max(found.fun, 1e-6) * 1.01 + 0.1 or not found.success


def test_right_lengths_stay_and_nothing_is_asked_of_lonely_joints():
    np.testing.assert_allclose(settle(POSE, ~only(0), ALL, LENGTHS), POSE, atol=1e-3)
    far = placed(WRIST, (5000.0, 0.0, 0.0))
    np.testing.assert_array_equal(settle(far, only(WRIST), only(WRIST), LENGTHS), far)
