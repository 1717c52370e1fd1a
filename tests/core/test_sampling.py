"""Millions of samples: cut any way, in bounded memory, over several processes, and the same poses."""

import os
import subprocess
import sys
import tracemalloc

import h5py
import numpy as np
import pytest

from gfpose_core.condition import FIXED_3D, SEEN_2D, Condition
from gfpose_core.io.scratch import scratch
from gfpose_core.ladder import LADDER
from gfpose_core.registry import SAMPLERS, load
from gfpose_core.sampling import chunks, sample, stream
from tests.core.test_prior import QUICK, camera_points, levels_of, make_prior
from tests.samples import tiny_checkpoint


@pytest.mark.parametrize(
    ("poses", "hypotheses", "rows"),
    [(7, 3, 100), (7, 3, 6), (2, 10, 4), (1, 1, 1), (3, 5, 5), (4, 9, 1), (0, 5, 2)],
)
def test_chunks_hold_every_sample_once_and_never_too_many(poses, hypotheses, rows):
    seen = np.zeros((poses, hypotheses), int)
    for part in chunks(poses, hypotheses, rows):
        assert seen[part].size <= rows
        seen[part] += 1
    assert (seen == 1).all()


def test_no_chunk_is_of_one_sample_where_that_can_be_helped():
    assert [of.stop - of.start for _, of in chunks(1, 50, 7)] == [6, 6, 6, 7, 6, 6, 6, 7]


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("rows", [1, 4, 6, 30])
def test_any_cut_of_poses_and_hypotheses_agrees(rng, name, rows):
    prior, kind = make_prior(), load(SAMPLERS, name)
    sampler = kind(steps=5) if "steps" in kind.__dataclass_fields__ else kind()
    points = camera_points(rng, 3)
    for condition in (
        Condition.from_camera(points, levels_of(3, FIXED_3D, (4, 5, 6))),  # imputes
        Condition.denoise(points - points[:, :1], 0.3),
    ):
        whole = sample(prior, condition, 5, sampler, seed=1)
        cut = sample(prior, condition, 5, sampler, seed=1, rows=rows)
        np.testing.assert_allclose(cut, whole, rtol=1e-4, atol=1e-3)


def test_a_chunk_has_the_same_bits_whatever_is_sampled_beside_it(rng):
    prior = make_prior()
    condition = Condition.from_camera(camera_points(rng, 3), levels_of(3, SEEN_2D))
    whole = sample(prior, condition, 10, QUICK, seed=1, rows=4)
    backwards = chunks(3, 10, 4)[::-1]
    for part, drawn in stream(prior, condition, QUICK, 1, None, backwards):
        assert np.array_equal(drawn, whole[part])


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path):
    prior, shape = make_prior(), (1, 20_000, 17, 3)
    parts = chunks(*shape[:2], rows=500)
    with scratch(shape, tmp_path) as poses:
        tracemalloc.start()
        for part, drawn in stream(prior, Condition.nothing(), LADDER["preview"].solver(), 0, None, parts):
            poses[part] = drawn
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < poses.nbytes / 2
        assert np.isfinite(poses).all()
        assert len(np.unique(poses[0], axis=0)) == shape[1]
    assert not list(tmp_path.iterdir())


def test_progress_rises_to_one(rng):
    shares = []
    condition = Condition.from_camera(camera_points(rng, 3), levels_of(3, SEEN_2D))
    sample(make_prior(), condition, 4, QUICK, seed=0, rows=4, progress=shares.append)
    assert (np.diff(shares) > 0).all()
    assert shares[-1] == 1.0


def test_processes_share_a_sample_and_write_the_same_bits(tmp_path):
    command = ["-m", "gfpose_core.cli", "generate", "--checkpoint", str(tiny_checkpoint(tmp_path))]
    command += ["--count", "50", "--batch", "16", "--quality", "preview", "--out"]
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d"]
    launcher += ["--rdzv-endpoint", "localhost:0"]
    poses = []
    for start, name in (([], "one.h5"), (launcher, "two.h5")):
        done = subprocess.run(
            [sys.executable, *start, *command, str(tmp_path / name)],
            capture_output=True, text=True, timeout=100, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with h5py.File(tmp_path / name) as file:
            poses.append(file["poses"][()])
    assert np.array_equal(*poses)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.h5", "tiny.safetensors", "two.h5"]
