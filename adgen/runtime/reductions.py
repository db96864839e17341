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


def cumprod_back(dy: Any, x: Any, axis: int | None) -> Any:
    """The adjoint of `x` in `np.cumprod(x, axis)`, without dividing.

    >>> cumprod_back(np.array([1.0, 1.0, 1.0]), np.array([2.0, 0.0, 5.0]), None)
    array([ 1., 12.,  0.])
    """
    x = np.asarray(x)
    if axis is None:
        return cumprod_back(dy, x.reshape(-1), 0).reshape(x.shape)
    x, dy = np.moveaxis(x, axis, 0), np.moveaxis(dy, axis, 0)
    before, behind = np.ones_like(x), np.array(dy)
    before[1:] = np.cumprod(x[:-1], axis=0)
    for i in range(len(x) - 2, -1, -1):
        behind[i] += x[i + 1] * behind[i + 1]
    return np.moveaxis(before * behind, 0, axis)
