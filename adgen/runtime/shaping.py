"""Adjoints of operations that repeat elements or pick a diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np


def unrepeat(dy: Any, shape: tuple[int, ...], repeats: Any, axis: int | None) -> Any:
    """Sum up what `np.repeat` made of each element.

    >>> unrepeat(np.array([1.0, 2.0, 3.0]), (2,), [1, 2], None)
    array([1., 5.])
    """
    if axis is None:
        return unrepeat(dy, (int(np.prod(shape)),), repeats, 0).reshape(shape)
    dx = np.zeros(shape, dtype=dy.dtype)
    source = np.repeat(np.arange(shape[axis]), repeats)
    np.add.at(np.moveaxis(dx, axis, 0), source, np.moveaxis(dy, axis, 0))
    return dx


def untile(dy: Any, shape: tuple[int, ...]) -> Any:
    """Sum up the copies that `np.tile` laid side by side.

    >>> untile(np.array([1.0, 2.0, 3.0, 4.0]), (2,))
    array([4., 6.])
    """
    rank = max(dy.ndim, len(shape))
    tile = (1,) * (rank - len(shape)) + tuple(shape)
    whole = (1,) * (rank - dy.ndim) + dy.shape
    parts = [
        p for n, size in zip(whole, tile, strict=True) for p in (n // size if size else 1, size)
    ]
    return dy.reshape(parts).sum(axis=tuple(range(0, 2 * rank, 2))).reshape(shape)


def undiagonal(dy: Any, shape: tuple[int, ...], k: int) -> Any:
    """Put a vector on a diagonal of a matrix of zeros; of a matrix, take the diagonal.

    >>> undiagonal(np.array([1.0, 2.0]), (2, 3), 1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    if len(shape) == 1:
        return np.diag(dy, k)
    dx = np.zeros(shape, dtype=dy.dtype)
    rows = np.arange(max(0, -k), max(0, -k) + len(dy))
    dx[rows, rows + k] = dy
    return dx
