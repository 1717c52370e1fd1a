"""The library from Python, as its user writes it, and what others plug into it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import gfpose_core as gp
from tests.keypoint_files import WRITERS, walk
from tests.samples import a_bvh, people, tiny_checkpoint

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """Where the examples find their files."""
    WRITERS["coco"](tmp_path, walk(rng)).rename(tmp_path / "keypoints.json")
    a_bvh(tmp_path / "walk.bvh", people(rng, 4) / 10)
    tiny_checkpoint(tmp_path).rename(tmp_path / "my.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_the_readme(language: str) -> list[str]:
    """Its examples in ``language``."""
    return [part.partition("```")[0] for part in README.read_text("utf-8").split(f"```{language}\n")[1:]]


@pytest.mark.parametrize("block", in_the_readme("python"))
def test_the_python_in_the_readme_runs_and_what_it_writes_can_be_read_again(folder, block):
    exec(block, {})
    for name in re.findall(r'gp\.write\(.*"([\w.]+)"\)', block):
        clip = gp.read(folder / name)
        assert isinstance(clip, gp.PoseClip)
        assert clip.observed.all()


def test_the_readme_shows_every_verb():
    shown = "".join(in_the_readme("python"))
    assert [
        verb for verb in ("lift", "complete", "denoise", "generate", "load") if f"gp.{verb}(" not in shown
    ] == []


def test_completing_keeps_what_was_read(folder):
    walk = gp.read("walk.bvh", joints=["LKnee=", "LAnkle="])
    whole = gp.complete(walk, sampler="preview")
    np.testing.assert_allclose(whole.poses[walk.observed], walk.poses[walk.observed], atol=1e-6)
    again = gp.complete(walk, sampler="preview")
    np.testing.assert_array_equal(whole.poses, again.poses)


def test_the_wrong_kind_of_clip_or_correction_is_refused_in_words(folder):
    walk, keypoints = gp.read("walk.bvh"), gp.read("keypoints.json")
    with pytest.raises(gp.GfposeError, match="keypoints in an image are lifted, and this is a PoseClip"):
        gp.lift(walk)
    for verb in (gp.complete, lambda clip: gp.denoise(clip, 10.0)):
        with pytest.raises(gp.GfposeError, match="this is a KeypointClip"):
            verb(keypoints)
    with pytest.raises(gp.GfposeError, match="unexpected keyword argument 'unit'"):
        gp.read("walk.bvh", unit="inches")
    with pytest.raises(gp.GfposeError, match="there is no 'fastest'"):
        gp.generate(sampler="fastest")
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        gp.nonsense  # noqa: B018


def test_all_that_is_named_is_there():
    assert all(getattr(gp, name) is not None for name in gp.__all__)
    assert set(gp.__all__) <= set(dir(gp))


def test_importing_the_package_loads_neither_torch_nor_numpy():
    code = "import sys, gfpose_core; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


SCRIPT = """
import gfpose_core as gp

prior = gp.load("my.safetensors", prior="mine")
poses = gp.generate(3, prior=prior, sampler="mine")
gp.write(poses, "a.mine")
again = gp.read("a.mine", fps=10)
assert type(prior).__module__ == "mine" and abs(again.poses - poses.poses).max() < 1e-2 and again.fps == 10
"""


def test_another_package_plugs_in_its_own_prior_sampler_importer_and_exporter(folder):
    """A distribution as pip installs it, in a process that finds it on its path."""
    site = folder / "site"
    about = site / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (pyproject,), module = in_the_readme("toml"), in_the_readme("python")[-1]
    groups = tomllib.loads(pyproject)["project"]["entry-points"]
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in of.items()) for group, of in groups.items()]
    (about / "entry_points.txt").write_text("".join(lines))
    (site / module.split()[1]).write_text(module)
    path = f"import sys; sys.path[:0] = [{str(site)!r}, {str(README.parent)!r}]\n"
    run = subprocess.run([sys.executable, "-c", path + SCRIPT], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
