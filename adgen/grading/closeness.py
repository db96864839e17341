"""When two values are one: up to rounding, and sums of some of several values."""

from __future__ import annotations

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
    scale = max([_size(p) for p in parts], default=0.0)
    at = range(len(parts))
    most = len(parts) if len(parts) <= _MANY else 2
    for count in range(most + 1):
        for some in combinations(at, count):
            if same(value, total([parts[i] for i in some], shape), rtol, scale):
                return some
    return at if most < len(parts) and same(value, total(parts, shape), rtol, scale) else None


def total(parts: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The sum of contributions to something of this shape."""
    made = np.zeros(shape, complex if any(np.iscomplexobj(p) for p in parts) else float)
    for part in parts:
        made = made + part
    return made


def _size(value: Any) -> float:
    found = np.asarray(value)
    return float(np.max(np.abs(found))) if found.size and found.dtype.kind in "biufc" else 0.0
