"""The noise is Philox to the bit, normal, and the same however it is split."""

import numpy as np
import pytest
import torch

from gfpose_core.samplers.noise import KeyedNoise, normals, philox

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, 2**64 - 1, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            0x299F31D0_A4093822,
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_words_its_authors_published(counter, key, expected):
    """Random123's known answers (tests/kat_vectors) for philox4x32, 10 rounds."""
    words = np.array(counter, np.uint64)[:, None]
    even, odd = philox(words[::2], words[1::2], key)
    assert (even[0, 0], odd[0, 0], even[1, 0], odd[1, 0]) == expected


def test_numbers_are_standard_normal_and_independent():
    noise = KeyedNoise(3, 0, 2, 50, 51, CPU)
    drawn = torch.stack([noise() for _ in range(100)]).double()  # (100, 2, 50, 51)
    assert float(drawn.mean()) == pytest.approx(0.0, abs=0.005)
    for power, moment in ((2, 1.0), (3, 0.0), (4, 3.0)):
        assert float((drawn**power).mean()) == pytest.approx(moment, abs=0.05)
    for axis in range(4):
        neighbours = drawn.movedim(axis, 0)
        assert float((neighbours[:-1] * neighbours[1:]).mean()) == pytest.approx(0.0, abs=0.01)


def test_the_smallest_and_largest_words_are_finite():
    ends = np.array([[[0, 2**32 - 1]], [[0, 2**32 - 1]]], np.uint64)
    assert np.isfinite(normals(ends, ends)).all()


def test_any_split_draws_the_same_numbers():
    whole = KeyedNoise(7, 0, 4, 30, 51, CPU)
    parts = {
        (n, s): KeyedNoise(7, n, 2, 10, 51, CPU, first_hypothesis=s) for n in (0, 2) for s in (0, 10, 20)
    }
    for _ in range(30):
        draw = whole()
        for (n, s), part in parts.items():
            assert torch.equal(draw[n : n + 2, s : s + 10], part())


def test_another_seed_draws_other_numbers():
    draws = [KeyedNoise(seed, 0, 1, 1, 51, CPU)() for seed in (0, 1, 2**32, 2**63 - 1)]
    assert len({tuple(draw.flatten().tolist()) for draw in draws}) == len(draws)
