"""Two kinds of damage: to a file's bytes, and to what they say, in a file that is whole again.

The second gets behind checksums, archives and brackets: a file is taken apart into dicts, lists, arrays and
texts, some of these are replaced by what readers trip over, and it is put together in its own format.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import re
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import h5py
import numpy as np

from gfpose_core.io.hdf5 import put_array, put_texts

Change = Callable[[Any], Any]

_WORDS = (b"0", b"-1", b"1e308", b"nan", b"inf", b"99999999999", b"{", b"}", b"[", b'"', b",", b"\0", b"\xff")
_VALUES = (
    None, True, 0, -1, 1, 2.5, 1e308, math.nan, math.inf, 10**25, -(2**63), "", "0", "\x00", "é" * 300,
    [], {}, [[]], [0], {"a": None}, ["x"], [[1, 2, 3]],
)  # fmt: skip
_KINDS = ("f8", "f4", "i4", "u1", "?", "c8", "S3", "U2")
_SHAPES = ((), (0,), (1,), (17,), (17, 3), (0, 17, 3), (1, 17, 3), (2, 3, 17, 3), (3, 3))


def damaged(content: bytes, chance: Random) -> bytes:
    """``content`` with some damage of either kind."""
    rewrite = _format(content)
    if rewrite is None or chance.random() < 0.5:
        return scrambled(content, chance)
    times = chance.choice((1, 1, 1, 2, 4))

    def change(value: Any) -> Any:
        for _ in range(times):
            value = odd(value, chance)
        return value

    try:
        return rewrite(content, change)
    except Exception:  # what the format cannot say: every writer refuses in its own way
        return scrambled(content, chance)


def scrambled(content: bytes, chance: Random) -> bytes:
    """A few of: bytes replaced, cut, doubled, moved, or overwritten by what readers trip over."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at, other = (chance.randrange(len(found) + 1) for _ in range(2))
        long = chance.choice((1, 2, 4, 16, 64))
        again, moved = found[at : at + long] * chance.choice((1, 1, 2, 1000)), found[other : other + long]
        new = chance.choice((b"", chance.randbytes(1), again, moved, chance.choice(_WORDS)))
        found[at : at + chance.choice((len(new), len(new), 0, long, len(found)))] = new
    return bytes(found)


def odd(value: Any, chance: Random) -> Any:
    """``value`` with one thing in it, at any depth, replaced, removed, repeated or bent."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        found, key = dict(value), chance.choice(list(value))
        kind = chance.random()
        if kind < 0.1:
            del found[key]
        elif kind < 0.15:
            found[chance.choice(list(value))] = value[key]
        else:
            found[key] = odd(value[key], chance)
        return found
    if isinstance(value, list | tuple) and value and chance.random() < 0.9:
        found, at = list(value), chance.randrange(len(value))
        kind = chance.random()
        if kind < 0.1:
            del found[at]
        elif kind < 0.2:
            found[at:at] = [found[at]] * chance.choice((1, 2, 1000))
        else:
            found[at] = odd(found[at], chance)
        return found
    if isinstance(value, np.ndarray) and chance.random() < 0.9:
        return _bent(value, chance)
    if isinstance(value, str) and value[:1] in ("{", "[") and chance.random() < 0.9:  # JSON within
        return json.dumps(odd(json.loads(value), chance))
    return chance.choice(_VALUES)


@np.errstate(all="ignore")
def _bent(array: np.ndarray, chance: Random) -> np.ndarray:
    if array.dtype == np.uint8 and array.tobytes()[:1] == b"{":  # JSON, as session files have it
        return np.frombuffer(odd(array.tobytes().decode(), chance).encode(), np.uint8)
    kind = chance.randrange(6)
    if kind == 0:
        return array[: chance.randrange(len(array) + 1)] if array.ndim else array.reshape(1)
    if kind == 1:
        return array.astype(chance.choice(_KINDS))
    if kind == 2:
        return np.zeros(chance.choice(_SHAPES), array.dtype)
    if kind == 3 and array.ndim > 1:
        return np.moveaxis(array, -1, chance.randrange(array.ndim - 1))
    if kind == 4:
        return array[None]
    found = array.copy()
    if found.size and found.dtype.kind in "fiu":
        most = (math.nan, math.inf, 1e308, -1e30) if found.dtype.kind == "f" else (1, 17, 120, 255)
        found.flat[chance.randrange(found.size)] = chance.choice((*most, 0))
    return found


def _format(content: bytes) -> Callable[[bytes, Change], bytes] | None:
    """What takes a file apart and puts it together."""
    if content.startswith((b"\x89HDF", b"MATLAB")):
        return _in_hdf5
    if content.startswith(b"\x89PNG"):
        return _in_png
    if content.startswith(b"PK"):
        return _in_torch if b"data.pkl" in content[:200] else _in_npz
    if content.startswith(b"\x80"):
        return _in_pickle
    if content.startswith(b"glTF"):
        return _in_gltf
    if content[8:9] == b"{":
        return _in_safetensors
    if content[:1] in (b"{", b"["):
        return _in_json
    return _in_text if b"\0" not in content and content.isascii() else None


def _in_json(content: bytes, change: Change) -> bytes:
    return json.dumps(change(json.loads(content))).encode()


def _in_text(content: bytes, change: Change) -> bytes:
    """Words, and what stands between them, are the elements of a list."""
    return "".join(map(str, change(re.split(r"(\s+|[,;:])", content.decode())))).encode()


def _in_gltf(content: bytes, change: Change) -> bytes:
    (size,) = struct.unpack_from("<I", content, 12)
    text = _in_json(content[20 : 20 + size], change)
    text += b" " * (-len(text) % 4)
    rest = content[20 + size :]
    head = struct.pack("<4sIII", b"glTF", 2, 20 + len(text) + len(rest), len(text))
    return head + b"JSON" + text + rest


def _in_png(content: bytes, change: Change) -> bytes:
    """Names and contents of chunks; their sizes and checksums are made anew."""
    chunks, at = [], 8
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        name, inner = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        chunks.append([name, np.frombuffer(inner, np.uint8)])
        at += 12 + size
    parts = [content[:8]]
    for name, inner in change(chunks):
        told = name + inner.tobytes()
        parts += [struct.pack(">I", len(told) - 4), told, struct.pack(">I", zlib.crc32(told))]
    return b"".join(parts)


def _in_pickle(content: bytes, change: Change) -> bytes:
    return pickle.dumps(change(pickle.loads(content)))


def _in_npz(content: bytes, change: Change) -> bytes:
    with np.load(io.BytesIO(content), allow_pickle=True) as archive:
        arrays = {name: a.item() if a.dtype.hasobject else a for name, a in archive.items()}
    file = io.BytesIO()
    np.savez(file, **change(arrays))
    return file.getvalue()


def _in_torch(content: bytes, change: Change) -> bytes:
    import torch

    def arrays(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: arrays(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [arrays(inner) for inner in value]
        return value.numpy() if isinstance(value, torch.Tensor) else value

    def tensors(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: tensors(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [tensors(inner) for inner in value]
        return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value

    file = io.BytesIO()
    torch.save(tensors(change(arrays(torch.load(io.BytesIO(content), weights_only=True)))), file)
    return file.getvalue()


def _in_safetensors(content: bytes, change: Change) -> bytes:
    """The hash over config and tensors is made anew, else nothing behind it were ever read."""
    import torch
    from safetensors.numpy import load, save

    from gfpose_core.io.checkpoints import FORMAT, content_hash

    (size,) = struct.unpack_from("<Q", content)
    about = json.loads(json.loads(content[8 : 8 + size])["__metadata__"][FORMAT])
    found = change({"about": about, "tensors": load(content)})
    about, tensors = found["about"], found["tensors"]
    if isinstance(about, dict):
        as_torch = {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in tensors.items()}
        about["sha256"] = content_hash(about.get("config", {}), as_torch)
    return save(tensors, {FORMAT: json.dumps(about)})


def _in_hdf5(content: bytes, change: Change) -> bytes:
    """Groups are dicts, their attributes a dict under "@"."""
    with h5py.File(io.BytesIO(content)) as file:
        tree, before = _tree(file), content[: file.userblock_size]
    target = io.BytesIO()
    with h5py.File(target, "w", libver="latest", userblock_size=len(before)) as file:
        _grow(file, change(tree))
    return before + target.getvalue()[len(before) :]


def _tree(node: h5py.Group) -> dict[str, Any]:
    found: dict[str, Any] = {"@": dict(node.attrs)}
    for name, inner in node.items():
        if isinstance(inner, h5py.Group):
            found[name] = _tree(inner)
        else:
            found[name] = inner.asstr()[()] if h5py.check_string_dtype(inner.dtype) else inner[()]
    return found


def _grow(group: h5py.Group, tree: dict[str, Any]) -> None:
    for name, value in tree.items():
        if name == "@":
            for key, told in dict(value).items():
                if isinstance(told, str):
                    put_texts(group, **{key: told})
                else:
                    group.attrs[key] = told
        elif isinstance(value, dict):
            _grow(group.create_group(name), value)
        elif isinstance(value, np.ndarray) and value.dtype.kind not in "OU":
            put_array(group, name, value)
        else:
            group[name] = value.tolist() if isinstance(value, np.ndarray) else value
