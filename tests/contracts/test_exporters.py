"""What every registered export format must do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gfpose_core.camera import AXES
from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, read_export
from gfpose_core.io.identify import identify
from gfpose_core.registry import EXPORTERS, load
from tests.samples import a_recording


@pytest.fixture(params=EXPORTERS)
def name(request) -> str:
    return request.param


@pytest.fixture
def path(tmp_path, name) -> Path:
    return tmp_path / f"out{load(EXPORTERS, name).suffix}"


def assert_same(one: PoseExport, other: PoseExport) -> None:
    for name in ("axes", "seed", "checkpoint", "checkpoint_sha256", "sampler", "steps", "options"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_allclose(one.poses, other.poses, atol=6e-4)
    np.testing.assert_allclose(one.origin, other.origin, atol=6e-4)
    assert one.poses.dtype == np.float32
    assert (one.trajectory is None) == (other.trajectory is None)
    if one.trajectory:
        for name, array in vars(one.trajectory).items():
            np.testing.assert_allclose(getattr(other.trajectory, name), array, atol=6e-4)


@pytest.mark.parametrize("trajectory", [False, True])
@pytest.mark.parametrize("axes", AXES)
def test_what_is_exported_can_be_read_again(path, rng, axes, trajectory):
    poses = PoseExport.of(a_recording(rng), axes, trajectory)
    export(poses, path)
    assert_same(read_export(path), poses)


def test_axes_turn_the_poses_and_nothing_else(path, rng):
    recording = a_recording(rng)
    heads = {}
    for axes in AXES:
        export(PoseExport.of(recording, axes), path)
        heads[axes] = read_export(path).poses[:, :, 10]
    x, y, z = np.moveaxis(heads["camera"], -1, 0)
    np.testing.assert_allclose(heads["y-up"], np.stack([x, -y, -z], -1), atol=1e-3)
    np.testing.assert_allclose(heads["z-up"], np.stack([x, z, -y], -1), atol=1e-3)


def test_the_format_can_be_named_against_the_suffix(tmp_path, name, rng):
    export(PoseExport.of(a_recording(rng)), tmp_path / "out.poses", name)
    assert identify(tmp_path / "out.poses").kind == "export"


def test_the_file_is_recognised(path, rng):
    export(PoseExport.of(a_recording(rng)), path)
    assert identify(path).kind == "export"


def test_bad_poses_are_refused_and_leave_no_file(path, rng):
    poses = PoseExport.of(a_recording(rng))
    broken = poses.poses.copy()
    broken[0, 0, 3] = np.nan
    with pytest.raises(FormatError, match="not finite"):
        export(replace(poses, poses=broken), path)
    with pytest.raises(FormatError, match="no folder"):
        export(poses, path.parent / "none" / path.name)
    with pytest.raises(TypeError):
        export(replace(poses, options={"no": object()}), path)
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_cut_short_file_is_refused(path, rng, share):
    export(PoseExport.of(a_recording(rng), trajectory=True), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match=path.name):
        read_export(path)


def test_an_unknown_suffix_names_the_formats(tmp_path, rng):
    with pytest.raises(FormatError, match=r"end the name with .npz, .json, .h5"):
        export(PoseExport.of(a_recording(rng)), tmp_path / "out.xyz")


def test_what_does_not_belong_together_is_refused(rng):
    poses = PoseExport.of(a_recording(rng))
    with pytest.raises(FormatError, match="do not belong together"):
        replace(poses, origin=poses.origin[:1])
    with pytest.raises(FormatError, match="unknown axes 'up'"):
        PoseExport.of(a_recording(rng), "up")
