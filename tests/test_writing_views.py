"""Writes through views, in helpers and into buffers, against differences."""

import numpy as np
import pytest

from adgen import Gradient
from adgen.errors import UserError
from tests.check_program import check
from tests.test_writing_calls import arguments


def _scale(r, k):
    r *= k


def _fill(r, v):
    r[:] = v
    return r


def _first(A):
    return A[0]


def _swap(A, p, q):
    A[p], A[q] = A[q], A[p]


def _axpy(u, v, a):
    u += a * v


def _axpy2(u, v, a):
    for k in range(len(u)):
        u[k] = u[k] + a * v[k - 1]


def _kernel(A, B, C):
    C[:] = A @ B
    C += A


def _kernel_out(A, out=None):
    if out is None:
        out = np.zeros_like(A)
    out[1:] = A[1:] * A[:-1]
    return out


_TABLE = np.arange(4.0)


def _unknown(shape):
    return np.lib.stride_tricks.as_strided(np.zeros(shape))


def T(x, y, a, X, i):
    X.T[1] = x * y
    X.T[0, 1:] += a
    return X * X


def reshape_fresh(x, y, a, X, i):
    z = np.zeros((2, 3))
    z.reshape(6)[1:3] = x[:2] * y[:2]
    z.reshape(-1)[0] = a
    return z * z


def reshape_arg(x, y, a, X, i):
    X.reshape(-1)[3:7] = x * a
    return X * X


def reshape_1d(x, y, a, X, i):
    z = x * y
    v = z.reshape(2, 2)
    v[0] += a
    v[:, 1] = y[:2]
    return z * z


def reshape_row(x, y, a, X, i):
    v = X[1].reshape(2, 2)
    v[0] = a
    return X * X


def reshape_func(x, y, a, X, i):
    z = np.zeros((2, 3))
    v = np.reshape(z, (3, 2))
    v[1] = x[:2]
    return z * z


def ravel_fresh(x, y, a, X, i):
    z = np.outer(x, y)
    z.ravel()[::5] = a
    return z * z


def ravel_fresh2(x, y, a, X, i):
    z = np.zeros((4, 4))
    np.ravel(z)[::5] = x
    return z * X


def flatten(x, y, a, X, i):
    v = X.flatten()
    v[0] = a
    v *= 2
    return X * X + np.sum(v)


def swapaxes(x, y, a, X, i):
    X.swapaxes(0, 1)[1] = x
    np.swapaxes(X, 0, 1)[2] *= y
    return X * X


def transpose(x, y, a, X, i):
    X.transpose()[1] = x
    np.transpose(X)[2] *= y
    X.transpose(1, 0)[0] = a
    return X * X


def transpose_3(x, y, a, X, i):
    Z = np.zeros((2, 3, 4))
    Z.transpose(2, 0, 1)[:, 0, 1] = x * y
    np.moveaxis(Z, 0, 2)[1] *= 2.0
    return Z * x


def flip(x, y, a, X, i):
    np.flip(x)[1:] = y[1:] * a
    X[::-1][0] = x
    np.flipud(X)[1] *= y
    x[::-1][0] += a
    return X * x


def squeeze(x, y, a, X, i):
    Z = np.zeros((1, 4))
    Z.squeeze()[1:] = x[1:] * a
    np.squeeze(Z, axis=0)[0] = y[1]
    return Z * y


def newaxis(x, y, a, X, i):
    x[None][0, 1:] = y[1:] * a
    x[:, None][0] = a
    c = x[:, np.newaxis]
    c *= 2.0
    return x * y


def expand_dims(x, y, a, X, i):
    c = np.expand_dims(x, 0)
    c[0, 1] = a
    return x * y


def broadcast_to(x, y, a, X, i):
    B = np.broadcast_to(x, (3, 4))
    return B * y


def flat(x, y, a, X, i):
    X.flat[3] = a * a
    X.flat[::5] = x
    return X * X


def flat_read(x, y, a, X, i):
    return X.flat[3] * X.T.flat[3]


def flat_loop(x, y, a, X, i):
    s = 0.0
    for k in range(X.size):
        s += X.flat[k] ** 2 * k
        X.flat[k] = s
    return X


def flat_for(x, y, a, X, i):
    s = 0.0
    for v in X.flat:
        s = s * 0.5 + v**2
    return s


def rows(x, y, a, X, i):
    for row in X:
        row *= y
        row[0] = a
    return X * X


def rows_enumerate(x, y, a, X, i):
    for k, row in enumerate(X):
        row[:] = row * x[k] + y
    return X * X


def rows_zip(x, y, a, X, i):
    Z = np.zeros((4, 4))
    for z, row in zip(Z, X, strict=False):
        z[:] = row * y
        z += a
    return Z * Z


def row_in_loop(x, y, a, X, i):
    for k in range(4):
        row = X[k]
        row[:] = row / (1.5 + np.sum(row**2))
    return X


def row_in_loop_elements(x, y, a, X, i):
    for k in range(4):
        row = X[k]
        for j in range(1, 4):
            row[j] += row[j - 1] * x[j]
    return X


def column_in_loop(x, y, a, X, i):
    for k in range(1, 4):
        col = X[:, k]
        col -= X[:, 0] * (X[:, 0] @ col)
    return X


def split_read(x, y, a, X, i):
    p, q = np.split(x, 2)
    return p * q


def ndindex(x, y, a, X, i):
    Z = np.zeros((4, 4))
    for k, j in np.ndindex(4, 4):
        Z[k, j] = X[k, j] * x[k] * y[j]
    return Z


def ndindex_shape(x, y, a, X, i):
    Z = np.zeros_like(X)
    for k, j in np.ndindex(X.shape):
        Z[k, j] = X[k, j] * x[k] * y[j]
    return Z


def ndindex_tuple(x, y, a, X, i):
    Z = np.zeros_like(X)
    for idx in np.ndindex(*X.shape):
        Z[idx] = X[idx] ** 2
    return Z


def ndenumerate(x, y, a, X, i):
    Z = np.zeros_like(X)
    for (k, j), v in np.ndenumerate(X):
        Z[k, j] = v * x[k] * y[j]
    return Z


def ndenumerate_idx(x, y, a, X, i):
    Z = np.zeros_like(X)
    for idx, v in np.ndenumerate(X):
        Z[idx] = v * v
    return Z


def asarray(x, y, a, X, i):
    z = np.asarray(x)
    z[1] = a
    return x * y


def asarray_dtype(x, y, a, X, i):
    z = np.asarray(x, dtype=float)
    z = z.copy()
    z[1] = a
    return x * y + z


def views_in_tuple(x, y, a, X, i):
    parts = (X[0], X[:, 1])
    parts[0][:] = y
    parts[1][2] = a
    return X * X


def views_in_list(x, y, a, X, i):
    parts = [X[0], X[:, 1]]
    for p in parts:
        p *= y
    return X * X


def view_to_helper(x, y, a, X, i):
    _scale(X[1], a)
    _scale(X[:, 2], y)
    _scale(x, 2.0)
    return X * x


def helper_returns_view(x, y, a, X, i):
    r = _first(X)
    r[1] = a
    _first(X)[2] *= x[0]
    return X * X


def helper_returns_argument(x, y, a, X, i):
    r = _fill(X[1], y * a)
    r[0] = 2.0
    return X * r


def helper_swaps(x, y, a, X, i):
    _swap(x, 0, 2)
    _swap(x, 1, -1)
    return x * y


def mixed_view(x, y, a, X, i):
    z = X[1:3][:, ::2].T
    z[1] *= a
    z[0, 1] = x[0]
    return X * X


def view_of_view_read(x, y, a, X, i):
    z = X[1:3]
    w = z[0]
    X[1, 2] = a
    z[0, 0] = y[0]
    return w * x


def atleast(x, y, a, X, i):
    z = np.atleast_2d(x)
    z[0, 1] = a
    return x * y


def parts_read_before_a_write(x, y, a, X, i):
    z = x * y
    p, q = np.split(z, 2)
    s = np.exp(p) * q
    z *= a
    return s @ s + z @ z


def broadcast_together_and_written(x, y, a, X, i):
    z = x * y
    p, q = np.broadcast_arrays(z, X)
    s = p * q
    z *= a
    return np.sum(s * s) + z @ z


def laid_on_a_diagonal(x, y, a, X, i):
    z = x * y
    D = np.diag(z, k=1)
    z *= a
    return np.sum(D * D) + z @ z


def type_of_an_array(x, y, a, X, i):
    z = x * y
    same = np.float64(z)
    z *= a
    return same @ y


def real_read(x, y, a, X, i):
    return x.real * y


def same_twice(x, y, a, X, i):
    _axpy(x, x, a)
    return x * y


def same_twice_loop(x, y, a, X, i):
    _axpy2(x, x, a)
    return x * y


def overlapping_views(x, y, a, X, i):
    _axpy2(x[1:], x[:-1], a)
    return x * y


def out_param(x, y, a, X, i):
    C = np.empty((4, 4))
    _kernel(X, X.T, C)
    return C * X


def out_default(x, y, a, X, i):
    z = np.zeros(4)
    _kernel_out(x, z)
    w = _kernel_out(y)
    v = _kernel_out(y * x, out=z)
    return z * w + v


def ndarray(x, y, a, X, i):
    z = np.ndarray((4,))
    z[:] = x * y
    z2 = np.ndarray(shape=(4,), dtype=float)
    z2[:] = z
    return z2 * z


def empty_like(x, y, a, X, i):
    z = np.empty_like(X)
    z[:2] = X[:2] * x
    z[2:] = a
    return z * z


def integer_buffers(x, y, a, X, i):
    order = np.zeros(4, dtype=int)
    for k in range(4):
        order[k] = (k * 3) % 4
    n = np.zeros(4, dtype=np.int64)
    n[order] += 2
    return x[order] * n


def double_buffer(x, y, a, X, i):
    u, v = x.copy(), np.zeros(4)
    for _t in range(3):
        v[1:-1] = u[1:-1] * u[:-2] + a * u[2:]
        u, v = v, u
    return u * v


def double_buffer_args(x, y, a, X, i):
    for _t in range(3):
        y[1:-1] = x[1:-1] * x[:-2] + a * x[2:]
        x, y = y, x
    return x * y


def triple_buffer(x, y, a, X, i):
    p, c, n = x.copy(), y.copy(), np.zeros(4)
    for _t in range(3):
        n[1:-1] = 2 * c[1:-1] - p[1:-1] + a * c[2:] * c[:-2]
        p, c, n = c, n, p
    return c * p


def double_tmp(x, y, a, X, i):
    u, v = x.copy(), y.copy()
    for _t in range(3):
        v[1:] = u[1:] * u[:-1]
        tmp = u
        u = v
        v = tmp
    return u


def ping_axis(x, y, a, X, i):
    u = np.zeros((2, 4))
    u[0] = x
    for t in range(3):
        u[(t + 1) % 2, 1:-1] = u[t % 2, 1:-1] * u[t % 2, :-2] * a + u[t % 2, 2:]
    return u[1] * y


def copy_swap(x, y, a, X, i):
    u = x.copy()
    for _t in range(3):
        new = u.copy()
        new[1:-1] = u[1:-1] + a * (u[2:] - u[:-2]) * u[1:-1]
        u = new
    return u


def copy_back(x, y, a, X, i):
    new = np.empty_like(x)
    for _t in range(3):
        new[:] = x * np.roll(x, 1)
        x[:] = new
    return x


def history(x, y, a, X, i):
    h = np.empty((5, 4))
    h[0] = x
    for t in range(4):
        h[t + 1] = h[t] + a * np.sin(h[t]) * y
    return h


def view_kept_across_loop(x, y, a, X, i):
    inner = X[1:-1, 1:-1]
    for _t in range(3):
        inner += a * (X[2:, 1:-1] - inner) * inner
        X[0] = y
    return X


def view_before_write_in_branch(x, y, a, X, i):
    r = X[1]
    if a > 0:
        r[0] = x[0]
    else:
        X[1, 2] = x[1]
    return r * y


def write_in_branch_arg(x, y, a, X, i):
    if a > 0:
        x[0] = y[1]
    x[1] = a
    return x


def global_array(x, y, a, X, i):
    return x * _TABLE


def global_copy(x, y, a, X, i):
    z = _TABLE.copy()
    z[1] = a
    return x * z


def fancy_copy(x, y, a, X, i):
    z = X[[0, 1]]
    z[0] = 5.0
    return X * np.sum(z)


def together_alias(x, y, a, X, i):
    p = np.zeros(4)
    q = np.zeros(4)
    t = (p, q)
    u, v = t
    u[1:] = x[1:]
    v[:] = y
    return p * q + u


def together_list(x, y, a, X, i):
    p = np.zeros((2, 4))
    u, v = [p, p[1]]
    u[0] = x
    v[1:] *= 3
    v[1:] += y[1:]
    return p


def opaque_written_in_loop(x, y, a, X, i):
    d = _unknown((4, 4))
    for k in range(4):
        d[k] = x * X[k]
    return np.sum(d * d)


def ping_list(x, y, a, X, i):
    u = [x.copy(), np.zeros(4)]
    for t in range(3):
        u[(t + 1) % 2][1:-1] = u[t % 2][1:-1] * u[t % 2][:-2] * a
    return u[1] * y


def flat_all(x, y, a, X, i):
    Z = np.empty((2, 2))
    Z.flat = x * y
    return Z * Z


PROGRAMS = [
    flat_all,
    ping_list,
    T,
    reshape_fresh,
    reshape_arg,
    reshape_1d,
    reshape_row,
    reshape_func,
    ravel_fresh,
    ravel_fresh2,
    flatten,
    swapaxes,
    transpose,
    transpose_3,
    flip,
    squeeze,
    newaxis,
    expand_dims,
    broadcast_to,
    flat,
    flat_read,
    flat_loop,
    flat_for,
    rows,
    rows_enumerate,
    rows_zip,
    row_in_loop,
    row_in_loop_elements,
    column_in_loop,
    split_read,
    ndindex,
    ndindex_shape,
    ndindex_tuple,
    ndenumerate,
    ndenumerate_idx,
    asarray,
    asarray_dtype,
    views_in_tuple,
    views_in_list,
    view_to_helper,
    helper_returns_view,
    helper_returns_argument,
    helper_swaps,
    mixed_view,
    view_of_view_read,
    atleast,
    parts_read_before_a_write,
    broadcast_together_and_written,
    laid_on_a_diagonal,
    type_of_an_array,
    real_read,
    same_twice,
    same_twice_loop,
    overlapping_views,
    out_param,
    out_default,
    ndarray,
    empty_like,
    integer_buffers,
    double_buffer,
    double_buffer_args,
    triple_buffer,
    double_tmp,
    ping_axis,
    copy_swap,
    copy_back,
    history,
    view_kept_across_loop,
    view_before_write_in_branch,
    write_in_branch_arg,
    global_array,
    global_copy,
    fancy_copy,
    together_alias,
    together_list,
    opaque_written_in_loop,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", [5, 6])
def test_write(f, seed):
    check(f, arguments(seed))


def reshape_of_product(x, y, a, X, i):
    Z = X * X
    v = Z.reshape(2, 8)
    v[0] *= a
    v[1, :4] = x
    return Z * Z


def reshape_T(x, y, a, X, i):
    v = X.T.reshape(-1)
    v[0] = a
    return X * X + np.sum(v)


def split(x, y, a, X, i):
    p, q = np.split(x, 2)
    p[0] = a
    return x * y


def structured(x, y, a, X, i):
    z = np.zeros(3, dtype=[("a", float)])
    z["a"] = x[:3]
    return z["a"]


def objects(x, y, a, X, i):
    z = np.empty(3, dtype=object)
    z[0] = x
    return z[0]


def global_write(x, y, a, X, i):
    _TABLE[1] = a
    return x * _TABLE


REFUSED = [
    reshape_of_product,
    reshape_T,
    split,
    structured,
    objects,
    global_write,
]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_write_that_is_refused(f):
    with pytest.raises(UserError) as wrong:
        Gradient(f).forward(*arguments(5))
    assert wrong.value.span is not None


def shrinking(x, n):
    w, s = x * 2.0, 0.0
    for _ in range(n):
        v = w[:-1]
        v[0] += w[-1] * v[1]
        s += np.sum(w**3)
        w = v
        s += v[0] ** 2
    return np.sum(w * w) + s


def shrinking_with_an_older_name(x, n):
    w = x * 2.0
    old = w
    for _ in range(n):
        v = w[:-1]
        v[0] += w[-1] * v[1]
        w = v
    return np.sum(w * w) + np.sum(old * old)


def shrinking_with_a_name_of_one_trip(x, n):
    w = x * 2.0
    kept = w
    for t in range(n):
        v = w[:-1]
        v[0] += w[-1] * v[1]
        w = v
        if t == 0:
            kept = w
    return np.sum(w * w) + np.sum(kept)


def shrinking_that_a_function_reads(x, n):
    w = x * 2.0

    def total():
        return np.sum(w)

    for _ in range(n):
        v = w[:-1]
        v[0] += w[-1] * v[1]
        w = v
    return np.sum(w * w) + total()


def shrinking_in_turns(x, n):
    w, u = x * 2.0, x * 3.0
    for _ in range(n):
        v = w[:-1]
        v[0] += w[-1] * u[1]
        w, u = u[:-1], v
    return np.sum(w * w) + np.sum(u**3)


def shrinking_of_an_argument(x, n):
    w = x
    for _ in range(n):
        v = w[:-1]
        v[0] += w[-1] * v[1]
        w = v
    return np.sum(w * w)


SHRINKING = [
    shrinking, shrinking_with_an_older_name, shrinking_with_a_name_of_one_trip,
    shrinking_that_a_function_reads, shrinking_in_turns, shrinking_of_an_argument,
]  # fmt: skip


@pytest.mark.parametrize("f", SHRINKING, ids=lambda f: f.__name__)
def test_a_view_that_a_loop_hands_on_and_writes_to(f):
    x = np.array([0.3, -0.5, 0.7, 0.2, 0.9, -0.4])
    for n in (0, 1, 3):
        check(f, (x, n))


def test_a_view_that_a_loop_hands_on_is_no_reason_to_write_its_trips_out():
    lines = Gradient(shrinking).source(np.ones(6), 3)
    assert "for _ in range(n):" in lines
