"""The typical poses that ZeDO starts from: they face the camera, cover the data, and are nested."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.assets import asset
from gfpose_core.errors import FormatError
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17
from gfpose_core.starts import SHIPPED, cluster, facing, read_starts, shipped_starts
from tests.samples import people


def test_heading_and_place_make_no_difference(rng):
    poses = people(rng, 5)
    turned = poses @ Rotation.from_rotvec([0, 1.9, 0]).as_matrix().T + [400, 0, -900]
    np.testing.assert_allclose(facing(turned), facing(poses), atol=1e-6)
    across = facing(poses)[:, 4] - facing(poses)[:, 1]
    assert (across[:, 0] > 100).all()  # their left is on the image's right: they look into the camera
    np.testing.assert_allclose(across[:, 2], 0, atol=1e-6)


def test_the_first_starts_serve_many_poses_and_the_next_ones_the_rest(rng):
    """Three kinds of poses, most of one: the first start is of that kind, the first three of all."""
    kinds = people(rng, 3, wobble=0.6)
    poses = np.repeat(kinds, [40, 25, 10], axis=0)
    poses = poses + rng.normal(0, 3, poses.shape)
    starts = cluster(poses, 3)
    apart = np.linalg.norm(starts[:, None] - facing(kinds)[None], axis=-1).mean(-1)
    assert sorted(apart.argmin(1)) == [0, 1, 2]
    assert apart.min(1).max() < 15
    assert apart.argmin(1)[0] == 0


def test_the_shipped_starts_are_people():
    starts = shipped_starts()
    assert len(starts) == 200
    assert asset(SHIPPED).stat().st_size < 200_000
    with np.load(asset(SHIPPED)) as file:
        assert "NSF EIA-0196217" in str(file["credit"])
    ratio = H36M17.bone_lengths(starts) / HUMAN_BONES_MM
    assert 0.6 < ratio.mean() < 1.1  # centres are means, and means of limbs are short
    np.testing.assert_allclose(starts[:, 0], 0, atol=1e-3)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    np.savez(tmp_path / "flat.npz", starts=np.zeros((5, 17, 2)))
    (tmp_path / "text.npz").write_text("no")
    for name in ("other", "flat", "text"):
        with pytest.raises(FormatError, match=f"{name}.npz holds"):
            read_starts(tmp_path / f"{name}.npz")
