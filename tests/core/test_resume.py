"""Going on from a moment of a recorded run: exact, reproducible, kept in files, refused in words."""

import dataclasses

import numpy as np
import pytest

from app.engine.recorder import Recorder
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D, Condition, Resume
from gfpose_core.errors import ConditionError
from gfpose_core.io.recordings import load_recording, save_recording
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.samplers.euler_maruyama import EulerMaruyama
from gfpose_core.samplers.exponential import ExponentialEuler
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.samplers.probability_flow import ProbabilityFlow
from gfpose_core.samplers.unipc import UniPC
from gfpose_core.sampling import sample
from tests.core.test_prior import camera_points, levels_of, make_prior

DETERMINISTIC = {
    "exponential-euler": ExponentialEuler(steps=8, eta=0.0),
    "dpm-solver": DPMSolver(steps=8, eta=0.0),
    "dpm-solver-karras": DPMSolver(steps=8, eta=0.0, grid="karras"),
    "unipc-1": UniPC(steps=8, order=1),
    "unipc-3": UniPC(steps=8, order=3, grid="time"),
    "probability-flow": ProbabilityFlow(steps=6),
}


def conditions(rng):
    points = camera_points(rng)
    mixed = levels_of(3, FIXED_3D, (4, 5, 6))
    mixed[:, 11:] = SEEN_2D
    return {
        "generate": Condition.nothing(3),
        "lift": Condition.from_camera(points, levels_of(3, SEEN_2D)),
        "complete": Condition.from_camera(points, mixed),
        "denoise": Condition.denoise(points + rng.normal(0, 100, points.shape), 0.3),
    }


def record(prior, condition, sampler, seed=0, hypotheses=2, evidence=None):
    recorder = Recorder(1000, 2**30)
    for step in prior.generate(condition, hypotheses, sampler, seed, evidence):
        recorder.add(step)
    facts = {"checkpoint": "", "checkpoint_sha256": "", "sampler": "", "options": {}}
    return recorder.finish("finished", condition=condition, seed=seed, **facts)


def resumed_at(recording, at, hypothesis=None, earlier=True):
    trajectory = recording.trajectory
    which = slice(None) if hypothesis is None else slice(hypothesis, hypothesis + 1)
    before = slice(at - 1, at - 4 if at > 3 else None, -1) if at else slice(0)
    past = (trajectory.times[before], trajectory.clean[before][:, :, which]) if earlier else (None, None)
    resume = Resume(trajectory.states[at][:, which], float(trajectory.times[at]), *past)
    return dataclasses.replace(recording.condition, resume=resume)


@pytest.mark.parametrize("task", ["generate", "lift", "complete", "denoise"])
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_deterministic_run_goes_on_as_if_it_had_never_stopped(name, task, rng):
    prior, sampler = make_prior(condition="additive"), DETERMINISTIC[name]
    condition = conditions(rng)[task]
    use = "both" if condition.levels.any() else None
    run = record(prior, condition, sampler, evidence=use)
    for at in range(len(run.trajectory) - 1):
        rest = record(prior, resumed_at(run, at), sampler, seed=99, evidence=use)
        np.testing.assert_allclose(rest.trajectory.times, run.trajectory.times[at:], rtol=1e-9)
        np.testing.assert_allclose(rest.trajectory.states, run.trajectory.states[at:], atol=0.02)
        np.testing.assert_allclose(rest.trajectory.clean, run.trajectory.clean[at:], atol=0.02)


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_states_gone_on_from_are_the_ones_reached(projection, rng):
    prior = make_prior(projection=projection)
    levels = levels_of(3, FIXED_3D, (4, 5, 6))
    condition = Condition.from_camera(camera_points(rng), levels)
    sampler, use = EulerMaruyama(steps=10), "condition"
    run = record(prior, condition, sampler, evidence=use)
    rest = record(prior, resumed_at(run, 4, earlier=False), sampler, evidence=use)
    np.testing.assert_allclose(rest.trajectory.states[0], run.trajectory.states[4], atol=1e-2)
    np.testing.assert_allclose(rest.trajectory.clean[0], run.trajectory.clean[4], atol=1e-2)


def test_the_noise_of_the_way_there_does_not_come_again(rng):
    """Else what follows would not be independent of x(t), as the reverse SDE wants it."""
    prior, sampler = make_prior(), EulerMaruyama(steps=10)
    run = record(prior, Condition.nothing(1), sampler, seed=3)
    again = sample(prior, resumed_at(run, 5), 2, sampler, seed=3)
    assert np.abs(again - run.poses).mean() > 1.0
    assert np.array_equal(again, sample(prior, resumed_at(run, 5), 2, sampler, seed=3))
    assert np.abs(again - sample(prior, resumed_at(run, 5), 2, sampler, seed=4)).mean() > 1.0
    assert np.abs(sample(prior, resumed_at(run, 6), 2, sampler, seed=3) - run.poses).mean() > 1.0


@pytest.mark.parametrize("hypothesis", [None, 1])
def test_any_split_agrees(hypothesis, rng):
    prior, sampler = make_prior(), DPMSolver(steps=6)
    run = record(prior, conditions(rng)["lift"], sampler, hypotheses=4)
    condition = resumed_at(run, 2, hypothesis)
    whole = sample(prior, condition, 4, sampler, seed=1)
    split = sample(prior, condition, 4, sampler, seed=1, rows=2)
    np.testing.assert_allclose(split, whole, rtol=1e-4, atol=1e-3)


def test_all_hypotheses_of_a_fan_start_at_one_state(rng):
    prior, sampler = make_prior(), DPMSolver(steps=6)
    run = record(prior, Condition.nothing(1), sampler, hypotheses=3)
    fan = record(prior, resumed_at(run, 2, hypothesis=1), sampler, hypotheses=5)
    np.testing.assert_allclose(fan.trajectory.states[0, 0], run.trajectory.states[2, 0, [1] * 5], atol=1e-2)
    assert fan.poses[0].std(0).mean() > 1.0


def test_changed_evidence_is_obeyed(rng):
    prior, sampler = make_prior(), DPMSolver(steps=8)
    run = record(prior, Condition.nothing(1), sampler)
    points = camera_points(rng, 1) - [200, 900, -500]
    given = Condition.in_view(
        points, levels_of(1, FIXED_3D, (4, 5, 6)), run.condition.view, run.condition.origin
    )
    resume = resumed_at(run, 3, earlier=False).resume
    poses = sample(prior, dataclasses.replace(given, resume=resume), 2, sampler, seed=0)
    kept = [j for j in range(17) if j not in (4, 5, 6)]
    expected = np.repeat((points - run.condition.origin[:, None])[:, None, kept], 2, 1)
    np.testing.assert_allclose(poses[:, :, kept], expected, atol=0.01)


def test_what_cannot_go_on_is_refused_in_words(rng):
    prior = make_prior()
    run = record(prior, Condition.nothing(1), DPMSolver(steps=6))
    with pytest.raises(ConditionError, match="2 hypotheses to go on from"):
        sample(prior, resumed_at(run, 2), 3, DPMSolver(steps=6), seed=0)
    with pytest.raises(ConditionError, match="posterior mean"):
        sample(prior, resumed_at(run, 2), 1, PosteriorMean(), seed=0)
    states = run.trajectory.states[2]
    for odd in ((states[0], 0.5), (states * np.nan, 0.5), (states, 0.0), (states, 0.5, np.zeros(1))):
        with pytest.raises(ConditionError):
            Resume(*odd)
    with pytest.raises(ConditionError, match="before states"):
        Resume(states, 0.5, np.zeros(2), np.zeros((1, *states.shape)))
    with pytest.raises(ConditionError, match="do not belong"):
        dataclasses.replace(Condition.nothing(2), resume=Resume(states, 0.5))


def test_a_recording_holds_what_it_went_on_from(tmp_path, rng):
    prior, sampler = make_prior(), UniPC(steps=8)
    run = record(prior, conditions(rng)["complete"], sampler)
    branch = record(prior, resumed_at(run, 4), sampler, seed=7)
    save_recording(tmp_path / "branch.h5", branch)
    back = load_recording(tmp_path / "branch.h5")
    assert np.array_equal(record(prior, back.condition, sampler, back.seed).poses, branch.poses)


def test_evidence_in_a_view_of_its_own_is_that_of_the_camera(rng):
    points = camera_points(rng)
    levels = rng.integers(FREE, FIXED_3D + 1, (3, 17))
    own = Condition.from_camera(points, levels)
    np.testing.assert_array_equal(Condition.in_view(points, levels, own.view, own.origin).values, own.values)
