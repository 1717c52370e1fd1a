"""Pickles of data come back whole; those that would do something are refused, whatever they are made of."""

import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.errors import FormatError
from gfpose_core.io.pickles import read_pickle

CONTENT = {
    "array": np.arange(12, dtype=np.float32).reshape(3, 4),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big endian": np.arange(3, dtype=">i4"),
    "text": np.array(["a", "bcd"]),
    "flags": np.array([True, False]),
    "objects": np.array([{"x": np.eye(2)}, [1, "y"], None], dtype=object),
    "one": np.float64(2.5),
    "rest": OrderedDict(a=[1, (2.0, "c")], b=None),
}


def read(content: bytes):
    return read_pickle(io.BytesIO(content))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_data_comes_back_as_it_was(protocol):
    got = read(pickle.dumps(CONTENT, protocol))
    for name in ("array", "columns", "big endian", "text", "flags"):
        np.testing.assert_array_equal(got[name], CONTENT[name])
        assert got[name].dtype.newbyteorder("=") == CONTENT[name].dtype.newbyteorder("=")
    np.testing.assert_array_equal(got["objects"][0]["x"], np.eye(2))
    assert got["objects"][1:].tolist() == [[1, "y"], None]
    assert got["one"] == 2.5
    assert got["rest"] == CONTENT["rest"]


def test_numpy_1_and_2_and_python_2_are_read():
    old = pickle.dumps(CONTENT["array"], 2).replace(b"numpy._core", b"numpy.core")
    np.testing.assert_array_equal(read(old), CONTENT["array"])
    python_2 = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nt"
    python_2 += b"cnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x07\\xff'\ntb."
    assert read(python_2).tolist() == [7, 255]


class Harmful:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("protocol", range(6))
def test_code_is_named_and_never_run(tmp_path, protocol):
    target = tmp_path / "made"
    for content in (Harmful(target), [{"joint_3d_camera": Harmful(target)}]):
        with pytest.raises(FormatError, match=r"would run code \((posix|nt)\.mkdir\)"):
            read(pickle.dumps(content, protocol))
    assert not target.exists()


@pytest.mark.parametrize(
    "name",
    ["builtins eval", "builtins getattr", "builtins type", "numpy load", "numpy.core.multiarray fromfile"],
)
def test_what_is_near_to_the_allowed_is_refused(name):
    module, attribute = name.split()
    with pytest.raises(FormatError, match="would run code"):
        read(f"c{module}\n{attribute}\n.".encode())


def test_arrays_whose_size_and_data_disagree_are_refused():
    content = pickle.dumps(np.arange(3.0), 4)
    assert content.count(b"K\x03\x85") == 1
    with pytest.raises(FormatError, match="another amount of data"):
        read(content.replace(b"K\x03\x85", b"K\x04\x85"))


GOOD = [pickle.dumps(CONTENT, protocol) for protocol in (2, 4, 5)]


def nested(levels: int) -> bytes:
    key: tuple = ()
    for _ in range(levels):
        key = (key, key)
    return pickle.dumps(key, 2)[2:-1]


@pytest.mark.parametrize(
    "content",
    [b"}" + nested(60) + b"K\x01s.", b"}(" + nested(60) + b"K\x01u.", b"(" + nested(60) + b"K\x01d."],
    ids=["one item", "several", "protocol 0"],
)
def test_keys_whose_hash_takes_for_ever_are_refused(content):
    with pytest.raises(FormatError, match="a tuple for a key"):
        read(b"\x80\x02" + content)


@pytest.mark.parametrize("content", [{1}, frozenset({1}), {"a": {(1, 2)}}])
def test_sets_are_no_data(content):
    with pytest.raises(FormatError, match="a set"):
        read(pickle.dumps(content, 4))


def test_what_unfolds_without_end_is_refused():
    laughs: list = [1.0] * 10
    for _ in range(12):
        laughs = [laughs] * 10
    with pytest.raises(FormatError, match="unfolds to far more"):
        read(pickle.dumps({"joint_3d_camera": laughs}))
    within: list = []
    within.append(within)
    with pytest.raises(FormatError, match="unfolds to far more"):
        read(pickle.dumps(within))
    many = [np.zeros(2**17)] * 1000
    with pytest.raises(FormatError, match="unfolds to far more"):
        read(pickle.dumps(many))
    camera = {"fx": 1.0}
    assert len(read(pickle.dumps([{"camera": camera}] * 1000))) == 1000


@given(st.sampled_from(GOOD), st.data())
def test_damage_ends_in_a_refusal_or_in_data(content, data):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except FormatError:
        pass


@given(st.binary(max_size=300))
def test_random_bytes_end_in_a_refusal_or_in_data(content):
    try:
        read(content)
    except FormatError:
        pass
