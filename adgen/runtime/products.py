"""Adjoints of products where ranks are not known while compiling."""

from __future__ import annotations

from typing import Any

import numpy as np


def matmul_left(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `a` in `c = a @ b`, for any ranks.

    >>> matmul_left(1.0, np.zeros(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    a, b = np.asarray(a), np.asarray(b)
    rows = a[None, :] if a.ndim == 1 else a
    columns = b[:, None] if b.ndim == 1 else b
    full = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    dc = np.reshape(dc, (*full, rows.shape[-2], columns.shape[-1]))
    da = dc @ np.swapaxes(columns, -1, -2)
    lead = da.ndim - rows.ndim
    stretched = [lead + i for i, n in enumerate(rows.shape) if n == 1 and da.shape[lead + i] != 1]
    return np.sum(da, axis=(*range(lead), *stretched)).reshape(a.shape)


def matmul_right(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `b` in `c = a @ b`, for any ranks.

    >>> matmul_right(1.0, np.array([3.0, 4.0]), np.zeros(2))
    array([3., 4.])
    """
    a, b = np.asarray(a), np.asarray(b)
    rows = a[None, :] if a.ndim == 1 else a
    columns = b[:, None] if b.ndim == 1 else b
    full = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    dc = np.reshape(dc, (*full, rows.shape[-2], columns.shape[-1]))
    db = np.swapaxes(rows, -1, -2) @ dc
    lead = db.ndim - columns.ndim
    stretched = [
        lead + i for i, n in enumerate(columns.shape) if n == 1 and db.shape[lead + i] != 1
    ]
    return np.sum(db, axis=(*range(lead), *stretched)).reshape(b.shape)


def dot_left(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `a` in `c = np.dot(a, b)`, for any ranks.

    >>> dot_left(np.array([1.0, 2.0]), np.zeros((2, 2)), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.sum(dc * b) if a.ndim == 0 else dc * b
    contracted = max(b.ndim - 2, 0)
    own = a.ndim - 1
    theirs = [i for i in range(b.ndim) if i != contracted]
    return np.tensordot(dc, b, (list(range(own, own + len(theirs))), theirs))


def dot_right(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `b` in `c = np.dot(a, b)`, for any ranks.

    >>> dot_right(np.array([1.0, 2.0]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.zeros(2))
    array([13., 16.])
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.sum(dc * a) if b.ndim == 0 else dc * a
    rows = list(range(a.ndim - 1))
    db = np.tensordot(a, dc, (rows, rows))
    return np.moveaxis(db, 0, max(b.ndim - 2, 0))


def inner_left(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `a` in `c = np.inner(a, b)`, for any ranks.

    >>> inner_left(2.0, np.zeros(2), np.array([3.0, 4.0]))
    array([6., 8.])
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.sum(dc * b) if a.ndim == 0 else dc * b
    return np.tensordot(dc, b, b.ndim - 1)


def inner_right(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `b` in `c = np.inner(a, b)`, for any ranks.

    >>> inner_right(2.0, np.array([3.0, 4.0]), np.zeros(2))
    array([6., 8.])
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.sum(dc * a) if b.ndim == 0 else dc * a
    rows = list(range(a.ndim - 1))
    return np.tensordot(dc, a, (rows, rows))


def cross_back(dc: Any, a: Any, b: Any, axes: Any, which: int) -> Any:
    """The adjoint of `a` (0) or `b` (1) in `np.cross(a, b, *axes)`.

    >>> a, b = np.eye(3)[:2]
    >>> cross_back(np.array([0.0, 0.0, 1.0]), a, b, (-1, -1, -1, None), 0)
    array([1., 0., 0.])
    """
    axisa, axisb, axisc, axis = axes
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    first, second = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    dc = np.moveaxis(dc, axisc, -1)
    full = np.cross(second, dc) if which == 0 else np.cross(dc, first)
    mine, home = (first, axisa) if which == 0 else (second, axisb)
    lead = full.ndim - mine.ndim
    long = [lead + i for i, n in enumerate(mine.shape) if n == 1 and full.shape[lead + i] != 1]
    full = np.sum(full, axis=(*range(lead), *long)).reshape(mine.shape)
    return np.moveaxis(full, -1, home)


def kron_back(dc: Any, a: Any, b: Any, which: int) -> Any:
    """The adjoint of `a` (0) or `b` (1) in `np.kron(a, b)`, of any ranks.

    >>> kron_back(np.array([1.0, 2.0]), 3.0, np.array([4.0, 5.0]), 0)
    np.float64(14.0)
    """
    a, b = np.asarray(a), np.asarray(b)
    rank = max(a.ndim, b.ndim)
    m = (1,) * (rank - a.ndim) + a.shape
    n = (1,) * (rank - b.ndim) + b.shape
    blocks = np.reshape(dc, [length for pair in zip(m, n, strict=True) for length in pair])
    blocks = blocks.transpose(*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))
    if which == 0:
        return np.reshape(np.tensordot(blocks, np.reshape(b, n), rank), a.shape)[()]
    return np.reshape(np.tensordot(np.reshape(a, m), blocks, rank), b.shape)[()]


def multi_dot_back(dc: Any, arrays: Any, position: int) -> Any:
    """The adjoint of one of several arrays whose product is taken.

    >>> multi_dot_back(np.ones((1, 1)), [np.array([[2.0]]), np.array([[3.0]])], 0)
    array([[3.]])
    """
    first, last = arrays[0], arrays[-1]
    matrices = [*arrays]
    if first.ndim == 1:
        matrices[0] = first[None, :]
    if last.ndim == 1:
        matrices[-1] = last[:, None]
    da = np.reshape(dc, (matrices[0].shape[0], matrices[-1].shape[1]))
    for matrix in matrices[:position]:
        da = matrix.T @ da
    for matrix in matrices[:position:-1]:
        da = da @ matrix.T
    return np.reshape(da, arrays[position].shape)
