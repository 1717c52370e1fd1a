"""Pickles of data, read without running what is in them: containers, numbers, text and NumPy arrays."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable, Sequence
from typing import IO, Any, ClassVar

import numpy as np

from gfpose_core.errors import FormatError

_SMALL_BYTES, _MOST_SHARED = 64 * 2**20, 10
"""Up to what size nothing is asked; and how much larger unfolded data may be than what is there once."""


def read_pickle(file: IO[bytes]) -> Any:
    """What is pickled at the place where ``file`` stands; written by Python 2 or 3, NumPy 1 or 2.

    Raises:
        FormatError: it asks for a function or a class, is damaged, or unfolds to far more than it holds.
    """
    try:
        content = _DataOnly(file, encoding="latin1").load()
        _require_no_bomb(content)
        return content
    except FormatError:
        raise
    except Exception as error:  # a damaged pickle fails with anything
        raise FormatError(f"a pickle that is cut short or damaged ({error})") from error


def as_array(value: Any) -> np.ndarray:
    """``value`` out of a pickle, an array or lists of numbers, as an array.

    Raises:
        FormatError: lists of different lengths.
    """
    try:
        return np.asarray(value)
    except ValueError:
        raise FormatError("lists of different lengths, where an array of numbers is needed") from None


def is_list(value: Any) -> bool:
    """Whether ``value`` out of a pickle has elements in an order; an array of one bare number has none."""
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _require_no_bomb(content: Any) -> None:
    """Lists may hold one list many times, and that another: few bytes, until an array is made of it."""
    unfolded: dict[int, float] = {}  # bytes, by identity
    held = 0

    def size(value: Any) -> float:
        nonlocal held
        if isinstance(value, np.ndarray):
            own, inner = value.nbytes, value.flat if value.dtype.hasobject else ()
        elif isinstance(value, dict | list | tuple):
            own, inner = 8 * len(value), value.values() if isinstance(value, dict) else value
        else:
            return 8
        if id(value) not in unfolded:
            unfolded[id(value)] = math.inf  # while inside: what holds itself never ends
            held += own
            unfolded[id(value)] = own + sum(map(size, inner))
        return unfolded[id(value)]

    if size(content) > max(_SMALL_BYTES, _MOST_SHARED * held):
        raise FormatError("a pickle that unfolds to far more than it holds")


def runs_code(names: Sequence[str]) -> str:
    """The refusal of a pickle that asks for ``names``."""
    return f"a pickle that would run code ({', '.join(names[:3])}) when opened: refused"


_Key = str | bytes | int | float | np.generic | None


class _DataOnly(pickle._Unpickler):  # the C one reserves as much memory as a damaged number tells it to
    dispatch: ClassVar[dict[int, Callable]] = {
        **pickle._Unpickler.dispatch,
        pickle.SETITEM[0]: lambda self: self._into_dict(pickle._Unpickler.load_setitem, -2),
        pickle.SETITEMS[0]: lambda self: self._into_dict(pickle._Unpickler.load_setitems, 0),
        pickle.DICT[0]: lambda self: self._into_dict(pickle._Unpickler.load_dict, 0),
        **dict.fromkeys((pickle.EMPTY_SET[0], pickle.FROZENSET[0]), lambda self: self._no_set()),
    }

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core", "numpy.core")  # renamed in NumPy 2
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise FormatError(runs_code([f"{module}.{name}"])) from None

    def _into_dict(self, load: Callable[[pickle._Unpickler], None], first: int) -> None:
        """Take plain keys alone: the hash of a few tuples, each twice in the next, takes for ever."""
        if odd := [key for key in self.stack[first::2] if not isinstance(key, _Key)]:
            raise FormatError(f"a pickle of a dict with a {type(odd[0]).__name__} for a key")
        load(self)

    def _no_set(self) -> None:
        raise FormatError("a pickle with a set, which is no data here")


class _DType:
    """NumPy's own would take any state; only its kind, size and byte order are used here."""

    def __init__(self, text: str) -> None:
        if not re.fullmatch(r"[biufSU]\d{1,6}|O8", text):
            raise ValueError(f"arrays of {text}")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: tuple) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array(np.ndarray):
    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, fortran, content = state
        if isinstance(content, str):  # Python 2's bytes
            content = content.encode("latin1")
        dtype, count = kind.dtype, math.prod(shape)
        whole = isinstance(content, list) if dtype.hasobject else isinstance(content, bytes)
        if not whole or len(content) != count * (1 if dtype.hasobject else dtype.itemsize):
            raise ValueError(f"an array of {shape} {dtype} with another amount of data")
        super().__setstate__((1, shape, dtype, bool(fortran), content))


# Functions, not classes: a pickle may set attributes on what it is given, and on these it does no harm.


def _dtype(text: str, *_: Any) -> _DType:
    return _DType(text)


def _reconstruct(*_: Any) -> _Array:
    return np.zeros(0).view(_Array)


def _from_buffer(content: bytes, kind: _DType, shape: tuple, order: str) -> np.ndarray:
    return np.frombuffer(content, kind.dtype).reshape(shape, order=order)


def _scalar(kind: _DType, content: bytes | str) -> Any:
    content = content.encode("latin1") if isinstance(content, str) else content
    return np.frombuffer(content, kind.dtype)[0]


def _encode(text: str, _: str) -> bytes:
    return text.encode("latin1")


_KNOWN: dict[tuple[str, str], Callable | str] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy", "ndarray"): "an argument of _reconstruct",
    ("numpy", "dtype"): _dtype,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): dict,
}
