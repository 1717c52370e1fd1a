"""The same backbone as a score and as a regressor, on 2D it was and was not trained for: GFPose Table 4."""

from __future__ import annotations

from dataclasses import replace

from gfpose_core.evaluation import papers
from gfpose_core.evaluation.exam import Exam
from gfpose_core.evaluation.models import trained, training_note
from gfpose_core.evaluation.table import Row, Table
from gfpose_core.evaluation.tables.lifting import NOISE_PX, lifting_task
from gfpose_core.samplers.posterior_mean import PosteriorMean
from gfpose_core.training.poses import ViewBatches
from gfpose_core.training.recipes import recipe

STEPS = 2500


def robustness(exam: Exam) -> Table:
    """Table 4: four models, trained here, on four kinds of 2D; one sample each."""
    true, rng = exam.subjects.keypoints, exam.rng(5)
    detected = exam.subjects.detected
    stand_in = detected is None
    if stand_in:
        detected = true + rng.normal(0, NOISE_PX, true.shape)
    jitter = rng.normal(0, NOISE_PX, true.shape)
    images = {"GT": true, "DT": detected, "GT + N(0, 25)": true + jitter, "DT + N(0, 25)": detected + jitter}

    views, taught = exam.views, {}
    if views is not None:
        taught = {"GT": views.keypoints, "DT": views.detected}
        if views.detected is None:
            taught["DT"] = views.keypoints + rng.normal(0, NOISE_PX, views.keypoints.shape)

    rows = []
    for trained_on, noise in (("GT", 0.0), ("DT", NOISE_PX)):
        for kind, name in (("P", "hpj-000"), ("D", "lifter")):
            chosen = recipe(name)
            network = replace(chosen.model.network, condition="soft")
            chosen = replace(chosen, model=replace(chosen.model, network=network))
            if views is None:
                prior = trained(exam, replace(chosen, noise_px=noise), STEPS)
            else:
                filmed = ViewBatches(views.points, taught[trained_on], views.camera, chosen.masks)
                prior = trained(exam, chosen, STEPS, filmed)
            single = {"sampler": PosteriorMean()} if kind == "D" else {}
            tasks = [
                replace(lifting_task(exam, f"{kind} ({trained_on}) on {image}", images[image], **single),
                        hypotheses=1)
                for image in images
            ]  # fmt: skip
            errors = [scores.mean() for scores in exam.run(tasks, prior)]
            label = f"{kind} ({trained_on})"
            rows.append(Row(label, dict(zip(images, errors, strict=True)), papers.ROBUSTNESS[label]))
    notes = [
        training_note(exam, STEPS),
        "P: score network, one sample; D: the same network as a regressor.",
    ]
    if views is not None:
        notes.append("Models are trained on poses before their own cameras.")
    if views is None or views.detected is None:
        notes.append(f"(DT): trained on true 2D with N(0, {NOISE_PX**2:g}) px in the place of detections.")
    if stand_in:
        notes.append(f"on DT: this data has no detections; N(0, {NOISE_PX**2:g}) px stands in for them too.")
    return Table("robustness", "Robustness: MPJPE of one sample, mm", "GFPose Table 4", rows, notes=notes)
