"""SDEs against quadrature, simulation and each other."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from gfpose_core.sde import SDES, VPSDE, SubVPSDE

TIMES = (1e-3, 0.01, 0.1, 0.5, 1.0)


@pytest.fixture(params=SDES)
def sde(request):
    return SDES[request.param]()


def at(t):
    return torch.tensor(t, dtype=torch.float64)


@pytest.mark.parametrize("t", TIMES)
def test_beta_integral_is_the_integral_of_beta(sde, t):
    integral, _ = quad(lambda s: float(sde.beta(at(s))), 0, t)
    assert float(sde.beta_integral(at(t))) == pytest.approx(integral, rel=1e-9)


@pytest.mark.parametrize("t", TIMES)
def test_marginal_solves_the_moment_equations(sde, t):
    """d alpha/dt = -beta alpha / 2 and d sigma^2/dt = -beta sigma^2 + g^2, integrated from (1, 0)."""

    def variance_rate(s):  # sigma^2(t) = int exp(-int_s^t beta) g(s)^2 ds
        decay = torch.exp(sde.beta_integral(at(s)) - sde.beta_integral(at(t)))
        return float(decay * sde.diffusion(at(s)) ** 2)

    alpha, sigma = sde.marginal(at(t))
    integral, _ = quad(lambda s: float(sde.beta(at(s))), 0, t)
    assert float(alpha) == pytest.approx(np.exp(-integral / 2), rel=1e-9)
    assert float(sigma) == pytest.approx(np.sqrt(quad(variance_rate, 0, t)[0]), rel=1e-6)


def test_the_marginal_ends_in_the_prior(sde):
    alpha, sigma = sde.marginal(at(1.0))
    assert float(alpha) < 0.01
    assert float(sigma) == pytest.approx(sde.prior_std, abs=1e-4)


def test_simulated_forward_paths_have_the_marginal(sde):
    """Euler-Maruyama on the forward SDE, 20,000 paths from x(0) = 2, to t = 0.4."""
    generator = torch.Generator().manual_seed(0)
    x = torch.full((20_000,), 2.0, dtype=torch.float64)
    n = 2000
    dt = 0.4 / n
    for i in range(n):
        t = at(i * dt)
        noise = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        x = x + sde.drift(x, t) * dt + sde.diffusion(t) * dt**0.5 * noise
    alpha, sigma = sde.marginal(at(0.4))
    assert float(x.mean()) == pytest.approx(2 * float(alpha), abs=0.02)
    assert float(x.std()) == pytest.approx(float(sigma), rel=0.03)


def test_paper_values_of_subvp():
    """Supplementary Eq. 3: sigma = 1 - exp(-int beta) with int beta = 10.05 at t = 1."""
    alpha, sigma = SubVPSDE().marginal(at(1.0))
    assert float(alpha) == pytest.approx(np.exp(-10.05 / 2))
    assert float(sigma) == pytest.approx(1 - np.exp(-10.05))


def test_vp_preserves_variance_and_subvp_stays_below():
    t = torch.linspace(0.01, 1, 50, dtype=torch.float64)
    alpha, sigma = VPSDE().marginal(t)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones_like(t))
    _, below = SubVPSDE().marginal(t)
    assert (below < sigma).all()


def test_small_times_keep_their_digits():
    """1 - exp(-B) by expm1: exactly 1.09944e-4 at t = 0.001, where float32 cancellation gives 1.09971e-4."""
    _, sigma = SubVPSDE().marginal(torch.tensor(1e-3))
    assert float(sigma) == pytest.approx(1.09944e-4, rel=1e-5)


@given(t=st.floats(1e-4, 1.0), name=st.sampled_from(sorted(SDES)))
def test_time_of_inverts_noise_level(t, name):
    sde = SDES[name]()
    assert float(sde.time_of(sde.noise_level(at(t)))) == pytest.approx(t, rel=1e-8)
