"""Statements that write into arrays, against differences; what cannot be followed is refused."""

import numpy as np
import pytest

from adgen import Gradient
from adgen.errors import UserError
from tests.check_program import check


def arguments(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 4)) * 0.8
    i = np.array([2, 0, 2, 3]) if seed % 2 else np.array([1, -1, 3, 0])
    return x, y, float(rng.normal()), rng.normal(size=(4, 4)) * 0.6, i


def add_at(x, y, a, X, i):
    z = np.zeros(5)
    np.add.at(z, i, x * y)
    return z**2


def add_at_arg(x, y, a, X, i):
    np.add.at(x, i, y * a)
    return x**2


def add_at_2(x, y, a, X, i):
    np.add.at(X, (i, i), y * a)
    return X**2


def add_at_rows(x, y, a, X, i):
    np.add.at(X, i, y * x)
    return X**2


def subtract_at(x, y, a, X, i):
    z = x * x
    np.subtract.at(z, i, x * y)
    return z**2


def copyto(x, y, a, X, i):
    z = np.empty_like(x)
    np.copyto(z, x * y)
    return z * z


def copyto_where(x, y, a, X, i):
    z = x * x
    np.copyto(z, x * y, where=x > 0.1)
    return z * z


def copyto_row(x, y, a, X, i):
    np.copyto(X[1], x * y)
    np.copyto(X, y, where=X > 0)
    return X * X


def out_exp(x, y, a, X, i):
    z = np.empty(4)
    np.exp(x, out=z)
    return z * y


def out_self(x, y, a, X, i):
    z = x * y
    np.exp(z, out=z)
    np.multiply(z, y, out=z)
    np.add(z, 1.0, z)
    return z * y


def out_value(x, y, a, X, i):
    z = np.empty(4)
    w = np.sin(x, out=z) * y
    return z * w


def out_tuple(x, y, a, X, i):
    z = np.empty(4)
    np.sin(x, out=(z,))
    return z * y


def out_row(x, y, a, X, i):
    np.sin(x, out=X[1])
    np.multiply(x, y, out=X[:, 2])
    return X * X


def out_dot(x, y, a, X, i):
    z = np.empty((4, 4))
    np.dot(X, X, out=z)
    np.matmul(X, z, out=X)
    return z * X


def out_sum(x, y, a, X, i):
    z = np.empty(4)
    np.sum(X * X, axis=0, out=z)
    X.sum(axis=1, out=x)
    return z * x


def out_cumsum(x, y, a, X, i):
    np.cumsum(x * y, out=x)
    return x * x


def out_clip(x, y, a, X, i):
    np.clip(x, -0.5, 0.5, out=x)
    return x * y


def out_clip_method(x, y, a, X, i):
    x.clip(-0.5, 0.5, out=x)
    return x * y


def out_take(x, y, a, X, i):
    z = np.empty(4)
    np.take(x * y, i, out=z)
    return z * z


def out_where(x, y, a, X, i):
    z = x * x
    np.negative(y, out=z, where=x > 0)
    return z * z


def out_divide_where(x, y, a, X, i):
    y[1] = 0.0
    z = np.zeros_like(x)
    np.divide(x, y, out=z, where=y != 0)
    return z * y


def out_divide_value(x, y, a, X, i):
    y[1] = 0.0
    z = np.divide(x, y, out=np.zeros_like(x), where=y != 0)
    return z * y


def out_broadcast(x, y, a, X, i):
    np.multiply(x, a, out=X)
    return X * X


def out_einsum(x, y, a, X, i):
    z = np.empty((4, 4))
    np.einsum("ij,jk->ik", X, X, out=z)
    return z * X


def fill_diagonal(x, y, a, X, i):
    np.fill_diagonal(X, 0.0)
    return X * X


def fill_diagonal_a(x, y, a, X, i):
    np.fill_diagonal(X, a * a)
    return X * X


def fill_diagonal_v(x, y, a, X, i):
    np.fill_diagonal(X, x * y)
    return X * X


def put(x, y, a, X, i):
    z = x * x
    np.put(z, [0, 2], y[:2] * a)
    return z * y


def put_i(x, y, a, X, i):
    np.put(X, i, y * a)
    X.put([5, -1], x[0])
    return X * X


def place(x, y, a, X, i):
    np.place(x, x > 0.1, 0.0)
    return x * y


def place_v(x, y, a, X, i):
    np.place(X, X > 0.1, y * y)
    return X * X


def putmask(x, y, a, X, i):
    np.putmask(x, x > 0.1, y * a)
    return x * y


def putmask_a(x, y, a, X, i):
    np.putmask(x, x > 0.1, a)
    return x * y


def put_along_axis(x, y, a, X, i):
    np.put_along_axis(X, np.argmax(X, axis=1)[:, None], x[:, None], axis=1)
    return X * X


def fill(x, y, a, X, i):
    z = np.empty((2, 3))
    z.fill(a * a)
    x.fill(0.0)
    return z * 2 + np.sum(x)


def sort(x, y, a, X, i):
    x.sort()
    return x * y


def sort_axis(x, y, a, X, i):
    X.sort(axis=0)
    return X * y


def ellipsis(x, y, a, X, i):
    X[...] = x * y
    return X * X


def idx(x, y, a, X, i):
    x[i] = y * a
    return x * y


def idx_const(x, y, a, X, i):
    x[i] = 0.0
    return x * y


def idx_aug(x, y, a, X, i):
    x[i] += y * x
    return x * y


def idx_mul(x, y, a, X, i):
    x[i] *= y
    return x * y


def idx_rows(x, y, a, X, i):
    X[i] = y * X
    return X * X


def idx_cols(x, y, a, X, i):
    X[:, i] = y * X
    return X * X


def idx_pair(x, y, a, X, i):
    X[i, [0, 1, 1, 2]] = y * x
    return X * X


def idx_stretched(x, y, a, X, i):
    X[np.arange(4), i[:, None]] = y * x
    return X * X


def idx_stretched_2(x, y, a, X, i):
    X[np.arange(2)[:, None], i] = y * x
    return X * X


def idx_negative_range(x, y, a, X, i):
    x[np.arange(-3, 3)] = np.arange(6.0) * a
    return x * y


def idx_negative_range_read(x, y, a, X, i):
    return x[np.arange(-3, 3)] * np.arange(6.0)


def idx_list(x, y, a, X, i):
    x[[0, 2, 0]] = y[1:]
    return x * y


def idx_list_range(x, y, a, X, i):
    x[[3, 0, 1]] = y[1:] * a
    return x * y


def mask(x, y, a, X, i):
    x[x > 0] = y[x > 0] * a
    return x * y


def mask_add(x, y, a, X, i):
    m = x > 0
    x[m] += y[m] * a
    return x * y


def mask_zero(x, y, a, X, i):
    x[x < 0] = 0
    return x * y


def mask_col(x, y, a, X, i):
    X[x > 0, 0] *= 2 * a
    return X * X


def mask_rows(x, y, a, X, i):
    X[x > 0] *= y
    return X * X


def mask2(x, y, a, X, i):
    X[X > 0] *= a
    return X * X


def mask_twice(x, y, a, X, i):
    X[x > 0][:, 1] = 7.0
    return X * X


def nested(x, y, a, X, i):
    X[1][2] = a * a
    X[2][1:] += x[1:] * y[:-1]
    return X * X


def negative(x, y, a, X, i):
    x[-1] = x[0] * a
    X[-1, -2] = x[-1] * 2
    return X * x


def swap(x, y, a, X, i):
    x[0], x[1] = x[1] * a, x[0]
    return x * y


def swap_rows(x, y, a, X, i):
    X[[0, 1]] = X[[1, 0]]
    return X * y[:, None]


def swap_rows_2(x, y, a, X, i):
    X[0], X[1] = X[1].copy(), X[0].copy()
    return X * y[:, None]


def swap_rows_alias(x, y, a, X, i):
    X[0], X[1] = X[1], X[0]
    return X * y[:, None]


def swap_elements_2d(x, y, a, X, i):
    X[0, 1], X[1, 0] = X[1, 0], X[0, 1]
    return X * y[:, None]


def chained(x, y, a, X, i):
    x[:] = y[:] = X[0] * a
    return x * y


def chained_2(x, y, a, X, i):
    z = x[1:] = y[1:] * a
    return x[1:] * z


def targets(x, y, a, X, i):
    x[1:], z = y[1:] * a, x * 2
    return x * z


def targets_attr(x, y, a, X, i):
    (x[0], x[1]), z = y[:2] * a, x * 2
    return x * z


def overlap(x, y, a, X, i):
    x[1:] += x[:-1]
    return x * y


def overlap_set(x, y, a, X, i):
    x[1:] = x[:-1] * a
    x[:-1] *= x[1:]
    return x * y


def overlap_2d(x, y, a, X, i):
    X[1:-1, 1:-1] = 0.25 * (X[:-2, 1:-1] + X[2:, 1:-1] + X[1:-1, :-2] + X[1:-1, 2:])
    return X * X


def broadcast(x, y, a, X, i):
    X[1:3] = x * y
    X[:, 2] = a
    X[0] = y[1]
    X[2:, :2] = y[:2, None]
    return X * X


def ints_into_floats(x, y, a, X, i):
    x[1] = 3
    x[2:] = [1, 2]
    x[0] = i[1]
    return x * y


def floats_into_ints(x, y, a, X, i):
    z = np.zeros(4, dtype=int)
    z[:] = x * 10
    return x * z


def floats_into_ints_aug(x, y, a, X, i):
    z = np.arange(4)
    z[1] += a
    return x * z


def list_into_row(x, y, a, X, i):
    X[1] = [a, x[0], 2.0, y[1] * a]
    X[2, :2] = (a, 1)
    return X * X


def lists_into_matrix(x, y, a, X, i):
    X[:2, :2] = [[a, x[0]], [y[0], 1.0]]
    return X * X


def mul_aug(x, y, a, X, i):
    x *= y
    x /= 2.0 + y**2
    x **= 2
    x -= a
    return x


def floor_aug(x, y, a, X, i):
    x //= 0.3
    return x * y


def mat_aug(x, y, a, X, i):
    X @= X
    return X


def idx_dyn(x, y, a, X, i):
    for k in range(4):
        x[i[k]] += x[k] * y[k]
    return x


def idx_argmax(x, y, a, X, i):
    x[np.argmax(x)] = a
    x[np.argmin(x)] *= a
    return x * y


def slice_dyn(x, y, a, X, i):
    for k in range(1, 4):
        x[:k] = x[:k] * x[k]
        x[k:] -= x[k - 1]
    return x * y


def slice_step(x, y, a, X, i):
    x[::2] = x[1::2] * y[::2]
    x[::-1] *= y
    X[::2, 1::2] += a
    return X * x


def nonzero_idx(x, y, a, X, i):
    k = np.nonzero(x > 0)[0]
    x[k] = y[k] * a
    j = np.flatnonzero(y > 0)
    y[j] = a * y[j]
    return x * y


def diag_indices(x, y, a, X, i):
    X[np.diag_indices(4)] = x * y
    X[np.triu_indices(4, 1)] *= a
    return X * X


def argsort_idx(x, y, a, X, i):
    o = np.argsort(y)
    z = np.empty_like(x)
    z[o] = x * y
    return z * y


def ix(x, y, a, X, i):
    X[np.ix_([0, 2], [1, 3])] = a * X[np.ix_([1, 3], [0, 2])]
    return X * X


def multiply_at(x, y, a, X, i):
    z = x * x
    np.multiply.at(z, i, x * y)
    return z**2


PROGRAMS = [
    multiply_at,
    add_at,
    add_at_arg,
    add_at_2,
    add_at_rows,
    subtract_at,
    copyto,
    copyto_where,
    copyto_row,
    out_exp,
    out_self,
    out_value,
    out_tuple,
    out_row,
    out_dot,
    out_sum,
    out_cumsum,
    out_clip,
    out_clip_method,
    out_take,
    out_where,
    out_divide_where,
    out_divide_value,
    out_broadcast,
    out_einsum,
    fill_diagonal,
    fill_diagonal_a,
    fill_diagonal_v,
    put,
    put_i,
    place,
    place_v,
    putmask,
    putmask_a,
    put_along_axis,
    fill,
    sort,
    sort_axis,
    ellipsis,
    idx,
    idx_const,
    idx_aug,
    idx_mul,
    idx_rows,
    idx_cols,
    idx_pair,
    idx_stretched,
    idx_stretched_2,
    idx_negative_range,
    idx_negative_range_read,
    idx_list,
    idx_list_range,
    mask,
    mask_add,
    mask_zero,
    mask_col,
    mask_rows,
    mask2,
    mask_twice,
    nested,
    negative,
    swap,
    swap_rows,
    swap_rows_2,
    swap_rows_alias,
    swap_elements_2d,
    chained,
    chained_2,
    targets,
    targets_attr,
    overlap,
    overlap_set,
    overlap_2d,
    broadcast,
    ints_into_floats,
    floats_into_ints,
    floats_into_ints_aug,
    list_into_row,
    lists_into_matrix,
    mul_aug,
    floor_aug,
    mat_aug,
    idx_dyn,
    idx_argmax,
    slice_dyn,
    slice_step,
    nonzero_idx,
    diag_indices,
    argsort_idx,
    ix,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", [5, 6])
def test_write(f, seed):
    check(f, arguments(seed))


def power_at(x, y, a, X, i):
    z = x * x
    np.power.at(z, i, x * y)
    return z**2


def partition(x, y, a, X, i):
    x.partition(2)
    return x * y


def resize(x, y, a, X, i):
    x.resize((2, 2))
    return x


def shuffle(x, y, a, X, i):
    np.random.shuffle(x)
    return x


def setflags(x, y, a, X, i):
    z = x * y
    z.setflags(write=False)
    return z


def nan_to_num(x, y, a, X, i):
    np.nan_to_num(x, copy=False)
    return x * y


REFUSED = [power_at, partition, resize, shuffle, setflags, nan_to_num]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_write_that_is_refused(f):
    with pytest.raises(UserError) as wrong:
        Gradient(f).forward(*arguments(5))
    assert wrong.value.span is not None
