"""Lengths that only a run tells: one integer, or one array of truth values, is one length."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([-0.3, -0.5, 0.7, -0.2, -0.9])


def written_mask(x):
    m = x > 0
    a = x[m]
    m[0] = True
    b = x[m]
    m |= x < -0.8
    return np.sum(a * b) + np.sum(a * x[m])


def mask_written_through_a_view(x):
    m = x > 0
    a = x[m]
    m[3:][:] = True
    return np.sum(a * x[m])


def mask_as_out(x):
    m = x > 0
    a = x[m]
    np.logical_not(m, out=m)
    b = x[m]
    np.copyto(m, x < 0.8)
    return np.sum(a * b) + np.sum(a * x[m])


def mask_of_each_trip(x):
    m = x > 0
    a, total = x[m], 0.0
    for k in range(len(x)):
        m[k] = True
        total += np.sum(a * x[m])
        n = x >= x[k]
        total += np.sum(x[n] * x[n][:1])
    return total


def integer_bound_again(x):
    k = int(np.sum(x > 0))
    a = np.ones(k) * x[0]
    k += 2
    for i in range(2):
        a = a[:1] * (np.ones(k) * x[i])
        k = k + 1
    return np.sum(a**2)


def means_of_chosen(x):
    m = x > 0
    y = x[m]
    return np.mean(y) * m.sum() + np.var(x[~m]) + np.sum(y) / len(y)


def mean_of_all_chosen(x):
    return np.mean(x[x > -9])


@pytest.mark.parametrize(
    "f",
    [
        means_of_chosen,
        mean_of_all_chosen,
        written_mask,
        mask_written_through_a_view,
        mask_as_out,
        mask_of_each_trip,
        integer_bound_again,
    ],
    ids=lambda f: f.__name__,
)
def test_gradients(f):
    check(f, (X,))


def damped(x):
    y = x.copy()
    fast = np.abs(y) > 0.4
    y[fast] *= -0.5 * y[fast]
    return np.sum(y**2)


def means_by_label(x):
    labels = (np.arange(len(x)) * 7 + 1) % 3
    K = labels.max() + 1
    sums, counts = np.zeros((K, 1)), np.zeros(K)
    for v, k in zip(x, labels, strict=True):
        sums[k] += v
        counts[k] += 1
    means = sums / counts[:, None]
    return np.sum(means**2)


@pytest.mark.parametrize("f", [damped, means_by_label], ids=lambda f: f.__name__)
def test_what_is_picked_twice_by_the_same_is_of_one_length(f):
    check(f, (X,))
    assert "unbroadcast" not in grad(f).source(X)
