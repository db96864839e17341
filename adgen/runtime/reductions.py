"""Adjoints of reductions that no short expression says."""

from __future__ import annotations

from typing import Any

import numpy as np


def product_of_others(x: Any, axis: Any = None) -> Any:
    """For each element, the product of all others along the axis, without dividing.

    >>> product_of_others(np.array([2.0, 0.0, 5.0]), None)
    array([ 0., 10.,  0.])
    """
    x = np.asarray(x)
    if not x.ndim:
        return np.ones_like(x)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = [a % x.ndim for a in axes]
    first = [a for a in range(x.ndim) if a not in last]
    moved = np.transpose(x, first + last)
    flat = moved.reshape(*moved.shape[: len(first)], int(np.prod(moved.shape[len(first) :])))
    before, after = np.ones_like(flat), np.ones_like(flat)
    before[..., 1:] = np.cumprod(flat[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(flat[..., :0:-1], axis=-1)[..., ::-1]
    return np.transpose((before * after).reshape(moved.shape), np.argsort(first + last))


def cumprod_back(dy: Any, x: Any, axis: int | None = None) -> Any:
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


def back_to_extreme(dy: Any, x: Any, y: Any, axis: int) -> Any:
    """The adjoint of `x` where `y` is its running maximum or minimum.

    >>> x = np.array([1.0, 0.0, 3.0])
    >>> back_to_extreme(np.array([1.0, 2.0, 4.0]), x, np.maximum.accumulate(x), 0)
    array([3., 0., 4.])
    """
    if not x.size:
        return np.zeros_like(x)
    places = np.indices(x.shape, sparse=True)
    along = places[axis]
    new = np.ones(x.shape, dtype=bool)
    first = np.take(along, [0], axis=axis)
    before = np.roll(y, 1, axis=axis)
    new &= (y != before) | (along == first)
    # where the present extreme was first seen
    source = np.maximum.accumulate(np.where(new, along, 0), axis=axis)
    dx = np.zeros_like(dy)
    np.add.at(dx, (*places[:axis], source, *places[axis:][1:]), dy)
    return dx


def back_to_segments(dy: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """The adjoint of `x` in `np.add.reduceat(x, indices, axis)`.

    >>> back_to_segments(np.array([1.0, 2.0]), (3,), [0, 2], 0)
    array([1., 1., 2.])
    """
    dx = np.zeros(shape, dtype=dy.dtype)
    rows, given = np.moveaxis(dx, axis, 0), np.moveaxis(dy, axis, 0)
    for i, segment in enumerate(segments(indices, len(rows))):
        rows[segment] += given[i]
    return dx


def segments(indices: Any, length: int) -> list[slice]:
    """What each result of `reduceat` is made of.

    >>> segments([0, 3, 2], 5)
    [slice(0, 3, None), slice(3, 4, None), slice(2, 5, None)]
    """
    ends = [*indices[1:], length]
    pairs = zip(indices, ends, strict=True)
    return [slice(int(start), int(max(end, start + 1))) for start, end in pairs]


def factors_in_segments(dy: Any, x: Any, indices: Any, axis: int) -> Any:
    """The adjoint of `x` in `np.multiply.reduceat(x, indices, axis)`.

    >>> factors_in_segments(np.array([1.0, 2.0]), np.array([3.0, 0.0, 5.0]), [0, 2], 0)
    array([0., 3., 2.])
    """
    dx = np.zeros(np.shape(x), dtype=dy.dtype)
    rows, given, factors = (np.moveaxis(a, axis, 0) for a in (dx, dy, x))
    for i, segment in enumerate(segments(indices, len(rows))):
        rows[segment] += given[i] * product_of_others(factors[segment], 0)
    return dx


def extremes_in_segments(dy: Any, x: Any, y: Any, indices: Any, axis: int) -> Any:
    """The adjoint of `x` where `y` is `np.maximum.reduceat(x, indices, axis)`, or the minimum.

    >>> x = np.array([3.0, 4.0, 4.0])
    >>> extremes_in_segments(np.array([1.0, 2.0]), x, np.array([3.0, 4.0]), [0, 1], 0)
    array([1., 1., 1.])
    """
    dx = np.zeros(np.shape(x), dtype=dy.dtype)
    rows, given, values, found = (np.moveaxis(a, axis, 0) for a in (dx, dy, x, y))
    for i, segment in enumerate(segments(indices, len(rows))):
        hit = values[segment] == found[i]
        rows[segment] += hit * (given[i] / hit.sum(axis=0))
    return dx


def softmaxes_back(dy: Any, x: Any, y: Any, axis: int) -> Any:
    """The adjoint of `x` where `y` is `np.logaddexp.accumulate(x, axis)`.

    >>> softmaxes_back(np.array([1.0, 4.0]), np.array([2.0, 2.0]), 2 + np.log([1.0, 2.0]), 0)
    array([3., 2.])
    """
    shares = np.array(np.moveaxis(dy, axis, 0))
    x, y = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
    for i in range(len(y) - 1, 0, -1):
        shares[i - 1] += np.exp(y[i - 1] - y[i]) * shares[i]
    return np.moveaxis(np.exp(x - y) * shares, 0, axis)


def undiff(dy: Any, n: int, axis: int, row: tuple[Any, ...], which: int) -> Any:
    """The adjoint of one part of a row, from that of `np.diff` of n-th order of the row.

    `row` has the parts' shapes, None for one that is not there.

    >>> undiff(np.array([1.0, 5.0]), 1, 0, ((), (2,), None), 1)
    array([-4.,  5.])
    """
    lengths = [0 if s is None else s[axis] if s else 1 for s in row]
    start = sum(lengths[:which])
    full = np.moveaxis(dy, axis, -1)
    if full.shape[-1]:
        nothing = np.zeros((*full.shape[:-1], 1), dtype=full.dtype)
        for _ in range(n):
            full = -np.diff(full, axis=-1, prepend=nothing, append=nothing)
    else:
        full = np.zeros((*full.shape[:-1], sum(lengths)), dtype=full.dtype)
    part = full[..., start : start + lengths[which]]
    return np.moveaxis(part, -1, axis) if row[which] else np.sum(part)


def unediff(dy: Any, row: tuple[Any, ...], which: int) -> Any:
    """The adjoint of one part of `np.ediff1d(x, to_end, to_begin)`; `row` has their shapes.

    >>> unediff(np.array([9.0, 1.0, 5.0]), ((1,), (3,), None), 1)
    array([-1., -4.,  5.])
    """
    before, behind = (0 if s is None else int(np.prod(s)) for s in (row[0], row[2]))
    if which == 0:
        return np.reshape(dy[:before], row[0])
    if which == 2:
        return np.reshape(dy[len(dy) - behind :], row[2])
    inner = dy[before : len(dy) - behind]
    nothing = np.zeros(1, dtype=dy.dtype)
    steps = -np.diff(inner, prepend=nothing, append=nothing)
    return np.reshape(steps, row[1]) if len(inner) else np.zeros(row[1], dtype=dy.dtype)
