"""Adjoints of reductions that no short expression says."""

from __future__ import annotations

from typing import Any

import numpy as np


def product_of_others(x: Any, axis: Any) -> Any:
    """For each element, the product of all others along the axis, without dividing.

    >>> product_of_others(np.array([2.0, 0.0, 5.0]), None)
    array([ 0., 10.,  0.])
    """
    x = np.asarray(x)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = [a % x.ndim for a in axes]
    first = [a for a in range(x.ndim) if a not in last]
    moved = np.transpose(x, first + last)
    flat = moved.reshape(*(x.shape[a] for a in first), -1)
    before, after = np.ones_like(flat), np.ones_like(flat)
    before[..., 1:] = np.cumprod(flat[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(flat[..., :0:-1], axis=-1)[..., ::-1]
    return np.transpose((before * after).reshape(moved.shape), np.argsort(first + last))
