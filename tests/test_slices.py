"""Slices that have names, are kept in lists and dicts, or are handed to helpers."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.random.default_rng(3).uniform(-1, 1, size=(6, 5))
INNER, LEFT, RIGHT = slice(1, -1), np.s_[:-2], np.s_[2:]
BOX = (slice(1, -1), slice(None, None, 2))


def view_kept_and_written(x):
    s = slice(0, 3)
    v = x.copy()
    w = v[s]
    y = w * w
    w *= 2
    v[s] *= w
    return np.sum(y * w) + v.sum()


def view_of_what_is_written(x):
    v = x * 2
    w = v[np.s_[::-1, 1:]]
    v[0] = 5.0
    return np.sum(w**2) * v[0, 1] + np.sum(v * x)


def of_the_module(x):
    u = x.copy()
    for _ in range(2):
        u[INNER, INNER] = 0.25 * (u[LEFT, INNER] + u[INNER, RIGHT] * u[RIGHT, INNER])
        u[BOX] *= u[BOX]
    return u


def along_each_axis(x):
    total = 0.0
    for axis in range(x.ndim):
        low, high = [slice(None)] * x.ndim, [slice(None)] * x.ndim
        low[axis] = slice(None, -1)
        high[axis] = slice(1, None)
        total += np.sum((x[tuple(high)] - x[tuple(low)]) ** 2) * (axis + 1)
    inside = (slice(1, -1),) * x.ndim
    return total + np.sum(x[inside] ** 3)


def chosen(x):
    s = slice(0, 3) if x[0, 0] > 0 else slice(2, None)
    y = x * 2
    y[s] **= 2
    for k in range(2):
        s = slice(k, s.stop)
        y[s] *= x[s]
    return y


def blocks(x):
    A = x[:4, :4].copy()
    for i in range(0, 4, 2):
        d = slice(i, i + 2)
        A[d, d] = A[d, d] @ A[d, d]
        for j in range(i + 2, 4, 2):
            e = slice(j, j + 2)
            A[e, d] = A[e, d] @ A[d, d]
            A[e, e] -= A[e, d] @ A[e, d].T
    return A


def squashed(a, where):
    a[where] = np.tanh(a[where])
    return a[where].sum()


def handed_to_a_helper(x):
    a = x.copy()
    parts = {"head": slice(0, 2), "tail": np.s_[2:]}
    total = squashed(a, np.s_[:, 0]) + squashed(a, (0, slice(None)))
    for name, s in parts.items():
        a[s] *= 2 if name == "head" else x[s]
        total += squashed(a, s)
    return total + a[parts["tail"].start :].sum()


def of_several_kinds(x):
    y = x.copy()
    for k, at in enumerate([slice(0, 2), np.array([2, 1]), 0]):
        y[at] = y[at] * y[at] * (k + 1)
    return y


def whole_by_name(x):
    every, rest, new = slice(None), Ellipsis, None
    y = x.copy()
    y[every] *= y[rest]
    w = y[every, new] * y[rest, new]
    both = (rest, new, every)
    return np.sum(w**2) + np.sum(y[both] * y[every, every][:, np.newaxis]) + y[(every,) * 2].max()


PROGRAMS = [
    view_kept_and_written, view_of_what_is_written, of_the_module, along_each_axis, chosen, blocks,
    handed_to_a_helper, of_several_kinds, whole_by_name,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [X, -X], ids=["x", "-x"])
def test_gradients(f, x):
    check(f, (x,))


def test_a_slice_with_a_name_is_written_to_as_one_that_is_written_out():
    def f(u):
        inner = slice(1, -1)
        v = u.copy()
        v[inner] += u[inner] ** 2
        return v.sum()

    text = grad(f).source(X[0])
    assert "du[inner] = 2 * u[inner] * dv[inner]" in text
    assert "unbroadcast" not in text and "np.add.at" not in text
