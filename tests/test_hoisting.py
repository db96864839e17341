"""Arrays that no trip of a loop changes are worked out before it."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1])
Y = np.array([1.5, 0.3, -0.7, 2.0])


def decays(x, y, n):
    for _ in range(n):
        x = x * np.exp(-y) + 0.1
    return np.sum(x**2)


def in_two_loops(x, y, n):
    for i in range(n):
        for _ in range(i):
            x = np.sin(x) + np.tanh(y * y) * i
    return np.sum(x)


def on_a_side(x, y, n):
    for i in range(n):
        if i % 2:
            x = x + np.exp(-y) * x
        else:
            x = x * np.exp(y)
    return np.sum(x)


def until_it_is_small(x, y, n):
    while np.sum(x**2) > n:
        x = x * np.tanh(y**2)
    return np.sum(x * y)


def written_before(x, y, n):
    z = y.copy()
    total = 0.0
    for i in range(n):
        z[i] = x[i] ** 2
        total += np.sum(np.sin(z) * x)
    return total


def written_elsewhere(x, y, n):
    z = y.copy()
    for i in range(n):
        z[i] += np.sum(np.sin(y) * x) * z[i - 1]
    return np.sum(z**2)


def view_of_what_is_written(x, y, n):
    z = y.copy()
    upper = z[2:]
    for i in range(n):
        z[i + 1] = np.sum(np.cos(upper)) * x[i]
    return np.sum(z**2)


def collected(x, y, n):
    rows = []
    for _ in range(n):
        rows.append(np.exp(x * y))
    rows[0][1] = 3.0
    return np.sum(np.array(rows) ** 2)


def bound_to_a_name(x, y, n):
    for _ in range(n):
        z = x * y
        z[0] = 2.0
        x = x + z * y
    return np.sum(x)


EXAMPLES = [
    (decays, (X, Y, 3)),
    (decays, (X, Y, 0)),
    (in_two_loops, (X, Y, 3)),
    (on_a_side, (X, Y, 3)),
    (until_it_is_small, (X, Y, 0.2)),
    (until_it_is_small, (X, Y, 100.0)),
    (written_before, (X, Y, 3)),
    (written_elsewhere, (X, Y, 3)),
    (view_of_what_is_written, (X, Y, 3)),
    (collected, (X, Y, 3)),
    (bound_to_a_name, (X, Y, 3)),
]


@pytest.mark.parametrize(("function", "args"), EXAMPLES, ids=lambda e: getattr(e, "__name__", ""))
def test_gradients(function, args):
    check(function, args)


@pytest.mark.parametrize("function", [decays, in_two_loops], ids=lambda f: f.__name__)
def test_worked_out_once(function):
    forward = grad(function).source(X, Y, 3).split("def ")[1]
    before, _, trips = forward.partition("for ")
    assert "y" in before.split(":", 1)[1] and "y" not in trips.split("cache")[0]


@pytest.mark.parametrize("function", [on_a_side, written_before], ids=lambda f: f.__name__)
def test_worked_out_in_each_trip(function):
    before = grad(function).source(X, Y, 3).split("for ")[0]
    assert "exp" not in before and "sin" not in before
