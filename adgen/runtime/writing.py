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


def multiplied_at(dy: Any, index: Any, v: Any) -> Any:
    """A copy of which the elements at an index are multiplied, repeatedly where it repeats them.

    >>> multiplied_at(np.ones(3), np.array([0, 2, 0]), np.array([2.0, 3.0, 5.0]))
    array([10.,  1.,  3.])
    """
    dx = np.array(dy)
    np.multiply.at(dx, index, v)
    return dx


def factors_back(dy: Any, x: Any, index: Any, v: Any) -> Any:
    """The adjoint of the factors in `np.multiply.at(x, index, v)`, one for each place.

    Each gets the product of all others; a single factor of 0 does, too.

    >>> factors_back(np.ones(2), np.array([7.0, 1.0]), np.array([0, 0]), np.array([0.0, 3.0]))
    array([21.,  0.])
    """
    v = np.broadcast_to(v, x[index].shape)
    zero = v == 0
    some = np.where(zero, 1, v)
    product, zeros = multiplied_at(x, index, some), np.zeros(x.shape, dtype=int)
    np.add.at(zeros, index, zero)
    return np.where(zeros[index] == zero, dy[index] * product[index] / some, 0.0)


def extremes_back(dy: Any, x: Any, y: Any, index: Any, v: Any) -> Any:
    """The adjoint of the values in `np.maximum.at(x, index, v)`, or `np.minimum.at`.

    Of equal ones the first gets it; what was there before comes first.

    >>> x, y, index = np.zeros(2), np.array([5.0, 0.0]), np.array([0, 0, 0])
    >>> extremes_back(np.ones(2), x, y, index, np.array([3.0, 5.0, 5.0]))
    array([0., 1., 0.])
    """
    v = np.asarray(v, dtype=y.dtype)  # as it was compared
    hit = (v == y[index]) & (x[index] != y[index])
    order = np.arange(hit.size).reshape(hit.shape)
    first = np.full(x.shape, hit.size)
    np.minimum.at(first, index, np.where(hit, order, hit.size))
    return np.where(hit & (first[index] == order), dy[index], 0.0)
