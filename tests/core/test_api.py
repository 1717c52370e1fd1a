"""The library from Python, as its user writes it, and what others plug into it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import gfpose_core as gp
from tests.keypoint_files import WRITERS, walk
from tests.samples import a_bvh, people, tiny_checkpoint

README = Path(__file__).parents[2] / "README.md"

EXAMPLES = {
    "lift": """
        import gfpose_core as gp

        keypoints = gp.read("keypoints.json", fps=25)
        poses = gp.lift(keypoints)
        gp.write(poses, "poses.bvh")
        """,
    "complete": """
        import gfpose_core as gp

        walk = gp.read("walk.bvh", joints=["LKnee=", "LAnkle="])  # as if nobody had seen them
        whole = gp.complete(walk, seed=3)
        gp.write(whole, "whole.bvh")
        """,
    "denoise": """
        import gfpose_core as gp

        walk = gp.read("walk.bvh")
        clean = gp.denoise(walk, noise_mm=20)
        gp.write(clean, "clean.bvh")
        """,
    "generate": """
        import gfpose_core as gp

        poses = gp.generate(5, sampler="preview", seed=1)
        gp.write(poses, "poses.npz")
        """,
    "a prior of one's own": """
        import gfpose_core as gp

        prior = gp.load("my.safetensors", device="cpu")
        poses = gp.generate(2, prior=prior)
        gp.write(poses, "mine.glb")
        """,
}


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """Where the examples find their files."""
    WRITERS["coco"](tmp_path, walk(rng)).rename(tmp_path / "keypoints.json")
    a_bvh(tmp_path / "walk.bvh", people(rng, 4) / 10)
    tiny_checkpoint(tmp_path).rename(tmp_path / "my.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_run_and_write_what_can_be_read_again(folder, name):
    before = set(folder.iterdir())
    exec(textwrap.dedent(EXAMPLES[name]), {})
    (made,) = set(folder.iterdir()) - before
    clip = gp.read(made)
    assert isinstance(clip, gp.PoseClip)
    assert clip.observed.all()


def test_the_python_in_the_readme_runs(folder):
    blocks = [block.partition("```")[0] for block in README.read_text("utf-8").split("```python\n")[1:]]
    for block in blocks:
        exec(block, {})


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


PLUGIN = """
import numpy as np

from gfpose_core.export.base import Format
from gfpose_core.io.clip import PoseClip
from gfpose_core.io.importing import Detected, Imported, Importer
from gfpose_core.priors.gfpose import GFPosePrior
from gfpose_core.samplers.dpm_solver import DPMSolver
from gfpose_core.skeleton import H36M17


class Source:
    def __init__(self, path):
        self.poses = np.loadtxt(path).reshape(-1, 17, 3)

    def interpret(self, corrections):
        clip = PoseClip(self.poses, np.ones(self.poses.shape[:2], bool), "y-up", corrections.fps or None)
        names = {name: name for name in H36M17.names}
        return Imported(Detected("Mine", len(clip), clip.fps, names), clip)


def write(poses, path):
    np.savetxt(path, (poses.poses[:, 0] + poses.origin[:, None]).reshape(-1, 51))


IMPORTER = Importer("Mine", (".mine",), lambda path, kind: path.suffix == ".mine", Source)
EXPORTER = Format(".mine", "Mine", write, whole_run=False)


class Sampler(DPMSolver):
    pass


class Prior(GFPosePrior):
    pass
"""

ENTRY_POINTS = """
[gfpose.importers]
mine = theirs:IMPORTER
[gfpose.exporters]
mine = theirs:EXPORTER
[gfpose.samplers]
mine = theirs:Sampler
[gfpose.priors]
mine = theirs:Prior
"""

SCRIPT = """
import gfpose_core as gp

prior = gp.load("my.safetensors", prior="mine")
poses = gp.generate(3, prior=prior, sampler="mine")
gp.write(poses, "a.mine")
again = gp.read("a.mine", fps=10)
assert type(prior).__module__ == "theirs" and abs(again.poses - poses.poses).max() < 1e-2 and again.fps == 10
"""


def test_another_package_plugs_in_its_own_prior_sampler_importer_and_exporter(folder):
    """A distribution as pip installs it, in a process that finds it on its path."""
    site = folder / "site"
    about = site / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "theirs.py").write_text(PLUGIN)
    path = f"import sys; sys.path[:0] = [{str(site)!r}, {str(README.parent)!r}]\n"
    run = subprocess.run([sys.executable, "-c", path + SCRIPT], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
