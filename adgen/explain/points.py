"""Arguments to try a function at, where nobody gave any."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adgen.annotations import types_of
from adgen.errors import UserError
from adgen.frontend.source import find
from adgen.types import UNKNOWN, Num, Type

# what a parameter without a known shape is tried as: numbers, then matrices, then vectors
_SHAPES: tuple[tuple[int, ...], ...] = ((), (3, 3), (3,))


def random_point(function: Callable[..., Any], name: str, seed: int = 0) -> list[Any]:
    """Random arguments at which a function runs and gives finite numbers.

    Annotations and defaults are followed.  What they leave open is tried as
    numbers and as arrays of one shape, of both signs and then positive.
    """
    types = types_of(find(function))
    parameters = inspect.signature(function).parameters
    failure = ""
    for shape in _SHAPES:
        for positive in (False, True):
            rng = np.random.default_rng(seed)
            args = [
                _value(rng, types[p], parameters[p].default, shape, positive) for p in parameters
            ]
            try:
                with np.errstate(all="ignore"):
                    out = np.asarray(function(*args))
                if out.dtype.kind in "fc" and np.all(np.isfinite(out)):
                    return args
                failure = failure or "its result is not a finite float"
            except Exception as wrong:
                failure = failure or " ".join(f"{type(wrong).__name__}: {wrong}".split())
    raise UserError(
        f"no random arguments were found at which `{name}` runs ({failure}); give some with --args"
    )


def _value(
    rng: np.random.Generator, type_: Type, default: Any, shape: tuple[int, ...], positive: bool
) -> Any:
    if default is not inspect.Parameter.empty:
        return default
    if isinstance(type_, Num) and type_.kind == "b":
        return True
    if isinstance(type_, Num) and type_.kind == "i" and type_.dims == ():
        return 2
    if isinstance(type_, Num) and type_.is_python:
        shape = ()
    elif isinstance(type_, Num) and type_ != UNKNOWN and not shape:
        shape = (3,)
    drawn: Any = rng.uniform(0.1, 0.9, shape) if positive else rng.normal(size=shape)
    kind = type_.kind if isinstance(type_, Num) else ""
    if kind == "c":
        drawn = drawn + 1j * rng.uniform(0.1, 0.9, shape)
    if not shape:
        return complex(drawn) if kind == "c" else float(drawn)
    dtype = type_.dtype if isinstance(type_, Num) and kind in ("f", "c") else "f8"
    return drawn.astype(dtype)
