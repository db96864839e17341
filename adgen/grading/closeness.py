"""When two values are one: up to rounding, and sums of some of several values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

# more contributions than these are not tried in all combinations
_MANY = 10


def is_data(value: Any) -> bool:
    """Whether a value is a number or an array of numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    return isinstance(value, bool | int | float | complex)


def same(value: Any, wanted: Any, rtol: float = 1e-6, scale: float = 0.0) -> bool:
    """Whether two values agree; a value may stand for several equal ones.

    Errors are measured against the largest element of what is wanted, or `scale`.

    >>> same(2.0, 2.0 + 1e-12), same(2.0, 2.1), same(1.0, np.ones(3)), same(np.ones(3), 1.0)
    (True, False, True, False)
    """
    if not is_data(value) or not is_data(wanted):
        return False
    given, right = np.asarray(value), np.asarray(wanted)
    if given.ndim > right.ndim:
        return False
    try:
        full = np.broadcast_to(given, right.shape)
    except ValueError:
        return False
    if not right.size:
        return True
    size = max(scale, float(np.max(np.abs(np.where(np.isfinite(right), right, 0)))))
    return bool(np.allclose(full, right, rtol=0, atol=rtol * size + 1e-12, equal_nan=True))


def same_shape(value: Any, wanted: Any) -> bool:
    """Whether two values have one shape, which a number and an array without axes have."""
    return is_data(value) and np.shape(value) == np.shape(wanted)


def chosen(value: Any, parts: Sequence[Any], shape: tuple[int, ...], rtol: float) -> Any:
    """The positions of the parts whose sum is `value`, or None.

    >>> chosen(5.0, [1.0, 2.0, 3.0], (), 1e-6)
    (1, 2)
    """
    at = [i for i, part in enumerate(parts) if _fits(part, shape)]  # a list may have been longer
    if not is_data(value) or not _fits(value, shape):
        return None
    scale = max([_size(parts[i]) for i in at], default=0.0)
    most = len(at) if len(at) <= _MANY else 2
    ways = [some for count in range(most + 1) for some in combinations(at, count)]
    if most < len(at):
        ways.append(tuple(at))
    shadows = {i: _shadow(parts[i], shape) for i in at}
    wanted, room = _shadow(value, shape), 2 * math.prod(shape) * (rtol + 1e-12)
    for some in ways:
        found = sum([shadows[i] for i in some], 0.0)
        if abs(found - wanted) > room * max(scale, abs(wanted), 1.0):
            continue
        if same(value, total([parts[i] for i in some], shape), rtol, scale):
            return some
    return None


def _fits(part: Any, shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(np.shape(part), shape) == shape
    except ValueError:
        return False


def _shadow(value: Any, shape: tuple[int, ...]) -> Any:
    """One number for a value, by which most sums that differ are told apart quickly."""
    weights = np.random.default_rng(0).uniform(0.5, 1.0, shape)
    with np.errstate(invalid="ignore"):
        return np.sum(weights * np.broadcast_to(value, shape)).item()


def total(parts: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The sum of contributions to something of this shape."""
    made = np.zeros(shape, complex if any(np.iscomplexobj(p) for p in parts) else float)
    for part in parts:
        made = made + part
    return made


def _size(value: Any) -> float:
    found = np.asarray(value)
    return float(np.max(np.abs(found))) if found.size and found.dtype.kind in "biufc" else 0.0
