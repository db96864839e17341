"""Adjoints of writes to places that are only known when the program runs."""

from __future__ import annotations

from typing import Any

import numpy as np


def last_written(x: Any, index: Any) -> Any:
    """Which of the values written to `x[index]` stay: of those for one element, the last.

    >>> last_written(np.zeros(3), np.array([1, 2, 1]))
    array([False,  True,  True])
    """
    turn = np.zeros(x.shape, dtype=int)
    order = np.arange(turn[index].size).reshape(turn[index].shape)
    turn[index] = order
    return turn[index] == order


def uncycled(dy: Any, v: Any) -> Any:
    """The adjoint of values that are used again from the start where they are too few.

    >>> uncycled(np.array([1.0, 2.0, 4.0]), np.zeros(2))
    array([5., 2.])
    """
    dv = np.zeros(np.size(v), dtype=dy.dtype)
    np.add.at(dv, np.arange(dy.size) % dv.size, dy.ravel())
    return dv.reshape(np.shape(v))


def places_along(indices: Any, x: Any, axis: int) -> tuple[Any, ...]:
    """The places in `x` that `np.put_along_axis` writes to, as an index.

    >>> places_along(np.array([[2], [0]]), np.zeros((2, 3)), 1)
    (array([[0],
           [1]]), array([[2],
           [0]]))
    """
    where: list[Any] = list(np.indices(x.shape, sparse=True))
    where[axis] = indices
    return tuple(where)
