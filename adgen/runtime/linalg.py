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


def cofactors(a: Any) -> Any:
    """The slopes of `np.linalg.det(a)`: det(a) times the inverse, transposed.

    From the singular values, since there may be no inverse.

    >>> cofactors(np.array([[2.0, 0.0], [0.0, 0.0]])) + 0.0
    array([[0., 0.],
           [0., 2.]])
    """
    u, s, vh = np.linalg.svd(a)
    before, behind = np.ones_like(s), np.ones_like(s)
    before[..., 1:] = np.cumprod(s[..., :-1], axis=-1)
    behind[..., :-1] = np.cumprod(s[..., :0:-1], axis=-1)[..., ::-1]
    turns = np.linalg.det(u) * np.linalg.det(vh)
    return turns[..., None, None] * ((np.conj(u) * (before * behind)[..., None, :]) @ np.conj(vh))


def eig_back(dw: Any, dv: Any, w: Any, v: Any) -> Any:
    """The adjoint of `a` in `w, v = np.linalg.eig(a)` (Boeddeker et al. 2017).

    Eigenvectors have length 1, so that what would make them longer has no part.

    >>> one = np.ones((1, 1))
    >>> eig_back(np.array([5.0]), one, np.array([2.0]), one)
    array([[5.]])
    """
    vt = np.swapaxes(v, -1, -2)
    inner = vt @ dv
    along = np.real(np.diagonal(inner, axis1=-2, axis2=-1))
    inner = inner - (vt @ np.conj(v)) * along[..., None, :]
    gaps = w[..., None, :] - w[..., :, None]
    # what is 0 stays 0, also where eigenvalues are equal
    where = (inner != 0) & ~np.eye(w.shape[-1], dtype=bool)
    inner = np.divide(inner, gaps, out=np.zeros_like(inner), where=where)
    inner = inner + dw[..., None, :] * np.eye(w.shape[-1])
    return np.linalg.solve(vt, inner @ vt)


def eigvals_back(dw: Any, w: Any, a: Any) -> Any:
    """The adjoint of `a` in `w = np.linalg.eigvals(a)`.

    >>> eigvals_back(np.array([3.0, 5.0]), np.array([1.0, 2.0]), np.diag([1.0, 2.0]))
    array([[3., 0.],
           [0., 5.]])
    """
    if not np.size(a):
        return np.zeros_like(a)
    own, v = np.linalg.eig(a)
    # in the order in which they come with the vectors
    nearest = np.argmin(np.abs(own[..., None, :] - w[..., :, None]), axis=-1)
    same = nearest[..., :, None] == np.arange(w.shape[-1])
    vt = np.swapaxes(v, -1, -2)
    return np.linalg.solve(vt, (dw[..., None, :] @ same).swapaxes(-1, -2) * vt)


def svdvals_back(ds: Any, a: Any) -> Any:
    """The adjoint of `a` where only its singular values are used.

    >>> svdvals_back(np.array([2.0]), np.array([[3.0], [4.0]]))
    array([[1.2],
           [1.6]])
    """
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (np.conj(u) * ds[..., None, :]) @ np.conj(vh)


def with_singular_vectors(turned: Any, du: Any, ds: Any, dvh: Any, u: Any, s: Any, vh: Any) -> Any:
    """What the singular values receive, and the turns of the vectors among each other and away.

    >>> one = np.ones((1, 1))
    >>> with_singular_vectors(0 * one, 0 * one, np.array([5.0]), 0 * one, one, one[0], one)
    array([[5.]])
    """
    uh, v = np.conj(np.swapaxes(u, -1, -2)), np.conj(np.swapaxes(vh, -1, -2))
    row, column = s[..., None, :], s[..., :, None]
    gaps = row**2 - column**2
    # what is 0 stays 0, also where singular values are equal
    where = (turned != 0) & ~np.eye(s.shape[-1], dtype=bool)
    turned = np.divide(turned, gaps, out=np.zeros_like(turned), where=where)
    da = u @ (turned + np.eye(s.shape[-1], dtype=s.dtype) * ds[..., None, :]) @ vh
    if u.shape[-2] > s.shape[-1] and np.any(du):
        da = da + (du - u @ (uh @ du)) / row @ vh
    if vh.shape[-1] > s.shape[-1] and np.any(dvh):
        da = da + u @ ((dvh - dvh @ v @ vh) / column)
    return da


def svd_back(du: Any, ds: Any, dvh: Any, u: Any, s: Any, vh: Any) -> Any:
    """The adjoint of `a` in `u, s, vh = svd(a, full_matrices=False)` (Townsend 2016).

    >>> one = np.ones((1, 1))
    >>> svd_back(0 * one, np.array([5.0]), 0 * one, one, np.array([2.0]), one)
    array([[5.]])
    """
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)
    row, column = s[..., None, :], s[..., :, None]
    left, right = ut @ du, dvh @ v
    left = (left - np.swapaxes(left, -1, -2)) * row
    right = column * (np.swapaxes(right, -1, -2) - right)
    return with_singular_vectors(left + right, du, ds, dvh, u, s, vh)


def complex_svd_back(du: Any, ds: Any, dvh: Any, u: Any, s: Any, vh: Any) -> Any:
    """As `svd_back`, of complex vectors, whose phases must not matter (Wan and Zhang 2019).

    >>> one = np.ones((1, 1)) + 0j
    >>> complex_svd_back(0 * one, np.array([5.0]), 0 * one, one, np.array([2.0]), one).real
    array([[5.]])
    """

    def turned_over(x: Any) -> Any:
        return np.conj(np.swapaxes(x, -1, -2))

    du, dvh = np.conj(du), np.conj(dvh)
    uh, v = turned_over(u), turned_over(vh)
    row, column = s[..., None, :], s[..., :, None]
    left, right = uh @ du, dvh @ v
    ds = ds + 1j * np.imag(np.diagonal(right, axis1=-2, axis2=-1)) / s
    left = (left - turned_over(left)) * row
    right = column * (turned_over(right) - right)
    da = with_singular_vectors(left + right, du, ds, dvh, u, s, vh)
    return np.conj(da) if np.iscomplexobj(u) else np.real(da)


def qr_back(dq: Any, dr: Any, q: Any, r: Any) -> Any:
    """The adjoint of `a` in `q, r = qr(a)`.

    >>> one = np.ones((1, 1))
    >>> qr_back(0 * one, 5 * one, one, 2 * one)
    array([[5.]])
    """
    m = r @ np.swapaxes(dr, -1, -2) - np.swapaxes(dq, -1, -2) @ q
    below = np.tril(m, -1)
    symmetric = below + np.conj(np.swapaxes(below, -1, -2)) + np.real(m) * np.eye(m.shape[-1])
    right = np.swapaxes(dq, -1, -2) + symmetric @ np.conj(np.swapaxes(q, -1, -2))
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


def matrix_norm_back(dy: Any, x: Any, ord: Any, axis: Any, keepdims: bool = False) -> Any:
    """The adjoint of `x` in `np.linalg.norm(x, ord, axis, keepdims)` of matrices.

    >>> matrix_norm_back(1.0, np.array([[1.0, -5.0], [2.0, 3.0]]), 1, None, False)
    array([[ 0., -1.],
           [ 0.,  1.]])
    """
    if not x.size:
        return np.zeros_like(x)
    axes = [a % x.ndim for a in ((0, 1) if axis is None else axis)]
    a = np.moveaxis(x, axes, (-2, -1))
    dy = np.asarray(dy)
    if keepdims:
        dy = np.moveaxis(dy, axes, (-2, -1))[..., 0, 0]
    if ord in (None, "fro"):
        root = np.sqrt(np.sum(np.abs(a) ** 2, axis=(-2, -1), keepdims=True))
        root = np.where(root == 0, 1, root)  # a is 0 there, and so is its gradient
        return np.moveaxis(np.conj(a) * (dy[..., None, None] / root), (-2, -1), axes)
    if ord in ("nuc", 2, -2):
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        extreme = s if ord == "nuc" else (np.max if ord > 0 else np.min)(s, axis=-1, keepdims=True)
        hit = s == extreme
        share = 1.0 if ord == "nuc" else 1 / np.sum(hit, axis=-1, keepdims=True)
        da = (np.conj(u) * (hit * (share * dy[..., None]))[..., None, :]) @ np.conj(vh)
        return np.moveaxis(da, (-2, -1), axes)
    rows = -2 if abs(ord) == 1 else -1  # sums of columns, or of rows
    sizes = np.abs(a)
    totals = np.sum(sizes, axis=rows, keepdims=True)
    across = -3 - rows
    extreme = (np.max if ord > 0 else np.min)(totals, axis=across, keepdims=True)
    hit = totals == extreme
    share = hit * (dy[..., None, None] / np.sum(hit, axis=across, keepdims=True))
    return np.moveaxis(np.conj(a) / np.where(a == 0, 1, sizes) * share, (-2, -1), axes)


def cond_back(dy: Any, x: Any, p: Any = None) -> Any:
    """The adjoint of `x` in `np.linalg.cond(x, p)`, a quotient of singular values.

    >>> cond_back(1.0, np.diag([4.0, 2.0]), None)
    array([[ 0.5,  0. ],
           [ 0. , -1. ]])
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    dy = np.asarray(dy)
    ds = np.zeros_like(s)
    top, under = (-1, 0) if p == -2 else (0, -1)
    ds[..., top] = dy / s[..., under]
    ds[..., under] -= dy * s[..., top] / s[..., under] ** 2
    return (np.conj(u) * ds[..., None, :]) @ np.conj(vh)


def tensorinv_back(dy: Any, y: Any, shape: tuple[int, ...], ind: int) -> Any:
    """The adjoint of `a`, which has this shape, in `y = np.linalg.tensorinv(a, ind)`.

    >>> tensorinv_back(np.ones((1, 1)), np.array([[0.5]]), (1, 1), 1)
    array([[-0.25]])
    """
    n = int(np.prod(shape[:ind]))
    across = np.reshape(y, (n, n)).T
    da = -across @ np.reshape(dy, (n, n)) @ across
    return np.reshape(da, shape)


def in_columns(x: Any) -> Any:
    """A vector as a matrix of one column; of a matrix, the matrix.

    >>> in_columns(np.ones(2)).shape
    (2, 1)
    """
    return x[:, None] if np.ndim(x) == 1 else x


def lstsq_back(dx: Any, dresiduals: Any, ds: Any, a: Any, b: Any, x: Any, which: int) -> Any:
    """The adjoint of `a` (0) or `b` (1) in `x, residuals, rank, s = np.linalg.lstsq(a, b)`.

    >>> one = np.ones((1, 1))
    >>> lstsq_back(np.ones(1), np.zeros(0), np.zeros(1), 2 * one, np.ones(1), one[0] / 2, 1)
    array([0.5])
    """
    inverse = np.linalg.pinv(a)
    dx, right, solution = map(in_columns, (dx, b, x))
    off = right - a @ solution
    db = inverse.T @ dx
    if np.size(dresiduals):
        db = db + 2 * np.conj(off) * np.reshape(dresiduals, (1, -1))
    if which == 1:
        return np.reshape(db, np.shape(b))
    across = inverse.T @ dx
    da = -across @ solution.T + np.conj(off) @ (inverse @ np.conj(across)).T
    da = da + inverse.T @ np.conj(solution) @ np.conj(dx - a.T @ across).T
    if np.size(dresiduals):
        da = da - 2 * (np.conj(off) * np.reshape(dresiduals, (1, -1))) @ solution.T
    if np.any(ds):
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        da = da + (np.conj(u) * ds) @ np.conj(vh)
    return da


def wide_qr_back(dq: Any, dr: Any, q: Any, r: Any, a: Any) -> Any:
    """The adjoint of `a` in `q, r = qr(a)`, where a may have more columns than rows.

    >>> one = np.ones((1, 1))
    >>> wide_qr_back(0 * one, np.array([[5.0, 7.0]]), one, np.ones((1, 2)), np.ones((1, 2)))
    array([[5., 7.]])
    """
    m = q.shape[-1]
    u, du, dv = r[..., :m], dr[..., :m], dr[..., m:]
    dq = dq + np.conj(a[..., m:] @ np.swapaxes(dv, -1, -2))
    inner = u @ np.swapaxes(du, -1, -2) - np.swapaxes(dq, -1, -2) @ q
    below = np.tril(inner, -1)
    symmetric = below + np.conj(np.swapaxes(below, -1, -2)) + np.real(inner) * np.eye(m)
    right = np.swapaxes(dq, -1, -2) + symmetric @ np.conj(np.swapaxes(q, -1, -2))
    first = np.swapaxes(np.linalg.solve(u, right), -1, -2)
    return np.concatenate([first, np.conj(q) @ dv], axis=-1)


def schur_back(dt: Any, dz: Any, t: Any, z: Any) -> Any:
    """The adjoint of `a` in `t, z = linalg.schur(a)`, where a = z t z.T.

    As a moves by da, z turns by z x, where x is skew, and t moves by b + t x - x t, where
    b = z.T da z: x is what keeps zeros below the diagonal of t, and in each block of two rows
    equal numbers on it.

    >>> schur_back(np.eye(2), np.zeros((2, 2)), np.array([[1.0, 2.0], [0.0, 3.0]]), np.eye(2))
    array([[1., 0.],
           [0., 1.]])
    """
    n = len(t)
    kept = []  # the conditions, as matrices of what each counts
    pairs = [(i, j) for i in range(n) for j in range(i)]
    turns = np.zeros((len(pairs), n, n))
    for k, (i, j) in enumerate(pairs):
        turns[k, i, j], turns[k, j, i] = 1.0, -1.0
        condition = np.zeros((n, n))
        if i == j + 1 and t[i, j] != 0:
            condition[i, i], condition[j, j] = 1.0, -1.0
        else:
            condition[i, j] = 1.0
        kept.append(condition)
    conditions = np.reshape(kept, (len(pairs), n, n))
    moved = t @ turns - turns @ t
    of_turns = np.sum(moved * dt, axis=(1, 2)) + np.sum(turns * (z.T @ dz), axis=(1, 2))
    matrix = np.tensordot(conditions, moved, axes=([1, 2], [1, 2]))
    shares = np.linalg.solve(matrix.T, of_turns)
    return (z @ (dt - np.tensordot(shares, conditions, axes=1)) @ z.T).astype(t.dtype)
