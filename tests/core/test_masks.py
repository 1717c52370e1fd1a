"""Masks: the paper's names, and frequencies as their probabilities say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.errors import TrainingError
from gfpose_core.masks import HPJ, U2D, U3D, JointMixture
from gfpose_core.skeleton import H36M17

levels_of_mask = st.text("0123456789T", min_size=3, max_size=3)
N = 40_000


@given(levels_of_mask, st.sampled_from(["", "HPJ-", "hpj-"]))
def test_names_of_masks_come_back(levels, prefix):
    mask = HPJ.parse(prefix + levels)
    assert str(mask) == f"HPJ-{levels}"
    assert HPJ.parse(str(mask)) == mask
    assert (mask.human, mask.part, mask.joint) == tuple(1.0 if c == "T" else int(c) / 10 for c in levels)


@pytest.mark.parametrize("text", ["", "HPJ-", "HPJ-01", "HPJ-0101", "HPJ-0x1", "PJ-010", "HPJ-01-"])
def test_other_names_are_refused(text):
    with pytest.raises(TrainingError, match="is no mask: write HPJ-xxx"):
        HPJ.parse(text)


@pytest.mark.parametrize("text", ["HPJ-000", "HPJ-200", "HPJ-030", "HPJ-004", "HPJ-123"])
def test_joints_are_seen_as_often_as_the_levels_multiply_to(text, rng):
    mask = HPJ.parse(text)
    visible = mask.visible(N, rng)
    wanted = (1 - mask.human) * (1 - mask.part) * (1 - mask.joint)
    np.testing.assert_allclose(visible.mean(0), wanted, atol=0.02)


def test_a_part_is_masked_as_a_whole_and_parts_apart(rng):
    visible = HPJ(0, 0.5, 0).visible(N, rng)
    for joints in H36M17.parts.values():
        assert (visible[:, joints] == visible[:, joints[:1]]).all()
    arms = visible[:, [11, 14]]
    assert (arms[:, 0] & arms[:, 1]).mean() == pytest.approx(0.25, abs=0.02)


def test_always_masked_is_always_masked(rng):
    for text in ("T00", "0T0", "00T"):
        assert not HPJ.parse(text).visible(100, rng).any()


def test_the_unified_models_of_the_paper(rng):
    assert str(U2D) == str(U3D) == "HPJ-111"
    assert set(np.unique(U2D.levels(2000, rng))) == {FREE, SEEN_2D}
    levels = U3D.levels(N, rng)
    fixed, seen = (levels == FIXED_3D).any(1), (levels == SEEN_2D).any(1)
    assert not (fixed & seen).any()
    assert fixed.sum() / (fixed | seen).sum() == pytest.approx(0.1, abs=0.01)


def test_the_mixture_holds_every_task(rng):
    mixture = JointMixture()
    levels = mixture.levels(N, rng)
    nothing = (levels == FREE).all(1)
    assert nothing.mean() == pytest.approx(mixture.unconditional, abs=0.02)
    kinds = [(levels == kind).any(1) for kind in (SEEN_2D, FIXED_3D)]
    only_2d, only_3d, both = kinds[0] & ~kinds[1], kinds[1] & ~kinds[0], kinds[0] & kinds[1]
    shown = ~nothing
    assert both.sum() / shown.sum() == pytest.approx(mixture.mixed, abs=0.03)
    assert only_3d.sum() / shown.sum() == pytest.approx(mixture.fixed, abs=0.03)
    assert only_2d.sum() / shown.sum() == pytest.approx(1 - mixture.fixed - mixture.mixed, abs=0.03)
    whole = (levels > FREE).all(1)
    assert whole.mean() > 0.2, "lifting with every joint in sight must be common"


def test_masks_repeat_with_their_seed():
    for mask in (U3D, JointMixture()):
        draws = [mask.levels(50, np.random.default_rng(5)) for _ in range(2)]
        np.testing.assert_array_equal(*draws)
