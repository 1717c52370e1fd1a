"""What every test may use."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: tiny networks lose by threads on a busy machine

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=30, deadline=None)
settings.load_profile("quick")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def shared() -> Path:
    """The folder of reference files beside the repository, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED
