"""From a document to a request, to its recording, and back to a document that asks for the same."""

from dataclasses import replace

import numpy as np
import pytest

from app.documents.document import MOST_HYPOTHESES, Document, Noise
from app.documents.presets import PRESETS
from app.viewmodels.asking import document_of, quality_of, request_for
from gfpose_core.export.base import PoseExport
from gfpose_core.ladder import LADDER
from tests.app.fakes import STANDING, FakeBackend
from tests.app.test_engine import Bench

SAMPLERS = FakeBackend().ready().samplers
PRIOR = FakeBackend().describe(FakeBackend().prior, None, "cpu")
LEGS = replace(PRESETS["legs"].apply(Document(), STANDING), seed=7, hypotheses=5, evidence="imputation")
DENOISE = replace(PRESETS["denoise"].apply(Document(), STANDING), noise=Noise(40, "uniform", 3))
DOCUMENTS = {
    "generate": Document(seed=3, hypotheses=9),
    "another sampler": Document(sampler="euler-maruyama"),
    "options": Document(hypotheses=4).with_option("steps", 8),
    "lift": PRESETS["lift"].apply(Document(hypotheses=2), STANDING),
    "legs": LEGS,
    "guided": replace(LEGS, evidence=None, guidance=2.5),
    "posterior mean": DENOISE,
    "denoised samples": replace(DENOISE, sampler="dpm-solver", start_time=0.1, hypotheses=3),
}


def run(document: Document):
    (finished,) = Bench().run(request_for(document, PRIOR, animate=False))
    return finished.recording


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_recording_tells_all_that_is_needed_to_make_it_again(name):
    first = run(DOCUMENTS[name])
    document = document_of(first, Document(), SAMPLERS)
    assert document.task == DOCUMENTS[name].task
    assert document.evidence == DOCUMENTS[name].evidence
    assert document.guidance == DOCUMENTS[name].guidance
    again = run(document)
    assert again.options == first.options
    assert (again.sampler, again.seed) == (first.sampler, first.seed)
    np.testing.assert_allclose(again.poses, first.poses, atol=0.01)


def test_what_a_recording_leaves_open_is_taken_from_its_first_hypothesis():
    """A joint seen in 2D lies on its ray, as deep as the hypothesis has it."""
    recording = run(DOCUMENTS["lift"])
    document = document_of(recording, Document(), SAMPLERS)
    origin, view = recording.condition.origin[0], recording.condition.view
    poses = document.pose, recording.poses[0, 0]
    again, shown = (view.to_network((pose + origin)[None])[0] for pose in poses)
    np.testing.assert_allclose(again[:, 2], shown[:, 2], atol=1e-2)
    np.testing.assert_allclose(again[:, :2], recording.condition.values[0, :, :2], atol=1e-2)
    assert document.seed_locked


def test_an_export_says_the_steps_asked_for_not_the_moments_kept():
    assert PoseExport.of(replace(run(Document()), trajectory=run(DENOISE).trajectory)).steps == 20


def test_what_was_denoised_comes_back_as_noisy_as_it_was():
    document = document_of(run(DENOISE), Document(), SAMPLERS)
    np.testing.assert_allclose(document.noisy_pose, DENOISE.noisy_pose, atol=1e-3)
    assert document.noise.kind == "own"
    assert document.noise.std_mm > 0


def test_a_run_by_a_sampler_not_known_here_leaves_the_sampler_as_it_was():
    before = Document(hypotheses=12).with_option("steps", 9)
    document = document_of(replace(run(LEGS), sampler="authors"), before, SAMPLERS)
    assert (document.sampler, document.options, document.hypotheses) == ("dpm-solver", before.options, 12)
    assert document.seed == LEGS.seed
    np.testing.assert_array_equal(document.levels, LEGS.levels)


def test_a_weight_counts_where_there_is_evidence_that_the_network_is_told():
    lift, guided = DOCUMENTS["lift"], {"guidance": 2.5}
    for document, weight in (
        (replace(lift, **guided), 2.5),
        (replace(lift, evidence="both", **guided), 2.5),
        (replace(lift, evidence="imputation", **guided), 1.0),
        (replace(lift, sampler="zedo", **guided), 1.0),
        (replace(DENOISE, **guided), 1.0),
        (Document(**guided), 1.0),
    ):
        assert request_for(document, PRIOR, animate=False).guidance == weight


@pytest.mark.parametrize("told", [None, "much", -1, 11, float("nan")])
def test_a_weight_that_is_none_is_taken_for_one(told):
    recording = run(LEGS)
    document = document_of(replace(recording, options={"guidance": told}), Document(), SAMPLERS)
    assert document.guidance == 1.0


def test_unknown_options_and_too_many_hypotheses_are_left_out():
    recording = run(LEGS)
    many = np.broadcast_to(recording.poses[:, :1], (1, MOST_HYPOTHESES + 5, 17, 3))
    told = {**recording.options, "evidence": "witchcraft", "wand": 1}
    document = document_of(replace(recording, poses=many, options=told), Document(), SAMPLERS)
    assert document.sampler_options == {}
    assert (document.evidence, document.hypotheses) == (None, MOST_HYPOTHESES)


@pytest.mark.parametrize("name", LADDER)
def test_a_quality_is_known_again_and_lost_by_another_option(name):
    document = LEGS.with_option("eta", 0.25).with_quality(name)
    assert quality_of(document, SAMPLERS) == name
    assert request_for(document, PRIOR, animate=False).options == LADDER[name].options
    assert quality_of(document.with_option("eta", 0.5), SAMPLERS) is None
    back = document.with_option("eta", 0.5).with_option("eta", 1.0)
    assert quality_of(back, SAMPLERS) == name


def test_a_preview_is_the_ladders_with_few_hypotheses():
    for wanted, drawn in ((1, 1), (10**6, LEGS.hypotheses)):
        assert request_for(LEGS, PRIOR, animate=True, preview=wanted).hypotheses == drawn
    request = request_for(LEGS, PRIOR, animate=True, preview=1)
    assert (request.sampler, request.options) == ("dpm-solver", LADDER["preview"].options)
    assert request.hypotheses == 1
