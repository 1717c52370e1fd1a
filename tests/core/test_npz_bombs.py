"""Every reader of npz refuses one that says, or unpacks to, far more than the file holds."""

import tracemalloc
import zipfile
from functools import partial

import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.export.base import read_export
from gfpose_core.io import npz
from gfpose_core.io.inputs import read_keypoints, read_noisy, read_partial
from gfpose_core.io.results import read_results

READERS = {
    "poses origin seed": read_export,
    "pred3d": read_results,
    "poses_3d": partial(read_noisy, axes="y-up"),
    "poses_3d observed": partial(read_partial, axes="y-up"),
    "keypoints_2d": read_keypoints,
}


def write(path, names: str, shape: tuple[int, ...], content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names.split():
            with archive.open(f"{name}.npy", "w") as file:
                header = {"descr": "<f8", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                file.write(content)


@pytest.mark.parametrize("names", READERS)
def test_a_claim_to_be_enormous_takes_no_memory(tmp_path, names):
    write(tmp_path / "a.npz", names, (10**7, 17, 3), b"few")
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"a\.npz"):
        READERS[names](tmp_path / "a.npz")
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


@pytest.mark.parametrize("names", READERS)
def test_a_bomb_is_not_unpacked(tmp_path, names, monkeypatch):
    monkeypatch.setattr(npz, "MOST_BYTES", 10**6)
    write(tmp_path / "a.npz", names, (10**6,), bytes(8 * 10**6))
    with pytest.raises(FormatError, match=r"a\.npz.* unpack to"):
        READERS[names](tmp_path / "a.npz")


def test_what_is_not_packed_may_be_as_large_as_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MOST_BYTES", 100)
    np.savez(tmp_path / "a.npz", poses_3d=np.ones((2, 17, 3)) * np.arange(0, 17e3, 1e3)[:, None])
    assert len(read_noisy(tmp_path / "a.npz", "y-up")) == 2
