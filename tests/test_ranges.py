"""Slices whose bounds a loop's index decides."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1, 0.8, 0.3])
W = np.array([1.5, -0.3, 0.7])


def convolved(x, w):
    out = np.zeros(len(x) - len(w) + 1)
    for i in range(len(w)):
        out += w[i] * x[i : i + len(out)]
    return np.sum(out**2)


def windows(x, w):
    n = len(w)
    return sum(np.tanh(np.sum(x[i : i + n] * w)) for i in range(len(x) - n + 1))


def cut_off(x, w):
    total = 0.0
    for i in range(len(x)):
        total += np.sum(x[i : i + 3] ** 2) * w[0]
    return total


def counted_by_another_loop(x, w):
    out = np.zeros_like(x)
    for i in range(len(w)):
        for j in range(i + 1):
            out[j : j + 2] += w[i] * x[i : i + 2]
        for j in range(1, len(w) - i):
            out[i + j : i + j + 1] += w[j] * x[i + j : i + j + 1]
    return np.sum(out**3)


def until_the_middle(x, w):
    total = 0.0
    for i in range(len(x) // 2):
        total += np.sum(x[i : len(x) - i] ** 2) * np.sum(w[: 2 - i])
    return total


def places(x, w):
    y = np.zeros_like(x)
    for i, a in enumerate(w):
        y[i : i + 4] = y[i : i + 4] + a * x[i : i + 4]
    return np.sum(y**2)


def backwards(x, w):
    total = 0.0
    for k in range(1, len(x)):
        total += np.sum(x[k:0:-1] * x[:k]) + np.sum(x[k::-1] ** 2) * w[0]
        total += np.sum(x[: k - 1 : -1] * x[k:]) + x[-2:0:-1] @ x[1:-1]
    return total


@pytest.mark.parametrize(
    "f",
    [convolved, windows, cut_off, counted_by_another_loop, until_the_middle, places, backwards],
    ids=lambda f: f.__name__,
)
def test_gradients(f):
    check(f, (X, W))
    check(f, (X[:3], W))
    check(f, (X, W[:1]))
    gradient = grad(f)
    for x, w in [(X, W), (X[:4], W), (X[:3], W[:2]), (X[:5], W[:1]), (X[:3], X[:3])]:
        for given, alone in zip(gradient(x, w), grad(f)(x, w), strict=True):
            assert np.array_equal(given, alone)


def test_windows_that_lie_within_an_axis_need_no_broadcasting_when_it_runs():
    assert "unbroadcast" not in grad(convolved).source(X, W)


def test_parts_that_are_turned_round_need_no_broadcasting_when_it_runs():
    def f(x):
        total = 0.0
        for k in range(1, len(x)):
            total += np.sum(x[k:0:-1] * x[:k]) + np.sum(x[k::-1] * x[: k + 1])
        return total

    assert "unbroadcast" not in grad(f).source(X)
