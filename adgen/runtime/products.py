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
