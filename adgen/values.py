"""What Python values are to the compiler: their types, and what dicts and objects hold."""

from __future__ import annotations

import enum
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any, TypeGuard

import numpy as np

from adgen.errors import Span, UserError
from adgen.types import (
    BOOL,
    COMPLEX,
    DICTS,
    FLOAT,
    INT,
    Atom,
    Dim,
    Known,
    Num,
    Opaque,
    Record,
    Seq,
    Sparse,
    Type,
    code,
    is_sparse,
    step,
)

_PYTHON_NUMBERS: dict[type, Num] = {
    float: FLOAT,
    int: INT,
    bool: BOOL,
    complex: COMPLEX,
}

# what is the same in every run with the same arguments
_CONSTANTS = str | bytes | np.dtype | slice | enum.Enum | ModuleType


def type_of(value: Any, path: str, sizes: dict[Atom, int]) -> Type:
    """The type of an argument; the sizes it brings along are added to `sizes`."""
    return _type_of(value, path, sizes, ())


def _type_of(value: Any, path: str, sizes: dict[Atom, int], inside: tuple[int, ...]) -> Type:
    found = _PYTHON_NUMBERS.get(type(value))
    if found is not None:
        if found.kind != "i":
            return found
        sizes[("int", path)] = value
        return replace(found, value=Dim.of(("int", path)))
    if is_plain_array(value) and code(value.dtype):
        for axis, size in enumerate(value.shape):
            sizes[("shape", path, axis)] = size
        dims = tuple(Dim.of(("shape", path, axis)) for axis in range(value.ndim))
        return Num(code(value.dtype), dims)
    if isinstance(value, np.generic) and code(value.dtype):
        return Num(code(value.dtype), (), "np")
    if value is None or isinstance(value, _CONSTANTS):
        return Known(value)
    if is_sparse(value):
        for axis, size in enumerate(value.shape):
            sizes[("shape", path, axis)] = size
        rows, columns = (Dim.of(("shape", path, axis)) for axis in range(2))
        return Sparse(code(value.dtype), (rows, columns))
    if id(value) in inside:
        return Opaque("object that holds itself")
    inside = (*inside, id(value))
    if type(value) in (tuple, list):
        items = tuple(_type_of(v, f"{path}[{i}]", sizes, inside) for i, v in enumerate(value))
        return Seq(type(value).__name__, items)
    if is_named_tuple(type(value)):
        fields = type(value)._fields
        items = tuple(
            _type_of(v, f"{path}.{f}", sizes, inside) for f, v in zip(fields, value, strict=True)
        )
        return Seq("tuple", items, type(value))
    if is_record(value):
        pairs = list(contents(value))
        cls = class_of(value)
        kept = tuple(_type_of(v, path + step(cls, k), sizes, inside) for k, v in pairs)
        return Record(cls, tuple(k for k, _ in pairs), kept)
    if is_plain_array(value):
        return Opaque(f"array of dtype {value.dtype}")
    if isinstance(value, np.ndarray):
        raise of_other_class(value, path)
    return Known(value) if callable(value) else Opaque(type(value).__name__)


def is_plain_array(value: Any) -> bool:
    """Whether a value is an array on which operators mean what they mean for arrays.

    Those of `np.matrix` and of masked arrays mean something else.
    """
    return type(value) in (np.ndarray, np.memmap)


def of_other_class(value: np.ndarray[Any, Any], said: str, span: Span | None = None) -> UserError:
    """What is said of an array of a class with operators of its own."""
    masked = ", and the mask as an array of its own" if hasattr(value, "mask") else ""
    return UserError(
        f"`{said}` is a {type(value).__name__}, whose operators need not be those of arrays",
        span,
        help=f"use a plain array, made by np.asarray outside of the function{masked}",
    )


# -- dicts and objects ---------------------------------------------------------------


def is_dict(value: Any) -> bool:
    """Whether a value is followed as a dict."""
    return type(value) in DICTS


def is_record(value: Any) -> bool:
    """Whether a value is a dict or object whose contents can be followed key by key."""
    if is_dict(value):
        return all(_is_plain_key(key) for key in value)
    return is_object(value)


def is_dict_to_read(value: Any) -> TypeGuard[dict[Any, Any]]:
    """Whether a constant is a dict that can be read entry by entry."""
    classes = (*DICTS, Counter, defaultdict)
    return type(value) in classes and all(map(_is_plain_key, value))


def class_of(value: Any) -> type:
    """The class that a dict or object is followed as."""
    return dict if is_dict(value) else type(value)


def is_named_tuple(cls: type) -> bool:
    """Whether a class is a named tuple's."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def is_object(value: Any) -> bool:
    """Whether a value is an object of a class written in Python, not a function or module."""
    if isinstance(value, type) or (callable(value) and hasattr(value, "__code__")):
        return False
    return type(value) is SimpleNamespace or is_plain_class(type(value))


def is_plain_class(cls: Any) -> bool:
    """Whether a class is one of the author's: written in Python, in no library of arrays.

    An object of Python's own `SimpleNamespace` is like one of theirs, as is one of a class that
    the catalogue has in the place of a library's.
    """
    if cls is SimpleNamespace:
        return True
    if not isinstance(cls, type) or cls.__module__ == "builtins":
        return False
    if cls.__module__.startswith("adgen.rules."):
        return True
    root = cls.__module__.split(".")[0]
    if root in ("numpy", "scipy", "adgen") or root in sys.stdlib_module_names - {"__main__"}:
        return False
    if issubclass(cls, tuple | list | dict | set | str | int | float | complex | np.ndarray):
        return False
    if issubclass(cls, enum.Enum):
        return False
    return bool(cls.__flags__ & _HEAP_TYPE)


_HEAP_TYPE = 1 << 9


def contents(value: Any) -> Iterator[tuple[Any, Any]]:
    """What a dict or object holds: keys, or the names of attributes, with their values."""
    if is_dict(value):
        yield from value.items()
    else:
        for cls in reversed(type(value).__mro__):
            slots = cls.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, slot):
                    yield slot, getattr(value, slot)
        yield from getattr(value, "__dict__", {}).items()


def _is_plain_key(key: Any) -> bool:
    if isinstance(key, tuple):
        return all(_is_plain_key(part) for part in key)
    return type(key) in (str, int, bool, float, type(None))
