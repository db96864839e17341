"""Adjoints of systems of equations whose matrix is given by its bands or diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from adgen.runtime.linalg import in_columns


def banded_transposed(ab: Any, l_and_u: Any) -> Any:
    """The bands of the transposed matrix, in the order of `scipy.linalg.solve_banded`.

    >>> banded_transposed(np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 0.0]]), (1, 1))
    array([[0., 4.],
           [2., 3.],
           [1., 0.]])
    """
    lower, upper = l_and_u
    n = ab.shape[1]
    made = np.zeros_like(ab)
    for k in range(-lower, upper + 1):
        # the k-th diagonal stands in row upper - k, shifted to its columns
        diagonal = ab[upper - k, max(k, 0) : n + min(k, 0)]
        made[lower + k, max(-k, 0) : n + min(-k, 0)] = diagonal
    return made


def banded_back(s: Any, x: Any, l_and_u: Any) -> Any:
    """The adjoint of the bands in `x = solve_banded(l_and_u, ab, b)`: those of `-s @ x.T`.

    >>> banded_back(np.array([1.0, 2.0]), np.array([3.0, 4.0]), (1, 0))
    array([[-3., -8.],
           [-6.,  0.]])
    """
    lower, upper = l_and_u
    n = len(x)
    dab = np.zeros((lower + upper + 1, n), dtype=s.dtype)
    for k in range(-lower, upper + 1):
        rows = slice(max(-k, 0), n + min(-k, 0))
        columns = slice(max(k, 0), n + min(k, 0))
        products = s[rows] * x[columns]
        dab[upper - k, columns] = -(np.sum(products, axis=1) if s.ndim == 2 else products)
    return dab


def solveh_banded_back(s: Any, x: Any, ab: Any, lower: bool) -> Any:
    """The adjoint of the bands in `x = solveh_banded(ab, b, lower=lower)`.

    >>> solveh_banded_back(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.ones((2, 2)), True)
    array([[ -3.,  -8.],
           [-10.,   0.]])
    """
    n, width = len(x), len(ab) - 1
    dab = np.zeros_like(ab)
    for k in range(width + 1):
        products = s[k:] * x[: n - k] + s[: n - k] * x[k:]
        both = -(np.sum(products, axis=1) if s.ndim == 2 else products)
        band = both / 2 if k == 0 else both
        if lower:
            dab[k, : n - k] = band
        else:
            dab[width - k, k:] = band
    return dab


def toeplitz_back(dy: Any) -> Any:
    """The adjoint of `c` in the Hermitian matrix `toeplitz(c)`.

    >>> toeplitz_back(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([5., 5.])
    """
    dc = np.array([np.trace(dy, -k) for k in range(len(dy))])
    dc[1:] += np.conj([np.trace(dy, k) for k in range(1, len(dy))])
    return dc


def toeplitz_pair_back(dy: Any, which: int) -> Any:
    """The adjoint of column (0) or row (1) in `toeplitz(c, r)`; of the row the first element
    is not read.

    >>> toeplitz_pair_back(np.array([[1.0, 2.0], [3.0, 4.0]]), 1)
    array([0., 2.])
    """
    if which == 0:
        return np.array([np.trace(dy, -k) for k in range(dy.shape[0])])
    return np.array([0.0, *(np.trace(dy, k) for k in range(1, dy.shape[1]))])[: dy.shape[1]]


def circulant_back(dy: Any) -> Any:
    """The adjoint of `c` in `circulant(c)`.

    >>> circulant_back(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([5., 5.])
    """
    n = len(dy)
    return np.array([np.trace(np.roll(dy, -k, axis=0)) for k in range(n)])


def hankel_back(dy: Any) -> Any:
    """The sums of the anti-diagonals, which `hankel` makes of one element each.

    >>> hankel_back(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 5., 4.])
    """
    flipped = dy[::-1]
    return np.array([np.trace(flipped, k) for k in range(1 - dy.shape[0], dy.shape[1])])


def lu_back(dl: Any, du: Any, l: Any, u: Any) -> Any:
    """The adjoint of the product `l @ u` of triangular factors, the first with a diagonal of 1.

    >>> one = np.ones((1, 1))
    >>> lu_back(one, 3 * one, one, 2 * one)
    array([[3.]])
    """
    inner = np.tril(l.T @ dl, -1) + np.triu(du @ u.T)
    return np.linalg.solve(l.T, np.linalg.solve(u, inner.T).T)


def lu_factor_back(dlu: Any, lu: Any, pivots: Any) -> Any:
    """The adjoint of `a` in `lu, pivots = lu_factor(a)`.

    >>> one = np.ones((1, 1))
    >>> lu_factor_back(3 * one, 2 * one, np.array([0]))
    array([[3.]])
    """
    lower, upper = np.tril(lu, -1) + np.eye(len(lu), dtype=lu.dtype), np.triu(lu)
    inner = np.tril(lower.T @ np.tril(dlu, -1), -1) + np.triu(np.triu(dlu) @ upper.T)
    rows = np.arange(len(lu))
    for i, pivot in enumerate(pivots):
        rows[[i, pivot]] = rows[[pivot, i]]
    da = np.empty_like(dlu)
    da[rows] = np.linalg.solve(lower.T, np.linalg.solve(upper, inner.T).T)
    return da


def lu_solve_back(s: Any, x: Any, lu: Any, pivots: Any) -> Any:
    """The adjoint of `lu` in `x = lu_solve((lu, pivots), b)`.

    >>> lu_solve_back(np.array([3.0]), np.array([2.0]), np.array([[5.0]]), np.array([0]))
    array([[-6.]])
    """
    lower, upper = np.tril(lu, -1) + np.eye(len(lu), dtype=lu.dtype), np.triu(lu)
    rows = np.arange(len(lu))
    for i, pivot in enumerate(pivots):
        rows[[i, pivot]] = rows[[pivot, i]]
    v, columns = in_columns(s[rows]), in_columns(x)
    return -np.triu(lower.T @ v @ columns.T) - np.tril(v @ (upper @ columns).T, -1)
