"""Undo broadcasting and reduction where shapes are not known while compiling."""

from __future__ import annotations

from typing import Any

import numpy as np


def unbroadcast(dx: Any, shape: tuple[int, ...], full: tuple[int, ...]) -> Any:
    """Sum the adjoint of a `full`-shaped result down to an operand's `shape`.

    >>> unbroadcast(np.ones((2, 3)), (3,), (2, 3))
    array([2., 2., 2.])
    >>> unbroadcast(1.0, (), (2, 3))
    np.float64(6.0)
    """
    if np.shape(dx) != full:
        dx = np.broadcast_to(dx, full)
        if shape == full:
            return dx.copy()  # something may be added to single elements
    if shape == full:
        return dx
    lead = len(full) - len(shape)
    stretched = [lead + i for i, n in enumerate(shape) if n == 1 and full[lead + i] != 1]
    axes = (*range(lead), *stretched)
    return np.sum(dx, axis=axes).reshape(shape) if shape else np.sum(dx)


def unreduce(dy: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Put back the axes that a reduction took away, so that `dy` broadcasts to `shape`.

    >>> unreduce(np.array([1.0, 2.0]), (2, 3), 1, False)
    array([[1.],
           [2.]])
    """
    if keepdims or axis is None or np.ndim(dy) == 0:
        return dy
    axes = axis if isinstance(axis, tuple) else (axis,)
    gone = {a % len(shape) for a in axes}
    kept = [1 if i in gone else n for i, n in enumerate(shape)]
    return np.reshape(dy, kept)
