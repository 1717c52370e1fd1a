"""Archives of arrays that are damaged, or meant to do harm."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import read_clip
from gfpose_core.io.npz import read_arrays
from tests.samples import people


def member(shape: tuple[int, ...], dtype: str = "<f8", body: bytes = b"") -> bytes:
    """An array's file: a header that says what it likes, and ``body``."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": dtype})
    return file.getvalue() + body


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def test_arrays_are_those_that_numpy_wrote(tmp_path, rng):
    arrays = {
        "a": rng.normal(size=(3, 4)), "b": np.asfortranarray(rng.integers(0, 9, (4, 5))),
        "c": np.array("text"), "d": np.zeros((0, 3)), "e": np.array([True, False]),
    }  # fmt: skip
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        found = read_arrays(tmp_path / "a.npz")
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype
    assert read_arrays(tmp_path / "a.npz", only=("c", "none")).keys() == {"c"}


@pytest.mark.parametrize(
    "content",
    [
        member((10**12, 17, 3)),
        member((2**31, 2**31, 3)),
        member((-1, 17, 3)),
        member((2, 17, 3), body=b"\0" * 100),
        member((2, 17, 3))[:20],
        b"\x93NUMPY\x09\x00" + b"\0" * 100,
        b"no array",
        b"",
    ],
)
def test_headers_that_say_too_much_take_no_memory(tmp_path, content):
    path = archive(tmp_path / "a.npz", poses_3d=content)
    tracemalloc.start()
    with pytest.raises(FormatError, match="no npz, cut short or damaged"):
        read_arrays(path)
    assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    tracemalloc.stop()


def test_a_zip_bomb_is_refused_before_it_goes_off(tmp_path):
    path = archive(tmp_path / "a.npz", poses_3d=member((4000, 17, 3), body=bytes(4000 * 17 * 3 * 8)))
    assert path.stat().st_size < 10_000
    with pytest.raises(FormatError, match=r"unpack to .* GiB"):
        read_arrays(path, most=10**6)


def test_pickled_objects_are_not_looked_at(tmp_path):
    np.savez(tmp_path / "a.npz", poses_3d=np.array([{"a": print}], object), allow_pickle=True)
    with pytest.raises(FormatError, match="holds Python objects"):
        read_clip(tmp_path / "a.npz")


@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused_never_more(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    np.savez(path, poses_3d=people(np.random.default_rng(0), 2), fps=25.0, observed=np.ones((2, 17), bool))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        clip = read_clip(path, name="npz").clip
    except FormatError:
        return
    assert np.isfinite(clip.poses[clip.observed]).all()
