from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.document import POSTERIOR_MEAN, Document, Noise
from app.documents.presets import PRESETS, preset_of
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from tests.app.fakes import STANDING

ALL = np.full(17, FIXED_3D)


def test_a_blank_document_generates_and_knows_nothing():
    document = Document()
    assert document.task == "generate"
    assert not document.condition().observed.any()


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_is_recognised_in_the_document_it_made(key):
    document = PRESETS[key].apply(Document(), STANDING)
    assert preset_of(document).key == key


def test_evidence_comes_back_where_it_was_put():
    document = PRESETS["legs"].apply(Document(), STANDING)
    condition = document.condition()
    back = condition.view.to_camera(condition.values.astype(float)) - condition.origin[:, None]
    fixed = document.levels == FIXED_3D
    np.testing.assert_allclose(back[0, fixed], STANDING[fixed], atol=1e-2)


def test_a_joint_that_becomes_known_is_taken_from_the_pose_seen_and_a_known_one_stays():
    document = PRESETS["legs"].apply(Document(), STANDING)
    moved = STANDING + 100
    after = document.with_levels(ALL, moved)
    was_free = document.levels == FREE
    np.testing.assert_array_equal(after.pose[was_free], moved[was_free])
    np.testing.assert_array_equal(after.pose[~was_free], STANDING[~was_free])


def test_evidence_without_a_pose_is_refused():
    with pytest.raises(ValueError, match="pose"):
        Document(levels=ALL)
    with pytest.raises(ValueError, match="finite"):
        Document(pose=np.full((17, 3), np.nan))


def test_arrays_of_a_document_cannot_be_written():
    document = PRESETS["lift"].apply(Document(), STANDING)
    for array in (document.pose, document.levels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_denoising_asks_for_the_mean_and_leaving_it_draws_again():
    denoising = PRESETS["denoise"].apply(Document(), STANDING)
    assert (denoising.task, denoising.sampler) == ("denoise", POSTERIOR_MEAN)
    assert denoising.condition(0.2).start.time == 0.2
    assert PRESETS["lift"].apply(denoising, STANDING).sampler == Document.sampler


def test_lifting_is_all_2d_and_mixed_evidence_completes():
    lift = PRESETS["lift"].apply(Document(), STANDING)
    assert lift.task == "lift"
    mixed = np.array(lift.levels)
    mixed[3] = FIXED_3D
    assert lift.with_levels(mixed, None).task == "complete"
    assert (lift.levels == SEEN_2D).all()


@given(st.floats(1, 300), st.sampled_from(["gaussian", "uniform"]), st.integers(0, 1000))
def test_noise_has_the_standard_deviation_it_says_and_is_the_same_again(std, kind, seed):
    noise = Noise(std, kind, seed)
    drawn = np.concatenate([Noise(std, kind, seed + k).draw() for k in range(60)])
    assert drawn.std() == pytest.approx(std, rel=0.1)
    np.testing.assert_array_equal(noise.draw(), Noise(std, kind, seed).draw())


def test_a_pose_that_is_noisy_already_gets_no_more():
    denoising = replace(PRESETS["denoise"].apply(Document(), STANDING), noise=Noise(40, "own"))
    np.testing.assert_array_equal(denoising.noisy_pose, STANDING)


def test_options_are_kept_for_each_sampler():
    document = Document().with_option("steps", 7)
    assert document.sampler_options == {"steps": 7}
    assert document.options == {"dpm-solver": {"steps": 7}}
