"""A matrix that is inverted anyway: its inverse solves what else there is to solve."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

A = np.array([[2.0, 0.3, -0.1], [0.2, 1.5, 0.4], [-0.3, 0.1, 1.8]])
B = np.array([[0.4, 1.2], [0.9, -0.5], [1.1, 0.2]])
X = np.array([0.3, -1.1, 0.8])


def likelihood(a, x):
    return x @ np.linalg.solve(a, x) + np.linalg.slogdet(a)[1]


def two_systems(a, b, x):
    return np.sum(np.linalg.solve(a, b) ** 2) + x @ np.linalg.solve(a, x) + np.linalg.slogdet(a)[1]


def determinant_first(a, x):
    scale = np.linalg.slogdet(a)[1]
    return np.sum(np.linalg.solve(a, x) ** 2) * scale


def in_trips(a, x, n):
    total = 0.0
    for i in range(n):
        s = a + i * np.eye(3)
        x = np.linalg.solve(s, x)
        total += np.linalg.slogdet(s)[1] * x[0]
    return total


def of_the_transpose(a, x):
    return x @ np.linalg.solve(a.T, x) + np.linalg.slogdet(a)[1]


def on_one_side(a, x):
    total = np.linalg.slogdet(a)[1]
    if total > 0:
        total += x @ np.linalg.solve(a, x)
    return total


def of_stacks(a, b):
    stack = np.stack([a, 2 * a])
    b = np.stack([b, b])
    return np.sum(np.linalg.solve(stack, b) ** 2) + np.sum(np.linalg.slogdet(stack)[1])


def written_in_between(a, x):
    a = a.copy()
    total = np.linalg.slogdet(a)[1]
    a[0] = x
    return total + np.sum(np.linalg.solve(a, x) ** 2)


def of_a_process(a, x):
    L = np.linalg.cholesky(a @ a.T)
    whitened = np.linalg.solve(L, x)
    return 0.5 * whitened @ whitened + np.sum(np.log(np.diag(L)))


EXAMPLES = [
    (likelihood, (A, X), 1),
    (two_systems, (A, B, X), 1),
    (determinant_first, (A, X), 1),
    (in_trips, (A, X, 2), 1),
    (of_the_transpose, (A, X), 1),
    (on_one_side, (A, X), 1),
    (of_stacks, (A, B), 1),
    (written_in_between, (A, X), 1),
    (of_a_process, (A, X), 1),
]


@pytest.mark.parametrize(
    ("function", "args", "inverses"), EXAMPLES, ids=[f.__name__ for f, _, _ in EXAMPLES]
)
def test_gradients(function, args, inverses):
    check(function, args)
    backward = grad(function).source(*args, comments=False).split("_backward(")[1]
    assert backward.count("linalg.inv(") == inverses


@pytest.mark.parametrize("function", [likelihood, determinant_first], ids=lambda f: f.__name__)
def test_nothing_is_solved_again(function):
    backward = grad(function).source(A, X, comments=False).split("_backward(")[1]
    assert "solve" not in backward


def test_it_has_one_name():
    backward = grad(of_a_process).source(A, X, comments=False).split("_backward(")[1]
    assert "np.diag(dout / out0)" in backward
    assert "= inverse\n" not in backward and "conj" not in backward
