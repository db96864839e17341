"""Adjoints of decompositions and powers of matrices, also of stacks of them."""

from __future__ import annotations

from typing import Any

import numpy as np


def transposed(x: Any) -> Any:
    """The last two axes exchanged.

    >>> transposed(np.ones((5, 2, 3))).shape
    (5, 3, 2)
    """
    return np.swapaxes(x, -1, -2)


def lower_half(x: Any) -> Any:
    """The lower triangle with half of the diagonal.

    >>> lower_half(np.array([[2.0, 3.0], [5.0, 8.0]]))
    array([[1., 0.],
           [5., 4.]])
    """
    return (np.tril(x) + np.tril(x, -1)) / 2


def over_gaps(x: Any, w: Any) -> Any:
    """x[i, j] / (w[j] - w[i]), and 0 where x is 0 and on the diagonal.

    >>> over_gaps(np.ones((2, 2)), np.array([1.0, 3.0]))
    array([[ 0. ,  0.5],
           [-0.5,  0. ]])
    """
    gaps = w[..., None, :] - w[..., :, None]
    where = (x != 0) & ~np.eye(w.shape[-1], dtype=bool)
    return np.divide(x, gaps, out=np.zeros_like(x), where=where)


def svdvals_back(ds: Any, a: Any) -> Any:
    """The adjoint of `a` where only its singular values are used.

    >>> svdvals_back(np.array([2.0]), np.array([[3.0], [4.0]]))
    array([[1.2],
           [1.6]])
    """
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (np.conj(u) * ds[..., None, :]) @ np.conj(vh)


def svd_back(du: Any, ds: Any, dvh: Any, u: Any, s: Any, vh: Any) -> Any:
    """The adjoint of `a` in `u, s, vh = svd(a, full_matrices=False)` (Townsend 2016).

    >>> one = np.ones((1, 1))
    >>> svd_back(0 * one, np.array([5.0]), 0 * one, one, np.array([2.0]), one)
    array([[5.]])
    """
    if np.iscomplexobj(u):
        raise TypeError("the gradient of complex singular vectors is not supported")
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)
    row, column = s[..., None, :], s[..., :, None]
    left, right = ut @ du, dvh @ v
    left = (left - np.swapaxes(left, -1, -2)) * row
    right = column * (np.swapaxes(right, -1, -2) - right)
    turned = left + right
    gaps = row**2 - column**2
    # what is 0 stays 0, also where singular values are equal
    where = (turned != 0) & ~np.eye(s.shape[-1], dtype=bool)
    turned = np.divide(turned, gaps, out=np.zeros_like(turned), where=where)
    da = u @ (turned + np.eye(s.shape[-1], dtype=s.dtype) * ds[..., None, :]) @ vh
    if u.shape[-2] > s.shape[-1] and np.any(du):
        da = da + (du - u @ (ut @ du)) / row @ vh
    if vh.shape[-1] > s.shape[-1] and np.any(dvh):
        da = da + u @ ((dvh - dvh @ v @ vh) / column)
    return da


def qr_back(dq: Any, dr: Any, q: Any, r: Any) -> Any:
    """The adjoint of `a` in `q, r = qr(a)`.

    >>> one = np.ones((1, 1))
    >>> qr_back(0 * one, 5 * one, one, 2 * one)
    array([[5.]])
    """
    if np.iscomplexobj(r):
        raise TypeError("the gradient of a complex QR decomposition is not supported")
    m = r @ np.swapaxes(dr, -1, -2) - np.swapaxes(dq, -1, -2) @ q
    symmetric = np.tril(m) + np.swapaxes(np.tril(m, -1), -1, -2)
    right = np.swapaxes(dq + q @ symmetric, -1, -2)
    return np.swapaxes(np.linalg.solve(r, right), -1, -2)


def matrix_power_back(dy: Any, a: Any, n: int) -> Any:
    """The adjoint of `a` in `np.linalg.matrix_power(a, n)`.

    >>> matrix_power_back(np.ones((1, 1)), np.array([[2.0]]), 3)
    array([[12.]])
    """
    if n < 0:
        inverse = np.linalg.inv(a)
        across = np.swapaxes(inverse, -1, -2)
        return -across @ matrix_power_back(dy, inverse, -n) @ across
    across = np.swapaxes(a, -1, -2)
    da = np.zeros_like(dy)
    left = dy
    for _ in range(n):
        da = da @ across + left
        left = across @ left
    return da
