"""Every registered sampler against distributions whose score is known exactly."""

import dataclasses

import numpy as np
import pytest
import torch

from gfpose_core.errors import ConditionError
from gfpose_core.registry import SAMPLERS, draws_noise, load
from gfpose_core.samplers.base import Problem, Resumed, as_time
from gfpose_core.samplers.grids import GRIDS
from gfpose_core.samplers.noise import KeyedNoise
from gfpose_core.sde import VPSDE, SubVPSDE

DRAWING = [name for name in SAMPLERS if name != "posterior-mean"]
MEAN = torch.tensor([3.0, -5.0, 1.0])
FACTOR = torch.tensor([[2.0, 0.0, 0.0], [1.5, 1.0, 0.0], [-0.5, 0.3, 0.4]])
COVARIANCE = FACTOR @ FACTOR.T


def gaussian_clean(sde, mean, covariance):
    """E[x(0) | x(t)] of a Gaussian: the Kalman update of its prior by x/alpha at noise level sigma/alpha."""

    def clean(x, t):
        alpha, _ = sde.marginal(t)
        level = float(sde.noise_level(t))
        gain = covariance @ torch.linalg.inv(covariance + level**2 * torch.eye(len(mean)))
        return mean + (x / alpha - mean) @ gain.T

    return clean


def mixture_clean(sde, means, weights, std):
    """E[x(0) | x(t)] of an isotropic Gaussian mixture."""

    def clean(x, t):
        alpha, _ = sde.marginal(t)
        level = float(sde.noise_level(t))
        y = x / alpha
        total = std**2 + level**2
        logits = -((y[..., None, :] - means) ** 2).sum(-1) / (2 * total) + weights.log()
        posterior = means + (std**2 / total) * (y[..., None, :] - means)
        return (logits.softmax(-1)[..., None] * posterior).sum(-2)

    return clean


def problem(sde, denoise, *, n=4000, size=3, start=None, start_time=1.0, observed=None, values=None, seed=0):
    noise = KeyedNoise(seed, 0, 1, n, size, torch.device("cpu"))

    def constrain(x, t, z):
        if observed is None:
            return x
        alpha, sigma = sde.marginal(t)
        return torch.where(observed, alpha * values + sigma * z, x)

    return Problem(sde, denoise, noise, constrain, observed is not None, start, start_time, units_per_mm=0.03)


def result(sampler, given):
    *_, last = sampler.run(given)
    return last.clean[0]


def make(name, **options):
    """The sampler with options small enough to be quick, where it has them."""
    kind = load(SAMPLERS, name)
    known = {field.name for field in dataclasses.fields(kind)}
    return kind(**{key: value for key, value in options.items() if key in known})


@pytest.mark.parametrize("sde", [SubVPSDE(), VPSDE()], ids=lambda sde: sde.name)
@pytest.mark.parametrize("name", DRAWING)
def test_gaussian_mean_and_covariance(name, sde):
    sampler = make(name, steps=300, lowest=0.5)
    drawn = result(sampler, problem(sde, gaussian_clean(sde, MEAN, COVARIANCE)))
    assert torch.allclose(drawn.mean(0), MEAN, atol=0.15)
    assert torch.allclose(drawn.T.cov(), COVARIANCE, atol=0.35)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("name", [name for name in DRAWING if name != "alg1"])
def test_a_grid_falls_from_the_start_to_the_last_level_and_leads_to_the_same_gaussian(name, grid):
    sde = SubVPSDE()
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE), start_time=0.8)
    levels, times, _ = given.grid(grid, 0.05, 9)
    assert levels[0] == pytest.approx(float(sde.noise_level(as_time(0.8))))
    assert levels[-1] == pytest.approx(0.05)
    assert (np.diff(levels) < 0).all()
    torch.testing.assert_close(sde.noise_level(torch.stack(times)), torch.tensor(levels).double())
    drawn = result(make(name, steps=200, lowest=0.5, grid=grid), problem(sde, given.denoise))
    assert torch.allclose(drawn.mean(0), MEAN, atol=0.15)
    assert torch.allclose(drawn.T.cov(), COVARIANCE, atol=0.4)


@pytest.mark.parametrize("name", DRAWING)
def test_mixture_weights(name):
    sde = SubVPSDE()
    means, weights = torch.tensor([[-6.0, 0, 0], [6.0, 2, 0]]), torch.tensor([0.3, 0.7])
    drawn = result(make(name, steps=300, lowest=0.5), problem(sde, mixture_clean(sde, means, weights, 0.7)))
    right = drawn[:, 0] > 0
    assert float(right.float().mean()) == pytest.approx(0.7, abs=0.05)
    assert torch.allclose(drawn[right].mean(0), means[1], atol=0.15)
    assert float(drawn[right].std(0).mean()) == pytest.approx(0.7, abs=0.1)


@pytest.mark.parametrize("name", DRAWING)
def test_imputation_holds_what_is_observed_and_moves_the_rest(name):
    """Overwriting one coordinate of a Gaussian pulls the correlated one the right way, and stays exact."""
    sde = SubVPSDE()
    observed = torch.tensor([True, False, False])
    values = torch.tensor([7.0, 0.0, 0.0])
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE), observed=observed, values=values)
    *_, last = make(name, steps=300, lowest=0.5).run(given)
    conditional = MEAN[1] + COVARIANCE[1, 0] / COVARIANCE[0, 0] * (7.0 - MEAN[0])
    moved = float(last.clean[0, :, 1].mean() - MEAN[1]) / float(conditional - MEAN[1])
    assert 0.3 < moved < 1.2  # imputation is known to be approximate
    assert torch.allclose(last.x[0, :, 0], torch.tensor(7.0), atol=0.3)


@pytest.mark.parametrize("name", [name for name in DRAWING if name != "alg1"])
def test_start_from_a_noisy_pose_draws_from_the_posterior(name):
    """Started at y with the noise's own time, samples follow p(x(0) | y)."""
    sde = SubVPSDE()
    level = 1.5
    t = float(sde.time_of(as_time(level)))
    clean = gaussian_clean(sde, MEAN, COVARIANCE)
    generator = torch.Generator().manual_seed(3)
    truth = MEAN + torch.randn(4000, 3, generator=generator) @ FACTOR.T
    noisy = truth + level * torch.randn(4000, 3, generator=generator)
    drawn = result(make(name, steps=300, lowest=0.5), problem(sde, clean, start=noisy[None], start_time=t))
    assert torch.allclose(drawn.mean(0), MEAN, atol=0.2)
    assert torch.allclose(drawn.T.cov(), COVARIANCE, atol=0.5)


def test_posterior_mean_is_the_kalman_update():
    sde = SubVPSDE()
    clean = gaussian_clean(sde, MEAN, COVARIANCE)
    noisy = torch.tensor([[[1.0, 2.0, 3.0]]])
    t = float(sde.time_of(as_time(0.8)))
    drawn = result(make("posterior-mean"), problem(sde, clean, n=1, start=noisy, start_time=t))
    gain = COVARIANCE @ torch.linalg.inv(COVARIANCE + 0.64 * torch.eye(3))
    torch.testing.assert_close(drawn[0], MEAN + gain @ (noisy[0, 0] - MEAN), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", SAMPLERS)
def test_steps_are_counted_times_fall_and_states_are_new(name):
    sde = SubVPSDE()
    given = problem(
        sde, gaussian_clean(sde, MEAN, COVARIANCE), n=5, start_time=0.5, start=torch.zeros(1, 1, 3)
    )
    states = list(make(name, steps=7).run(given))
    assert [state.index for state in states] == list(range(states[0].count))
    times = np.array([float(state.t) for state in states])
    assert (np.diff(times) <= 0).all()
    assert times[0] == pytest.approx(0.5, rel=1e-6)
    assert len({id(state.x) for state in states[:-1]}) == len(states[:-1])


@pytest.mark.parametrize("name", DRAWING)
def test_no_gradient_mode_leaks_to_the_consumer(name):
    sde = SubVPSDE()
    for _ in make(name, steps=3).run(problem(sde, gaussian_clean(sde, MEAN, COVARIANCE), n=2)):
        assert torch.is_grad_enabled()


WEIGHTS, MEANS, STD = torch.tensor([0.3, 0.7]).double(), torch.tensor([[-6.0], [5.0]]).double(), 1.3
"""A mixture on a line, whose flow map is known: it keeps the share of probability below."""


def share_below(y, level):
    """The share of the mixture at a noise level that lies below y."""
    std = (STD**2 + level**2) ** 0.5
    return (WEIGHTS * torch.special.ndtr((y[..., None, :] - MEANS)[..., 0] / std)).sum(-1, keepdim=True)


def flowed(y, level, last):
    """Where the probability flow takes y from one noise level to another: by bisection."""
    share, low, high = share_below(y, level), torch.full_like(y, -40), torch.full_like(y, 40)
    for _ in range(60):
        middle = (low + high) / 2
        below = share_below(middle, last) < share
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return middle


@pytest.mark.parametrize(
    ("name", "order", "options"),
    [
        ("exponential-euler", 1, {}),
        ("dpm-solver", 2, {}),
        ("dpm-solver", 2, {"grid": "log-snr"}),
        ("unipc", 2, {"order": 1}),
        ("unipc", 3, {"order": 2}),
        ("unipc", 3, {"order": 2, "grid": "log-snr"}),
        ("probability-flow", 2, {}),
    ],
)
def test_order_of_convergence_along_the_flow(name, order, options):
    """Halving the step divides the error of the deterministic form by 2^order, towards the exact flow."""
    sde = SubVPSDE()
    highest, lowest = 12.0, 0.6
    t, last = (sde.time_of(as_time(level)) for level in (highest, lowest))
    start = torch.linspace(-25, 25, 101, dtype=torch.float64).view(1, -1, 1)
    exact = flowed(start, highest, lowest)

    def error(steps):
        given = problem(sde, mixture_clean(sde, MEANS, WEIGHTS, STD), start=start, start_time=float(t))
        given = dataclasses.replace(given, noise=lambda: torch.zeros_like(start))
        sampler = make(name, steps=steps, eta=0.0, lowest=lowest / given.units_per_mm, **options)
        *_, end = sampler.run(given)
        return float((end.x / sde.marginal(last)[0] - exact).norm())

    slopes = np.log2([error(40) / error(80), error(80) / error(160)])
    assert slopes[-1] == pytest.approx(order, abs=0.3)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("name", ["exponential-euler", "dpm-solver", "unipc", "euler-maruyama"])
def test_the_stochastic_forms_are_of_weak_order_one(name, grid):
    """For a Gaussian the end's mean and variance follow exactly from what each draw alone moves."""
    sde, highest, lowest, mean, variance, y = SubVPSDE(), 12.0, 1.0, 3.0, 4.0, 20.0
    clean = gaussian_clean(sde, torch.tensor([mean]).double(), torch.tensor([[variance]]).double())
    t, last = (float(sde.time_of(as_time(level))) for level in (highest, lowest))
    kept = (variance + lowest**2) / (variance + highest**2)  # of a distance to the mean
    expected = mean + kept * (y - mean), (variance + lowest**2) * (1 - kept)

    def error(steps):
        draws = iter(torch.eye(steps + 2, dtype=torch.float64))  # none moves the last
        given = problem(sde, clean, start=torch.full((1, 1, 1), y).double(), start_time=t)
        given = dataclasses.replace(given, noise=lambda: next(draws).view(1, -1, 1))
        options = {"eta": 1.0, "lowest": lowest / given.units_per_mm, "end_time": last, "grid": grid}
        *_, end = make(name, steps=steps, **options).run(given)
        moved = (end.x / sde.marginal(end.t)[0]).flatten()
        unmoved = moved[-1]
        return abs(float(unmoved) - expected[0]) + abs(float(((moved - unmoved) ** 2).sum()) - expected[1])

    coarse, fine = error(160), error(320)
    assert np.log2(coarse / fine) > 0.7
    assert fine < 0.1


def literal_algorithm_1(sde, score, x, noises, N, T, eps):
    """Alg. 1 of the supplementary, line by line, float64 numpy."""
    dt = 1 / N
    for i in range(N - 1, -1, -1):
        t = eps + (T - eps) * (i + 1) / N
        integral = 0.1 * t + 0.5 * 19.9 * t**2
        beta = 0.1 + 19.9 * t
        f = -0.5 * beta * x
        g = np.sqrt(beta * (1 - np.exp(-2 * integral)))
        x = x - (f - g**2 * score(x, t)) * dt
        x = x + g * np.sqrt(dt) * next(noises)
    return x


@pytest.mark.parametrize("T", [1.0, 0.05])
def test_alg1_is_the_papers_algorithm_to_the_letter(T):
    sde = SubVPSDE()

    def score(x, t):  # of N(0, 4)
        integral = 0.1 * t + 0.5 * 19.9 * t**2
        return -x / (4 * np.exp(-integral) + (1 - np.exp(-integral)) ** 2)

    def clean(x, t):
        alpha, sigma = sde.marginal(t)
        return x * (4 * alpha / (4 * alpha**2 + sigma**2))

    start = None if T == 1.0 else torch.full((1, 6, 3), 2.5)
    draws = KeyedNoise(5, 0, 1, 6, 3, torch.device("cpu"))
    first = draws().double().numpy()
    x = first if start is None else start.double().numpy()
    noises = (draws().double().numpy() for _ in range(50))
    expected = literal_algorithm_1(sde, score, x, noises, 50, T, 1e-3)
    given = problem(sde, clean, n=6, seed=5, start=start, start_time=T)
    *_, last = make("alg1", steps=50).run(given)
    np.testing.assert_allclose(last.x.numpy(), expected, rtol=2e-4, atol=2e-4)


STOCHASTIC = {"unipc": {"eta": 1.0}, "predictor-corrector": {"corrections": 0}, "probability-flow": None}
"""What makes a sampler the reverse SDE; None where nothing does. Langevin steps keep the marginal and forget
where they came from."""


@pytest.mark.parametrize("level", [0.8, 3.0])
@pytest.mark.parametrize("name", [name for name in DRAWING if STOCHASTIC.get(name, {}) is not None])
def test_going_on_from_a_state_draws_from_its_posterior(name, level):
    """p(x(0) | x(t)) of a Gaussian: the Kalman update of its prior by x/alpha at noise level sigma/alpha."""
    sde = SubVPSDE()
    t = sde.time_of(as_time(level))
    y = torch.tensor([6.0, -1.0, 0.0])
    x = (sde.marginal(t)[0] * y).float().expand(1, 4000, 3)
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE))
    given = dataclasses.replace(given, resumed=Resumed(x, float(t)))
    drawn = result(make(name, steps=2000, lowest=0.5, **STOCHASTIC.get(name, {})), given)
    gain = COVARIANCE @ torch.linalg.inv(COVARIANCE + level**2 * torch.eye(3))
    torch.testing.assert_close(drawn.mean(0), MEAN + gain @ (y - MEAN), rtol=0, atol=0.1)
    torch.testing.assert_close(drawn.T.cov(), COVARIANCE - gain @ COVARIANCE, rtol=0, atol=0.15)


@pytest.mark.parametrize("name", DRAWING)
def test_going_on_does_the_rest_of_the_whole_runs_grid(name):
    sde = SubVPSDE()
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE), n=5)
    sampler = make(name, steps=9)
    whole = list(sampler.run(given))
    for at, state in enumerate(whole[:-1]):
        resumed = Resumed(state.x, float(state.t))
        rest = list(sampler.run(dataclasses.replace(given, resumed=resumed)))
        torch.testing.assert_close([s.t for s in rest], [s.t for s in whole[at:]], rtol=1e-9, atol=0)
        assert [s.index for s in rest] == list(range(rest[0].count))


def test_between_two_stops_of_the_grid_the_next_is_the_lower_one():
    sde = SubVPSDE()
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE))
    whole = given.grid("log-snr", 0.05, 9)
    here = (whole.levels[3] * whole.levels[4]) ** 0.5
    t = float(sde.time_of(as_time(here)))
    rest = dataclasses.replace(given, resumed=Resumed(torch.zeros(1, 1, 3), t)).grid("log-snr", 0.05, 9)
    assert rest.levels == pytest.approx([here, *whole.levels[4:]])
    assert rest.before == pytest.approx(whole.levels[3])
    assert whole.before is None


def test_the_posterior_mean_does_not_go_on():
    sde = SubVPSDE()
    resumed = Resumed(torch.zeros(1, 4000, 3), 0.5)
    given = dataclasses.replace(problem(sde, gaussian_clean(sde, MEAN, COVARIANCE)), resumed=resumed)
    with pytest.raises(ConditionError, match="choose another sampler"):
        list(make("posterior-mean").run(given))


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_what_draws_noise_is_known_by_name_and_eta(name, eta):
    sde, drawn = SubVPSDE(), 0
    given = problem(sde, gaussian_clean(sde, MEAN, COVARIANCE), n=2)

    def noise():
        nonlocal drawn
        drawn += 1
        return given.noise()

    sampler = make(name, steps=4, eta=eta)
    list(sampler.run(dataclasses.replace(given, noise=noise)))
    assert (drawn > 1) == draws_noise(name, getattr(sampler, "eta", None))
